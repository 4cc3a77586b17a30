#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End connections that have been idle for too long, and none that is at work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_idle_connections
short_description: End connections that have been idle for too long, and none that is at work
version_added: 0.1.0
description:
  - Lists client backends that are idle longer than O(idle_seconds), or idle in a transaction longer than
    O(in_transaction_seconds),
    and ends them. In check mode the list is all it does.
  - State, time of the last state change and start of the backend are asked again by the very statement that ends a
    backend, so one
    that has gone back to work since is left alone.
  - Never ended are this session, superusers' sessions, replication, background workers, the platform's own roles
    (C(supabase_*),
    C(authenticator), C(pgbouncer) and others), server connections of the shared pooler, and whatever comes over the
    machine's own
    socket.
  - One that the server refuses to end does not stop the rest.
options:
  idle_seconds:
    description: Seconds that a session may be idle. The runbook says 5 minutes.
    type: float
    default: 300.0
  in_transaction_seconds:
    description: Seconds that a session may be idle in a transaction, where it holds locks and keeps vacuum from its work.
    type: float
    default: 60.0
  roles:
    description: Roles whose sessions may be ended; empty is every role that is not protected.
    type: list
    elements: str
    default: []
  databases:
    description: Databases whose sessions may be ended; empty is all.
    type: list
    elements: str
    default: []
  protected_roles:
    description: More roles that are never ended.
    type: list
    elements: str
    default: []
  protected_applications:
    description: More application names that are never ended, as patterns of LIKE.
    type: list
    elements: str
    default: []
  most:
    description: How many one run may end. The rest is counted in RV(left).
    type: int
    default: 500
notes:
  - The role needs C(pg_monitor), without which most idle sessions are invisible to it, and C(pg_signal_backend).
    Supabase's C(postgres)
    has both.
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: End what has been idle for five minutes
  fairtradeworker.launchops.postgres_idle_connections:
    idle_seconds: 300
    roles: [shop_app]
"""

RETURN = r"""
---
backends:
  description: Every backend of the list, and what became of it.
  returned: success
  type: list
  elements: dict
  contains:
    pid:
      description: Its process.
      type: int
      sample: 4711
    role:
      description: Who it belongs to.
      type: str
      sample: shop_app
    database:
      description: The database it is connected to.
      type: str
      sample: postgres
    application:
      description: What it calls itself.
      type: str
      sample: web
    address:
      description: Where it comes from.
      type: str
      sample: 203.0.113.7
    state:
      description: C(idle), C(idle in transaction) or C(idle in transaction (aborted)).
      type: str
      sample: idle
    idle_seconds:
      description: Seconds since its state last changed.
      type: float
      sample: 412.5
    query:
      description: Its last statement, every literal replaced by a question mark.
      type: str
      sample: SELECT * FROM jobs WHERE id = ?
    outcome:
      description: C(listed) in check mode; else C(ended), C(ending) (told to, and not gone yet), C(busy) (at work again,
        or gone) or
        C(refused).
      type: str
      sample: ended
ended:
  description: How many were ended (in check mode, would be).
  returned: success
  type: int
  sample: 12
left:
  description: How many more there are than O(most) allows.
  returned: success
  type: int
  sample: 0
seconds:
  description: Seconds that ending took, all batches together; 0 in check mode.
  returned: success
  type: float
  sample: 0.021
"""

import time
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgactivity import (
    IdleRule,
    check_sight,
    end_backends,
    idle_backends,
    shown,
)

# More are listed than one run may end, so that the rest can be counted.
COUNTED = 10_000
# A limit below this would end sessions between two statements of one request.
SHORTEST = 1.0


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Lists; ends unless it is check mode."""
    if min(params["idle_seconds"], params["in_transaction_seconds"]) < SHORTEST:
        raise bad_input(f"A limit below {SHORTEST:g} s would end sessions that are at work")
    if params["most"] < 1:
        raise bad_input("most must be 1 or more")
    rule = IdleRule(
        params["idle_seconds"],
        params["in_transaction_seconds"],
        tuple(params["roles"]),
        tuple(params["databases"]),
        tuple(params["protected_roles"]),
        tuple(params["protected_applications"]),
    )
    with database(params) as db:
        check_sight(db, may_end=True)
        found = idle_backends(db, rule, COUNTED)
        listed, left = found[: params["most"]], max(0, len(found) - params["most"])
        if check_mode:
            rows = [{**shown(one), "outcome": "listed"} for one in listed]
            values = {"backends": rows, "ended": len(rows), "left": left, "seconds": 0.0}
            return Outcome(bool(rows), values, _diff(rows), {"idle": []})
        done = end_backends(db, rule, listed, time.monotonic)
    gone = [row for row in done.backends if row["outcome"] in {"ended", "ending"}]
    warnings = [f"{done.refused} could not be ended: the server refused"] if done.refused else []
    values = {"backends": done.backends, "ended": len(gone), "left": left, "seconds": done.seconds}
    return Outcome(bool(gone), values, _diff(gone), {"idle": []}, tuple(warnings))


def _diff(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What is there before: one line a session."""
    return {"idle": [f"{row['pid']} {row['role']} {row['application']} {row['state']}" for row in rows]}


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "idle_seconds": {"type": "float", "default": 300.0},
        "in_transaction_seconds": {"type": "float", "default": 60.0},
        "roles": {"type": "list", "elements": "str", "default": []},
        "databases": {"type": "list", "elements": "str", "default": []},
        "protected_roles": {"type": "list", "elements": "str", "default": []},
        "protected_applications": {"type": "list", "elements": "str", "default": []},
        "most": {"type": "int", "default": 500},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
