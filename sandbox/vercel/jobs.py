# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollback and promotion: what moves the production domains."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.faults import JOB, Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.deployments import find
from sandbox.vercel.projects import known, missing
from sandbox.vercel.shapes import error, pagination
from sandbox.world import World, now_ms


def routes(faults: Faults) -> list[Route]:
    """Requests, and what became of each domain."""
    return [
        route("vercel.rollback.aliases", "GET", "/projects/{project}/rollback/aliases", partial(aliases, "rollback")),
        route("vercel.promote.aliases", "GET", "/projects/{project}/promote/aliases", partial(aliases, "promote")),
        route(
            "vercel.rollback.request", "POST", "/projects/{project}/rollback/{deployment}", partial(rollback, faults)
        ),
        route(
            "vercel.rollback.describe",
            "PATCH",
            "/projects/{project}/rollback/{deployment}/update-description",
            describe,
        ),
        route("vercel.promote.request", "POST", "/projects/{project}/promote/{deployment}", partial(promote, faults)),
    ]


def _refusal(call: Call) -> Reply | None:
    """What both refuse."""
    world: World = call.world
    if not known(call):
        return missing()
    found = world.deployments.get(call.args["deployment"])
    if found is None:
        return error(404, "not_found", "Deployment not found")
    if found.deleted:
        return error(410, "gone", "The deployment was deleted")
    if world.job and world.job.status in {"pending", "in-progress"}:
        return error(409, "conflict", f"Another {world.job.type} of this project is in progress.")
    if found.state != "READY":
        return error(422, "unprocessable_entity", f"The deployment is {found.state}.")
    return None


def rollback(faults: Faults, call: Call) -> Reply:
    """POST /v1 (or /v9) .../rollback/{deploymentId}: 201, empty; the job follows.

    Guesses that stand here alone: a rollback to what production serves is accepted and done at once, unless a rolling
    release is to be aborted; 402 is what Hobby gets for going back further than one.
    """
    world: World = call.world
    refusal = _refusal(call)
    if refusal:
        return refusal
    found = world.deployments[call.args["deployment"]]
    if found.target != "production" or not found.promoted:
        return error(422, "unprocessable_entity", "The deployment was never in production and can't be rolled back to.")
    if world.plan == "hobby" and found.id not in {world.previous_id(), world.production_id}:
        return error(
            402, "payment_required", "To roll back further than the previous production deployment, upgrade to pro."
        )
    words = call.query.get("description")
    if words and len(words) > 250:
        return error(400, "bad_request", "Invalid request: `description` should NOT be longer than 250 characters.")
    _start(faults, call, "rollback")
    if words:
        _note(world, words)
    return Reply(201, effect=True)


def promote(faults: Faults, call: Call) -> Reply:
    """POST /v10 .../promote/{deploymentId}: 201, or 202 behind an active rolling release."""
    world: World = call.world
    refusal = _refusal(call)
    if refusal:
        return refusal
    if world.deployments[call.args["deployment"]].target != "production":
        return error(422, "unprocessable_entity", "Preview deployments can't be promoted.")
    if world.rolling and world.rolling.state == "ACTIVE":
        world.rolling.queued = call.args["deployment"]
        return Reply(202, effect=True)
    _start(faults, call, "promote")
    return Reply(201, effect=True)


def _start(faults: Faults, call: Call, kind: str) -> None:
    fault = faults.fire(set(JOB), "vercel", call.method, call.route, call.path)
    how = JOB[fault.kind] if fault else ""
    world: World = call.world
    other = next((d for d in world.deployments if d != call.args["deployment"]), "dpl_other")
    if how == "wrong-job":
        world.start_job(kind, call.args["deployment"], "", other)
    else:
        world.start_job(kind, call.args["deployment"], how, "")


def _note(world: World, words: str) -> None:
    world.rollback_description = {
        "userId": world.user_id,
        "username": "ops",
        "description": words,
        "createdAt": now_ms(),
    }


def describe(call: Call) -> Reply:
    """PATCH .../update-description."""
    if not known(call):
        return missing()
    if find(call.world, call.args["deployment"]) is None:
        return error(404, "not_found", "Deployment not found")
    words = call.body.get("description") if isinstance(call.body, dict) else None
    if not isinstance(words, str) or len(words) > 250:
        return error(400, "bad_request", "Invalid request: `description` should be a string of 250 characters at most.")
    _note(call.world, words)
    return Reply(200, effect=True)


def aliases(kind: str, call: Call) -> Reply:
    """GET .../aliases: the domains of the last job and how far each is; `{}` where there was none.

    The rollback form is undocumented; its items are as the CLI reads them.
    """
    if not known(call):
        return missing()
    world: World = call.world
    job = world.job
    if job is None or job.type != kind:
        return Reply(data={})
    items: list[dict[str, Any]] = []
    for domain in world.domains:
        if job.moved.get(domain):
            status = "completed"
        else:
            status = {"pending": "pending", "in-progress": "in-progress"}.get(job.status, "failed")
        if call.query.get("failedOnly", "").lower() == "true" and status != "failed":
            continue
        alias: Any = domain if kind == "promote" else {"alias": domain, "deploymentId": world.aliases.get(domain, "")}
        items.append({"id": f"als_{domain}", "status": status, "alias": alias})
    return Reply(data={"aliases": items, "pagination": pagination(items, None, None)})
