# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world behind Vercel's stand-in: deployments, domains, jobs; and how time moves them.

Nothing here runs by itself: every request first calls `advance`, which brings the world to the present. A stale read is
answered from a copy whose time stands still.
"""

from __future__ import annotations

import copy
import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Any

ALPHABET = string.ascii_letters + string.digits
# Shares of a build's time at which its state changes.
BUILD_STEPS = (("QUEUED", 0.1), ("INITIALIZING", 0.25), ("BUILDING", 1.0))
# Shares of a job's time: from pending to in progress, and from the first domain moved to the last.
JOB_BEGINS, JOB_FIRST_DOMAIN = 0.2, 0.5


def identifier(prefix: str, length: int = 28) -> str:
    """An identifier that looks like one of Vercel's."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def now_ms() -> int:
    """The present, epoch milliseconds."""
    return int(time.time() * 1000)


@dataclass
class Deployment:
    """One deployment; `kind` says how its app behaves, `env` is what was set when it was built (keys alone)."""

    id: str
    url: str
    kind: str
    target: str | None
    created: int
    commit: str
    branch: str
    message: str
    meta: dict[str, str]
    env: list[str]
    build_ms: int
    state: str = "QUEUED"
    ready: int | None = None
    alias_assigned: int | None = None
    promoted: bool = False
    canceled: bool = False
    deleted: bool = False
    aliases_claimed: bool = False


@dataclass
class Job:
    """`lastAliasRequest` with what drives it. `fault` is never-ends, fails or skipped; "" for none."""

    type: str
    from_id: str
    to_id: str
    requested: int
    length_ms: int
    fault: str = ""
    status: str = "pending"
    moved: dict[str, bool] = field(default_factory=dict)
    pretend_to: str = ""


@dataclass
class RollingRelease:
    """An active or finished rolling release."""

    base: str
    canary: str
    stages: list[dict[str, Any]]
    advancement: str
    started: int
    updated: int
    active: int = 0
    state: str = "ACTIVE"
    queued: str | None = None


@dataclass
class World:
    """Everything that Vercel's stand-in knows."""

    plan: str
    job_ms: int
    build_ms: int
    team_id: str
    team_slug: str
    user_id: str
    project_id: str
    project_name: str
    domains: list[str]
    created: int
    deployments: dict[str, Deployment] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    job: Job | None = None
    auto_assign: bool = True
    paused: bool = False
    rollback_description: dict[str, Any] | None = None
    rolling_config: dict[str, Any] | None = None
    rolling: RollingRelease | None = None
    resource_config: dict[str, Any] = field(default_factory=lambda: {"functionDefaultRegions": ["iad1"], "fluid": True})
    settings: dict[str, Any] = field(default_factory=dict)
    env: dict[str, dict[str, Any]] = field(default_factory=dict)
    rate_limit: int = 2000
    frozen_at: int | None = None

    @property
    def production_domain(self) -> str:
        return self.domains[0]

    @property
    def production_id(self) -> str:
        """What the first production domain points to; "" for nothing."""
        return self.aliases.get(self.production_domain, "")

    def freeze(self) -> World:
        """A copy whose time stands still."""
        self.advance()
        still = copy.deepcopy(self)
        still.frozen_at = now_ms()
        return still

    def advance(self) -> None:
        """Brings builds and jobs to the present."""
        if self.frozen_at is not None:
            return
        now = now_ms()
        for deployment in sorted(self.deployments.values(), key=lambda d: d.created):
            self._advance_build(deployment, now)
        self._advance_job(now)

    def _advance_build(self, deployment: Deployment, now: int) -> None:
        if deployment.canceled or deployment.deleted or deployment.state == "ERROR":
            return
        age = now - deployment.created
        for state, share in BUILD_STEPS:
            if age < deployment.build_ms * share:
                deployment.state = state
                return
        if deployment.kind == "broken-build":
            deployment.state = "ERROR"
            return
        if deployment.ready is None:
            deployment.state, deployment.ready = "READY", deployment.created + deployment.build_ms
        if deployment.target != "production" or deployment.aliases_claimed or age < deployment.build_ms * 1.2:
            return
        deployment.aliases_claimed = True
        newer = any(d.created > deployment.created and d.aliases_claimed for d in self.deployments.values())
        if not self.auto_assign or newer:
            return
        if self.rolling_config and self.production_id:
            self.start_rolling(deployment.id)
            return
        deployment.alias_assigned, deployment.promoted = now, True
        for domain in self.domains:
            self.aliases[domain] = deployment.id

    def _advance_job(self, now: int) -> None:
        job = self.job
        if job is None or job.status in {"succeeded", "failed", "skipped"}:
            return
        age = now - job.requested
        if age < job.length_ms * JOB_BEGINS:
            return
        if job.fault == "skipped":
            job.status = "skipped"
            return
        job.status = "in-progress"
        if job.fault == "never-ends":
            return
        stuck = self.domains[-1] if job.fault == "fails" else ""
        for number, domain in enumerate(self.domains):
            share = JOB_FIRST_DOMAIN + (1 - JOB_FIRST_DOMAIN) * (number + 1) / (len(self.domains) + 1)
            if domain != stuck and age >= job.length_ms * share:
                self.aliases[domain] = job.to_id
                job.moved[domain] = True
        if age >= job.length_ms:
            job.status = "failed" if stuck else "succeeded"
            if not stuck:
                self._settle(job, now)

    def _settle(self, job: Job, now: int) -> None:
        target = self.deployments[job.to_id]
        target.promoted, target.alias_assigned = True, now
        self.auto_assign = job.type == "promote"

    def start_job(self, kind: str, target: str, fault: str, pretend_to: str) -> Job:
        """Begins a rollback or promotion; the caller has checked that it may."""
        now = now_ms()
        requested = max(now, self.job.requested + 1 if self.job else now)
        self.job = Job(kind, self.production_id, target, requested, self.job_ms, fault, pretend_to=pretend_to)
        if self.rolling and self.rolling.state == "ACTIVE" and kind == "rollback":
            self.rolling.state, self.rolling.updated = "ABORTED", now
        return self.job

    def start_rolling(self, canary: str) -> None:
        """Begins a rolling release with the project's stages."""
        now = now_ms()
        stages = (self.rolling_config or {}).get("stages") or [{"targetPercentage": 10}, {"targetPercentage": 100}]
        advancement = (self.rolling_config or {}).get("advancementType", "manual-approval")
        self.rolling = RollingRelease(self.production_id, canary, stages, advancement, now, now)
        self.deployments[canary].promoted = True

    def ship(
        self, kind: str, *, commit: str, target: str | None = "production", meta: dict[str, str] | None = None
    ) -> Deployment:
        """Begins a build. `kind` is good, bad, slow or broken-build."""
        url = f"{self.project_name}-{''.join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(9))}"
        created = max([now_ms(), *(d.created + 1 for d in self.deployments.values())])
        deployment = Deployment(
            id=identifier("dpl_"),
            url=f"{url}-{self.team_slug}.vercel.app",
            kind=kind,
            target=target,
            created=created,
            commit=commit,
            branch="main",
            message=f"Release {len(self.deployments) + 1}",
            meta=meta or {},
            env=sorted({e["key"] for e in self.env.values() if (target or "preview") in e["target"]}),
            build_ms=self.build_ms,
        )
        self.deployments[deployment.id] = deployment
        return deployment

    def is_rollback_candidate(self, deployment: Deployment) -> bool:
        """Earlier in production, still there, and not what production serves; Hobby only the one before the present."""
        eligible = deployment.promoted and not deployment.deleted and deployment.state == "READY"
        if not eligible or deployment.target != "production" or deployment.id == self.production_id:
            return False
        return self.plan != "hobby" or deployment.id == self.previous_id()

    def previous_id(self) -> str:
        """The newest deployment older than the present one that was in production; "" for none."""
        current = self.deployments.get(self.production_id)
        older = [
            d
            for d in self.deployments.values()
            if current and d.created < current.created and d.promoted and not d.deleted
        ]
        return max(older, key=lambda d: d.created).id if older else ""

    def serving(self, dice: float) -> Deployment | None:
        """Which deployment a visitor of the public domain gets; `dice` in 0..1 decides within a rolling release."""
        rolling = self.rolling
        if rolling and rolling.state == "ACTIVE" and self.production_id == rolling.base:
            share = float(rolling.stages[rolling.active]["targetPercentage"]) / 100
            if dice < share:
                return self.deployments[rolling.canary]
        return self.deployments.get(self.production_id)


def new_world(plan: str, job_ms: int, build_ms: int) -> World:
    """A team with one project and nothing deployed."""
    return World(
        plan=plan,
        job_ms=job_ms,
        build_ms=build_ms,
        team_id=identifier("team_", 24),
        team_slug="acme",
        user_id=identifier("", 24),
        project_id=identifier("prj_"),
        project_name="shop",
        domains=["shop.example", "www.shop.example", "shop-acme.vercel.app"],
        created=now_ms(),
    )
