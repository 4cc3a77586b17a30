#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep overrides of a Supabase project's Postgres settings, without touching the others."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_postgres_config
short_description: Keep overrides of a Supabase project's Postgres settings, without touching the others
version_added: 0.1.0
description:
  - Compares the overrides that are given with those that the project has, changes what differs, and reads back. Others
    stay as they are.
  - Two spellings of a time or a size are equal where they mean the same; C(30s), C(30000) and C(30000ms) are one
    statement_timeout.
  - Nothing is restarted unless O(restart) says so, with the project's name in O(approve). What then still waits for a
    restart is in
    RV(pending_restart).
  - An override is the server's default. A role's or the database's own setting wins over it, so what takes effect for an
    application is
    set and proven with M(fairtradeworker.launchops.postgres_role_settings).
options:
  settings:
    description:
      - Overrides to have. Times and sizes are text with a unit (C(30s), C(256MB)), the rest numbers and booleans.
    type: dict
    default: {}
  absent:
    description: Names of overrides that are not to be there.
    type: list
    elements: str
    default: []
  restart:
    description: Whether the database may be restarted, for settings that need it.
    type: bool
    default: false
  approve:
    description: The project's name or reference, said back. Needed with O(restart).
    type: str
    default: ""
  approve_hint:
    description: What to type to approve it, for the error; C({name}) stands for the project's name.
    type: str
    default: "approve={name}"
  wait_seconds:
    description: Seconds to wait until the project is healthy after a restart.
    type: float
    default: 600.0
  poll_seconds:
    description: Seconds between two looks.
    type: float
    default: 5.0
attributes:
  idempotent:
    description: A second run finds everything as wanted and sends nothing.
    support: full
notes:
  - To remove an override the whole set is written, since the API can't remove one. A change that another makes in that
    moment is lost.
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Let no statement run longer than thirty seconds by default
  fairtradeworker.launchops.supabase_postgres_config:
    project: abcdefghijklmnopqrst
    settings:
      statement_timeout: 30s
"""

RETURN = r"""
---
settings:
  description: The overrides that were given, as they are now (in check mode, as they would be); V(none) for one that is
    absent.
  returned: success
  type: dict
  sample: {statement_timeout: 30s}
others:
  description: Names of the overrides that the project has besides.
  returned: success
  type: list
  elements: str
  sample: [max_wal_size]
pending_restart:
  description: Names of the changed settings that take effect at the next restart only.
  returned: success
  type: list
  elements: str
  sample: [max_connections]
planned:
  description: What is changed, or in check mode would be, in sentences; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: ["statement_timeout (none) -> 30s"]
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.approval import insist
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.health import wait_until_healthy
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgconfig import RESTART_ONLY, checked, equal
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sync import sync


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Compares, changes what differs, reads back."""
    settings = checked(params["settings"])
    both = sorted(set(settings) & set(params["absent"]))
    if both:
        raise bad_input(f"{both[0]} is to be there and to be absent", hint="Name it once.")
    if not settings and not params["absent"]:
        raise bad_input("No setting is given", hint="Set the option settings or absent.")
    wanted: dict[str, Any] = {**settings, **dict.fromkeys(params["absent"])}
    client = supabase_client(params)
    first = client.postgres_config()
    change = {key: value for key, value in wanted.items() if not equal(key, value, first.get(key))}
    needs = sorted(RESTART_ONLY & set(change))
    restart = params["restart"] and bool(needs)
    if restart:
        words = f"Changing {', '.join(needs)} restarts the database"
        insist(params["approve"], client.project(), words, params["approve_hint"])
    readings = [first]
    done = sync(
        what=f"the Postgres settings of project {client.ref}",
        read=lambda: readings.pop() if readings else client.postgres_config(),
        wanted=wanted,
        act=lambda each: client.set_postgres_config(
            {key: value for key, value in each.items() if value is not None},
            tuple(key for key, value in each.items() if value is None),
            restart=restart,
        ),
        check_mode=check_mode,
        equal=equal,
    )
    if done.changed and restart and not check_mode:
        wait_until_healthy(client, within=params["wait_seconds"], poll=params["poll_seconds"], what="the restart")
    planned = [f"{key} {_said(done.before[key])} -> {_said(done.after[key])}" for key in change]
    values = {
        "settings": done.after,
        "others": sorted(set(first) - set(wanted)),
        "pending_restart": [] if restart else needs,
        "planned": planned,
    }
    return Outcome(done.changed, values, done.before, done.after)


def _said(value: Any) -> str:
    return "(none)" if value is None else str(value)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        "settings": {"type": "dict", "default": {}},
        "absent": {"type": "list", "elements": "str", "default": []},
        "restart": {"type": "bool", "default": False},
        "approve": {"type": "str", "default": ""},
        "approve_hint": {"type": "str", "default": "approve={name}"},
        "wait_seconds": {"type": "float", "default": 600.0},
        "poll_seconds": {"type": "float", "default": 5.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
