# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which deployment a rollback goes back to: a pure decision over what Vercel and the journal say.

"Previous" is not the rule, because it goes back two when it is run twice (O23 of the runbook's list). The order is: the
one named by the operator, the one that an unfinished rollback was going to, the one that a finished rollback has put
there, the last one that the journal records as healthy, the one that served until the current one was promoted, the newest
eligible one before the current.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import (
    Deployment,
    JobKind,
    Project,
    VercelClient,
)


class Rule(StrEnum):
    """Why the target was chosen."""

    NAMED = "named by the operator"
    UNFINISHED = "target of the rollback that was begun and not finished"
    HELD = "already put there by a rollback"
    HEALTHY = "last recorded as healthy"
    PREVIOUS = "served production until the current one was promoted"
    BEFORE = "newest eligible production deployment before the current one"


@dataclass(frozen=True)
class World:
    """What is known when the decision is made.

    Attributes:
        current: id of the deployment that production's domains point to; "" for none.
        suspect: id of the deployment to get away from: the canary of an active rolling release, else the current one.
        held: production was put where it is by a rollback that nothing has undone.
        running_to: target of a rollback job that is running at Vercel; "" for none.
        candidates: production deployments, newest first.
        healthy: ids recorded as healthy, newest record first.
        bad: ids recorded as bad, with the reason.
        promoted_from: what production served until the current one was promoted, by Vercel's last job; "" for unknown.
        unfinished: target of a rollback that the journal shows begun and not finished; "" for none.
    """

    current: str
    suspect: str
    held: bool
    candidates: Sequence[Deployment]
    healthy: Sequence[str] = ()
    bad: Mapping[str, str] = field(default_factory=dict)
    unfinished: str = ""
    running_to: str = ""
    promoted_from: str = ""


@dataclass(frozen=True)
class Choice:
    """The target, and why."""

    deployment: Deployment
    rule: Rule


@dataclass(frozen=True)
class Verdict:
    """Whether a deployment can be gone back to; `why_not` is "" where it can."""

    deployment: Deployment
    why_not: str


def why_not(deployment: Deployment, world: World, *, strict: bool) -> str:
    """The reason against a deployment as a target, or "".

    Args:
        strict: choose without a person or the journal speaking for it, so it must be marked as a rollback candidate by
            Vercel and be older than the current one; otherwise only a clear no counts, and Vercel has the last word.
    """
    if deployment.id in world.bad:
        return f"recorded as bad: {world.bad[deployment.id]}"
    if deployment.id == world.suspect:
        return "it is the one in production now"
    if deployment.state != "READY":
        return f"its state is {deployment.state}, not READY"
    if deployment.target != "production":
        return "it is not a production deployment"
    if deployment.id == world.current:
        return ""
    if deployment.rollback_candidate is False:
        return "Vercel does not offer it as a rollback candidate"
    if strict and deployment.rollback_candidate is None:
        return "Vercel does not say whether it is a rollback candidate"
    if strict and not _older_than_current(deployment, world):
        return "it is not older than the one in production now"
    return ""


def _older_than_current(deployment: Deployment, world: World) -> bool:
    """By the list's order, which is by creation time; a current one that is not listed is older than all of it."""
    ids = [candidate.id for candidate in world.candidates]
    anchor = world.current if world.current in ids else world.suspect
    return anchor in ids and deployment.id in ids and ids.index(deployment.id) > ids.index(anchor)


def verdicts(world: World) -> list[Verdict]:
    """Every known deployment with what speaks against choosing it, newest first."""
    return [Verdict(candidate, why_not(candidate, world, strict=True)) for candidate in world.candidates]


def choose(world: World, named: Deployment | None = None) -> Choice:
    """The deployment to go back to.

    Args:
        named: the operator's own choice, read from Vercel.

    Raises:
        LaunchopsError: none can be chosen, or the named one must not be; lists the candidates and why each was refused.
    """
    if named is not None:
        return _named(named, world)
    known = {candidate.id: candidate for candidate in world.candidates}
    for identifier, rule in (
        (world.unfinished, Rule.UNFINISHED),
        (world.running_to, Rule.UNFINISHED),
        (world.current if world.held else "", Rule.HELD),
    ):
        if identifier in known and identifier not in world.bad and known[identifier].state == "READY":
            return Choice(known[identifier], rule)
    for identifier in world.healthy:
        if identifier in known and not why_not(known[identifier], world, strict=False):
            return Choice(known[identifier], Rule.HEALTHY)
    previous = known.get(world.promoted_from)
    if previous is not None and not why_not(previous, world, strict=False):
        return Choice(previous, Rule.PREVIOUS)
    for verdict in verdicts(world):
        if not verdict.why_not:
            return Choice(verdict.deployment, Rule.BEFORE)
    raise LaunchopsError(
        f"No deployment to roll back to. {refusals(world)}",
        operation="choose the rollback target",
        hint="Name one: ansible-playbook rollback.yml -e rollback_to=<deployment id or URL>",
    )


def _named(named: Deployment, world: World) -> Choice:
    against = why_not(named, world, strict=False)
    if named.id == world.current and named.id not in world.bad and world.current == world.suspect:
        return Choice(named, Rule.NAMED)
    if against:
        raise LaunchopsError(
            f"Not rolling back to {named.id} ({named.url}): {against}. {refusals(world)}",
            operation="choose the rollback target",
            hint="Name another: ansible-playbook rollback.yml -e rollback_to=<deployment id or URL>",
        )
    return Choice(named, Rule.NAMED)


def refusals(world: World) -> str:
    """One sentence per candidate."""
    if not world.candidates:
        return "Vercel lists no production deployment."
    lines = [
        f"{v.deployment.id} ({v.deployment.url or 'no URL'}): {v.why_not or 'can be chosen'}" for v in verdicts(world)
    ]
    return "Candidates, newest first: " + "; ".join(lines) + "."


def look(
    client: VercelClient,
    project: Project,
    healthy: Sequence[str],
    bad: Mapping[str, str],
    unfinished: Mapping[str, Any],
    limit: int,
) -> World:
    """Reads from Vercel what the decision needs, and puts it beside what the journal says.

    Args:
        unfinished: keys from and to of a rollback begun and not finished. It counts only while production is at one of
            the two: later than that it is history.
        limit: how many production deployments to read; those recorded as healthy are read by id where they are older.
    """
    release = client.active_rolling_release(project) if project.rolling_release_configured else None
    suspect = release.canary_id if release else project.production_id
    listed = list(client.deployments(project, limit=limit))
    job = project.job
    begun = {str(unfinished.get("from") or ""), str(unfinished.get("to") or "")} - {""}
    running = job is not None and job.kind is JobKind.ROLLBACK and job.status.running
    promoted = (
        job is not None and job.kind is JobKind.PROMOTE and job.to_id == project.production_id and release is None
    )
    return World(
        current=project.production_id,
        suspect=suspect,
        held=project.pinned and release is None,
        candidates=listed,
        healthy=tuple(healthy),
        bad=dict(bad),
        unfinished=str(unfinished.get("to") or "") if begun & {project.production_id, suspect} else "",
        running_to=job.to_id if job is not None and running else "",
        promoted_from=job.from_id if job is not None and promoted else "",
    )
