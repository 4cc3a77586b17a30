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
    return Steps(tuple(row.identifier for _, row in order[:surplus]), failed, 0)


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
