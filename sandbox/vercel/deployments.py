# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments: list, read, make, cancel, delete, logs."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.shapes import error, listed, pagination, single
from sandbox.world import Deployment, World

STATES = {"BUILDING", "ERROR", "INITIALIZING", "QUEUED", "READY", "CANCELED", "BLOCKED"}


def routes(faults: Faults) -> list[Route]:
    """Everything under /deployments."""
    del faults
    return [
        route("vercel.deployments.list", "GET", "/deployments", listing),
        route("vercel.deployments.list", "GET", "/now/deployments", listing),
        route("vercel.deployment.create", "POST", "/deployments", create),
        route("vercel.deployment.get", "GET", "/deployments/{deployment}", read),
        route("vercel.deployment.delete", "DELETE", "/deployments/{deployment}", delete),
        route("vercel.deployment.cancel", "PATCH", "/deployments/{deployment}/cancel", cancel),
        route("vercel.deployment.builds", "GET", "/deployments/{deployment}/builds", builds),
        route("vercel.deployment.events", "GET", "/deployments/{deployment}/events", events),
        route("vercel.deployment.events", "GET", "/now/deployments/{deployment}/events", events),
        route("vercel.deployment.aliases", "GET", "/deployments/{deployment}/aliases", aliases),
        route("vercel.deployment.logs", "GET", "/projects/{project}/deployments/{deployment}/runtime-logs", logs),
        route("vercel.aliases.list", "GET", "/aliases", all_aliases),
    ]


def find(world: World, name: str) -> Deployment | None:
    """By id, URL or a domain that points to it."""
    found = world.deployments.get(name) or world.deployments.get(world.aliases.get(name, ""))
    found = found or next((d for d in world.deployments.values() if d.url == name), None)
    return None if found is None or found.deleted else found


def missing(name: str) -> Reply:
    """404 as the deployment read gives it."""
    return error(404, "not_found", f"The deployment {name} does not exist")


def _flag(text: str | None) -> bool | None:
    return None if text is None else text.lower() in {"true", "1"}


def listing(call: Call) -> Reply:
    """GET /v6/deployments: newest first; `until` is exclusive, `next` is what to send as it."""
    world, query = call.world, call.query
    try:
        limit = int(query.get("limit", "20"))
        until, since = (int(query[k]) if k in query else None for k in ("until", "since"))
    except ValueError:
        return error(400, "bad_request", "Invalid request: `limit`, `since` and `until` should be numbers.")
    if not 1 <= limit <= 100:
        return error(400, "bad_request", "Invalid request: `limit` should be between 1 and 100.")
    states = set(query["state"].split(",")) if query.get("state") else STATES
    if not states <= STATES:
        return error(400, "bad_request", f"Invalid request: `state` should be one of {', '.join(sorted(STATES))}.")
    if query.get("projectId") not in {None, world.project_id, world.project_name}:
        return error(404, "not_found", "Project not found.")
    if query.get("app") not in {None, world.project_name}:
        return Reply(data={"deployments": [], "pagination": pagination([], None, None)})
    candidate = _flag(query.get("rollbackCandidate"))

    def wanted(d: Deployment) -> bool:
        return (
            not d.deleted
            and d.state in states
            and (query.get("target") in {None, d.target} or (query.get("target") == "preview" and d.target is None))
            and (candidate is None or world.is_rollback_candidate(d) is candidate)
            and query.get("branch") in {None, d.branch}
            and query.get("sha") in {None, d.commit}
            and (until is None or d.created < until)
            and (since is None or d.created > since)
        )

    found = sorted((d for d in world.deployments.values() if wanted(d)), key=lambda d: -d.created)
    page = found[:limit]
    items = [listed(d, world) for d in page]
    following = page[-1].created if len(found) > limit else None
    return Reply(
        data={"pagination": pagination(items, following, page[0].created if page else None), "deployments": items}
    )


def read(call: Call) -> Reply:
    """GET /v13/deployments/{idOrUrl}."""
    found = find(call.world, call.args["deployment"])
    return Reply(data=single(found, call.world)) if found else missing(call.args["deployment"])


def create(call: Call) -> Reply:
    """POST /v13/deployments: a redeploy (deploymentId), or a new one from files; 200."""
    world, body = call.world, call.body
    if not isinstance(body, dict):
        return error(400, "bad_request", "Invalid request: the body should be an object.")
    if not isinstance(body.get("name"), str) or not body["name"]:
        return error(400, "bad_request", "Invalid request: missing required property `name`.")
    if body["name"] != world.project_name:
        return error(404, "not_found", "Project not found.")
    meta = body.get("meta", {})
    if not isinstance(meta, dict) or not all(isinstance(v, str) for v in meta.values()):
        return error(400, "bad_request", "Invalid request: `meta` should be an object of strings.")
    target = body.get("target")
    if target not in {None, "production", "staging"}:
        return error(400, "bad_request", "Invalid request: `target` should be equal to one of the allowed values.")
    if "deploymentId" not in body:
        shipped = world.ship("good", commit=_sha(body), target=target, meta=meta)
        return Reply(data=single(shipped, world), effect=True)
    source = find(world, str(body["deploymentId"]))
    if source is None:
        return missing(str(body["deploymentId"]))
    if call.query.get("forceNew") != "1":
        return Reply(data=single(source, world))
    return _redeploy(world, source, target, meta, latest=body.get("withLatestCommit") is True)


def _sha(body: dict[str, Any]) -> str:
    metadata = body.get("gitMetadata")
    return str(metadata.get("commitSha", "")) if isinstance(metadata, dict) else ""


def _redeploy(world: World, source: Deployment, target: str | None, meta: dict[str, str], *, latest: bool) -> Reply:
    commit = max(world.deployments.values(), key=lambda d: d.created).commit if latest else source.commit
    shipped = world.ship(source.kind, commit=commit, target=target, meta={"originalDeploymentId": source.id, **meta})
    shipped.message = source.message
    return Reply(data=single(shipped, world), effect=True)


def cancel(call: Call) -> Reply:
    """PATCH /v12/deployments/{id}/cancel."""
    found = find(call.world, call.args["deployment"])
    if found is None:
        return missing(call.args["deployment"])
    if found.state in {"READY", "ERROR", "CANCELED"}:
        return error(400, "bad_request", f"Deployment can't be canceled: it is {found.state}.")
    found.canceled, found.state = True, "CANCELED"
    return Reply(data=single(found, call.world), effect=True)


def delete(call: Call) -> Reply:
    """DELETE /v13/deployments/{id}: what production serves stays."""
    found = find(call.world, call.args["deployment"])
    if found is None:
        return missing(call.args["deployment"])
    if found.id == call.world.production_id:
        return error(400, "bad_request", "The deployment serves production and can't be deleted.")
    found.deleted = True
    return Reply(data={"uid": found.id, "state": "DELETED"}, effect=True)


def builds(call: Call) -> Reply:
    """GET /v11/deployments/{id}/builds, as the CLI's inspect reads it."""
    found = find(call.world, call.args["deployment"])
    return Reply(data={"builds": []}) if found else missing(call.args["deployment"])


def events(call: Call) -> Reply:
    """GET /v3/deployments/{id}/events: the build log."""
    found = find(call.world, call.args["deployment"])
    if found is None:
        return missing(call.args["deployment"])
    lines = ["Cloning repository", "Running build", found.state]
    return Reply(
        data=[
            {
                "type": "stdout",
                "created": found.created + n,
                "payload": {
                    "deploymentId": found.id,
                    "id": str(found.created + n),
                    "serial": str(n),
                    "text": text,
                    "date": found.created + n,
                },
            }
            for n, text in enumerate(lines)
        ]
    )


def aliases(call: Call) -> Reply:
    """GET /v2/deployments/{id}/aliases."""
    found = find(call.world, call.args["deployment"])
    if found is None:
        return missing(call.args["deployment"])
    names = sorted(a for a, target in call.world.aliases.items() if target == found.id)
    return Reply(
        data={
            "aliases": [
                {"uid": f"als_{a}", "alias": a, "created": "2026-01-01T00:00:00.000Z", "redirect": None} for a in names
            ]
        }
    )


def all_aliases(call: Call) -> Reply:
    """GET /v4/aliases."""
    world: World = call.world
    items = [
        {
            "uid": f"als_{a}",
            "alias": a,
            "created": "2026-01-01T00:00:00.000Z",
            "createdAt": world.created,
            "deploymentId": target,
            "projectId": world.project_id,
        }
        for a, target in sorted(world.aliases.items())
    ]
    return Reply(data={"aliases": items, "pagination": pagination(items, None, None)})


def logs(call: Call) -> Reply:
    """GET runtime-logs: application/stream+json, nothing to say here."""
    found = find(call.world, call.args["deployment"])
    if found is None:
        return missing(call.args["deployment"])
    return Reply(text="", content_type="application/stream+json")
