# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Vercel project's settings as data: what exists, in which range, and what does not exist and why.

Source: PATCH /v9/projects/{idOrName} and its resourceConfig in Vercel's OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import Project

# Seconds that a function may be given by default.
TIMEOUT_RANGE = (1, 900)
REGION_LENGTH = 4
MEMORY_TYPES = ("standard_legacy", "standard", "performance", "performance_xl")
BUILD_MACHINES = ("basic", "enhanced", "turbo", "standard", "elastic")


@dataclass(frozen=True)
class Setting:
    """One setting: its option here, its key there, whether it stands in resourceConfig, whether a build must follow."""

    option: str
    key: str
    resource: bool
    needs_redeploy: bool


SETTINGS = (
    Setting("fluid", "fluid", resource=True, needs_redeploy=True),
    Setting("function_default_timeout", "functionDefaultTimeout", resource=True, needs_redeploy=True),
    Setting("function_default_memory_type", "functionDefaultMemoryType", resource=True, needs_redeploy=True),
    Setting("function_default_regions", "functionDefaultRegions", resource=True, needs_redeploy=True),
    Setting("function_zero_config_failover", "functionZeroConfigFailover", resource=True, needs_redeploy=True),
    Setting("on_demand_concurrent_builds", "elasticConcurrencyEnabled", resource=True, needs_redeploy=False),
    Setting("build_machine_type", "buildMachineType", resource=True, needs_redeploy=False),
    Setting("auto_assign_custom_domains", "autoAssignCustomDomains", resource=False, needs_redeploy=False),
)
NO_INSTANCES = (
    "Vercel has no minimum or maximum number of instances: functions scale by themselves up to the plan's concurrency "
    "(30,000 on Pro, 100,000 on Enterprise, 1,000 more per 10 s and region), and its API knows no such setting"
)
NEAREST = (
    "The nearest real settings are fluid, function_default_memory_type, function_default_regions (several) and "
    "function_zero_config_failover; more concurrency is a contract with Vercel."
)


def wanted(params: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the user gave, by option. Raises LaunchopsError (input) for what can't be, before anything is sent."""
    if params.get("min_instances") is not None or params.get("max_instances") is not None:
        raise bad_input(NO_INSTANCES, hint=NEAREST)
    given = {setting.option: params[setting.option] for setting in SETTINGS if params.get(setting.option) is not None}
    timeout = given.get("function_default_timeout")
    if timeout is not None and not TIMEOUT_RANGE[0] <= timeout <= TIMEOUT_RANGE[1]:
        raise bad_input(
            f"function_default_timeout is {timeout} s; Vercel takes {TIMEOUT_RANGE[0]} to {TIMEOUT_RANGE[1]}",
            hint="The plan may allow less: 300 s on Hobby, 800 s on Pro.",
        )
    regions = given.get("function_default_regions")
    if regions is not None:
        if not regions or len(set(regions)) != len(regions):
            raise bad_input("function_default_regions must name at least one region, and each once")
        if any(not region or len(region) > REGION_LENGTH for region in regions):
            raise bad_input(f"A region is a code such as iad1 or fra1; given: {', '.join(regions)}")
    return given


def effective(project: Project) -> dict[str, Any]:
    """Every setting's present value, by option: what is set on the project, over the plan's defaults.

    That the defaults fill what is not set is an inference from the two objects' names; no document says it.
    """
    own = project.raw.get("resourceConfig") or {}
    plan = project.raw.get("defaultResourceConfig") or {}
    values = {}
    for setting in SETTINGS:
        if setting.resource:
            values[setting.option] = own.get(setting.key, plan.get(setting.key))
        else:
            values[setting.option] = project.raw.get(setting.key)
    return values


def body(change: Mapping[str, Any]) -> dict[str, Any]:
    """The PATCH body for changed settings: Vercel merges it, so nothing else is touched."""
    result: dict[str, Any] = {}
    for setting in SETTINGS:
        if setting.option in change:
            place = result.setdefault("resourceConfig", {}) if setting.resource else result
            place[setting.key] = change[setting.option]
    return result


def equal(option: str, asked: Any, present: Any) -> bool:
    """Regions are a set; the rest is compared as it is."""
    if option == "function_default_regions":
        return isinstance(present, list) and set(asked) == set(present)
    return bool(asked == present) and isinstance(asked, bool) == isinstance(present, bool)


def redeploy_needed(change: Mapping[str, Any]) -> bool:
    """Whether a change takes effect only in deployments made afterwards."""
    return any(setting.needs_redeploy for setting in SETTINGS if setting.option in change)
