# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty environments in one inventory, each with a database of its own: scale_up.yml brings all to their profile within the limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.conftest import Cloud

COUNT = 50
READS_OF_A_CONVERGED_ONE = 12
PROFILES = {"launch": {"pool_size": 100, "read_replicas": 1}}


@pytest.fixture
def fleet(stack: Cloud) -> tuple[Cloud, list[dict[str, str]], str]:
    """The sandbox, its new projects, and an inventory of them."""
    # The real window is a minute; a shorter one keeps the same limit for each project and for the organisation.
    stack.cli("set", "supabase_window_seconds", "10")
    projects: list[dict[str, str]] = json.loads(stack.cli("fleet", str(COUNT)))
    env = stack.env
    folder = stack.state / "journal"
    hosts = {
        f"shop-{number:02d}": {
            "launchops_supabase_project": one["supabase_project_ref"],
            "launchops_database_url": one["database_url"],
            "launchops_journal_path": str(folder / f"{number}.jsonl"),
            "launchops_lock_path": str(folder / f"{number}.lock"),
        }
        for number, one in enumerate(projects, 1)
    }
    common: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "launchops_supabase_api_url": env["supabase_api_url"],
        "launchops_supabase_token": env["supabase_access_token"],
        "launchops_scale_profiles": PROFILES,
        "launchops_pooled_roles": ["shop_app"],
        "launchops_poll_seconds": 1,
    }
    path = stack.state.parent / "fleet.yml"
    path.write_text(yaml.safe_dump({"products": {"hosts": hosts, "vars": common}}))
    return stack, projects, str(path)


def test_fifty_environments_converge_within_the_limits(
    fleet: tuple[Cloud, list[dict[str, str]], str], record_property: Callable[[str, object], None]
) -> None:
    cloud, projects, inventory = fleet
    arguments = ("-i", inventory, "--forks", "50")
    variables = {"profile": "launch", "preflight_many": True}
    cloud.cli("requests", "--clear")
    run = cloud.play("playbooks/scale_up.yml", *arguments, variables=variables, limit=400)
    assert run.code == 0, "\n".join(line[:500] for line in run.text.splitlines() if "ERROR" in line)[:4000]
    state = cloud.world()["supabase"]["projects"]
    for one in projects:
        project = state[one["supabase_project_ref"]]
        assert project["pool_size"] == 100
        assert [row["status"] for row in project["databases"]] == ["ACTIVE_HEALTHY"] * 2
    calls = cloud.requests("--service", "supabase")
    setups = Counter(entry["path"] for entry in calls if entry["route"] == "supabase.replica.setup" and entry["effect"])
    assert set(setups.values()) == {1}
    assert len(setups) == COUNT
    limited = sum(entry["status"] == 429 for entry in calls)
    cloud.cli("requests", "--clear")
    again = cloud.play("playbooks/scale_up.yml", *arguments, variables=variables, limit=400)
    assert again.code == 0, again.text[-3000:]
    assert "changed=0" in again.text
    assert "changed=1 " not in again.text
    reads = cloud.requests("--service", "supabase")
    assert cloud.requests("--writes") == []
    answered = [entry for entry in reads if entry["status"] == 200]
    record_property(
        "note",
        f"{COUNT} environments: {run.seconds:.0f} s and {len(calls) / COUNT:.1f} calls each to converge "
        f"({limited} times told to wait); converged, {again.seconds:.0f} s and {len(answered) / COUNT:.1f} reads each",
    )
    assert len(answered) / COUNT <= READS_OF_A_CONVERGED_ONE
