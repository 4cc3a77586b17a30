# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling releases."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sandbox.faults import Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.projects import known, missing
from sandbox.vercel.shapes import error, rolling_release
from sandbox.world import World, now_ms


def routes(faults: Faults) -> list[Route]:
    """Configuration and acts."""
    del faults
    base = "/projects/{project}/rolling-release"
    return [
        route("vercel.rolling.config.get", "GET", f"{base}/config", config),
        route("vercel.rolling.config.update", "PATCH", f"{base}/config", configure),
        route("vercel.rolling.config.delete", "DELETE", f"{base}/config", unconfigure),
        route("vercel.rolling.billing", "GET", f"{base}/billing", billing),
        route("vercel.rolling.get", "GET", base, read),
        route("vercel.rolling.start", "POST", f"{base}/start", start),
        route("vercel.rolling.approve", "POST", f"{base}/approve-stage", approve),
        route("vercel.rolling.complete", "POST", f"{base}/complete", complete),
    ]


def config(call: Call) -> Reply:
    """GET config."""
    return Reply(data={"rollingRelease": _public(call.world)}) if known(call) else missing()


def _public(world: World) -> dict[str, Any] | None:
    if not world.rolling_config:
        return None
    manual = world.rolling_config["advancementType"] == "manual-approval"
    stages = [{**stage, "requireApproval": manual} for stage in world.rolling_config["stages"]]
    return {"target": "production", "stages": stages, "canaryResponseHeader": False}


def configure(call: Call) -> Reply:
    """PATCH config: {enabled, advancementType, stages}; the shape is the CLI's, no official document has it."""
    if not known(call):
        return missing()
    world: World = call.world
    body = call.body if isinstance(call.body, dict) else {}
    if world.plan == "hobby":
        return error(402, "payment_required", "Rolling releases are not part of this plan.")
    if not isinstance(body.get("enabled"), bool):
        return error(400, "bad_request", "Invalid request: missing required property `enabled`.")
    if not body["enabled"]:
        world.rolling_config = None
        return Reply(data={"rollingRelease": None}, effect=True)
    if body.get("advancementType") not in {"automatic", "manual-approval"}:
        return error(400, "bad_request", "Invalid request: `advancementType` should be automatic or manual-approval.")
    problem = _stages_problem(body.get("stages"), body["advancementType"])
    if problem:
        return error(400, "bad_request", f"Invalid request: {problem}")
    world.rolling_config = {
        "target": "production",
        "advancementType": body["advancementType"],
        "stages": body["stages"],
    }
    return Reply(data={"rollingRelease": _public(world)}, effect=True)


def _stages_problem(stages: Any, advancement: str) -> str:
    if not isinstance(stages, list) or not 2 <= len(stages) <= 10:
        return "`stages` should have 2 to 10 items."
    shares = [
        s["targetPercentage"]
        for s in stages
        if isinstance(s, dict) and isinstance(s.get("targetPercentage"), int | float)
    ]
    if len(shares) != len(stages) or shares[-1] != 100:
        return "the last stage should have a targetPercentage of 100."
    if any(a >= b for a, b in pairwise(shares)):
        return "percentages should ascend."
    if advancement == "automatic" and any("duration" not in stage for stage in stages[:-1]):
        return "`duration` is required for automatic advancement."
    return ""


def unconfigure(call: Call) -> Reply:
    """DELETE config."""
    if not known(call):
        return missing()
    call.world.rolling_config = None
    return Reply(data={"rollingRelease": None}, effect=True)


def billing(call: Call) -> Reply:
    """GET billing."""
    if not known(call):
        return missing()
    if call.world.plan == "hobby":
        return Reply(data={"availableSlots": 0, "reason": "plan_not_supported", "message": "Not part of this plan."})
    return Reply(data={"availableSlots": "unlimited", "reason": "unlimited_slots", "message": "No limit."})


def read(call: Call) -> Reply:
    """GET the rolling release, filtered by state."""
    if not known(call):
        return missing()
    release = call.world.rolling
    wanted = call.query.get("state")
    if wanted not in {None, "ACTIVE", "COMPLETE", "ABORTED"}:
        return error(400, "bad_request", "Invalid request: `state` should be ACTIVE, COMPLETE or ABORTED.")
    if release and wanted and release.state != wanted:
        release = None
    return Reply(data=rolling_release(call.world, release))


def _canary(call: Call) -> str:
    return str(call.body.get("canaryDeploymentId", "")) if isinstance(call.body, dict) else ""


def start(call: Call) -> Reply:
    """POST start: the same canary again gets the present state."""
    if not known(call):
        return missing()
    world: World = call.world
    canary = _canary(call)
    active = world.rolling if world.rolling and world.rolling.state == "ACTIVE" else None
    if active and active.canary == canary:
        return Reply(data=rolling_release(world, active))
    if active:
        return error(409, "conflict", "Another rolling release is active.")
    found = world.deployments.get(canary)
    if found is None or found.state != "READY" or found.target != "production" or not world.production_id:
        return error(422, "unprocessable_entity", "The canary is not a READY production deployment.")
    world.start_rolling(canary)
    return Reply(data=rolling_release(world, world.rolling), effect=True)


def approve(call: Call) -> Reply:
    """POST approve-stage."""
    if not known(call):
        return missing()
    world: World = call.world
    release = world.rolling
    if not release or release.state != "ACTIVE" or release.canary != _canary(call):
        return error(404, "not_found", "There is no active rolling release of this canary.")
    following = call.body.get("nextStageIndex")
    if following != release.active + 1 or following >= len(release.stages):
        return error(400, "bad_request", f"Invalid request: the next stage is {release.active + 1}.")
    release.active, release.updated = following, now_ms()
    if following == len(release.stages) - 1:
        _finish(world)
    return Reply(data=rolling_release(world, release), effect=True)


def complete(call: Call) -> Reply:
    """POST complete."""
    if not known(call):
        return missing()
    world: World = call.world
    release = world.rolling
    if not release or release.canary != _canary(call) or release.state == "ABORTED":
        return error(404, "not_found", "There is no active rolling release of this canary.")
    if release.state == "ACTIVE":
        _finish(world)
    return Reply(data=rolling_release(world, release), effect=True)


def _finish(world: World) -> None:
    release = world.rolling
    if release is None:
        return
    release.state, release.updated, release.active = "COMPLETE", now_ms(), len(release.stages) - 1
    for domain in world.domains:
        world.aliases[domain] = release.canary
    world.deployments[release.canary].alias_assigned = now_ms()
