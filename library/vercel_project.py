#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set what a Vercel project's settings can really set."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_project
short_description: Set what a Vercel project's settings can really set
version_added: 0.1.0
description:
  - Compares the settings that are given with the project's effective ones and changes what differs; others stay as they are.
  - Reads back after the change, and fails where Vercel took it and did not keep it.
  - Settings of functions take effect only in deployments made afterwards; RV(needs_redeploy) says so.
options:
  project:
    description: Project to set, by id (C(prj_...)) or name.
    type: str
    required: true
  fluid:
    description: Whether functions run on Vercel's fluid compute.
    type: bool
  function_default_timeout:
    description: Seconds that a function may take, where its own configuration says nothing else. 1 to 900, by plan.
    type: int
  function_default_memory_type:
    description: CPU and memory of functions.
    type: str
    choices: [standard_legacy, standard, performance, performance_xl]
  function_default_regions:
    description: Codes of the regions that functions run in. Their order does not matter.
    type: list
    elements: str
  function_zero_config_failover:
    description: Whether functions move to another region when theirs fails.
    type: bool
  on_demand_concurrent_builds:
    description: Whether builds skip the queue (C(elasticConcurrencyEnabled)). It has nothing to do with functions'
      concurrency.
    type: bool
  build_machine_type:
    description: Size of the machine that builds.
    type: str
    choices: [basic, enhanced, turbo, standard, elastic]
  auto_assign_custom_domains:
    description: Whether new production deployments get the domains by themselves. A rollback switches it off.
    type: bool
  min_instances:
    description: Does not exist at Vercel. Setting it is refused, with the reason and the nearest real settings.
    type: int
  max_instances:
    description: Does not exist at Vercel. Setting it is refused, with the reason and the nearest real settings.
    type: int
extends_documentation_fragment:
  - fairtradeworker.launchops.vercel
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Give functions a minute and two regions
  fairtradeworker.launchops.vercel_project:
    project: shop
    function_default_timeout: 60
    function_default_regions: [iad1, fra1]
"""

RETURN = r"""
---
settings:
  description: The settings that were given, as they are now (in check mode, as they would be).
  returned: success
  type: dict
  sample: {function_default_timeout: 60}
needs_redeploy:
  description: Whether a change takes effect only in the next deployment.
  returned: success
  type: bool
  sample: true
project_id:
  description: Identifier of the project.
  returned: success
  type: str
  sample: prj_9jaeg38me
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sync import sync
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_settings import (
    BUILD_MACHINES,
    MEMORY_TYPES,
    body,
    effective,
    equal,
    redeploy_needed,
    wanted,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Compares, changes what differs, reads back."""
    asked = wanted(params)
    client = vercel_client(params)
    project = client.project(params["project"])
    done = sync(
        what=f"project {project.name}",
        read=lambda: effective(client.project(params["project"])),
        wanted=asked,
        act=lambda change: client.update_project(project, body(change)),
        check_mode=check_mode,
        equal=equal,
    )
    change = {key: value for key, value in done.after.items() if done.before[key] != value}
    warnings = []
    if change.get("auto_assign_custom_domains") and project.pinned:
        warnings.append("A rollback holds the domains; from now on the next production build takes them, good or bad.")
    values = {"settings": done.after, "needs_redeploy": redeploy_needed(change), "project_id": project.id}
    return Outcome(done.changed, values, done.before, done.after, tuple(warnings))


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **vercel_options(),
        **project_option(),
        "fluid": {"type": "bool"},
        "function_default_timeout": {"type": "int"},
        "function_default_memory_type": {"type": "str", "choices": list(MEMORY_TYPES)},
        "function_default_regions": {"type": "list", "elements": "str"},
        "function_zero_config_failover": {"type": "bool"},
        "on_demand_concurrent_builds": {"type": "bool"},
        "build_machine_type": {"type": "str", "choices": list(BUILD_MACHINES)},
        "auto_assign_custom_domains": {"type": "bool"},
        "min_instances": {"type": "int"},
        "max_instances": {"type": "int"},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
