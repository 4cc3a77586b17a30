# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project and its settings."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.shapes import error, pagination, project
from sandbox.world import World

NODE_VERSIONS = {"24.x", "22.x", "20.x", "18.x", "16.x", "14.x", "12.x", "10.x"}
MEMORY = {"standard_legacy", "standard", "performance", "performance_xl"}
# Settings of a project that PATCH merges as they are: name to type.
PLAIN: dict[str, type | tuple[type, ...]] = {
    "autoAssignCustomDomains": bool,
    "directoryListing": bool,
    "nodeVersion": str,
    "framework": (str, type(None)),
    "buildCommand": (str, type(None)),
    "rootDirectory": (str, type(None)),
    "skewProtectionMaxAge": int,
    "publicSource": (bool, type(None)),
    "gitForkProtection": bool,
    "commandForIgnoringBuildStep": (str, type(None)),
    "autoExposeSystemEnvs": bool,
    "enableAffectedProjectsDeployments": bool,
    "serverlessFunctionRegion": (str, type(None)),
    "customerSupportCodeVisibility": bool,
    "sourceFilesOutsideRootDirectory": bool,
    "installCommand": (str, type(None)),
    "outputDirectory": (str, type(None)),
    "devCommand": (str, type(None)),
}


def routes(faults: Faults) -> list[Route]:
    """Everything about the project itself."""
    del faults
    return [
        route("vercel.projects.list", "GET", "/projects", listing),
        route("vercel.project.get", "GET", "/projects/{project}", read),
        route("vercel.project.update", "PATCH", "/projects/{project}", update),
        route("vercel.project.domains", "GET", "/projects/{project}/domains", domains),
        route("vercel.project.environments", "GET", "/projects/{project}/custom-environments", environments),
        route("vercel.project.pause", "POST", "/projects/{project}/pause", pause),
        route("vercel.project.unpause", "POST", "/projects/{project}/unpause", unpause),
    ]


def known(call: Call) -> bool:
    """Whether the path names our project, by id or name."""
    world: World = call.world
    return call.args["project"] in {world.project_id, world.project_name}


def missing() -> Reply:
    """404 for a project."""
    return error(404, "not_found", "Project not found.")


def read(call: Call) -> Reply:
    """GET /v9/projects/{idOrName}."""
    if not known(call):
        return missing()
    return Reply(data=project(call.world, rollback_info=call.query.get("rollbackInfo", "").lower() in {"true", "1"}))


def listing(call: Call) -> Reply:
    """GET /v10/projects."""
    items = [project(call.world, rollback_info=False)]
    return Reply(data={"projects": items, "pagination": pagination(items, None, None)})


def update(call: Call) -> Reply:
    """PATCH /v9/projects/{idOrName}: merges; refuses what it does not know."""
    if not known(call):
        return missing()
    if not isinstance(call.body, dict):
        return error(400, "bad_request", "Invalid request: the body should be an object.")
    world: World = call.world
    for key, value in call.body.items():
        problem = _problem(key, value, world)
        if problem:
            return error(400, "bad_request", f"Invalid request: {problem}")
    for key, value in call.body.items():
        if key == "resourceConfig":
            world.resource_config = {**world.resource_config, **value}
        elif key == "autoAssignCustomDomains":
            world.auto_assign = value
        else:
            world.settings[key] = value
    return Reply(data=project(world, rollback_info=True), effect=bool(call.body))


def _problem(key: str, value: Any, world: World) -> str:
    if key == "resourceConfig":
        return _resource_problem(value)
    if key == "name":
        return "" if value == world.project_name else "renaming is not something the sandbox does."
    if key not in PLAIN:
        return f"should NOT have additional property `{key}`."
    if key == "nodeVersion" and value not in NODE_VERSIONS:
        return "`nodeVersion` should be equal to one of the allowed values."
    return "" if isinstance(value, PLAIN[key]) else f"`{key}` has the wrong type."


def _resource_problem(config: Any) -> str:
    if not isinstance(config, dict):
        return "`resourceConfig` should be an object."
    checks: dict[str, Any] = {
        "fluid": lambda v: isinstance(v, bool),
        "functionDefaultTimeout": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 1 <= v <= 900,
        "functionDefaultMemoryType": lambda v: v in MEMORY,
        "functionDefaultRegions": lambda v: _regions(v),
        "functionZeroConfigFailover": lambda v: isinstance(v, bool),
        "elasticConcurrencyEnabled": lambda v: isinstance(v, bool),
        "buildMachineType": lambda v: v in {None, "basic", "enhanced", "turbo", "standard", "elastic"},
        "buildMachineSelection": lambda v: v in {"elastic", "fixed"},
        "isNSNBDisabled": lambda v: isinstance(v, bool),
        "enableFunctionsBeta": lambda v: isinstance(v, bool),
        "buildQueue": lambda v: isinstance(v, dict),
    }
    for key, value in config.items():
        if key not in checks:
            return f"`resourceConfig` should NOT have additional property `{key}`."
        if not checks[key](value):
            return f"`resourceConfig.{key}` is not a valid value."
    return ""


def _regions(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 1
        and all(isinstance(r, str) and len(r) <= 4 for r in value)
        and len(set(value)) == len(value)
    )


def domains(call: Call) -> Reply:
    """GET /v9/projects/{idOrName}/domains."""
    if not known(call):
        return missing()
    world: World = call.world
    items = [
        {
            "name": name,
            "apexName": ".".join(name.split(".")[-2:]),
            "projectId": world.project_id,
            "verified": True,
            "createdAt": world.created,
            "updatedAt": world.created,
            "redirect": None,
            "gitBranch": None,
        }
        for name in world.domains
    ]
    return Reply(data={"domains": items, "pagination": pagination(items, None, None)})


def environments(call: Call) -> Reply:
    """GET custom environments: there are none."""
    if not known(call):
        return missing()
    return Reply(data={"accountLimit": {"total": 1}, "environments": []})


def pause(call: Call) -> Reply:
    """POST .../pause: by id only; the public domain answers 503 afterwards."""
    return _set_paused(call, paused=True)


def unpause(call: Call) -> Reply:
    """POST .../unpause."""
    return _set_paused(call, paused=False)


def _set_paused(call: Call, *, paused: bool) -> Reply:
    world: World = call.world
    if call.args["project"] != world.project_id:
        return error(400, "bad_request", "Invalid request: the project id is not valid.")
    changed, world.paused = world.paused is not paused, paused
    return Reply(200, None, effect=changed)
