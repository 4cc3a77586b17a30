# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions about the database: values, pools, replicas, approvals. Pure functions, by properties where there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.fairtradeworker.launchops.plugins.filter.table import table
from ansible_collections.fairtradeworker.launchops.plugins.module_utils import replicas, replication
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.addons import Change, consequence, sentence
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.approval import insist
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.migrations import Migration, compare
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgconfig import checked, equal
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgvalues import (
    TimeoutChain,
    chain_problems,
    same_value,
    seconds,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pooling import (
    Connections,
    PoolPlan,
    arithmetic,
    fits,
    largest_size,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import address
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.rolesettings import Target
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.rolesettings import checked as role_checked
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import (
    Addons,
    Entitlement,
    Project,
    Row,
    Variant,
)
from hypothesis import assume, given
from hypothesis import strategies as st

COUNTS = st.integers(0, 2000)
HAVE = st.builds(Connections, st.integers(1, 2000), st.integers(0, 20), COUNTS, st.integers(0, 50))
PLAN = st.builds(PoolPlan, st.integers(1, 3000), st.integers(1, 5), st.integers(1, 2))


@given(HAVE, PLAN)
def test_a_pool_fits_exactly_up_to_the_largest(have: Connections, plan: PoolPlan) -> None:
    largest = largest_size(have, plan)
    assert fits(have, plan) == (plan.size <= largest)
    if largest:
        assert fits(have, replace(plan, size=largest))
    assert not fits(have, replace(plan, size=largest + 1))


@given(HAVE, PLAN)
def test_what_fits_leaves_everybody_a_connection(have: Connections, plan: PoolPlan) -> None:
    if fits(have, plan):
        assert plan.backends + have.direct + have.headroom + have.reserved <= have.maximum
    assert str(have.maximum) in arithmetic(have, plan)


@pytest.mark.parametrize(
    ("left", "right", "unit", "same"),
    [
        ("30s", "30000", "ms", True),
        (30000, "30s", "ms", True),
        ("0.5min", "30s", "ms", True),
        ("30", "30s", "ms", False),
        ("300", "5min", "s", True),
        ("256MB", "262144kB", "kB", True),
        ("32768", "256MB", "8kB", True),
        (True, "on", "", True),
        ("off", True, "", False),
        (100, "100", "", True),
        (None, None, "ms", True),
        (None, "0", "ms", False),
        ("replica", "REPLICA", "", True),
        ("30 parsecs", "30s", "ms", False),
    ],
)
def test_spellings_of_a_value(left: Any, right: Any, unit: str, same: bool) -> None:
    assert same_value(left, right, unit) is same
    assert same_value(right, left, unit) is same


@given(st.floats(0.001, 500), st.floats(0.001, 500), st.floats(0.001, 500))
def test_a_chain_holds_only_in_order(query: float, function: float, client: float) -> None:
    assert (not chain_problems(TimeoutChain(query, function, client))) is (query < function < client)


@pytest.mark.parametrize("missing", ["query", "function", "client"])
def test_an_unknown_limit_is_a_problem(missing: str) -> None:
    assert chain_problems(replace(TimeoutChain(30, 60, 65), **{missing: None}))


def test_no_limit_is_no_duration() -> None:
    assert [seconds(text) for text in ("0", "-1", "30s", "x")] == [None, None, 30.0, None]


GOOD = replication.Reading(True, False, "streaming", 0, True, 900.0, 0.01, True)


@pytest.mark.parametrize(
    ("change", "answer", "word"),
    [
        ({}, "pass", ""),
        ({"in_recovery": False}, "fail", "primary"),
        ({"in_recovery": None}, "unknown", "not known"),
        ({"paused": True}, "fail", "paused"),
        ({"receiver": ""}, "fail", "not running"),
        ({"receiver": None}, "unknown", "receives"),
        ({"bytes_behind": 5000}, "fail", "5000 bytes"),
        ({"bytes_behind": None}, "unknown", "behind"),
        ({"marker_seconds": None}, "fail", "marker"),
        ({"marker_seconds": None, "marker_written": False}, "unknown", "no marker"),
    ],
)
def test_the_verdict_on_a_replica(change: dict[str, Any], answer: str, word: str) -> None:
    said, reasons = replication.verdict(replace(GOOD, **change), most_bytes=1000, most_seconds=5)
    assert said == answer
    assert word in " ".join(reasons)


def test_a_caught_up_idle_replica_is_not_behind_and_a_paused_one_is_not_known() -> None:
    assert replication.lag_seconds(GOOD) == 0.0
    assert replication.lag_seconds(replace(GOOD, replayed_all=False)) == 900.0
    assert replication.lag_seconds(replace(GOOD, paused=True)) is None
    assert replication.lag_seconds(replace(GOOD, receiver="")) is None


STATUS = st.sampled_from(
    ["ACTIVE_HEALTHY", "INIT_READ_REPLICA", "INIT_READ_REPLICA_FAILED", "GOING_DOWN", "ACTIVE_UNHEALTHY", "NEW_STATE"]
)
ROWS = st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b"]), STATUS), max_size=8).map(
    lambda rows: [Row(f"r{n}", replica, region, status, "small") for n, (replica, region, status) in enumerate(rows)]
)


@given(ROWS, st.integers(0, 6))
def test_the_steps_lead_to_the_count(rows: list[Row], count: int) -> None:
    steps = replicas.decide(rows, "a", count)
    going = {*steps.remove, *steps.failed}
    kept = [row for row in replicas.in_region(rows, "a") if row.identifier not in going]
    assert len(kept) + steps.setup == count
    assert not (steps.setup and steps.remove)
    assert all(row.status not in replicas.FAILED for row in kept)
    by_id = {row.identifier: row for row in rows}
    assert all(by_id[one].replica and by_id[one].region == "a" for one in going)
    # A healthy one goes only where no other is left to go.
    if any(by_id[one].status == "ACTIVE_HEALTHY" for one in steps.remove):
        assert all(row.status == "ACTIVE_HEALTHY" for row in kept)


@given(ROWS, st.integers(0, 6))
def test_a_second_look_finds_nothing_to_do(rows: list[Row], count: int) -> None:
    assume(not any(row.status in replicas.FAILED for row in rows))
    steps = replicas.decide(rows, "a", count)
    after = [row for row in rows if row.identifier not in steps.remove]
    after += [Row(f"n{n}", True, "a", "INIT_READ_REPLICA", "small") for n in range(steps.setup)]
    assert replicas.decide(after, "a", count).none


def addons(compute: str) -> Addons:
    return Addons({"compute_instance": Variant(compute, "", 1.0, "hourly")} if compute else {}, {})


PROJECT = Project("a" * 20, "shop", "us-east-1", "acme", "ACTIVE_HEALTHY", "17")
ALLOWED = {"instances.read_replicas": Entitlement(True, {})}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, ""),
        ({"project": replace(PROJECT, status="RESIZING")}, "RESIZING"),
        ({"entitlements": {"instances.read_replicas": Entitlement(False, {})}}, "plan"),
        ({"addons": addons("ci_micro")}, "too small"),
        ({"addons": addons("")}, "too small"),
        ({"backups": {"walg_enabled": False, "pitr_enabled": False}}, "physical"),
        ({"steps": replicas.Steps((), (), 3), "addons": addons("ci_large")}, "may have 2"),
        ({"steps": replicas.Steps((), (), 3), "addons": addons("ci_xlarge")}, ""),
        ({"steps": replicas.Steps((), (), 6), "addons": addons("ci_96xlarge")}, "may have 5"),
    ],
)
def test_why_no_replica_can_be_set_up(change: dict[str, Any], word: str) -> None:
    given_ = {
        "project": PROJECT,
        "rows": [],
        "steps": replicas.Steps((), (), 1),
        "addons": addons("ci_small"),
        "entitlements": ALLOWED,
        "backups": {"walg_enabled": True},
        **change,
    }
    reasons = replicas.why_not(**given_)
    assert bool(reasons) is bool(word)
    assert word in " ".join(reasons)


@pytest.mark.parametrize("said", ["", " ", "other", "Shop", "shop2"])
def test_only_the_very_name_approves(said: str) -> None:
    with pytest.raises(LaunchopsError, match="x approve=shop"):
        insist(said, PROJECT, "It restarts", "x approve={name}")


@pytest.mark.parametrize("said", ["shop", " shop ", "a" * 20])
def test_name_and_reference_approve(said: str) -> None:
    insist(said, PROJECT, "It restarts", "approve={name}")


def test_what_restarts_or_costs_is_said() -> None:
    small, large = Variant("ci_small", "", 0.02, "hourly"), Variant("ci_large", "", 0.15, "hourly")
    assert "restarts" in consequence(Change("compute_instance", large, small))
    assert "0.02 USD hourly -> 0.15 USD hourly" in sentence(Change("compute_instance", small, large))
    assert consequence(Change("ipv4", None, Variant("ipv4_default", "", 4, "monthly")))
    assert not consequence(Change("ipv4", Variant("ipv4_default", "", 4, "monthly"), None))
    assert consequence(Change("pitr", Variant("pitr_7", "", 100, "monthly"), None))


def test_settings_of_the_api_are_checked_before_anything_is_sent() -> None:
    assert checked({"max_connections": "200", "log_connections": "on", "statement_timeout": 30000}) == {
        "max_connections": 200,
        "log_connections": True,
        "statement_timeout": "30000",
    }
    assert equal("statement_timeout", "30s", "30000")
    for wrong in (
        {"idle_session_timeout": "5min"},
        {"no_such": 1},
        {"statement_timeout": "soon"},
        {"max_connections": "many"},
        {"log_connections": "perhaps"},
    ):
        with pytest.raises(LaunchopsError):
            checked(wrong)


def test_the_platforms_roles_keep_their_idle_connections() -> None:
    with pytest.raises(LaunchopsError, match="supabase_auth_admin"):
        role_checked(Target("supabase_auth_admin", ""), {"idle_session_timeout": "5min"})
    assert role_checked(Target("supabase_auth_admin", ""), {"idle_session_timeout": 0}) == {"idle_session_timeout": "0"}


FILES = [Migration("001", "a", "h1", "001_a.sql"), Migration("002", "b", "h2", "002_b.sql")]


@pytest.mark.parametrize(
    ("have", "word"),
    [
        (FILES, ""),
        (FILES[:1], "002_b.sql is not applied"),
        ([FILES[0], replace(FILES[1], hash="x")], "another content"),
        ([FILES[0], replace(FILES[1], name="c")], "is applied as c"),
        ([*FILES, Migration("003", "z", "h")], "not in the repository"),
        ([], "001_a.sql is not applied"),
    ],
)
def test_migrations_are_compared(have: list[Migration], word: str) -> None:
    problems = compare(FILES, have)
    assert bool(problems) is bool(word)
    assert word in " ".join(problems)


def test_an_address_never_holds_the_password() -> None:
    assert str(address("postgresql://ana:s3cret@db.example:6543/shop")) == "ana@db.example:6543/shop"
    for wrong in ("postgresql://ana:s3cret@/shop", "nonsense s3cret", "postgresql://ana:s3cret@db.example:port/x"):
        with pytest.raises(LaunchopsError) as caught:
            address(wrong)
        assert "s3cret" not in str(caught.value)


def test_a_table_is_aligned() -> None:
    text = table([{"n": 1, "name": "a"}, {"n": 200, "name": "long\nname"}], ["n", "name"], 6)
    assert text.splitlines() == ["  n  name", "---  ------", "  1  a", "200  long …"]
    assert table([], ["n"]) == "(none)"
    with pytest.raises(AnsibleFilterError):
        table("text", ["n"])
