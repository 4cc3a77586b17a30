# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings, replicas, migrations, restarts: each gate in a world where it passes, one where it fails and one without data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.conftest import ROOT, Cloud, Run

MIGRATIONS = ROOT / "sandbox" / "seed" / "migrations"
DEFAULTS = {
    "group/fairtradeworker.launchops.supabase": {
        "api_url": "{{ launchops_supabase_api_url }}",
        "api_token": "{{ launchops_supabase_token }}",
        "project": "{{ launchops_supabase_project }}",
    },
    "group/fairtradeworker.launchops.database": {"database_url": "{{ launchops_database_url }}"},
}


def task(cloud: Cloud, module: str, *arguments: str, **options: Any) -> tuple[Run, dict[str, Any]]:
    """Runs one module; its result, {} where it failed."""
    out = cloud.state.parent / "result.json"
    out.unlink(missing_ok=True)
    book = [
        {
            "name": "One module",
            "hosts": "products",
            "gather_facts": False,
            "module_defaults": DEFAULTS,
            "tasks": [
                {"name": "Run it", f"fairtradeworker.launchops.{module}": options, "register": "result"},
                {
                    "name": "Keep its result",
                    "ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(out), "mode": "0600"},
                    "check_mode": False,
                },
            ],
        }
    ]
    path = cloud.state.parent / "one.yml"
    path.write_text(yaml.safe_dump(book))
    run = cloud.play(str(path), *arguments)
    return run, json.loads(out.read_text()) if out.exists() else {}


def said(run: Run) -> str:
    return re.sub(r"\s+", " ", run.text)


# --- settings of a role -------------------------------------------------------------------------------------------------


def test_role_settings_are_proven_as_the_application(stack: Cloud) -> None:
    options = {
        "role": "shop_app",
        "settings": {"statement_timeout": "1000", "idle_in_transaction_session_timeout": "60s"},
        "verify_url": "{{ launchops_app_database_url }}",
        "prove": True,
        "function_timeout": 2,
        "client_timeout": 3,
    }
    run, result = task(stack, "postgres_role_settings", **options)
    assert run.code == 0, run.text
    assert result["changed"]
    assert result["proven"] is True
    assert result["effective"]["statement_timeout"] == "1s"
    with (
        psycopg.connect(stack.env["app_database_url"], autocommit=True) as db,
        pytest.raises(psycopg.errors.QueryCanceled) as died,
    ):
        db.execute("SELECT pg_sleep(5)")
    assert died.value.sqlstate == "57014"
    _, again = task(stack, "postgres_role_settings", **{**options, "settings": {"statement_timeout": "1s"}})
    assert again["changed"] is False


def test_a_setting_of_the_role_in_the_database_wins_and_is_found(stack: Cloud) -> None:
    stack.sql("ALTER ROLE shop_app IN DATABASE postgres SET statement_timeout = '5min'")
    options = {
        "role": "shop_app",
        "settings": {"statement_timeout": "30s"},
        "verify_url": "{{ launchops_app_database_url }}",
    }
    run, _ = task(stack, "postgres_role_settings", **options)
    assert run.code == 2
    assert "statement_timeout is 5min and not 30s" in said(run)


def test_a_pooler_that_holds_old_sessions_is_found_and_can_be_refreshed(stack: Cloud) -> None:
    stack.sql("SELECT 1", "app_database_url")  # leaves a server connection in the pool
    options = {
        "role": "shop_app",
        "settings": {"statement_timeout": "30s"},
        "verify_url": "{{ launchops_app_database_url }}",
    }
    run, _ = task(stack, "postgres_role_settings", **options)
    assert run.code == 2
    assert "refresh_pooled=true" in said(run)
    options["settings"] = {"statement_timeout": "29s"}
    run, result = task(stack, "postgres_role_settings", refresh_pooled=True, **options)
    assert run.code == 0, run.text
    assert result["effective"] == {"statement_timeout": "29s"}
    assert result["refreshed"] >= 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"settings": {"statement_timeout": "60s"}, "function_timeout": 60, "client_timeout": 65},
            "the query may take 60 s",
        ),
        (
            {"settings": {"statement_timeout": "30s"}, "function_timeout": 60, "client_timeout": 60},
            "the function may take 60 s",
        ),
        ({"settings": {"lock_timeout": "1s"}, "function_timeout": 60, "client_timeout": 65}, "the query has no limit"),
        ({"settings": {"statement_timeout": "30s"}, "function_timeout": 60}, "the client has no limit"),
        ({"settings": {"no_such_setting": "1"}}, "has no setting no_such_setting"),
        ({"settings": {"max_connections": "1"}}, "can't be set for a role"),
        ({"settings": {"statement_timeout": "soon"}}, "invalid value for parameter"),
        ({"settings": {}}, "No setting is given"),
        ({"role": "nobody", "settings": {"statement_timeout": "1s"}}, "There is no role nobody"),
        ({"role": "authenticator", "settings": {"idle_session_timeout": "5min"}}, "must not be set for authenticator"),
        (
            {"settings": {"statement_timeout": "1s"}, "verify_url": "{{ launchops_database_url }}"},
            "is postgres's, not shop_app's",
        ),
    ],
)
def test_what_a_role_can_not_have(stack: Cloud, options: dict[str, Any], words: str) -> None:
    before = stack.sql("SELECT setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1")
    run, _ = task(stack, "postgres_role_settings", **{"role": "shop_app", **options})
    assert run.code == 2, run.text
    assert words in said(run)
    if "verify_url" not in options:
        assert stack.sql("SELECT setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1") == before


# --- overrides ----------------------------------------------------------------------------------------------------------


def test_overrides_are_merged_and_spellings_are_equal(stack: Cloud) -> None:
    _, first = task(stack, "supabase_postgres_config", settings={"max_wal_size": "128MB", "statement_timeout": "30s"})
    assert first["changed"]
    run, second = task(stack, "supabase_postgres_config", settings={"statement_timeout": "30000"})
    assert run.code == 0
    assert second["changed"] is False
    assert second["others"] == ["max_wal_size"]
    _, third = task(stack, "supabase_postgres_config", settings={"work_mem": "8MB"}, absent=["statement_timeout"])
    assert third["changed"]
    assert stack.project["overrides"] == {"max_wal_size": "128MB", "work_mem": "8MB"}
    assert stack.sql("SHOW work_mem") == [("8MB",)]


def test_where_the_api_has_no_patch_the_others_are_kept_too(stack: Cloud) -> None:
    task(stack, "supabase_postgres_config", settings={"max_wal_size": "128MB"})
    stack.cli("fault", "add", "status", "--route", "supabase.postgres.update", "--status", "404", "--times", "forever")
    run, _ = task(stack, "supabase_postgres_config", settings={"work_mem": "8MB"})
    assert run.code == 0, run.text
    assert stack.effects("supabase.postgres.replace") == 1
    assert stack.project["overrides"] == {"max_wal_size": "128MB", "work_mem": "8MB"}


def test_nothing_restarts_unless_it_is_asked_for_by_name(stack: Cloud) -> None:
    started = stack.sql("SELECT pg_postmaster_start_time()")
    _, waiting = task(stack, "supabase_postgres_config", settings={"max_connections": 200})
    assert waiting["pending_restart"] == ["max_connections"]
    assert stack.sql("SHOW max_connections") == [("380",)]
    refused, _ = task(stack, "supabase_postgres_config", settings={"max_connections": 210}, restart=True)
    assert "restarts the database" in said(refused)
    assert stack.sql("SELECT pg_postmaster_start_time()") == started
    options = {"settings": {"max_connections": 210}, "restart": True, "approve": "shop", "poll_seconds": 0.2}
    run, _ = task(stack, "supabase_postgres_config", **options)
    assert run.code == 0, run.text
    assert stack.sql("SHOW max_connections") == [("210",)]


# --- restart ------------------------------------------------------------------------------------------------------------


def test_a_restart_happens_once_for_its_moment(stack: Cloud) -> None:
    (moment,) = stack.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")[0]
    refused, _ = task(stack, "supabase_restart")
    assert "approve=shop" in said(refused)
    check, predicted = task(stack, "supabase_restart", "--check", approve="shop", unless_started_since=moment)
    assert check.code == 0
    assert predicted["restarted"]
    assert stack.effects("supabase.project.restart") == 0
    options = {"approve": "shop", "unless_started_since": moment, "poll_seconds": 0.1}
    run, first = task(stack, "supabase_restart", **options)
    assert run.code == 0, run.text
    assert first["restarted"]
    _, second = task(stack, "supabase_restart", **options)
    assert second["restarted"] is False
    assert stack.effects("supabase.project.restart") == 1
    assert stack.sql("SELECT 1", "app_database_url") == [(1,)]
    assert stack.sql("SELECT count(*) > 5 FROM pg_stat_activity WHERE usename LIKE 'supabase%'") == [(True,)]


# --- replicas -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def replica(stack: Cloud) -> tuple[Cloud, str]:
    """A sandbox with a replica, and the replica's own address."""
    run, result = task(stack, "supabase_read_replica", count=1, poll_seconds=0.1)
    assert run.code == 0, run.text
    (one,) = result["replicas"]
    word = re.search(r"postgres:([^@]+)@", stack.env["database_url"])
    assert word
    return stack, f"postgresql://{one['user']}:{word[1]}@{one['host']}:{one['port']}/postgres"


def test_a_replica_that_follows_passes(replica: tuple[Cloud, str]) -> None:
    cloud, url = replica
    check, predicted = task(cloud, "postgres_replica_probe", "--check", replica_url=url)
    assert check.code == 0
    assert predicted["verdict"] == "unknown"
    assert cloud.sql("SELECT to_regclass('launchops.replica_marker')") == [(None,)]
    run, result = task(cloud, "postgres_replica_probe", replica_url=url)
    assert run.code == 0, run.text
    assert (result["verdict"], result["in_recovery"], result["receiver"]) == ("pass", True, "streaming")
    assert 0 <= result["marker_seconds"] < 10
    assert cloud.sql("SELECT word FROM launchops.replica_marker", url) == cloud.sql(
        "SELECT word FROM launchops.replica_marker"
    )


def test_a_paused_replica_fails_however_small_its_lag(replica: tuple[Cloud, str]) -> None:
    cloud, url = replica
    (noted,) = (cloud.state / "postgresql").glob("*-rr-*/data/postmaster.pid")
    lines = noted.read_text().splitlines()
    admin = f"host={lines[4]} port={lines[3]} user=supabase_admin dbname=postgres"
    cloud.sql("SELECT pg_wal_replay_pause()", admin)
    run, _ = task(cloud, "postgres_replica_probe", replica_url=url, within=0.5)
    assert run.code == 2
    assert "its replay is paused" in said(run)
    assert "a marker did not arrive within 0.5 s" in said(run)
    cloud.sql("SELECT pg_wal_replay_resume()", admin)
    assert task(cloud, "postgres_replica_probe", replica_url=url)[0].code == 0


def test_a_primary_is_no_replica_and_a_role_without_sight_is_unknown(replica: tuple[Cloud, str]) -> None:
    cloud, url = replica
    run, _ = task(cloud, "postgres_replica_probe", replica_url="{{ launchops_database_url }}", within=0.5)
    assert "this is a primary" in said(run)
    swapped, _ = task(cloud, "postgres_replica_probe", database_url=url, replica_url=url)
    assert "leads to a replica" in said(swapped)
    user = url.split("//")[1].split(":")[0]
    word = re.search(r"shop_app[^:]*:([^@]+)@", cloud.env["app_database_url"])
    assert word
    cloud.sql("CREATE SCHEMA seen; GRANT ALL ON SCHEMA seen TO shop_app")
    blind = re.sub(r"//[^@]+@", f"//{user.replace('postgres', 'shop_app')}:{word[1]}@", url)
    primary = re.sub(r"//[^@]+@", f"//shop_app:{word[1]}@", cloud.env["database_url"])
    cloud.sql("GRANT CREATE ON DATABASE postgres TO shop_app")
    run, _ = task(cloud, "postgres_replica_probe", replica_url=blind, database_url=primary, schema="seen")
    assert run.code == 2
    assert "(unknown)" in said(run)
    assert "whether it receives is not known" in said(run)


def test_removing_one_needs_the_name(replica: tuple[Cloud, str]) -> None:
    cloud, _ = replica
    refused, _ = task(cloud, "supabase_read_replica", state="absent")
    assert "approve=shop" in said(refused)
    check, predicted = task(cloud, "supabase_read_replica", "--check", state="absent", approve="shop")
    assert check.code == 0
    assert predicted["changed"]
    run, result = task(cloud, "supabase_read_replica", state="absent", approve="shop", poll_seconds=0.1)
    assert run.code == 0, run.text
    assert result["replicas"] == []
    _, again = task(cloud, "supabase_read_replica", state="absent", approve="shop")
    assert again["changed"] is False


# --- migrations ---------------------------------------------------------------------------------------------------------

INDEXES = "010_scale_400k_indexes.sql"


def migrations(cloud: Cloud, path: Path = MIGRATIONS) -> tuple[Run, dict[str, Any]]:
    return task(cloud, "postgres_migrations_info", path=str(path), indexes_of=[INDEXES])


def test_the_seeded_database_has_them_all(stack: Cloud) -> None:
    run, result = migrations(stack)
    assert run.code == 0, run.text
    assert result["problems"] == []
    assert result["verdict"] == "pass"
    assert len(result["indexes"]) == 7


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DROP INDEX idx_jobs_owner", "idx_jobs_owner on jobs does not exist"),
        ("DROP INDEX idx_jobs_owner; CREATE INDEX idx_jobs_owner ON jobs (title)", "idx_jobs_owner is on (title)"),
        ("DROP INDEX idx_messages_attributes; CREATE INDEX idx_messages_attributes ON messages (attributes)", "gin"),
        ("DELETE FROM supabase_migrations.schema_migrations WHERE version = '010'", "is not applied"),
        (
            "UPDATE supabase_migrations.schema_migrations SET statements = '{SELECT 1}' WHERE version = '003'",
            "another content",
        ),
        ("INSERT INTO supabase_migrations.schema_migrations VALUES ('011', '{}', 'hot_fix')", "not in the repository"),
        ("invalid", "idx_bids_contractor is not valid"),
    ],
)
def test_every_damage_is_found(stack: Cloud, damage: str, words: str) -> None:
    if damage == "invalid":
        invalidate(stack, "idx_bids_contractor")
    else:
        stack.sql(damage)
    _, result = migrations(stack)
    assert result["verdict"] == "fail"
    assert any(words in problem for problem in result["problems"]), result["problems"]


def invalidate(cloud: Cloud, index: str) -> None:
    """A concurrent build that fails leaves such an index behind."""
    cloud.sql(f"DROP INDEX {index}")
    with psycopg.connect(cloud.env["database_url"], autocommit=True) as db, pytest.raises(psycopg.Error):
        db.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {index} ON bids (contractor_id)".encode())


def test_without_a_list_or_a_table_nothing_passes(stack: Cloud, tmp_path: Path) -> None:
    assert "There is no folder" in said(migrations(stack, tmp_path / "nowhere")[0])
    assert "An empty list would pass for nothing" in said(migrations(stack, tmp_path)[0])
    stack.sql("DROP TABLE supabase_migrations.schema_migrations")
    run, _ = migrations(stack)
    assert run.code == 2
    assert "read the applied migrations" in said(run)


# --- the project --------------------------------------------------------------------------------------------------------


def test_the_project_is_described(stack: Cloud) -> None:
    run, result = task(stack, "supabase_project_info", gather=["health", "databases", "addons", "entitlements"])
    assert run.code == 0, run.text
    assert result["healthy"] is True
    assert result["addons"] == {"compute_instance": "ci_2xlarge"}
    stack.cli("set", "project_status", "ACTIVE_UNHEALTHY")
    assert task(stack, "supabase_project_info")[1]["healthy"] is False
    _, unread = task(stack, "supabase_project_info", gather=["databases"])
    assert unread["healthy"] is None


def test_the_pool_can_go_back_to_the_platforms_default(stack: Cloud) -> None:
    task(stack, "supabase_pooler", pool_size=50, pooled_roles=["shop_app"])
    _, result = task(stack, "supabase_pooler", platform_default=True)
    assert result["changed"]
    assert stack.project["pool_size"] is None
    both, _ = task(stack, "supabase_pooler", platform_default=True, pool_size=5)
    assert "exclude each other" in said(both)


def test_a_hundred_transactions_go_through_a_pool_of_a_few(stack: Cloud) -> None:
    task(stack, "supabase_pooler", pool_size=7, pooled_roles=["shop_app"])
    clients = [
        psycopg.connect(stack.env["app_database_url"], autocommit=True, prepare_threshold=None) for _ in range(100)
    ]
    pids = {db.execute("SELECT pg_backend_pid()").fetchone() for db in clients}
    for db in clients:
        db.close()
    assert 1 <= len(pids) <= 7
