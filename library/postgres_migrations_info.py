#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See whether the database has exactly the repository's migrations, and the indexes they promise."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_migrations_info
short_description: See whether the database has exactly the repository's migrations, and the indexes they promise
version_added: 0.1.0
description:
  - Compares the migrations that the database says it has with the files of a folder, in number, order, name and content.
    White space,
    comments and the case of keywords do not count as content.
  - For the files in O(indexes_of) every index that they create must exist, be valid and ready, and be on the table and
    columns that the
    file names. A C(CREATE INDEX CONCURRENTLY) that failed leaves one that is not valid.
options:
  path:
    description: Folder of the repository's migrations.
    type: path
    required: true
  pattern:
    description: Which files are migrations; a regular expression with the groups C(version) and C(name).
    type: str
    default: '^(?P<version>\d+)_(?P<name>.+)\.sql$'
  table:
    description: Table of the applied ones, with the columns C(version), C(name) and C(statements). The Supabase CLI
      writes this one.
    type: str
    default: supabase_migrations.schema_migrations
  indexes_of:
    description: Names of files whose indexes are looked for.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: See whether the launch's indexes are there
  fairtradeworker.launchops.postgres_migrations_info:
    path: supabase/migrations
    indexes_of: [010_scale_400k_indexes.sql]
  register: migrations
"""

RETURN = r"""
---
verdict:
  description: C(pass), or C(fail) with RV(problems).
  returned: success
  type: str
  sample: pass
problems:
  description: What is not as it should be, in sentences.
  returned: success
  type: list
  elements: str
  sample: [index idx_jobs_owner is not valid]
expected:
  description: Versions of the repository, in order.
  returned: success
  type: list
  elements: str
  sample: ["001", "002"]
applied:
  description: Versions that the database says it has, in order.
  returned: success
  type: list
  elements: str
  sample: ["001", "002"]
indexes:
  description: The indexes that were looked for.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name.
      type: str
      sample: idx_jobs_owner
    table:
      description: Table that the file names.
      type: str
      sample: jobs
    exists:
      description: Whether it is there, on that table.
      type: bool
      sample: true
    valid:
      description: Whether it is complete and may be used for queries.
      type: bool
      sample: true
    columns:
      description: Columns or expressions that it is on.
      type: list
      elements: str
      sample: [owner_id]
    as_named:
      description: Whether these are the ones that the file names.
      type: bool
      sample: true
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.migrations import (
    applied,
    compare,
    found_indexes,
    index_problems,
    repository,
    wanted_indexes,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads both sides and compares them."""
    del check_mode
    files = repository(params["path"], params["pattern"])
    indexes = wanted_indexes(files, params["indexes_of"])
    with database(params, read_only=True) as db:
        have = applied(db, params["table"])
        seen = found_indexes(db, indexes)
    problems = compare(files, have) + index_problems(indexes, seen)
    values = {
        "verdict": "fail" if problems else "pass",
        "problems": problems,
        "expected": [one.version for one in files],
        "applied": [one.version for one in have],
        "indexes": seen,
    }
    return Outcome(False, values)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "path": {"type": "path", "required": True},
        "pattern": {"type": "str", "default": r"^(?P<version>\d+)_(?P<name>.+)\.sql$"},
        "table": {"type": "str", "default": "supabase_migrations.schema_migrations"},
        "indexes_of": {"type": "list", "elements": "str", "default": []},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
