# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vercel's REST API: what travels, and one client.

Paths, fields and codes are those of Vercel's OpenAPI document; what only the CLI uses is marked so. Times are epoch
milliseconds, as Vercel sends them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Answer, JsonClient, Transport
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_refusals import explain, explain_refusal

SERVICE = "Vercel"
PAGE = 20
# Longest description of a rollback (project.rollbackDescription in the OpenAPI document), characters.
DESCRIPTION_LIMIT = 250


class JobKind(StrEnum):
    """What moved, or is moving, the production domains."""

    ROLLBACK = "rollback"
    PROMOTE = "promote"


class JobStatus(StrEnum):
    """`lastAliasRequest.jobStatus` of a project."""

    PENDING = "pending"
    IN_PROGRESS = "in-progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def running(self) -> bool:
        return self in {JobStatus.PENDING, JobStatus.IN_PROGRESS}


@dataclass(frozen=True)
class AliasJob:
    """`lastAliasRequest`: the latest request to move the production domains."""

    kind: JobKind
    from_id: str
    to_id: str
    status: JobStatus
    requested_at: int

    def describe(self) -> str:
        """In words, for errors."""
        return f"{self.kind} to {self.to_id}: {self.status}"


@dataclass(frozen=True)
class Deployment:
    """One deployment. `rollback_candidate` is None where Vercel does not say; `wish` is the redeploy it was built for."""

    id: str
    url: str
    state: str
    target: str | None
    created_at: int
    project_id: str = ""
    name: str = ""
    substate: str | None = None
    rollback_candidate: bool | None = None
    alias_assigned: bool = False
    alias_error: str = ""
    checks: str = ""
    commit: str = ""
    branch: str = ""
    message: str = ""
    wish: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a module's result."""
        return {
            "id": self.id,
            "url": self.url,
            "state": self.state,
            "target": self.target,
            "created_at": self.created_at,
            "rollback_candidate": self.rollback_candidate,
            "commit": self.commit,
            "branch": self.branch,
            "message": self.message,
        }


@dataclass(frozen=True)
class RollingRelease:
    """An active rolling release: `canary_id` gets `percentage` per cent of the visitors, `base_id` the rest."""

    base_id: str
    canary_id: str
    percentage: float


@dataclass(frozen=True)
class Project:
    """A project, and what its production domains serve. `production_id` is "" where nothing is in production."""

    id: str
    name: str
    production_id: str
    production_aliases: tuple[str, ...]
    auto_assign: bool | None
    job: AliasJob | None
    rolling_release_configured: bool
    paused: bool
    raw: Mapping[str, Any]

    @property
    def pinned(self) -> bool:
        """True while a finished rollback holds the domains: nothing was promoted or assigned since.

        `autoAssignCustomDomains` alone is not enough: false is also the setting of teams that promote by hand.
        """
        job = self.job
        return (
            job is not None
            and job.kind is JobKind.ROLLBACK
            and job.status is JobStatus.SUCCEEDED
            and job.to_id == self.production_id
            and self.auto_assign is not True
        )


class VercelClient:
    """One project's worth of Vercel.

    Args:
        api_url, token, team: where, as whom, and for which team (id `team_...` or slug; "" for a personal account).
        transport, sleep, clock: seams, see JsonClient.
        timeout, patience: seconds, see JsonClient.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        team: str = "",
        *,
        transport: Transport | None = None,
        timeout: float = 10.0,
        patience: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.http = JsonClient(
            SERVICE,
            api_url,
            headers={"Authorization": f"Bearer {token}"},
            transport=transport,
            timeout=timeout,
            patience=patience,
            sleep=sleep,
            clock=clock,
        )
        self._team = {"teamId": team} if team.startswith("team_") else {"slug": team} if team else {}

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        expected: frozenset[int] | set[int] = frozenset({200}),
    ) -> Answer:
        """One API call for the team. Raises LaunchopsError with Vercel's own words."""
        return self.http.call(
            operation, method, path, params={**self._team, **(params or {})}, body=body, expected=expected
        )

    # Projects

    def project(self, id_or_name: str) -> Project:
        """GET /v9/projects/{idOrName}, with `rollbackInfo` as the CLI sends it for lastAliasRequest."""
        operation = f"read project {id_or_name}"
        try:
            data = self.call(
                operation, "GET", f"/v9/projects/{quote(id_or_name, safe='')}", params={"rollbackInfo": True}
            ).data
        except LaunchopsError as error:
            raise explain(error, f"the project {id_or_name}") from error
        found = parse_project(data, operation)
        if id_or_name not in {found.id, found.name}:
            raise LaunchopsError(
                f"Vercel answered for project {found.name} ({found.id}) when asked for {id_or_name}",
                service=SERVICE,
                operation=operation,
                hint="Nothing was changed. Check the project and the team in the inventory.",
            )
        return found

    def update_project(self, project: Project, changes: Mapping[str, Any]) -> Project:
        """PATCH /v9/projects/{idOrName}: merges `changes`, gives the project back."""
        operation = f"change the settings of project {project.name}"
        data = self.call(operation, "PATCH", f"/v9/projects/{project.id}", body=dict(changes)).data
        return parse_project(data, operation)

    # Deployments

    def deployment(self, id_or_url: str) -> Deployment:
        """GET /v13/deployments/{idOrUrl}. A URL may come with its scheme and path."""
        name = bare_host(id_or_url)
        operation = f"read deployment {name}"
        try:
            data = self.call(operation, "GET", f"/v13/deployments/{quote(name, safe='')}").data
        except LaunchopsError as error:
            raise explain(error, f"the deployment {name}") from error
        return parse_deployment(data, operation)

    def deployments(
        self,
        project: Project,
        *,
        target: str | None = "production",
        state: str | None = None,
        rollback_candidate: bool | None = None,
        limit: int = 100,
    ) -> Iterator[Deployment]:
        """GET /v6/deployments, newest first, page by page, `limit` at the most."""
        operation = f"list the deployments of {project.name}"
        until: int | None = None
        left = limit
        seen: set[str] = set()
        while left > 0:
            params = {
                "projectId": project.id,
                "target": target,
                "state": state,
                "rollbackCandidate": rollback_candidate,
                "limit": min(PAGE, left),
                "until": until,
            }
            data = self.call(operation, "GET", "/v6/deployments", params=params).data
            for item in _list(data, "deployments", operation):
                found = parse_deployment(item, operation)
                if found.id not in seen and left > 0:
                    seen.add(found.id)
                    left -= 1
                    yield found
            following = next_page(data)
            if following is None or following == until:
                return
            until = following

    def redeploy(self, source: Deployment, project: Project, *, meta: Mapping[str, str] | None = None) -> Deployment:
        """POST /v13/deployments?forceNew=1: a new production build of the same commit, as the CLI sends it."""
        operation = f"redeploy {source.id}"
        body = {
            "deploymentId": source.id,
            "name": project.name,
            "target": "production",
            "meta": {"action": "redeploy", **(meta or {})},
        }
        try:
            data = self.call(
                operation, "POST", "/v13/deployments", params={"forceNew": "1"}, body=body, expected={200, 201}
            ).data
        except LaunchopsError as error:
            raise explain(error, f"the redeploy of {source.id}") from error
        return parse_deployment(data, operation)

    # Moving the production domains

    def request_job(self, kind: JobKind, project: Project, deployment_id: str, description: str = "") -> int:
        """Asks for a rollback or a promotion; answers at once, the job follows. Returns the HTTP status.

        201: accepted. 202 (promote only): queued behind an active rolling release.
        """
        operation = f"request the {kind} of {project.name} to {deployment_id}"
        version, params = ("v10", {}) if kind is JobKind.PROMOTE else ("v1", {"description": _cut(description)})
        path = f"/{version}/projects/{project.id}/{kind}/{deployment_id}"
        try:
            # 200 is not documented; a success by any of its numbers is one.
            return self.call(
                operation,
                "POST",
                path,
                params={k: v for k, v in params.items() if v},
                body={},
                expected={200, 201, 202},
            ).status
        except LaunchopsError as error:
            raise explain_refusal(error, kind, project.name, deployment_id) from error

    def unmoved_aliases(self, kind: JobKind, project: Project) -> list[str]:
        """Names of the domains that the last job did not move: GET .../{rollback|promote}/aliases?failedOnly=true.

        The rollback form is undocumented (the CLI reads it); both forms of an item are understood.
        """
        version = "v9" if kind is JobKind.ROLLBACK else "v1"
        operation = f"list the domains of {project.name} that did not move"
        path = f"/{version}/projects/{project.id}/{kind}/aliases"
        data = self.call(operation, "GET", path, params={"failedOnly": True, "limit": 100}).data
        items = data.get("aliases", []) if isinstance(data, dict) else []
        names = []
        for item in items if isinstance(items, list) else []:
            alias = item.get("alias") if isinstance(item, dict) else None
            name = alias.get("alias") if isinstance(alias, dict) else alias
            if isinstance(name, str):
                names.append(name)
        return sorted(names)

    def active_rolling_release(self, project: Project) -> RollingRelease | None:
        """GET /v1/projects/{id}/rolling-release?state=ACTIVE. None where there is none, or the plan has none."""
        operation = f"read the rolling release of {project.name}"
        path = f"/v1/projects/{project.id}/rolling-release"
        data = self.call(operation, "GET", path, params={"state": "ACTIVE"}).data
        release = data.get("rollingRelease") if isinstance(data, dict) else None
        if not isinstance(release, dict) or release.get("state") != "ACTIVE":
            return None
        canary, base = release.get("canaryDeployment"), release.get("currentDeployment")
        if not isinstance(canary, dict) or not isinstance(canary.get("id"), str):
            return None
        stage = release.get("activeStage")
        percentage = release.get(
            "currentCanaryPercentage", stage.get("targetPercentage") if isinstance(stage, dict) else 0
        )
        return RollingRelease(
            base_id=str(base.get("id", "")) if isinstance(base, dict) else "",
            canary_id=canary["id"],
            percentage=float(percentage) if isinstance(percentage, int | float) else 0.0,
        )


def bare_host(id_or_url: str) -> str:
    """`https://shop-abc.vercel.app/x` as `shop-abc.vercel.app`; an id as it is. Raises LaunchopsError for nothing."""
    text = id_or_url.strip()
    text = text.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
    if not text or any(c.isspace() for c in text):
        raise bad_input(
            f"'{id_or_url}' is neither a deployment's id nor its URL",
            hint="Give one like dpl_... or shop-abc.vercel.app.",
        )
    return text


def parse_project(data: Any, operation: str) -> Project:
    """A project from the API's JSON. Raises LaunchopsError (malformed) where what we rely on is missing."""
    targets = data.get("targets") if isinstance(data, dict) else None
    production = targets.get("production") if isinstance(targets, dict) else None
    production = production if isinstance(production, dict) else {}
    aliases = production.get("alias")
    auto = data.get("autoAssignCustomDomains") if isinstance(data, dict) else None
    return Project(
        id=_text(data, "id", operation),
        name=_text(data, "name", operation),
        production_id=str(production.get("id") or ""),
        production_aliases=tuple(a for a in aliases if isinstance(a, str)) if isinstance(aliases, list) else (),
        auto_assign=auto if isinstance(auto, bool) else None,
        job=parse_job(data.get("lastAliasRequest"), operation),
        rolling_release_configured=isinstance(data.get("rollingRelease"), dict),
        paused=data.get("paused") is True,
        raw=data,
    )


def parse_job(data: Any, operation: str) -> AliasJob | None:
    """`lastAliasRequest`; None where there was none yet. An unknown kind or status is malformed, never a success."""
    if data is None:
        return None
    try:
        return AliasJob(
            kind=JobKind(_text(data, "type", operation)),
            from_id=str(data.get("fromDeploymentId") or ""),
            to_id=_text(data, "toDeploymentId", operation),
            status=JobStatus(_text(data, "jobStatus", operation)),
            requested_at=int(data["requestedAt"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _malformed(operation, f"a lastAliasRequest that is not understood ({error})") from error


def parse_deployment(data: Any, operation: str) -> Deployment:
    """A deployment; the list says `uid`, a single read says `id`."""
    identifier = data.get("uid") or data.get("id") if isinstance(data, dict) else None
    if not isinstance(identifier, str):
        raise _malformed(operation, "a deployment without an id")
    meta = data.get("meta") if isinstance(data.get("meta"), dict) else {}
    alias_error = data.get("aliasError")
    candidate = data.get("isRollbackCandidate")
    return Deployment(
        id=identifier,
        url=str(data.get("url") or ""),
        state=str(data.get("readyState") or data.get("state") or data.get("status") or "UNKNOWN"),
        target=data.get("target") if isinstance(data.get("target"), str) else None,
        created_at=int(data.get("createdAt") or data.get("created") or 0),
        project_id=str(data.get("projectId") or ""),
        name=str(data.get("name") or ""),
        substate=data.get("readySubstate"),
        rollback_candidate=candidate if isinstance(candidate, bool) else None,
        alias_assigned=bool(data.get("aliasAssigned")),
        alias_error=str(alias_error.get("message") or alias_error.get("code")) if isinstance(alias_error, dict) else "",
        checks=str(data.get("checksConclusion") or ""),
        commit=str(_first(meta, "githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha", "gitCommitSha")),
        branch=str(_first(meta, "githubCommitRef", "gitlabCommitRef", "bitbucketCommitRef", "gitCommitRef")),
        message=str(_first(meta, "githubCommitMessage", "gitlabCommitMessage", "bitbucketCommitMessage")),
        wish=str(meta.get("launchopsRedeploy") or ""),
    )


def next_page(data: Any) -> int | None:
    """`pagination.next` (epoch ms) of a list, to be sent as `until`; None on the last page."""
    pagination = data.get("pagination") if isinstance(data, dict) else None
    following = pagination.get("next") if isinstance(pagination, dict) else None
    return following if isinstance(following, int) else None


def _malformed(operation: str, what: str) -> LaunchopsError:
    return LaunchopsError(
        f"Vercel answered '{operation}' with {what}",
        service=SERVICE,
        operation=operation,
        kind=Kind.MALFORMED,
        hint="Run the same command again; if it stays so, the API has changed: look at Vercel's changelog.",
    )


def _text(data: Any, key: str, operation: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise _malformed(operation, f"a body without '{key}'")
    return value


def _list(data: Any, key: str, operation: str) -> list[Any]:
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, list):
        raise _malformed(operation, f"a body without the list '{key}'")
    return value


def _first(values: Mapping[str, Any], *keys: str) -> Any:
    return next((values[key] for key in keys if values.get(key)), "")


def _cut(text: str) -> str:
    return text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1]}…"
