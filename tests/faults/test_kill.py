# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at every point, run again, and the world is as if nothing had happened.

The points are enumerated, not sampled: the tasks of an uninterrupted run, and both sides of every write.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CALLBACKS, ROOT, Cloud, Outage

# An uninterrupted run starts fewer tasks than this; `test_every_task_is_covered` fails when that is no longer so.
MOST_TASKS = 24
WRITES = ("vercel.rollback.request", "slack.webhook", "discord.webhook", "statuspage.incident.create")
# Neither a Slack nor a Discord webhook can be looked at: after a kill in the middle they are told again, marked.
BLIND = {"slack.webhook": "slack", "discord.webhook": "discord"}
ONCE = (
    "incident.opened",
    "rollback.started",
    "deployment.bad",
    "freeze.set",
    "rollback.finished",
    "incident.mitigated",
)
KILLER = {
    "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
    "ANSIBLE_CALLBACKS_ENABLED": "fairtradeworker.launchops.run_identity,killer",
}


def end_state(outage: Outage) -> dict[str, Any]:
    """What must not depend on where a run was killed."""
    world = outage.cloud.world()
    records = [record["type"] for record in outage.cloud.records()]
    return {
        "production": world["vercel"]["production"] == outage.good,
        "aliases": set(world["vercel"]["aliases"].values()) == {outage.good},
        "rollbacks": outage.cloud.effects("vercel.rollback.request"),
        "slack": len(world["received"]["slack"]),
        "discord": len(world["received"]["discord"]),
        "statuspage": [incident["status"] for incident in world["received"]["statuspage"]],
        "records": {kind: records.count(kind) for kind in ONCE},
        "healthy": [r["subject"] == outage.good for r in outage.cloud.records("deployment.healthy")],
        "lock": outage.cloud.journal.with_suffix(".lock").exists(),
    }


UNINTERRUPTED = {
    "production": True,
    "aliases": True,
    "rollbacks": 1,
    "slack": 1,
    "discord": 1,
    "statuspage": ["monitoring"],
    "records": dict.fromkeys(ONCE, 1),
    "healthy": [True],
    "lock": False,
}


def launch(cloud: Cloud, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        cloud.command("rollback.yml", variables={"rollback_api_timeout": 30, "notification_api_timeout": 30}),
        cwd=ROOT,
        env=cloud.environment(**KILLER, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_every_task_is_covered(outage: Outage, tmp_path: Path) -> None:
    listing = tmp_path / "tasks"
    process = launch(outage.cloud, LAUNCHOPS_TEST_TASKS=str(listing))
    assert process.wait(60) == 0
    assert end_state(outage) == UNINTERRUPTED
    assert 10 < len(listing.read_text().splitlines()) < MOST_TASKS


@pytest.mark.parametrize("task", range(1, MOST_TASKS))
def test_killed_at_a_task_and_run_again(outage: Outage, task: int) -> None:
    process = launch(outage.cloud, LAUNCHOPS_TEST_KILL_AT=str(task))
    code = process.wait(60)
    if code == 0:
        pytest.skip(f"a run has fewer than {task} tasks")
    assert code == -signal.SIGKILL
    again = outage.cloud.play("rollback.yml")
    assert again.code == 0, again.text
    assert end_state(outage) == UNINTERRUPTED, again.text


@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("route", WRITES)
def test_killed_inside_a_write_and_run_again(outage: Outage, route: str, effect: str) -> None:
    cloud = outage.cloud
    cloud.cli("fault", "add", "silence", "--route", route, "--effect", effect, "--seconds", "30")
    process = launch(cloud)
    deadline = time.monotonic() + 30
    while not any(entry["route"] == route for entry in cloud.requests()):
        assert time.monotonic() < deadline, f"{route} was never requested"
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    assert cloud.effects(route) == (1 if effect == "after" else 0)
    again = cloud.play("rollback.yml")
    assert again.code == 0, again.text
    expected = dict(UNINTERRUPTED)
    if route in BLIND and effect == "after":
        expected[BLIND[route]] = 2
        assert "(repeated: the first one may have arrived)" in str(cloud.world()["received"][BLIND[route]][1])
    assert end_state(outage) == expected, again.text
