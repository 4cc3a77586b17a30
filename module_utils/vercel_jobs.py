# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving the production domains: one request, then the job that was asked for, followed to its end.

What the CLI gets wrong here and this does not: the job must name the asked deployment and be newer than the request,
`skipped` is a failure, a wait that ends is a failure that says what it last saw, and a request whose answer was lost
is looked for before it is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Budget
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import (
    AliasJob,
    Deployment,
    JobKind,
    JobStatus,
    Project,
    VercelClient,
)

# A lost request shows in a read at once; replicas behind the API may need a moment.
SETTLE_SECONDS = 3.0
REQUEST_TRIES = 3
# (until this many seconds into the wait, seconds between two reads): fast while people watch, then kind to the limits.
POLL_SCHEDULE = ((2.0, 0.05), (5.0, 0.1), (20.0, 0.5), (60.0, 1.0))
SLOWEST_POLL = 2.0


@dataclass(frozen=True)
class JobResult:
    """How the job went.

    Attributes:
        project: as read after the job.
        requested: whether this run sent the request (False: it was there already, or another run's was followed).
        recognised: the answer to the request was lost, and reading showed that it had taken effect.
        queued: a promotion that waits behind an active rolling release (status 202).
        seconds: from the first request to the job's end.
        job: as last seen; None where nothing had to be done.
    """

    project: Project
    requested: bool
    recognised: bool
    queued: bool
    seconds: float
    job: AliasJob | None


def poll_interval(elapsed: float) -> float:
    """Seconds until the next read, `elapsed` seconds into a wait."""
    return next((pause for until, pause in POLL_SCHEDULE if elapsed < until), SLOWEST_POLL)


def is_done(project: Project, kind: JobKind, target: str) -> bool:
    """True where production serves `target` already and no job says otherwise.

    A job to it that failed has left domains behind, and a running job elsewhere will move them away: both are not done.
    """
    if project.production_id != target:
        return False
    job = project.job
    if job is None:
        return True
    if job.status.running:
        return False
    return not (job.status is JobStatus.FAILED and job.to_id == target and job.kind is kind)


def is_promoted(project: Project, target: str) -> bool:
    """True where production serves `target` and no rollback holds it there."""
    running = project.job is not None and project.job.status.running
    return project.production_id == target and not project.pinned and not running


def refuse_other_project(deployment: Deployment, project: Project) -> None:
    """Raises LaunchopsError (input) for a deployment of another project, before anything is written."""
    if deployment.project_id and deployment.project_id != project.id:
        raise bad_input(
            f"{deployment.id} belongs to project {deployment.project_id}, not to {project.name} ({project.id})",
            hint="Nothing was changed. Check the deployment, or the project in the inventory.",
        )


def refuse_unpromotable(deployment: Deployment) -> None:
    """Raises LaunchopsError (input) for what a promotion would build anew or can't serve."""
    if deployment.target != "production":
        raise bad_input(
            f"{deployment.id} was built for {deployment.target or 'preview'}, and a promotion would build it anew",
            hint="Push the commit to the production branch, then promote the production deployment.",
        )
    if deployment.state != "READY":
        raise bad_input(f"{deployment.id} can't be promoted: its state is {deployment.state}, not READY")


def job_values(project: Project, target: Deployment, result: JobResult | None) -> dict[str, Any]:
    """The return values that rollback and promotion share.

    Args:
        project: as read before.
        result: None where nothing had to be done, or in check mode.
    """
    after = result.project if result else project
    return {
        "from": project.production_id,
        "to": target.id,
        "requested": result is not None and result.requested,
        "recognised": result is not None and result.recognised,
        "seconds": round(result.seconds, 3) if result else 0.0,
        "aliases": list(after.production_aliases),
        "auto_assign": after.auto_assign,
    }


def ours(job: AliasJob | None, before: AliasJob | None, kind: JobKind, target: str) -> bool:
    """Whether `job` is the one asked for: of the kind, to the target, and newer than what stood there before."""
    if job is None or job.kind is not kind or job.to_id != target:
        return False
    return before is None or job.requested_at > before.requested_at


def run_job(
    client: VercelClient,
    project: Project,
    kind: JobKind,
    target: str,
    *,
    description: str = "",
    wait: float = 180.0,
    force: bool = False,
) -> JobResult:
    """Makes production serve `target`.

    Args:
        project: as just read.
        target: deployment id.
        wait: seconds for everything, the job included.
        force: request it even where production serves the target already (to abort a rolling release).

    Raises:
        LaunchopsError: refused, the job failed or was skipped (with the domains that did not move), or the wait ended.
    """
    budget = client.http.budget(wait)
    if not force and is_done(project, kind, target):
        return JobResult(project, False, False, False, 0.0, project.job)
    running = project.job is not None and project.job.status.running
    if running and project.job is not None and project.job.kind is kind and project.job.to_id == target:
        return _follow(client, project, kind, target, None, budget, requested=False, recognised=False)
    before = project.job
    recognised = False
    for attempt in range(1, REQUEST_TRIES + 1):
        try:
            status = client.request_job(kind, project, target, description)
        except LaunchopsError as error:
            if error.status == 409 and attempt < REQUEST_TRIES:
                found, before = _await_other(client, project, kind, target, before, budget, error)
            elif error.kind is Kind.UNCERTAIN:
                found = _look_for(client, project, kind, target, before)
            else:
                raise
            if not found:
                if error.kind is Kind.UNCERTAIN and (attempt == REQUEST_TRIES or budget.left <= 0):
                    raise
                continue
            recognised, status = True, 201
        if status == 202:
            return JobResult(client.project(project.id), True, recognised, True, budget.elapsed, project.job)
        return _follow(client, project, kind, target, before, budget, requested=True, recognised=recognised)
    raise _timed_out(kind, project, target, project.job, budget)


def _look_for(client: VercelClient, project: Project, kind: JobKind, target: str, before: AliasJob | None) -> bool:
    """After a lost answer: whether the request shows in the project, given a moment to do so."""
    moment = client.http.budget(SETTLE_SECONDS)
    while True:
        if ours(client.project(project.id).job, before, kind, target):
            return True
        if moment.left <= 0:
            return False
        client.http.pause(min(0.25, moment.left))


def _await_other(
    client: VercelClient,
    project: Project,
    kind: JobKind,
    target: str,
    before: AliasJob | None,
    budget: Budget,
    refusal: LaunchopsError,
) -> tuple[bool, AliasJob | None]:
    """After a 409: (our own request is there, the job that stands before ours). Waits for another's job to end."""
    while True:
        job = client.project(project.id).job
        if ours(job, before, kind, target):
            return True, before
        if job is None or not job.status.running:
            return False, job
        if budget.left <= 0:
            raise LaunchopsError(
                f"{refusal.message} Seen while waiting {budget.seconds:.0f} s: {job.describe()}",
                service=refusal.service,
                operation=refusal.operation,
                status=409,
                hint="Run the same command again when it has ended.",
                kind=Kind.TIMEOUT,
            )
        client.http.pause(min(poll_interval(budget.elapsed), max(0.01, budget.left)))


def _follow(
    client: VercelClient,
    project: Project,
    kind: JobKind,
    target: str,
    before: AliasJob | None,
    budget: Budget,
    *,
    requested: bool,
    recognised: bool,
) -> JobResult:
    seen = project
    while True:
        seen = client.project(project.id)
        job = seen.job
        if ours(job, before, kind, target) and job is not None:
            if job.status in {JobStatus.FAILED, JobStatus.SKIPPED}:
                raise _failed(client, seen, job)
            if job.status is JobStatus.SUCCEEDED and seen.production_id == target:
                return JobResult(seen, requested, recognised, False, budget.elapsed, job)
        if budget.left <= 0:
            raise _timed_out(kind, seen, target, job, budget)
        client.http.pause(min(poll_interval(budget.elapsed), max(0.01, budget.left)))


def _failed(client: VercelClient, project: Project, job: AliasJob) -> LaunchopsError:
    try:
        names = client.unmoved_aliases(job.kind, project)
        left = f"domains that did not move: {', '.join(names)}" if names else "Vercel names no domain that did not move"
    except LaunchopsError as error:
        left = f"which domains did not move can't be read ({error.message})"
    verb = "was skipped by Vercel" if job.status is JobStatus.SKIPPED else "failed"
    return LaunchopsError(
        f"The {job.kind} of {project.name} to {job.to_id} {verb}; {left}. "
        f"Production is {project.production_id or 'unknown'}",
        service="Vercel",
        operation=f"{job.kind} {project.name}",
        hint="Run the same command again: it asks once more. If that fails, move the domains in Vercel's dashboard.",
    )


def _timed_out(kind: JobKind, project: Project, target: str, job: AliasJob | None, budget: Budget) -> LaunchopsError:
    last = job.describe() if job else "no job at all"
    return LaunchopsError(
        f"The {kind} of {project.name} to {target} did not end in {budget.seconds:.0f} s; last seen: {last}, "
        f"production {project.production_id or 'unknown'}",
        service="Vercel",
        operation=f"{kind} {project.name}",
        hint="The job may still end at Vercel. Run the same command again: it follows that job, it starts no other.",
        kind=Kind.TIMEOUT,
    )
