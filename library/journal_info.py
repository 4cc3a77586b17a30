#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and verify the journal."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: journal_info
short_description: Read and verify the journal
version_added: 0.1.0
description:
  - Reads the records of one environment and says what they add up to.
  - With O(verify) checks the whole hash chain, and fails where a line was edited, dropped, inserted or reordered.
options:
  types:
    description: Return the records of these types alone. All where it is empty.
    type: list
    elements: str
    default: []
  limit:
    description: Return this many of the newest records.
    type: int
    default: 20
  verify:
    description: Check the hash chain of the whole file.
    type: bool
    default: false
extends_documentation_fragment:
  - fairtradeworker.launchops.journal
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Prove that nobody has changed the journal
  fairtradeworker.launchops.journal_info:
    journal_path: ~/.launchops/shop-production.jsonl
    environment: shop-production
    verify: true
"""

RETURN = r"""
---
reachable:
  description: Whether the journal itself could be read, rather than the spool alone.
  returned: always
  type: bool
  sample: true
records:
  description: The newest records that were asked for, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    seq:
      description: Number in the journal, from 1.
      returned: always
      type: int
      sample: 12
    id:
      description: Unique identifier.
      returned: always
      type: str
      sample: 0b1c5a5f6c3f4f1b9a54c2f2f4c9e0aa
    time:
      description: When it was written, ISO 8601 in UTC.
      returned: always
      type: str
      sample: "2026-11-24T03:05:07.123Z"
    environment:
      description: The product's environment.
      returned: always
      type: str
      sample: shop-production
    run:
      description: Run that wrote it.
      returned: always
      type: str
      sample: 20261124T030501Z-5d0c2f11
    operator:
      description: Who ran it.
      returned: always
      type: str
      sample: ana@laptop
    type:
      description: What happened.
      returned: always
      type: str
      sample: rollback.finished
    subject:
      description: The resource.
      returned: always
      type: str
      sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
    key:
      description: What makes it unique; empty for none.
      returned: always
      type: str
      sample: ""
    data:
      description: What else was recorded.
      returned: always
      type: dict
      sample: {}
    prev:
      description: Hash of the record before.
      returned: always
      type: str
      sample: 5feceb66ffc86f38
    hash:
      description: SHA-256 of this record.
      returned: always
      type: str
      sample: 6b86b273ff34fce1
healthy:
  description: Deployments recorded as healthy, newest record first.
  returned: success
  type: list
  elements: str
  sample: [dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa]
bad:
  description: Deployments recorded as bad, with the reason.
  returned: success
  type: dict
  sample: {}
freeze:
  description: The deploy freeze that holds, with the keys since, reason, incident and operator; empty for none.
  returned: success
  type: dict
  sample: {}
incident:
  description: The open incident, with the keys id, status (opened or mitigated), opened_at, from, to and reason; empty
    for none.
  returned: success
  type: dict
  sample: {}
resolved:
  description: How many incidents were resolved so far.
  returned: success
  type: int
  sample: 2
unfinished:
  description: The rollback that was begun and not finished, with the keys incident, from and to; empty for none.
  returned: success
  type: dict
  sample: {}
findings:
  description: What is wrong with the chain.
  returned: when O(verify) is set
  type: list
  elements: dict
  contains:
    line:
      description: Line in the file; 0 for the head file.
      returned: always
      type: int
      sample: 3
    kind:
      description: What sort of damage.
      returned: always
      type: str
      sample: edited
    sentence:
      description: In words.
      returned: always
      type: str
      sample: Line 3 (record 3) is not what was written.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils import history
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Outcome, run_module
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import verify_file
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal_edge import (
    journal_options,
    open_journal,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads only, so check mode is the same."""
    del check_mode
    reading = open_journal(params).read()
    own = history.of_environment(reading.records, params["environment"])
    incident = history.open_incident(own)
    wanted = [record for record in own if not params["types"] or record.type in params["types"]]
    values: dict[str, Any] = {
        "reachable": reading.reachable,
        "records": [asdict(record) for record in wanted[-params["limit"] :]] if params["limit"] > 0 else [],
        "healthy": history.last_healthy(own),
        "bad": history.bad(own),
        "freeze": history.freeze(own),
        "incident": incident.as_dict() if incident else {},
        "resolved": history.resolved_incidents(own),
        "unfinished": history.unfinished_rollback(own),
    }
    if params["verify"]:
        findings = verify_file(Path(params["journal_path"]))
        values["findings"] = [asdict(finding) for finding in findings]
        if findings:
            raise LaunchopsError(
                f"The journal {params['journal_path']} has been damaged or changed: "
                + " ".join(finding.sentence for finding in findings),
                operation="verify the journal",
                hint="Keep the file as it is, and compare the head hashes in the notifications that were sent.",
                details={"reachable": reading.reachable, "findings": values["findings"]},
            )
    return Outcome(False, values, warnings=reading.warnings)


def main() -> NoReturn:
    """Entry point."""
    options = {
        **journal_options(),
        "types": {"type": "list", "elements": "str", "default": []},
        "limit": {"type": "int", "default": 20},
        "verify": {"type": "bool", "default": False},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
