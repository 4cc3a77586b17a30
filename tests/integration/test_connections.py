# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle connections: exactly the right ones end, none that is at work, and the list is what a run then does."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import Cloud

PLAYBOOK = "playbooks/connections.yml"
QUICK = {"idle_connections_idle_seconds": 1.5, "idle_connections_in_transaction_seconds": 1.5}


@contextlib.contextmanager
def sessions(url: str, count: int, application: str, *statements: str) -> Iterator[list[psycopg.Connection]]:
    """Sessions, each having run some statements."""
    made: list[psycopg.Connection] = []
    try:
        for _ in range(count):
            db = psycopg.connect(url, application_name=application, autocommit=True)
            for statement in statements:
                db.execute(statement.encode())
            made.append(db)
        yield made
    finally:
        for db in made:
            db.close()


def alive(cloud: Cloud, application: str) -> int:
    query = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{application}'"  # noqa: S608
    count: int = cloud.sql(query)[0][0]
    return count


def direct(cloud: Cloud) -> str:
    """The application's role, past the pooler."""
    env = cloud.env
    word = re.search(r"shop_app[^:]*:([^@]+)@", env["app_database_url"])
    assert word
    return re.sub(r"//[^@]+@", f"//shop_app:{word[1]}@", env["database_url"])


def settle(cloud: Cloud, seconds: float) -> None:
    """Waits until the sessions of the application have been idle that long, by the server's clock."""
    query = f"""SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'web%' AND state LIKE 'idle%'
        AND state_change > clock_timestamp() - interval '{seconds} s'"""  # noqa: S608
    deadline = time.monotonic() + 20
    while cloud.sql(query)[0][0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_exactly_the_right_ones_end(stack: Cloud) -> None:
    size = {"supabase_compute_size": "ci_24xlarge", "supabase_compute_approve": "shop"}
    assert stack.play("playbooks/resize.yml", variables=size).code == 0
    assert stack.play("playbooks/scale_up.yml", variables={"profile": "launch"}).code == 0
    url = direct(stack)
    platform = stack.sql(
        "SELECT usename, count(*) FROM pg_stat_activity WHERE usename NOT IN ('postgres', 'shop_app') GROUP BY 1"
    )
    with (
        sessions(url, 400, "web-idle", "SELECT 'zq-secret-qz'"),
        sessions(url, 50, "web-transaction", "BEGIN", "SELECT 1"),
        contextlib.ExitStack() as stack_of_active,
    ):
        active = stack_of_active.enter_context(sessions(url, 20, "web-active"))
        threads = [threading.Thread(target=lambda db=db: db.execute("SELECT pg_sleep(12)")) for db in active]
        for thread in threads:
            thread.start()
        settle(stack, 1.6)
        listed = stack.play(PLAYBOOK, "--check", variables=QUICK)
        assert listed.code == 0, listed.text
        assert "450 would be ended" in listed.text
        assert alive(stack, "web-idle") == 400
        run = stack.play(PLAYBOOK, variables=QUICK)
        assert run.code == 0, run.text
        assert "450 were ended" in run.text
        assert [alive(stack, name) for name in ("web-idle", "web-transaction", "web-active")] == [0, 0, 20]
        after = stack.sql(
            "SELECT usename, count(*) FROM pg_stat_activity WHERE usename NOT IN ('postgres', 'shop_app') GROUP BY 1"
        )
        assert sorted(after) == sorted(platform)
        assert "zq-secret" not in run.text + listed.text
        (record,) = stack.records("connections.ended")
        assert record["data"]["ended"] == 450
        assert "zq-secret" not in str(record)
        again = stack.play(PLAYBOOK, variables=QUICK)
        assert again.recap["changed"] == 0
        for thread in threads:
            thread.join()


def test_under_load_no_active_one_is_hurt(stack: Cloud) -> None:
    url = direct(stack)
    broken: list[str] = []
    done = threading.Event()

    def work(number: int) -> None:
        with psycopg.connect(url, application_name=f"web-busy-{number}", autocommit=True) as db:
            while not done.is_set():
                try:
                    db.execute("SELECT count(*) FROM jobs").fetchone()
                except psycopg.Error as error:
                    broken.append(str(error))
                    return
                time.sleep(0.02)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    with sessions(url, 100, "web-idle"):
        settle_idle = time.monotonic() + 15
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'web-idle' AND state_change < clock_timestamp() - interval '1.6 s'"
        while stack.sql(query) != [(100,)]:
            assert time.monotonic() < settle_idle
            time.sleep(0.05)
        run = stack.play(PLAYBOOK, variables=QUICK)
        assert run.code == 0, run.text
        assert alive(stack, "web-idle") == 0
    done.set()
    for thread in threads:
        thread.join()
    assert broken == []


def test_a_refused_one_does_not_stop_the_rest_and_the_cap_holds(stack: Cloud) -> None:
    url = direct(stack)
    with sessions(url, 12, "web-idle"):
        settle(stack, 1.6)
        run = stack.play(PLAYBOOK, variables={**QUICK, "idle_connections_most": 5})
        assert "5 were ended, and 7 more are idle" in run.text
        assert alive(stack, "web-idle") == 7


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("shop_app", "does not see other roles' sessions"),
        ("supabase_read_only_user", "may not end other roles' sessions"),
    ],
)
def test_a_role_that_can_not_see_or_end_is_told(stack: Cloud, role: str, words: str) -> None:
    stack.sql(f"ALTER ROLE {role} PASSWORD 'known'") if role == "shop_app" else None
    if role == "shop_app":
        url = direct(stack).replace(direct(stack).split(":")[2].split("@")[0], "known")
    else:
        stack.sql("GRANT pg_monitor TO shop_app")
        url = direct(stack)
    run = stack.play(PLAYBOOK, variables={**QUICK, "launchops_database_url": url})
    assert run.code == 2, run.text
    assert words in re.sub(r"\s+", " ", run.text)


def test_a_limit_that_would_end_working_sessions_is_refused(stack: Cloud) -> None:
    run = stack.play(PLAYBOOK, variables={"idle_connections_idle_seconds": 0.2})
    assert run.code == 2
    assert "would end sessions that are at work" in re.sub(r"\s+", " ", run.text)


def test_the_diagnosis_shows_who_waits_and_no_literal(stack: Cloud) -> None:
    url = direct(stack)
    stack.sql("CREATE TABLE locked (id int); INSERT INTO locked VALUES (1); GRANT ALL ON locked TO shop_app")
    with (
        sessions(url, 1, "web-holder", "BEGIN", "UPDATE locked SET id = 2 WHERE id = 1") as (holder,),
        sessions(url, 1, "web-waiter") as (waiter,),
    ):
        thread = threading.Thread(
            target=lambda: waiter.execute("UPDATE locked SET id = 3 WHERE id = 1 AND 'zq-secret-qz' <> ''")
        )
        thread.start()
        pid = holder.info.backend_pid
        deadline = time.monotonic() + 10
        while stack.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != [(1,)]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        run = stack.play("playbooks/diagnose_database.yml", variables={"database_diagnosis_longer_than": 0.1})
        holder.execute(b"ROLLBACK")
        thread.join()
    assert run.code == 0, run.text
    assert "Lock transactionid" in run.text
    assert str(pid) in run.text
    assert "zq-secret" not in run.text
    (record,) = stack.records("database.diagnosed")
    assert record["data"]["long_running"][0]["blocked_by"] == [pid]
    assert "By total time" in run.text


def test_without_the_extension_the_diagnosis_fails_rather_than_show_nothing(stack: Cloud) -> None:
    stack.sql("CREATE DATABASE other")
    other = stack.env["database_url"].removesuffix("/postgres") + "/other"
    run = stack.play("playbooks/diagnose_database.yml", variables={"launchops_database_url": other})
    assert run.code == 2
    assert "has no pg_stat_statements" in re.sub(r"\s+", " ", run.text)
