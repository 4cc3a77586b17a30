# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read replicas: which to make and which to remove, what forbids it, and making them once.

`POST read-replicas/setup` gives no identifier and is not idempotent. So: read the list, act once, find the new row, wait.
A replica that another run has begun is one of those that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import (
    HEALTHY,
    Addons,
    Entitlement,
    Project,
    Row,
    SupabaseClient,
)

FAILED = frozenset({"INIT_READ_REPLICA_FAILED", "INIT_FAILED"})
GONE = frozenset({"GOING_DOWN", "REMOVED"})
# A guess: how long the list may take to show what a setup that was answered has begun.
APPEARS_SECONDS = 30.0
# Docs, read replicas, "getting started": at most two, from XL on five; nothing below Small.
FEW, MANY = 2, 5
ORDER = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")


@dataclass(frozen=True)
class Steps:
    """What is to be done: identifiers to remove, and how many to set up."""

    remove: tuple[str, ...]
    failed: tuple[str, ...]
    setup: int

    @property
    def none(self) -> bool:
        return not (self.remove or self.failed or self.setup)


def in_region(rows: Sequence[Row], region: str) -> list[Row]:
    """The read replicas of a region that are not on their way out."""
    return [row for row in rows if row.replica and row.region == region and row.status not in GONE]


def decide(rows: Sequence[Row], region: str, count: int) -> Steps:
    """The steps from what is there to `count` replicas in a region.

    A failed one is removed first: it holds no data and counts against the limit. A building one counts as present. What is
    too many goes in this order: building, unhealthy, healthy; the last in the list first.
    """
    here = in_region(rows, region)
    failed = tuple(row.identifier for row in here if row.status in FAILED)
    usable = [row for row in here if row.status not in FAILED]
    surplus = len(usable) - count
    if surplus <= 0:
        return Steps((), failed, -surplus)
    rank = {"INIT_READ_REPLICA": 0, "COMING_UP": 0, HEALTHY: 2}
    order = sorted(enumerate(usable), key=lambda pair: (rank.get(pair[1].status, 1), -pair[0]))
    return Steps(tuple(row.identifier for _place, row in order[:surplus]), failed, 0)


def most_replicas(compute: str) -> int:
    """How many a compute size may have; 0 below Small. An unknown (newer, larger) size may have as many as the largest."""
    size = compute.removeprefix("ci_")
    if size not in ORDER:
        return MANY if size else 0
    place = ORDER.index(size)
    if place < ORDER.index("small"):
        return 0
    return MANY if place >= ORDER.index("xlarge") else FEW


def why_not(
    project: Project,
    rows: Sequence[Row],
    steps: Steps,
    addons: Addons,
    entitlements: Mapping[str, Entitlement],
    backups: Mapping[str, Any],
) -> list[str]:
    """Every reason that forbids setting up replicas, each with what to do; [] where nothing does."""
    reasons = []
    if project.status != HEALTHY:
        reasons.append(f"the project is {project.status}, not {HEALTHY}: wait until it is")
    allowed = entitlements.get("instances.read_replicas")
    if allowed is not None and not allowed.access:
        reasons.append("the organisation's plan has no read replicas: they need Pro or higher")
    chosen = addons.selected.get("compute_instance")
    compute = chosen.id if chosen else "nano"
    most = most_replicas(compute)
    if most == 0:
        reasons.append(f"compute {compute} is too small: they need ci_small or larger")
    elif _after(rows, steps) > most:
        reasons.append(f"there would be {_after(rows, steps)} replicas, and compute {compute} may have {most}")
    if not (backups.get("walg_enabled") is True or backups.get("pitr_enabled") is True):
        reasons.append("the project still has logical backups: they need physical ones, which PITR switches on")
    return reasons


def _after(rows: Sequence[Row], steps: Steps) -> int:
    """Replicas of all regions when the steps are done."""
    going = {*steps.remove, *steps.failed}
    here = [row for row in rows if row.replica and row.status not in GONE and row.identifier not in going]
    return len(here) + steps.setup


def set_up_one(client: SupabaseClient, region: str) -> str:
    """Asks for one replica and returns its identifier, found by looking.

    An answer that is lost is no failure yet: the list says whether it took effect. Raises LaunchopsError where the service
    refused, or where nothing new appears.
    """
    before = {row.identifier for row in client.databases()}
    lost: LaunchopsError | None = None
    try:
        client.setup_replica(region)
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN:
            raise
        lost = error
    budget = client.http.budget(APPEARS_SECONDS if lost is None else APPEARS_SECONDS / 6)
    while True:
        new = [row for row in in_region(client.databases(), region) if row.identifier not in before]
        if new:
            return new[0].identifier
        if budget.left <= 1:
            break
        client.http.pause(1.0)
    if lost is not None:
        raise lost
    raise LaunchopsError(
        f"Supabase accepted a read replica in {region} for {client.ref}, and none appears in the list",
        service="Supabase",
        operation="set up a read replica",
        kind=Kind.TIMEOUT,
        hint="Look at the dashboard before running it again: another run would ask for another one.",
    )


def wait_until(
    client: SupabaseClient, done: Callable[[Sequence[Row]], bool], *, what: str, within: float, poll: float
) -> list[Row]:
    """Follows the list until it is as wanted; the pauses grow from `poll` to 30 s.

    Raises LaunchopsError (timeout) with the states that were seen last.
    """
    budget = client.http.budget(within)
    pause = poll
    while True:
        rows = client.databases()
        if done(rows):
            return rows
        if pause >= budget.left:
            seen = ", ".join(f"{row.identifier} {row.status}" for row in rows if row.replica) or "no replica"
            raise LaunchopsError(
                f"{what} took longer than {within:.0f} s; seen last: {seen}",
                service="Supabase",
                operation=what,
                kind=Kind.TIMEOUT,
                hint="It goes on at Supabase's side: run the same command again to follow it. Nothing is asked for twice.",
            )
        client.http.pause(pause)
        pause = min(30.0, pause * 1.5)


@dataclass(frozen=True)
class Waits:
    """Seconds to wait in all, 0 for not at all, and between the first two looks."""

    within: float
    poll: float


def converge(
    client: SupabaseClient,
    project: Project,
    rows: Sequence[Row],
    steps: Steps,
    region: str,
    count: int,
    waits: Waits,
) -> list[Row]:
    """Does the steps and follows them to their end; the rows as they are then.

    Raises:
        LaunchopsError: refused, a setup failed, or time is up.
    """
    going = {*steps.failed, *steps.remove}
    for identifier in (*steps.failed, *steps.remove):
        client.remove_replica(identifier)
    if going:
        rows = wait_until(
            client,
            lambda now: not any(row.identifier in going for row in in_region(now, region)),
            what=f"Removing read replicas of {project.name}",
            within=max(waits.within, 60.0),
            poll=waits.poll,
        )
    for _turn in range(steps.setup):
        set_up_one(client, region)
    if not steps.setup and all_well(rows, region, count):
        return list(rows)
    if waits.within <= 0:
        return client.databases()

    def done(now: Sequence[Row]) -> bool:
        failed = [row for row in in_region(now, region) if row.status in FAILED]
        if failed:
            raise LaunchopsError(
                f"Setting up read replica {failed[0].identifier} of {project.name} failed: {failed[0].status}",
                service="Supabase",
                operation="set up a read replica",
                hint="It holds no data. Run it again: it is removed, and another one is set up. High load is a known cause.",
            )
        return all_well(now, region, count)

    what = f"Building the read replicas of {project.name} in {region}"
    return wait_until(client, done, what=what, within=waits.within, poll=waits.poll)


def insist_it_can_be(client: SupabaseClient, project: Project, rows: Sequence[Row], steps: Steps, region: str) -> None:
    """Raises LaunchopsError with every reason that forbids setting up replicas."""
    reasons = why_not(project, rows, steps, client.addons(), client.entitlements(), client.backups())
    if reasons:
        raise LaunchopsError(
            f"No read replica can be set up in {region} for {project.name} ({project.ref}): {'; '.join(reasons)}",
            service="Supabase",
            operation="set up a read replica",
            hint="Nothing was asked for.",
        )


def sentences(steps: Steps, region: str) -> list[str]:
    """The steps in words."""
    words = [f"remove failed read replica {identifier}" for identifier in steps.failed]
    words += [f"remove read replica {identifier}" for identifier in steps.remove]
    if steps.setup:
        words.append(f"set up {steps.setup} read replica{'s' if steps.setup > 1 else ''} in {region}")
    return words


def described(client: SupabaseClient, rows: Sequence[Row], region: str) -> list[dict[str, Any]]:
    """The replicas of a region with the addresses of their own poolers."""
    here = in_region(rows, region)
    addresses = {one.identifier: one for one in client.poolers()} if here else {}
    found = []
    for row in here:
        one = addresses.get(row.identifier)
        found.append(
            {
                "identifier": row.identifier,
                "region": row.region,
                "status": row.status,
                "host": one.host if one else "",
                "port": one.port if one else 0,
                "user": one.user if one else "",
            }
        )
    return found


def states(rows: Sequence[Row], region: str) -> dict[str, Any]:
    """Status by identifier."""
    return {row.identifier: row.status for row in in_region(rows, region)}


def all_well(rows: Sequence[Row], region: str, count: int) -> bool:
    """Whether exactly as many as are wanted are there, and all are healthy."""
    here = in_region(rows, region)
    return len(here) == count and all(row.status == HEALTHY for row in here)
