#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See which statements cost the database most."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_statements_info
short_description: See which statements cost the database most
version_added: 0.1.0
description:
  - Three lists from C(pg_stat_statements), by mean time, by total time and by number of calls. The list by mean time
    alone hides a quick
    statement that is called a million times, so it counts only statements with at least O(min_calls) calls.
  - The figures are since RV(since), when the statistics were last reset.
options:
  most:
    description: How many statements each list may have.
    type: int
    default: 10
  min_calls:
    description: Calls that a statement needs to be in the list by mean time.
    type: int
    default: 10
notes:
  - Fails where the extension is not there, or the role may not read it. An empty list would look like a quiet database.
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Find the ten costliest statements
  fairtradeworker.launchops.postgres_statements_info:
    most: 10
  register: statements
"""

RETURN = r"""
---
since:
  description: When the statistics were last reset, ISO 8601; empty where the server does not say.
  returned: success
  type: str
  sample: "2026-11-24T06:00:00+00:00"
by_mean:
  description: The slowest on average.
  returned: success
  type: list
  elements: dict
  contains: &statement
    calls:
      description: How often it ran.
      type: int
      sample: 1200
    mean_ms:
      description: Mean milliseconds.
      type: float
      sample: 412.5
    total_ms:
      description: Milliseconds of all its runs.
      type: float
      sample: 495000.0
    rows:
      description: Rows of all its runs.
      type: int
      sample: 1200
    share:
      description: Its share of all statements' time, 0 to 1.
      type: float
      sample: 0.31
    role:
      description: Who ran it.
      type: str
      sample: shop_app
    query:
      description: The statement without literals.
      type: str
      sample: SELECT * FROM jobs WHERE region = ?
by_total:
  description: Those that took most time in all.
  returned: success
  type: list
  elements: dict
  contains: *statement
by_calls:
  description: Those that ran most often.
  returned: success
  type: list
  elements: dict
  contains: *statement
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgstatements import costly


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads, in one session that can't write."""
    del check_mode
    with database(params, read_only=True) as db:
        return Outcome(False, costly(db, params["most"], params["min_calls"]))


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "most": {"type": "int", "default": 10},
        "min_calls": {"type": "int", "default": 10},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
