# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and variables as their user meets them: real runs against a sandbox."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Cloud


def play(
    cloud: Cloud, *arguments: str, settings: dict[str, Any] | None = None, env: list[dict[str, Any]] | None = None
) -> tuple[int, int, str]:
    """Exit code, tasks that changed something, everything printed."""
    variables = {"vercel_project_settings": settings or {}, "vercel_project_env": env or []}
    # In a file: Ansible itself prints its command line at -vvvv.
    file = cloud.state.parent / "variables.json"
    file.write_text(json.dumps(variables))
    run = cloud.play("playbooks/configure_vercel.yml", "--diff", "-e", f"@{file}", *arguments)
    return run.code, run.recap.get("changed", -1), run.text


def test_settings_are_kept_once_and_shown(cloud: Cloud) -> None:
    settings = {"function_default_timeout": 60, "function_default_regions": ["fra1", "iad1"]}
    code, changed, text = play(cloud, "--check", settings=settings)
    assert (code, changed) == (0, 1), text
    assert "+    function_default_timeout: 60" in text
    assert cloud.requests("--writes") == []
    assert play(cloud, settings=settings)[:2] == (0, 1)
    assert play(cloud, settings={**settings, "function_default_regions": ["iad1", "fra1"]})[:2] == (0, 0)
    (write,) = cloud.requests("--writes")
    assert write["body"] == {
        "resourceConfig": {"functionDefaultTimeout": 60, "functionDefaultRegions": ["fra1", "iad1"]}
    }


def test_instances_are_refused_with_the_nearest_real_setting(cloud: Cloud) -> None:
    code, _, text = play(cloud, settings={"min_instances": 8, "max_instances": 50})
    assert code != 0
    assert "no minimum or maximum number of instances" in text
    assert "function_default_regions" in text
    assert not cloud.requests("--service", "vercel")


def test_a_secret_is_set_once_shown_never_and_changed_when_it_changes(cloud: Cloud) -> None:
    env = [{"key": "STRIPE_KEY", "value": "sk_live_0123456789\n", "comment": "payments"}]
    assert play(cloud, env=env)[:2] == (0, 1)
    code, changed, text = play(cloud, "-vvvv", env=env)
    assert (code, changed) == (0, 0), text
    assert play(cloud, env=[{**env[0], "value": "sk_live_9999999999"}])[:2] == (0, 1)
    (entry,) = cloud.world()["vercel"]["env"].values()
    assert entry["type"] == "sensitive"
    assert entry["comment"].startswith("payments [launchops:")
    assert "sk_live" not in text + json.dumps(entry) + (cloud.state / "requests.jsonl").read_text()


def test_a_partial_failure_is_a_failure(cloud: Cloud) -> None:
    cloud.cli("fault", "add", "partial-env-failure", "--times", "forever")
    code, _, text = play(cloud, env=[{"key": "A", "value": "value", "type": "plain"}])
    assert code != 0
    assert "accepted the request but did not set A" in text


def test_a_lost_answer_is_recognised(cloud: Cloud) -> None:
    cloud.cli("fault", "add", "reset-after", "--route", "vercel.env.create")
    assert play(cloud, env=[{"key": "A", "value": "value", "type": "plain"}])[0] == 0
    assert cloud.effects("vercel.env.create") == 1


def test_an_empty_value_is_refused_and_absent_removes_once(cloud: Cloud) -> None:
    assert "is empty" in play(cloud, env=[{"key": "A", "value": ""}])[2]
    assert not cloud.requests("--writes")
    play(cloud, env=[{"key": "A", "value": "value"}])
    assert play(cloud, env=[{"key": "A", "state": "absent"}])[:2] == (0, 1)
    assert play(cloud, env=[{"key": "A", "state": "absent"}])[:2] == (0, 0)
    assert cloud.world()["vercel"]["env"] == {}


def test_placeholders_stop_everything(cloud: Cloud) -> None:
    run = cloud.play("rollback.yml", variables={"launchops_vercel_team": "team_REPLACE_ME"})
    assert run.code != 0
    assert "still says team_REPLACE_ME" in run.text
    assert not cloud.requests("--service", "vercel")
