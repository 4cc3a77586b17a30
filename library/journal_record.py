#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Append records to the journal."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: journal_record
short_description: Append records to the journal
version_added: 0.1.0
description:
  - Appends records to the hash-chained journal, in order, and returns when they are on disk.
  - A journal that can't be reached is no failure unless O(required) is set. Records are kept in the spool then, and pushed
    by the next append that reaches the journal.
options:
  records:
    description: What to record.
    type: list
    elements: dict
    required: true
    suboptions:
      type:
        description: What happened, as a dotted name.
        type: str
        required: true
      subject:
        description: The resource it happened to.
        type: str
        required: true
      data:
        description: Plain values. Credentials in it are replaced before it is written.
        type: dict
        default: {}
      key:
        description: With one, a record of the same type, subject and key that is there already is not written again.
        type: str
        default: ""
  required:
    description: Fail where the journal can't be reached.
    type: bool
    default: false
attributes:
  idempotent:
    support: partial
    details: A record with a O(records[].key) is written once; one without is another one each time.
extends_documentation_fragment:
  - fairtradeworker.launchops.journal
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Record that the release is healthy
  fairtradeworker.launchops.journal_record:
    journal_path: ~/.launchops/shop-production.jsonl
    environment: shop-production
    records:
      - type: deployment.healthy
        subject: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
"""

RETURN = r"""
---
records:
  description: What was written by this task; in check mode, nothing.
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
already_there:
  description: How many were there already.
  returned: success
  type: int
  sample: 0
stored:
  description: Where they are. V(journal), V(spool), V(nowhere), or V(unchanged) where all was there already.
  returned: success
  type: str
  sample: journal
head:
  description: Hash of the last record; send it elsewhere, and nobody can rewrite the journal unseen.
  returned: success
  type: str
  sample: 6b86b273ff34fce1
"""

from dataclasses import asdict
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Outcome, run_module
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Event
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal_edge import (
    journal_options,
    open_journal,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Appends what is not there yet."""
    journal = open_journal(params)
    events = [Event(item["type"], item["subject"], item["data"], item["key"]) for item in params["records"]]
    if check_mode:
        reading = journal.read()
        known = {(record.type, record.subject, record.key) for record in reading.records if record.key}
        new = [event for event in events if (event.type, event.subject, event.key) not in known]
        head = reading.records[-1].hash if reading.records else ""
        values = {"records": [], "already_there": len(events) - len(new), "stored": "unchanged", "head": head}
        return Outcome(bool(new), values, {"records": []}, {"records": [_shown(event) for event in new]})
    done = journal.append(events)
    if params["required"] and done.stored in {"spool", "nowhere"}:
        raise LaunchopsError(
            " ".join(done.warnings), operation="append to the journal", hint="Mend the path and run again."
        )
    values = {
        "records": [asdict(record) for record in done.records],
        "already_there": done.skipped,
        "stored": done.stored,
        "head": done.head,
    }
    after = {"records": [_shown(Event(r.type, r.subject, r.data, r.key)) for r in done.records]}
    return Outcome(bool(done.records), values, {"records": []}, after, done.warnings)


def _shown(event: Event) -> dict[str, Any]:
    return {"type": event.type, "subject": event.subject, "data": dict(event.data)}


def main() -> NoReturn:
    """Entry point."""
    record = {
        "type": {"type": "str", "required": True},
        "subject": {"type": "str", "required": True},
        "data": {"type": "dict", "default": {}},
        "key": {"type": "str", "default": "", "no_log": False},
    }
    options = {
        **journal_options(),
        "records": {"type": "list", "elements": "dict", "required": True, "options": record},
        "required": {"type": "bool", "default": False},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
