# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""scale_up.yml as it is typed: plan, act, converge, go back down, and everything it refuses before it writes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conftest import Cloud, Run, Starter

PLAYBOOK = "playbooks/scale_up.yml"


def scale(cloud: Cloud, profile: str, *arguments: str, **variables: Any) -> Run:
    return cloud.play(PLAYBOOK, *arguments, variables={"profile": profile, **variables})


def plan(run: Run) -> list[str]:
    """The plan's sentences, identifiers replaced."""
    text = re.sub(r"\s+", " ", run.text.split(", profile ", 1)[1].split("TASK [", 1)[0].split("PLAY RECAP", 1)[0])
    return [re.sub(r"[a-z]{20}-rr-\S+", "REPLICA", part.strip()) for part in text.split(" - ")[1:]]


def statuses(cloud: Cloud) -> list[str]:
    return [row["status"] for row in cloud.project["databases"] if row["type"] == "READ_REPLICA"]


def test_check_says_what_the_run_then_does_and_a_second_run_writes_nothing(stack: Cloud) -> None:
    predicted = scale(stack, "surge", "--check", "--diff")
    assert predicted.code == 0, predicted.text
    assert stack.requests("--writes") == []
    assert not stack.journal.exists()
    run = scale(stack, "surge", "--diff")
    assert run.code == 0, run.text
    assert plan(predicted) == plan(run)
    assert len(plan(run)) == 3
    assert "328 of max_connections 380" in run.text
    assert stack.project["pool_size"] == 150
    assert statuses(stack) == ["ACTIVE_HEALTHY"] * 2
    assert stack.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(2,)]
    assert [record["type"] for record in stack.records()] == ["scale.started", "scale.finished"]
    stack.cli("requests", "--clear")
    again = scale(stack, "surge")
    assert again.code == 0, again.text
    assert again.recap["changed"] == 0
    assert stack.requests("--writes") == []
    assert "nothing to do" in again.text
    assert len(stack.records()) == 2
    assert len(stack.requests("--service", "supabase")) <= 12


def test_down_again_needs_the_name_and_stops_at_the_minimum(stack: Cloud) -> None:
    assert scale(stack, "launch").code == 0
    refused = scale(stack, "normal")
    assert refused.code == 2
    assert "-e profile=normal -e scale_up_approve=shop" in re.sub(r"\s+", " ", refused.text)
    wrong = scale(stack, "normal", scale_up_approve="shop2")
    assert wrong.code == 2
    assert "'shop2' is another name" in re.sub(r"\s+", " ", wrong.text)
    assert stack.project["pool_size"] == 100
    assert statuses(stack) == ["ACTIVE_HEALTHY"]
    minimum = {"pool_size": 80, "read_replicas": 0}
    run = scale(stack, "normal", scale_up_approve="shop", launchops_scale_minimum=minimum)
    assert run.code == 0, run.text
    assert stack.project["pool_size"] == 80
    assert statuses(stack) == []


def test_a_larger_size_comes_first_and_a_smaller_one_last(stack: Cloud) -> None:
    profiles = {
        "big": {"pool_size": 200, "compute": "ci_8xlarge"},
        "small": {"pool_size": 40, "compute": "ci_medium"},
    }
    variables = {"launchops_scale_profiles": profiles, "scale_up_approve": "shop"}
    up = scale(stack, "big", **variables)
    assert up.code == 0, up.text
    assert "1.0" not in plan(up)[0]
    assert "the database restarts" in plan(up)[0]
    assert "2.562 USD hourly" in plan(up)[0]
    assert stack.sql("SHOW max_connections") == [("490",)]
    down = scale(stack, "small", **variables)
    assert down.code == 0, down.text
    assert stack.sql("SHOW max_connections") == [("120",)]
    writes = [entry["route"] for entry in stack.requests("--writes") if entry["service"] == "supabase"]
    assert writes == [
        "supabase.addons.update",
        "supabase.pooler.update",
        "supabase.pooler.update",
        "supabase.addons.update",
    ]


def test_a_size_that_does_not_fit_a_smaller_database_is_refused_before_it_shrinks(stack: Cloud) -> None:
    profiles = {"odd": {"pool_size": 100, "compute": "ci_medium"}}
    assert scale(stack, "launch").code == 0
    stack.cli("requests", "--clear")
    run = scale(stack, "odd", launchops_scale_profiles=profiles, scale_up_approve="shop")
    assert run.code == 2
    text = re.sub(r"\s+", " ", run.text)
    assert "of max_connections 120" in text
    assert "The largest that fits is 46" in text
    assert stack.requests("--writes") == []


# Every world in which it must not act, with a word of what it says.
WORLDS: dict[str, tuple[dict[str, Any], list[tuple[str, ...]], str]] = {
    "a pool that does not fit": (
        {"launchops_scale_profiles": {"surge": {"pool_size": 200}}},
        [],
        "The largest that fits is 176",
    ),
    "two roles": ({"launchops_pooled_roles": ["shop_app", "postgres"]}, [], "2 roles x 150 = 600"),
    "the free plan": ({}, [("set", "supabase_plan", "free")], "the organisation's plan has no read replicas"),
    "logical backups": ({}, [("set", "physical_backups", "false")], "they need physical ones"),
    "a project that is not well": ({}, [("set", "project_status", "RESTORING")], "the project is RESTORING"),
    "an unknown profile": ({"profile": "more"}, [], "There is no profile more; there are normal, launch, surge"),
    "a database that can't be asked": (
        {"launchops_database_url": "postgresql://postgres:x@127.0.0.1:1/postgres", "ansible_check_mode_unused": 1},
        [],
        "can't be reached",
    ),
    "a wrong password": ({"launchops_app_role": "x", "__password": True}, [], "password authentication failed"),
    "another project's reference": ({"launchops_supabase_project": "b" * 20}, [], "Project not found"),
    "no token": ({"launchops_supabase_token": ""}, [], "The Supabase access token is missing"),
    "a viewer's token": ({"__viewer": True}, [], "is not allowed to do this"),
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_it_refuses_and_nothing_is_changed(stack: Cloud, name: str) -> None:
    variables, commands, words = WORLDS[name]
    for command in commands:
        stack.cli(*command)
    values = dict(variables)
    if values.pop("__password", False):
        values["launchops_database_url"] = re.sub(r":[^:@]+@", ":wrong@", stack.env["database_url"])
    if values.pop("__viewer", False):
        values["launchops_supabase_token"] = stack.env["supabase_access_token_readonly"]
    before = stack.project
    run = stack.play(PLAYBOOK, variables={"profile": "surge", **values})
    assert run.code == 2, run.text
    assert words in re.sub(r"\s+", " ", run.text)
    assert "Traceback" not in run.text
    assert stack.project == before
    assert all(not entry["effect"] for entry in stack.requests("--writes"))


def test_a_replica_that_fails_is_said_and_the_next_run_makes_another(stack: Cloud) -> None:
    stack.cli("fault", "add", "job-fails", "--route", "supabase.replica.setup")
    run = scale(stack, "launch")
    assert run.code == 2
    assert "INIT_READ_REPLICA_FAILED" in run.text
    assert "run the same command again" in re.sub(r"\s+", " ", run.text)
    assert not stack.journal.with_suffix(".lock").exists()
    again = scale(stack, "launch")
    assert again.code == 0, again.text
    assert statuses(stack) == ["ACTIVE_HEALTHY"]
    assert [record["type"] for record in stack.records()] == ["scale.started", "scale.finished"]


def test_a_replica_that_never_comes_ends_the_wait_with_what_was_seen(stack: Cloud) -> None:
    stack.cli("fault", "add", "job-never-ends", "--route", "supabase.replica.setup")
    run = scale(stack, "launch", scale_up_replica_wait_seconds=2)
    assert run.code == 2
    assert re.search(r"seen last: \S+ INIT_READ_REPLICA", re.sub(r"\s+", " ", run.text))
    assert stack.effects("supabase.replica.setup") == 1
    scale(stack, "launch", scale_up_replica_wait_seconds=1)
    assert stack.effects("supabase.replica.setup") == 1


def test_a_resize_that_never_ends_is_followed_by_the_next_run(stack: Cloud) -> None:
    stack.cli("fault", "add", "job-never-ends", "--route", "supabase.addons.update")
    profiles = {"big": {"pool_size": 60, "compute": "ci_4xlarge"}}
    variables = {"launchops_scale_profiles": profiles, "scale_up_approve": "shop", "scale_up_compute_wait_seconds": 2}
    run = scale(stack, "big", **variables)
    assert run.code == 2
    assert "the project is RESIZING" in re.sub(r"\s+", " ", run.text)
    stack.cli("set", "project_status", "ACTIVE_HEALTHY")
    again = scale(stack, "big", **variables)
    assert stack.effects("supabase.addons.update") == 1
    assert again.code == 0 or "pooler COMING_UP" in again.text


def test_two_operators_at_once_one_acts_and_the_other_is_told(stack: Cloud) -> None:
    held = {"owner": "ben@desk", "reason": "scaling", "run": "r", "pid": 1, "host": "elsewhere"}
    stack.play(
        "playbooks/scale_up.yml", "--check", variables={"profile": "launch"}
    )  # makes sure that the state folder is there
    stack.journal.parent.mkdir(parents=True, exist_ok=True)
    stack.journal.with_suffix(".lock").write_text(json.dumps(held))
    run = scale(stack, "launch")
    assert run.code == 2, run.text
    assert stack.requests("--writes") == []


def test_without_a_database_it_says_so(start: Starter) -> None:
    cloud = start()
    run = scale(cloud, "launch")
    assert run.code == 2
    assert "started without a database" in run.text
