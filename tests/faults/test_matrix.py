# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every route that the rollback uses, with everything that can go wrong with it.

Each cell ends in success or in a clear failure, in bounded time; with the fault gone the same command brings the world to
the same end, and the rollback was asked for effectively once. The table is printed at the end of the run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Cloud, Outage

LONGEST = 45.0


@dataclass(frozen=True)
class Fault:
    """One column: arguments of `fault add`."""

    name: str
    arguments: tuple[str, ...]


FAULTS = (
    Fault("429 Retry-After", ("status", "--status", "429", "--retry-after", "1")),
    Fault("429", ("status", "--status", "429", "--times", "2")),
    Fault("500", ("status", "--status", "500")),
    Fault("500 for ever", ("status", "--status", "500", "--times", "forever")),
    Fault("502", ("status", "--status", "502")),
    Fault("reset before", ("reset-before",)),
    Fault("reset after", ("reset-after",)),
    Fault("silence 60 s", ("silence", "--seconds", "60")),
    Fault("malformed", ("malformed",)),
)
STALE = Fault("stale", ("stale", "--times", "forever"))
JOBS = (
    Fault("never ends", ("job-never-ends",)),
    Fault("fails", ("job-fails",)),
    Fault("skipped", ("job-skipped",)),
    Fault("wrong job", ("wrong-job",)),
)
VERCEL_READS = ("vercel.project.get", "vercel.deployments.list", "vercel.deployment.get")
REQUEST = "vercel.rollback.request"
CHANNELS = ("slack.webhook", "discord.webhook", "statuspage.unresolved", "statuspage.incident.create")
PROBES = ("product.health", "product.page")
CELLS = [
    *((route, fault) for route in (*VERCEL_READS, REQUEST, *CHANNELS, *PROBES) for fault in FAULTS),
    *((route, STALE) for route in VERCEL_READS),
    *((REQUEST, fault) for fault in JOBS),
]


def must_succeed(route: str, fault: Fault) -> bool:
    """A fault that passes must not stop a rollback, nor must a channel ever. A job or a service that stays broken may."""
    if route in CHANNELS:
        return True
    if route == "vercel.deployments.list" and fault is STALE:
        return True
    if route == "vercel.deployment.get" and fault is STALE:
        return True
    return fault not in JOBS and fault is not STALE and fault.name != "500 for ever"


@pytest.mark.parametrize(
    ("route", "fault"), CELLS, ids=[f"{route}-{fault.name}".replace(" ", "-") for route, fault in CELLS]
)
def test_a_cell_of_the_matrix(outage: Outage, route: str, fault: Fault, matrix: Path) -> None:
    run_cell(outage, route, fault, matrix)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name.replace(" ", "-") for fault in FAULTS])
def test_the_route_that_only_a_rolling_release_uses(cloud: Cloud, fault: Fault, matrix: Path) -> None:
    cloud.release("good")
    good = cloud.release("good")
    cloud.cli("set", "auto_assign", "false")
    canary = cloud.release("bad")
    cloud.cli("rolling-release", "start", "--deployment", canary, "--percentage", "50")
    run_cell(Outage(cloud, good, canary), "vercel.rolling.get", fault, matrix)
    assert cloud.world()["vercel"]["rolling"]["state"] == "ABORTED"


def run_cell(outage: Outage, route: str, fault: Fault, matrix: Path) -> None:
    """One rollback with the fault, one without it."""
    cloud = outage.cloud
    cloud.cli("fault", "add", fault.arguments[0], "--route", route, *fault.arguments[1:])
    run = cloud.play("rollback.yml", limit=LONGEST)
    fired = [json.loads(line)["fired"] for line in cloud.cli("fault", "list").splitlines()]
    assert fired[0] > 0, "the fault was never met: the cell proves nothing"
    assert "Traceback" not in run.text
    assert "unhandled" not in run.text.lower()
    if must_succeed(route, fault):
        assert run.code == 0, run.text
        assert cloud.production == outage.good
    else:
        assert run.code == 2, run.text
        assert "again" in run.text or "rollback_to=" in run.text, run.text
    with (matrix / f"{route}-{fault.name}.json").open("w") as file:
        json.dump([route, fault.name, "success" if run.code == 0 else "clear failure", round(run.seconds, 1)], file)
    cloud.cli("fault", "clear")
    settle(outage)
    again = cloud.play("rollback.yml", limit=LONGEST)
    assert again.code == 0, again.text
    assert cloud.production == outage.good
    assert cloud.effects(REQUEST) == (2 if fault in JOBS and fault.name != "wrong job" else 1)
    assert len(cloud.world()["received"]["statuspage"]) == 1
    assert [i["status"] for i in cloud.world()["received"]["statuspage"]] == ["monitoring"]


def settle(outage: Outage) -> None:
    """A job that never ends holds the project at the real service too, until its support ends it: here `set` does."""
    if (outage.cloud.world()["vercel"]["job"] or {}).get("fault") == "never-ends":
        outage.cloud.cli("set", "end_job", "failed")
