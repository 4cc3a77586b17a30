#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let one operator at a time act on an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: operator_lock
short_description: Let one operator at a time act on an environment
version_added: 0.1.0
description:
  - Takes or releases a lock with an owner, a reason and an expiry.
  - A lock held by somebody else is a failure that says who, since when, why, and how to take it over.
  - A lock of the same operator whose run has ended is taken again without asking; one whose run still lives is not.
  - Where the lock's place can't be reached, RV(held) is false and a warning says so, unless O(required) is set, because an
    emergency must not wait for it.
options:
  path:
    description: The lock's file.
    type: path
    required: true
  state:
    description: Take it or release it. Releasing touches this run's, or one that a dead run of the same operator has left.
    type: str
    choices: [present, absent]
    default: present
  reason:
    description: What it is taken for; shown to whoever is refused.
    type: str
    default: ""
  ttl:
    description: Seconds until it expires by itself.
    type: int
    default: 1800
  takeover:
    description: Take it from whoever holds it. The old holder is returned and belongs into the record.
    type: bool
    default: false
  takeover_hint:
    description: What to type to take it over, for the error.
    type: str
    default: "set takeover to true"
  required:
    description: Fail where the lock's place can't be reached.
    type: bool
    default: false
attributes:
  idempotent:
    support: partial
    details: Within one run. The lock of a run that has ended is taken anew.
extends_documentation_fragment:
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Take the operator's lock
  fairtradeworker.launchops.operator_lock:
    path: ~/.launchops/shop-production.lock
    reason: rollback
"""

RETURN = r"""
---
held:
  description: Whether this run holds the lock now (in check mode, would).
  returned: always
  type: bool
  sample: true
owner:
  description: Who holds it now; empty for nobody, or where that is not known.
  returned: always
  type: str
  sample: ana@laptop
acquired_at:
  description: Since when, epoch seconds; 0 for not at all.
  returned: always
  type: float
  sample: 1764000000.0
expires_at:
  description: Until when, epoch seconds; 0 for not at all.
  returned: always
  type: float
  sample: 1764001800.0
taken_over_from:
  description: Who held it before and lost it by this task, in a sentence; empty for nobody.
  returned: always
  type: str
  sample: ""
"""

import time
import uuid
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Outcome, Spec, run_module
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal_edge import (
    host,
    operator,
    run_id,
    run_pid,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.lock import (
    Holder,
    LockFile,
    acquire,
    owns,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Takes or releases; a place that can't be reached is said, not raised, unless the lock is required."""
    if params["ttl"] <= 0:
        raise bad_input("ttl must be more than 0 seconds")
    now = time.time()
    mine = Holder(operator(), params["reason"], run_id(), host(), run_pid(), now, now + params["ttl"], uuid.uuid4().hex)
    file = LockFile(Path(params["path"]))
    try:
        if params["state"] == "absent":
            return _release(file, mine, check_mode)
        taken = acquire(file, mine, takeover=params["takeover"], hint=params["takeover_hint"], check_mode=check_mode)
    except OSError as error:
        sentence = f"The operator's lock {params['path']} can't be reached ({error.strerror or error})"
        if params["required"]:
            raise LaunchopsError(sentence, operation="take the lock", hint="Mend the path and run again.") from error
        return Outcome(False, _values(None, held=False), warnings=(f"{sentence}: going on without it.",))
    warnings = (f"The lock was taken over: {taken.over_from}.",) if taken.over_from else ()
    values = _values(taken.holder, held=True) | {"taken_over_from": taken.over_from}
    before = {"owner": taken.before.owner if taken.before else ""}
    return Outcome(taken.changed, values, before, {"owner": taken.holder.owner}, warnings)


def _release(file: LockFile, mine: Holder, check_mode: bool) -> Outcome:
    present = file.read()
    own = owns(present, mine)
    if own and not check_mode:
        own = file.release(mine)
    left = None if own else present
    before = {"owner": present.owner if present else ""}
    return Outcome(own, _values(left, held=False), before, {"owner": left.owner if left else ""})


def _values(holder: Holder | None, *, held: bool) -> dict[str, Any]:
    return {
        "held": held,
        "owner": holder.owner if holder else "",
        "acquired_at": holder.acquired_at if holder else 0.0,
        "expires_at": holder.expires_at if holder else 0.0,
        "taken_over_from": "",
    }


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        "path": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "reason": {"type": "str", "default": ""},
        "ttl": {"type": "int", "default": 1800},
        "takeover": {"type": "bool", "default": False},
        "takeover_hint": {"type": "str", "default": "set takeover to true"},
        "required": {"type": "bool", "default": False},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
