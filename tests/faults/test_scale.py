# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""scale_up.yml killed at every task and inside every write, and with everything that can go wrong with its routes.

Run again it ends where an uninterrupted run does, and a read replica is asked for once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CALLBACKS, ROOT, Cloud
from tests.faults.test_matrix import FAULTS, Fault

PLAYBOOK = "playbooks/scale_up.yml"
# An uninterrupted run starts fewer tasks than this; `test_every_task_is_covered` fails when that is no longer so.
MOST_TASKS = 27
VARIABLES = {
    "profile": "big",
    "scale_up_approve": "shop",
    "launchops_scale_profiles": {
        "big": {
            "pool_size": 150,
            "read_replicas": 1,
            "compute": "ci_4xlarge",
            "vercel": {"function_default_timeout": 60},
        }
    },
    "scale_up_compute_wait_seconds": 20,
    "scale_up_replica_wait_seconds": 20,
}
SHORT = {"launchops_supabase_timeout": 1, "launchops_supabase_patience": 8}
WRITES = ("supabase.addons.update", "supabase.pooler.update", "supabase.replica.setup", "vercel.project.update")
READS = ("supabase.project.get", "supabase.organization.projects", "supabase.pooler.get", "supabase.addons.get")
KILLER = {
    "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
    "ANSIBLE_CALLBACKS_ENABLED": "fairtradeworker.launchops.run_identity,killer",
}


def end_state(cloud: Cloud) -> dict[str, Any]:
    """What must not depend on where a run was killed."""
    project = cloud.project
    records = [record["type"] for record in cloud.records()]
    return {
        "compute": project["compute"],
        "pool": project["pool_size"],
        "databases": sorted((row["type"], row["status"]) for row in project["databases"]),
        "timeout": cloud.world()["vercel"]["resource_config"].get("functionDefaultTimeout"),
        "asked": {route: cloud.effects(route) for route in WRITES[:1] + WRITES[2:3]},
        "records": [records.count("scale.started"), records.count("scale.finished")],
        "lock": cloud.journal.with_suffix(".lock").exists(),
        "connections": cloud.sql("SHOW max_connections"),
    }


UNINTERRUPTED = {
    "compute": "ci_4xlarge",
    "pool": 150,
    "databases": [("PRIMARY", "ACTIVE_HEALTHY"), ("READ_REPLICA", "ACTIVE_HEALTHY")],
    "timeout": 60,
    "asked": {"supabase.addons.update": 1, "supabase.replica.setup": 1},
    "records": [1, 1],
    "lock": False,
    "connections": [("480",)],
}


def launch(cloud: Cloud, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        cloud.command(PLAYBOOK, variables=VARIABLES),
        cwd=ROOT,
        env=cloud.environment(**KILLER, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_every_task_is_covered(stack: Cloud, tmp_path: Path) -> None:
    listing = tmp_path / "tasks"
    assert launch(stack, LAUNCHOPS_TEST_TASKS=str(listing)).wait(60) == 0
    assert end_state(stack) == UNINTERRUPTED
    assert 15 < len(listing.read_text().splitlines()) < MOST_TASKS


@pytest.mark.parametrize("task", range(9, MOST_TASKS))
def test_killed_at_a_task_and_run_again(stack: Cloud, task: int) -> None:
    process = launch(stack, LAUNCHOPS_TEST_KILL_AT=str(task))
    code = process.wait(60)
    if code == 0:
        pytest.skip(f"a run has fewer than {task} tasks")
    assert code == -signal.SIGKILL
    again = stack.play(PLAYBOOK, variables=VARIABLES)
    assert again.code == 0, again.text
    state = end_state(stack)
    # Killed before it was written that it begins, or after it was done and before that was written, it is written once.
    assert state == UNINTERRUPTED, again.text


@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("route", WRITES)
def test_killed_inside_a_write_and_run_again(stack: Cloud, route: str, effect: str) -> None:
    stack.cli("fault", "add", "silence", "--route", route, "--effect", effect, "--seconds", "30")
    process = launch(stack)
    deadline = time.monotonic() + 30
    while not any(entry["route"] == route for entry in stack.requests()):
        assert time.monotonic() < deadline, f"{route} was never requested"
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    again = stack.play(PLAYBOOK, variables=VARIABLES)
    assert again.code == 0, again.text
    assert end_state(stack) == UNINTERRUPTED, again.text


def must_succeed(route: str, fault: Fault) -> bool:
    """A fault that passes must not stop it; but a setup whose answer is lost and of which nothing is seen is not repeated blindly."""
    lost = route == "supabase.replica.setup" and fault.name in {"500", "502", "reset before", "silence 60 s"}
    return fault.name != "500 for ever" and not lost


# The client's request loop is one for all reads, and the rollback's matrix goes through every fault of it; here the kinds differ.
KINDS = {"429", "500 for ever", "silence 60 s", "malformed"}
CELLS = [
    *((route, fault) for route in WRITES[:3] for fault in FAULTS),
    *((route, fault) for route in READS for fault in FAULTS if fault.name in KINDS),
]


@pytest.mark.parametrize(
    ("route", "fault"), CELLS, ids=[f"{route}-{fault.name}".replace(" ", "-") for route, fault in CELLS]
)
def test_a_cell_of_the_matrix(stack: Cloud, route: str, fault: Fault, matrix: Path) -> None:
    # A used-up window comes back within a second here, not within a minute.
    stack.cli("set", "supabase_window_seconds", "1")
    stack.cli("fault", "add", fault.arguments[0], "--route", route, *fault.arguments[1:])
    run = stack.play(PLAYBOOK, variables={**VARIABLES, **SHORT}, limit=80)
    fired = [json.loads(line)["fired"] for line in stack.cli("fault", "list").splitlines()]
    assert fired[0] > 0, "the fault was never met: the cell proves nothing"
    assert "Traceback" not in run.text
    if must_succeed(route, fault):
        assert run.code == 0, run.text
    else:
        assert run.code == 2, run.text
        assert "again" in run.text
    with (matrix / f"{route}-{fault.name}.json").open("w") as file:
        json.dump([route, fault.name, "success" if run.code == 0 else "clear failure", round(run.seconds, 1)], file)
    stack.cli("fault", "clear")
    again = stack.play(PLAYBOOK, variables=VARIABLES, limit=80)
    assert again.code == 0, again.text
    assert end_state(stack) == UNINTERRUPTED, again.text
