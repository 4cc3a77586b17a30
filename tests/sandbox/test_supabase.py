# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in of Supabase by itself: states that pass, real servers behind them, limits, and both poolers."""

from __future__ import annotations

import subprocess
import time
from typing import Any

import psycopg
import pytest

from tests.conftest import Cloud, Starter
from tests.sandbox.test_sandbox import ask, command


def supabase(cloud: Cloud, path: str, method: str = "GET", body: Any = None) -> tuple[int, dict[str, str], Any]:
    env = cloud.env
    url = env["supabase_api_url"] + path.format(ref=env["supabase_project_ref"], slug=env["supabase_organization"])
    return ask(url, method, body, Authorization=f"Bearer {env['supabase_access_token']}")


def status(cloud: Cloud) -> str:
    value: str = supabase(cloud, "/v1/projects/{ref}")[2]["status"]
    return value


def passes(cloud: Cloud, *expected: str) -> None:
    """Follows the project's status until the last of them is reached; all must be seen, in order."""
    seen: list[str] = []
    deadline = time.monotonic() + 20
    while seen[-1:] != [expected[-1]] or len(seen) < len(expected):
        now = status(cloud)
        if seen[-1:] != [now]:
            seen.append(now)
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)
    assert tuple(seen) == expected


def test_a_resize_passes_through_its_states_and_the_server_has_its_limits(stack: Cloud) -> None:
    started = stack.sql("SELECT pg_postmaster_start_time()")
    body = {"addon_type": "compute_instance", "addon_variant": "ci_large"}
    code, _, answer = supabase(stack, "/v1/projects/{ref}/billing/addons", "PATCH", body)
    assert (code, answer) == (200, None)
    passes(stack, "RESIZING", "ACTIVE_HEALTHY")
    assert stack.sql("SHOW max_connections") == [("160",)]
    assert stack.sql("SELECT pg_postmaster_start_time()") != started


def test_every_restart_restarts(stack: Cloud) -> None:
    started = stack.sql("SELECT pg_postmaster_start_time()")
    for _ in range(2):
        assert supabase(stack, "/v1/projects/{ref}/restart", "POST")[0] == 200
        passes(stack, "RESTARTING", "ACTIVE_HEALTHY")
        assert stack.sql("SELECT pg_postmaster_start_time()") != started
        started = stack.sql("SELECT pg_postmaster_start_time()")


def test_two_setups_make_two_replicas(stack: Cloud) -> None:
    for _ in range(2):
        code, _, answer = supabase(
            stack, "/v1/projects/{ref}/read-replicas/setup", "POST", {"read_replica_region": "eu-west-1"}
        )
        assert (code, answer) == (201, None)
    deadline = time.monotonic() + 20
    while [row["status"] for row in stack.project["databases"]] != ["ACTIVE_HEALTHY"] * 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert stack.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(2,)]


def test_put_replaces_and_patch_keeps(stack: Cloud) -> None:
    path = "/v1/projects/{ref}/config/database/postgres"
    supabase(stack, path, "PATCH", {"work_mem": "8MB"})
    assert supabase(stack, path, "PATCH", {"max_wal_size": "128MB"})[2] == {"work_mem": "8MB", "max_wal_size": "128MB"}
    assert supabase(stack, path, "PUT", {"statement_timeout": "30s"})[2] == {"statement_timeout": "30s"}
    assert supabase(stack, path)[2] == {"statement_timeout": "30s"}
    assert supabase(stack, path, "PATCH", {"no_such": 1})[0] == 400


def test_limits_are_for_each_scope(stack: Cloud) -> None:
    stack.cli("set", "supabase_rate_limit", "2")
    codes = [supabase(stack, "/v1/projects/{ref}")[0] for _ in range(3)]
    assert codes == [200, 200, 429]
    code, headers, body = supabase(stack, "/v1/projects/{ref}")
    assert (code, headers["x-ratelimit-remaining"]) == (429, "0")
    assert "retry-after" not in headers
    assert body == {"message": "ThrottlerException: Too Many Requests"}
    assert supabase(stack, "/v1/organizations/{slug}")[0] == 200


def test_sql_through_the_api(stack: Cloud) -> None:
    path = "/v1/projects/{ref}/database/query"
    code, _, rows = supabase(stack, path, "POST", {"query": "SELECT 1 AS col"})
    assert (code, rows) == (201, [{"col": 1}])
    code, _, answer = supabase(stack, f"{path}/read-only", "POST", {"query": "CREATE TABLE public.x ()"})
    assert code == 400
    assert "read-only" in answer["message"] or "permission" in answer["message"]


@pytest.mark.parametrize("kind", ["", "stand-in"])
def test_both_poolers_share_server_connections(start: Starter, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    if kind:
        monkeypatch.setenv("LAUNCHOPS_SANDBOX_POOLER", kind)
    cloud = start(database=True)
    assert cloud.env["pooler"] in {"stand-in", "pgbouncer"}
    if kind:
        assert cloud.env["pooler"] == kind
    supabase(cloud, "/v1/projects/{ref}/config/database/pooler", "PATCH", {"default_pool_size": 4})
    url = cloud.env["app_database_url"]
    clients = [psycopg.connect(url, autocommit=True, prepare_threshold=None) for _ in range(30)]
    pids = {db.execute("SELECT pg_backend_pid()").fetchone() for db in clients}
    assert 1 <= len(pids) <= 4
    with pytest.raises(psycopg.errors.QueryCanceled):
        clients[0].execute("BEGIN; SET LOCAL statement_timeout = 50; SELECT pg_sleep(2)")
    clients[0].execute("ROLLBACK")
    assert clients[0].execute("SELECT 1").fetchone() == (1,)
    for db in clients:
        db.close()


def test_down_leaves_no_server_even_after_its_daemon_was_killed(start: Starter) -> None:
    cloud = start(database=True)
    state = cloud.state
    subprocess.run(["pkill", "-9", "-f", f"sandbox.daemon {state}"], check=True)
    assert command(state, "down").returncode == 0
    deadline = time.monotonic() + 10
    while subprocess.run(["pgrep", "-f", str(state / "postgresql")], check=False, capture_output=True).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not (state / "postgresql").exists()
