#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep settings of a database role, and prove that they take effect for its application."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_role_settings
short_description: Keep settings of a database role, and prove that they take effect for its application
version_added: 0.1.0
description:
  - Compares the role's settings with what is given and changes what differs with C(ALTER ROLE). Times and sizes are
    equal where they mean
    the same.
  - With O(verify_url) it asks as the role itself, on the way its application goes, what is in effect; with O(prove) a
    statement that takes
    longer than C(statement_timeout) must die there with SQLSTATE 57014.
  - With O(function_timeout) and O(client_timeout) the chain query < function < client must hold, or nothing is written.
options:
  role:
    description: The role, for instance the one that the application connects as.
    type: str
    required: true
  database:
    description: The database in which the settings hold; empty is all.
    type: str
    default: ""
  settings:
    description:
      - Settings to have, for instance C(statement_timeout), C(idle_in_transaction_session_timeout), C(idle_session_timeout),
        C(log_min_duration_statement). V(none) takes the role's own setting away.
    type: dict
    required: true
  verify_url:
    description:
      - Connection URL of the role itself, through the pooler where its application uses one.
      - If not set, the environment variable E(LAUNCHOPS_APP_DATABASE_URL) is read. Without either nothing is proven.
    type: str
  prove:
    description: Whether to run a statement that takes too long. It takes as long as the timeout.
    type: bool
    default: false
  refresh_pooled:
    description:
      - Whether the role's idle sessions that were opened before a change are ended, so that a pooler opens new ones with
        the new
        settings. A client that is just being given one of them sees an error.
    type: bool
    default: false
  function_timeout:
    description: Seconds that the function which runs the query may take; the statement timeout must be less.
    type: float
  client_timeout:
    description: Seconds that the client waits for the function; must be more than O(function_timeout).
    type: float
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Let no query of the shop run longer than thirty seconds
  fairtradeworker.launchops.postgres_role_settings:
    role: shop_app
    settings:
      statement_timeout: 30s
      idle_in_transaction_session_timeout: 60s
    function_timeout: 60
    client_timeout: 65
"""

RETURN = r"""
---
settings:
  description: The settings that were given, as they are now (in check mode, as they would be); V(none) for one that is
    not set.
  returned: success
  type: dict
  sample: {statement_timeout: 30s}
effective:
  description: What was in effect for the role on its application's way; empty where it was not asked, and in check mode
    of a change.
  returned: success
  type: dict
  sample: {statement_timeout: 30s}
proven:
  description: Whether a statement that took too long died with SQLSTATE 57014; V(none) where it was not tried.
  returned: success
  type: bool
  sample: true
refreshed:
  description: How many idle sessions were ended.
  returned: success
  type: int
  sample: 0
planned:
  description: What is changed, or in check mode would be, in sentences; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: ["shop_app: statement_timeout (none) -> 30s"]
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
    secret,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgvalues import same_value
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.rolesettings import (
    Proof,
    Target,
    checked,
    hold,
    insist_in_effect,
    now,
    present,
    refresh,
    units,
    write,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sync import sync


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Checks the chain, changes what differs, proves it."""
    target = Target(params["role"], params["database"])
    wanted = checked(target, params["settings"])
    if not wanted:
        raise bad_input("No setting is given", hint="Set the option settings.")
    hold(target, wanted, params["function_timeout"], params["client_timeout"])
    refreshed = 0
    with database(params) as db:
        unit = units(db, list(wanted))
        began = now(db)
        done = sync(
            what=f"the settings of {target}",
            read=lambda: present(db, target),
            wanted=wanted,
            act=lambda change: write(db, target, change),
            check_mode=check_mode,
            equal=lambda name, one, other: same_value(one, other, unit[name]),
        )
        if done.changed and params["refresh_pooled"] and not check_mode:
            refreshed = refresh(db, target, began)
    proof = Proof({}, None, None)
    if params["verify_url"] and not (check_mode and done.changed):
        proof = verify(params, target, wanted, unit, check_mode=check_mode)
    planned = [
        f"{target}: {name} {done.before[name] or '(none)'} -> {done.after[name] or '(none)'}"
        for name in wanted
        if done.before[name] != done.after[name]
    ]
    values = {
        "settings": done.after,
        "effective": dict(proof.effective),
        "proven": proof.died,
        "refreshed": refreshed,
        "planned": planned if done.changed else [],
    }
    return Outcome(done.changed, values, done.before, done.after)


def verify(
    params: dict[str, Any], target: Target, wanted: dict[str, str | None], unit: dict[str, str], *, check_mode: bool
) -> Proof:
    """Asks as the role. Raises LaunchopsError where something is not in effect, or a statement did not die."""

    def connect() -> Database:
        timeout, patience = params["connect_timeout"], params["connect_patience"]
        return Database(params["verify_url"], connect_timeout=timeout, patience=patience, statement_timeout=0)

    return insist_in_effect(connect, target, wanted, unit, try_it=params["prove"] and not check_mode)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "role": {"type": "str", "required": True},
        "database": {"type": "str", "default": ""},
        "settings": {"type": "dict", "required": True},
        "verify_url": secret("LAUNCHOPS_APP_DATABASE_URL"),
        "prove": {"type": "bool", "default": False},
        "refresh_pooled": {"type": "bool", "default": False},
        "function_timeout": {"type": "float"},
        "client_timeout": {"type": "float"},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
