#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the size and mode of a Supabase project's connection pool."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_pooler
short_description: Set the size and mode of a Supabase project's connection pool
version_added: 0.1.0
description:
  - Compares the pool's size and mode with what is given, changes what differs, and reads back.
  - The API takes any size. So before a pool grows, the database is asked what it can hold, and a size that does not fit
    is refused
    with the sum and the largest size that does.
  - The sum is O(poolers) x number of O(pooled_roles) x O(pool_size), plus the direct connections of all other roles now, plus
    O(direct_headroom), plus what PostgreSQL keeps for superusers, against C(max_connections).
  - The number of clients (C(max_client_conn)) follows the compute size and can't be set.
options:
  pool_size:
    description:
      - Server connections for each user and database. Both of Supabase's poolers apply it, each for itself.
      - Leave it out to keep what is there.
    type: int
  platform_default:
    description: Goes back to the platform's default for the compute size, which the API shows as none.
    type: bool
    default: false
  pool_mode:
    description: Whether a client holds a server connection for a transaction or for its whole session.
    type: str
    choices: [transaction, session]
  pooled_roles:
    description: Roles that connect through the pooler; each has a pool of its own, in one database.
    type: list
    elements: str
    default: [postgres]
  poolers:
    description: How many poolers are in use. 2 where both the shared and the dedicated one are.
    type: int
    choices: [1, 2]
    default: 2
  direct_headroom:
    description: Connections to keep free for what comes directly.
    type: int
    default: 10
  max_connections:
    description:
      - Counts with this instead of what the database has now. For planning what is to follow a new compute size.
      - It is taken in check mode alone; a real change always asks the database.
    type: int
notes:
  - O(database_url) is needed only where the pool grows. A role with C(pg_monitor) sees all connections.
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Give the pool 150 connections
  fairtradeworker.launchops.supabase_pooler:
    project: abcdefghijklmnopqrst
    pool_size: 150
    pooled_roles: [shop_app]
"""

RETURN = r"""
---
pool:
  description: The pool as it is now (in check mode, as it would be).
  returned: success
  type: dict
  contains:
    size:
      description: Server connections for each user and database; V(none) is the platform's default for the compute size.
      type: int
      sample: 150
    mode:
      description: C(transaction) or C(session).
      type: str
      sample: transaction
guard:
  description: The sum that was made, with what the database said; empty where the pool does not grow.
  returned: success
  type: str
  sample: 2 poolers x 1 role x 150 = 300, and 15 direct + 10 kept free + 3 reserved, is 328 of max_connections 380
planned:
  description: What is changed, or in check mode would be, in sentences; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: [pool size 100 -> 150]
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgactivity import connections
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pooling import PoolPlan, insist_it_fits
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import POOL_MODES, SupabaseClient
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sync import sync

API_KEYS = {"size": "default_pool_size", "mode": "pool_mode"}


def guard(params: dict[str, Any], client: SupabaseClient, size: int, check_mode: bool) -> str:
    """The sum for a pool that grows. Raises LaunchopsError where it does not hold, or can't be made."""
    roles = tuple(dict.fromkeys(params["pooled_roles"]))
    maximum = params["max_connections"] if check_mode else None
    with database(params, read_only=True) as db:
        have = connections(db, roles, params["direct_headroom"], maximum)
    return insist_it_fits(have, PoolPlan(size, len(roles), params["poolers"]), client.ref)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Compares, makes sure that it fits, changes, reads back."""
    if params["pool_size"] is not None and params["platform_default"]:
        raise bad_input("pool_size and platform_default exclude each other", hint="Give one of them.")
    if params["pool_size"] is not None and not 1 <= params["pool_size"] <= 3000:
        raise bad_input(f"A pool of {params['pool_size']} can't be set: it is from 1 to 3000")
    if not params["pooled_roles"]:
        raise bad_input("pooled_roles is empty", hint="Name the roles that the product connects with.")
    client = supabase_client(params)
    wanted: dict[str, Any] = {}
    if params["pool_size"] is not None or params["platform_default"]:
        wanted["size"] = params["pool_size"]
    if params["pool_mode"]:
        wanted["mode"] = params["pool_mode"]
    words = ""

    def read() -> dict[str, Any]:
        found = client.primary_pooler()
        return {"size": found.size, "mode": found.mode}

    present = read()
    size = wanted.get("size")
    planned_for_another_size = check_mode and params["max_connections"] is not None
    if size is not None and (present["size"] is None or size > present["size"] or planned_for_another_size):
        words = guard(params, client, size, check_mode)
    first = [present]
    done = sync(
        what=f"the pool of project {client.ref}",
        read=lambda: first.pop() if first else read(),
        wanted=wanted,
        act=lambda change: client.set_pooler({API_KEYS[key]: value for key, value in change.items()}),
        check_mode=check_mode,
        equal=lambda _key, one, other: one == other,
    )
    pool = {**present, **done.after}
    planned = [
        f"pool {key} {_said(done.before[key])} -> {_said(done.after[key])}"
        for key in wanted
        if done.before[key] != done.after[key]
    ]
    values = {"pool": pool, "guard": words, "planned": planned}
    return Outcome(done.changed, values, {**present, **done.before}, pool)


def _said(value: Any) -> str:
    return "the platform's default" if value is None else str(value)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        **database_options(),
        "pool_size": {"type": "int"},
        "platform_default": {"type": "bool", "default": False},
        "pool_mode": {"type": "str", "choices": list(POOL_MODES)},
        "pooled_roles": {"type": "list", "elements": "str", "default": ["postgres"]},
        "poolers": {"type": "int", "choices": [1, 2], "default": 2},
        "direct_headroom": {"type": "int", "default": 10},
        "max_connections": {"type": "int"},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
