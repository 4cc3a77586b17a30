#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See who holds the database's connections, what runs long, and who waits for whom."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_activity_info
short_description: See who holds the database's connections, what runs long, and who waits for whom
version_added: 0.1.0
description:
  - Counts client connections by state, role and application, idle ones included, since they fill a pool too.
  - Lists statements that run longer than O(longer_than), the longest first, and sessions that are idle in a transaction.
    This session
    is in none of the lists.
  - Statements are shown without their literals.
options:
  longer_than:
    description: Seconds from which a statement counts as long.
    type: float
    default: 5.0
  most:
    description: How many statements each list may have.
    type: int
    default: 20
notes:
  - The role needs C(pg_monitor); without it this fails rather than showing a part.
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: See who holds the connections
  fairtradeworker.launchops.postgres_activity_info:
  register: activity
"""

RETURN = r"""
---
connections:
  description: How full the database is (pg_stat_activity and pg_settings).
  returned: success
  type: dict
  contains:
    maximum:
      description: C(max_connections).
      type: int
      sample: 380
    reserved:
      description: Kept for superusers and the like.
      type: int
      sample: 3
    used:
      description: Client connections now, without this one.
      type: int
      sample: 74
    free:
      description: What a normal role can still open.
      type: int
      sample: 303
    ratio:
      description: Used of what normal roles can have, 0 to 1.
      type: float
      sample: 0.196
by_state:
  description: Connections by state; replication is C(walsender).
  returned: success
  type: dict
  sample: {idle: 60, active: 14}
groups:
  description: Connections by state, role and application, the largest group first.
  returned: success
  type: list
  elements: dict
  contains:
    state:
      description: State.
      type: str
      sample: idle
    role:
      description: Role.
      type: str
      sample: shop_app
    application:
      description: What they call themselves.
      type: str
      sample: web
    connections:
      description: How many.
      type: int
      sample: 40
    longest_seconds:
      description: Seconds that the longest has been in this state.
      type: float
      sample: 812.4
    oldest_seconds:
      description: Seconds since the oldest was opened.
      type: float
      sample: 86400.0
long_running:
  description: Statements that run long, the longest first.
  returned: success
  type: list
  elements: dict
  contains: &statement
    pid:
      description: Process.
      type: int
      sample: 4711
    role:
      description: Role.
      type: str
      sample: shop_app
    application:
      description: What it calls itself.
      type: str
      sample: web
    state:
      description: State.
      type: str
      sample: active
    seconds:
      description: Seconds since the statement, or the transaction, began.
      type: float
      sample: 31.2
    waits_for:
      description: Type and name of what it waits for, or empty.
      type: str
      sample: Lock transactionid
    blocked_by:
      description: Processes that it waits for.
      type: list
      elements: int
      sample: [4702]
    query:
      description: The statement without literals.
      type: str
      sample: UPDATE jobs SET status = ? WHERE id = ?
idle_in_transaction:
  description: Sessions that are idle in a transaction, the oldest transaction first.
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
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgactivity import activity


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads, in one session that can't write."""
    del check_mode
    with database(params, read_only=True) as db:
        return Outcome(False, activity(db, params["longer_than"], params["most"]))


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "longer_than": {"type": "float", "default": 5.0},
        "most": {"type": "int", "default": 20},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
