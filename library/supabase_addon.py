#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose a Supabase project's compute size, point-in-time recovery or another add-on."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_addon
short_description: Choose a Supabase project's compute size, point-in-time recovery or another add-on
version_added: 0.1.0
description:
  - Compares the selected variant with what is given, changes it once, and waits until the project is healthy again and
    its services
    answer.
  - Whatever restarts the database or costs more needs the project's name in O(approve), and the message says what it
    does and costs.
  - A new compute size restarts the database, usually for less than two minutes. A pool size that was set by hand stays
    as it is.
options:
  type:
    description: Type of the add-on.
    type: str
    choices: [compute_instance, pitr, ipv4, custom_domain]
    default: compute_instance
  variant:
    description:
      - Variant to have, C(ci_2xlarge) or C(pitr_7) for instance. Needed unless the state is V(absent).
    type: str
  state:
    description: Whether the add-on is to be there. A compute size can only be present.
    type: str
    choices: [present, absent]
    default: present
  approve:
    description: The project's name or reference, said back.
    type: str
    default: ""
  approve_hint:
    description: What to type to approve it, for the error; C({name}) stands for the project's name.
    type: str
    default: "approve={name}"
  wait_seconds:
    description: Seconds to wait until the project is healthy again.
    type: float
    default: 600.0
  poll_seconds:
    description: Seconds between two looks.
    type: float
    default: 5.0
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Have the compute size of launch day
  fairtradeworker.launchops.supabase_addon:
    project: abcdefghijklmnopqrst
    type: compute_instance
    variant: ci_2xlarge
    approve: shop
"""

RETURN = r"""
---
variant:
  description: The variant as it is now (in check mode, as it would be); empty for none.
  returned: success
  type: str
  sample: ci_2xlarge
previous:
  description: The variant before; empty for none.
  returned: success
  type: str
  sample: ci_xlarge
max_connections:
  description: Direct connections that the compute size allows; V(none) for other add-ons, and where the API does not say.
  returned: success
  type: int
  sample: 380
direction:
  description: C(up) or C(down) by price, or empty where nothing changes.
  returned: success
  type: str
  sample: up
planned:
  description: What is changed, or in check mode would be, in sentences; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: ["compute ci_xlarge -> ci_2xlarge: the database restarts, usually under 2 minutes; 0.2877 USD hourly -> 0.562
    USD hourly"]
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.addons import (
    Change,
    ask,
    consequence,
    find_variant,
    sentence,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.approval import insist
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.health import wait_until_healthy
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import HEALTHY, SupabaseClient


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Compares, asks for approval, changes once, waits."""
    kind, absent = params["type"], params["state"] == "absent"
    if absent and kind == "compute_instance":
        raise bad_input("A project always has a compute size", hint="Name the one to have.")
    if not absent and not params["variant"]:
        raise bad_input(f"Which variant of {kind} is to be there?", hint="Set the option variant.")
    client = supabase_client(params)
    addons = client.addons()
    present = addons.selected.get(kind)
    wanted = None if absent else find_variant(addons, kind, params["variant"])
    change = Change(kind, present, wanted)
    before, after = {kind: change.before}, {kind: change.after}
    values = {
        "variant": change.after,
        "previous": change.before,
        "max_connections": wanted.connections if wanted and kind == "compute_instance" else None,
        "direction": change.direction,
        "planned": [sentence(change)] if change.needed else [],
    }
    project = client.project()
    if not change.needed:
        # A killed run may have asked for it: then it is still going on.
        if kind == "compute_instance" and project.status != HEALTHY and not check_mode:
            follow(client, params, f"compute {change.after}")
        return Outcome(False, values, before, before)
    words = consequence(change)
    if words:
        insist(params["approve"], project, words, params["approve_hint"])
    if check_mode:
        return Outcome(True, values, before, after)
    ask(client, change)
    follow(client, params, sentence(change))
    kept = client.addons().selected.get(kind)
    if (kept.id if kept else "") != change.after:
        raise LaunchopsError(
            f"{project.name} ({project.ref}) took {change.after or 'the removal'} without an error, and still has "
            f"{kept.id if kept else 'none'}",
            service="Supabase",
            operation=f"change {kind}",
            hint="That is a known fault (supabase/supabase#40742): look at the dashboard, then run it again.",
        )
    return Outcome(True, values, before, after)


def follow(client: SupabaseClient, params: dict[str, Any], what: str) -> None:
    """Waits until the project is healthy."""
    wait_until_healthy(client, within=params["wait_seconds"], poll=params["poll_seconds"], what=what)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        "type": {
            "type": "str",
            "choices": ["compute_instance", "pitr", "ipv4", "custom_domain"],
            "default": "compute_instance",
        },
        "variant": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "approve": {"type": "str", "default": ""},
        "approve_hint": {"type": "str", "default": "approve={name}"},
        "wait_seconds": {"type": "float", "default": 600.0},
        "poll_seconds": {"type": "float", "default": 5.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
