# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies in the shapes of Vercel's OpenAPI document."""

from __future__ import annotations

from typing import Any

from sandbox.server import Reply
from sandbox.world import Deployment, Job, RollingRelease, World


def error(status: int, code: str, message: str, **more: Any) -> Reply:
    """`{"error": {"code", "message", ...}}`."""
    return Reply(status, {"error": {"code": code, "message": message, **more}})


def creator(world: World) -> dict[str, Any]:
    """Who made a deployment."""
    return {"uid": world.user_id, "username": "ops", "email": "ops@shop.example"}


def meta(deployment: Deployment) -> dict[str, str]:
    """Commit data as the GitHub integration writes it, and what the request gave."""
    return {
        "githubCommitSha": deployment.commit,
        "githubCommitRef": deployment.branch,
        "githubCommitMessage": deployment.message,
        **deployment.meta,
    }


def listed(deployment: Deployment, world: World) -> dict[str, Any]:
    """An item of the list: it says `uid`, and is the one place that says `isRollbackCandidate`."""
    item: dict[str, Any] = {
        "uid": deployment.id,
        "name": world.project_name,
        "projectId": world.project_id,
        "url": deployment.url,
        "created": deployment.created,
        "createdAt": deployment.created,
        "state": deployment.state,
        "readyState": deployment.state,
        "type": "LAMBDAS",
        "creator": creator(world),
        "inspectorUrl": f"https://vercel.com/{world.team_slug}/{world.project_name}/{deployment.id[4:]}",
        "meta": meta(deployment),
        "target": deployment.target,
        "aliasAssigned": deployment.alias_assigned or False,
        "isRollbackCandidate": world.is_rollback_candidate(deployment),
        "source": "git",
    }
    if deployment.state == "READY":
        item |= {"ready": deployment.ready, "readySubstate": substate(deployment, world)}
    return item


def substate(deployment: Deployment, world: World) -> str:
    """STAGED never saw production traffic, ROLLING sees a part of it, PROMOTED has seen it."""
    rolling = world.rolling
    if rolling and rolling.state == "ACTIVE" and rolling.canary == deployment.id:
        return "ROLLING"
    return "PROMOTED" if deployment.promoted else "STAGED"


def single(deployment: Deployment, world: World) -> dict[str, Any]:
    """A deployment read or made by itself."""
    aliases = sorted(a for a, target in world.aliases.items() if target == deployment.id)
    body: dict[str, Any] = {
        "id": deployment.id,
        "uid": deployment.id,
        "name": world.project_name,
        "projectId": world.project_id,
        "ownerId": world.team_id,
        "team": {"id": world.team_id, "name": "Acme", "slug": world.team_slug},
        "project": {"id": world.project_id, "name": world.project_name},
        "url": deployment.url,
        "alias": aliases,
        "automaticAliases": [],
        "aliasError": None,
        "aliasAssigned": bool(deployment.alias_assigned),
        "aliasAssignedAt": deployment.alias_assigned or False,
        "status": deployment.state,
        "readyState": deployment.state,
        "target": deployment.target,
        "createdAt": deployment.created,
        "createdIn": "sfo1",
        "bootedAt": deployment.created,
        "buildingAt": deployment.created,
        "buildSkipped": False,
        "build": {"env": []},
        "env": deployment.env,
        "creator": creator(world),
        "inspectorUrl": f"https://vercel.com/{world.team_slug}/{world.project_name}/{deployment.id[4:]}",
        "isInConcurrentBuildsQueue": False,
        "isInSystemBuildsQueue": False,
        "meta": meta(deployment),
        "plan": world.plan,
        "projectSettings": {},
        "public": False,
        "regions": ["iad1"],
        "routes": None,
        "source": "git",
        "type": "LAMBDAS",
        "version": 2,
    }
    if deployment.state == "READY":
        body |= {"ready": deployment.ready, "readySubstate": substate(deployment, world)}
    if deployment.state == "ERROR":
        body |= {"errorCode": "BUILD_FAILED", "errorMessage": 'Command "npm run build" exited with 1'}
    return body


def job(current: Job | None) -> dict[str, Any] | None:
    """`lastAliasRequest`."""
    if current is None:
        return None
    return {
        "fromDeploymentId": current.from_id,
        "toDeploymentId": current.pretend_to or current.to_id,
        "jobStatus": current.status,
        "requestedAt": current.requested,
        "type": current.type,
    }


def project(world: World, *, rollback_info: bool) -> dict[str, Any]:
    """A project. `lastAliasRequest` is there only when `rollbackInfo` asks for it, as the CLI does."""
    production = world.deployments.get(world.production_id)
    targets: dict[str, Any] = {}
    if production:
        targets["production"] = {
            "id": production.id,
            "alias": sorted(a for a, target in world.aliases.items() if target == production.id),
            "aliasAssigned": production.alias_assigned,
            "createdAt": production.created,
            "createdIn": "sfo1",
            "creator": creator(world),
            "deploymentHostname": production.url.removesuffix(".vercel.app"),
            "name": world.project_name,
            "plan": world.plan,
            "private": False,
            "readyState": production.state,
            "readySubstate": substate(production, world),
            "target": "production",
            "teamId": world.team_id,
            "type": "LAMBDAS",
            "url": production.url,
            "userId": world.user_id,
            "meta": meta(production),
        }
    body: dict[str, Any] = {
        "id": world.project_id,
        "name": world.project_name,
        "accountId": world.team_id,
        "alias": [
            {"domain": d, "target": "PRODUCTION", "environment": "production", "deployment": None}
            for d in world.domains
        ],
        "autoAssignCustomDomains": world.auto_assign,
        "createdAt": world.created,
        "updatedAt": world.created,
        "deploymentExpiration": {
            "expirationDays": 30,
            "expirationDaysProduction": 365,
            "expirationDaysCanceled": 30,
            "expirationDaysErrored": 30,
            "deploymentsToKeep": 10,
        },
        "directoryListing": False,
        "latestDeployments": [],
        "nodeVersion": "22.x",
        "paused": world.paused,
        "resourceConfig": world.resource_config,
        "defaultResourceConfig": {
            "functionDefaultRegions": ["iad1"],
            "functionDefaultTimeout": 300,
            "functionDefaultMemoryType": "standard",
            "fluid": True,
            "elasticConcurrencyEnabled": False,
        },
        "rollingRelease": world.rolling_config,
        "targets": targets,
        **world.settings,
    }
    if rollback_info:
        body["lastAliasRequest"] = job(world.job)
    if world.rollback_description:
        body["rollbackDescription"] = world.rollback_description
    return body


def rolling_release(world: World, release: RollingRelease | None) -> dict[str, Any]:
    """`{"rollingRelease": null | {...}}`."""
    if release is None:
        return {"rollingRelease": None}

    def brief(identifier: str) -> dict[str, Any] | None:
        found = world.deployments.get(identifier)
        if found is None:
            return None
        return {
            "id": found.id,
            "name": world.project_name,
            "url": found.url,
            "target": "production",
            "source": "git",
            "createdAt": found.created,
            "readyState": found.state,
            "readyStateAt": found.ready or found.created,
        }

    stages = [
        {
            "index": number,
            "isFinalStage": number == len(release.stages) - 1,
            "targetPercentage": stage["targetPercentage"],
            "requireApproval": release.advancement == "manual-approval",
            "duration": stage.get("duration"),
        }
        for number, stage in enumerate(release.stages)
    ]
    following = release.active + 1
    return {
        "rollingRelease": {
            "state": release.state,
            "substate": None,
            "currentDeployment": brief(release.base),
            "canaryDeployment": brief(release.canary),
            "queuedDeploymentId": release.queued,
            "advancementType": release.advancement,
            "stages": stages,
            "activeStage": stages[release.active] if release.state == "ACTIVE" else None,
            "nextStage": stages[following] if release.state == "ACTIVE" and following < len(stages) else None,
            "startedAt": release.started,
            "updatedAt": release.updated,
        }
    }


def pagination(items: list[Any], following: int | None, previous: int | None) -> dict[str, Any]:
    """`{count, next, prev}`, in epoch milliseconds or null."""
    return {"count": len(items), "next": following, "prev": previous}
