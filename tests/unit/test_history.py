# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal's records add up to."""

from __future__ import annotations

from ansible_collections.fairtradeworker.launchops.plugins.module_utils import history
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Record
from hypothesis import given
from hypothesis import strategies as st


def record(seq: int, kind: str, subject: str = "s", environment: str = "shop", **data: str) -> Record:
    return Record(seq, str(seq), f"t{seq}", environment, "r", "ana", kind, subject, "", data, "", "")


def test_the_latest_statement_counts() -> None:
    records = [
        record(1, history.HEALTHY, "a"),
        record(2, history.HEALTHY, "b"),
        record(3, history.BAD, "b", reason="slow"),
        record(4, history.BAD, "c"),
        record(5, history.HEALTHY, "c"),
    ]
    assert history.last_healthy(records) == ["c", "a"]
    assert history.bad(records) == {"b": "slow"}


@given(st.lists(st.tuples(st.sampled_from([history.HEALTHY, history.BAD]), st.sampled_from("abc"))))
def test_nothing_is_both(statements: list[tuple[str, str]]) -> None:
    records = [record(n, kind, subject) for n, (kind, subject) in enumerate(statements, 1)]
    healthy, bad = history.last_healthy(records), history.bad(records)
    assert not set(healthy) & set(bad)
    assert set(healthy) | set(bad) == {subject for _, subject in statements}
    if statements:
        kind, subject = statements[-1]
        assert (subject == healthy[0]) if kind == history.HEALTHY else (subject in bad)


def test_a_freeze_holds_until_it_is_lifted() -> None:
    records = [record(1, history.FREEZE_SET, reason="why", incident="i")]
    assert history.freeze(records)["reason"] == "why"
    assert history.freeze([*records, record(2, history.FREEZE_LIFTED)]) == {}
    assert (
        history.freeze([*records, record(2, history.FREEZE_LIFTED), record(3, history.FREEZE_SET, reason="again")])[
            "reason"
        ]
        == "again"
    )


def test_an_incident_through_its_life() -> None:
    records = [record(1, history.INCIDENT_OPENED, "i", **{"from": "b", "to": "g", "reason": "500"})]
    records.append(record(2, history.ROLLBACK_STARTED, "g", incident="i", **{"from": "b", "to": "g"}))
    incident = history.open_incident(records)
    assert incident is not None
    assert (incident.status, incident.to_deployment) == ("opened", "g")
    assert history.unfinished_rollback(records)["to"] == "g"
    records += [record(3, history.ROLLBACK_FINISHED, "g"), record(4, history.INCIDENT_MITIGATED, "i")]
    incident = history.open_incident(records)
    assert incident is not None
    assert incident.status == "mitigated"
    assert history.unfinished_rollback(records) == {}
    records.append(record(5, history.ROLLBACK_STARTED, "h", incident="i", **{"from": "g", "to": "h"}))
    incident = history.open_incident(records)
    assert incident is not None
    assert (incident.status, incident.from_deployment, incident.to_deployment) == ("opened", "g", "h")
    records.append(record(6, history.INCIDENT_RESOLVED, "i"))
    assert history.open_incident(records) is None
    assert history.resolved_incidents(records) == 1


def test_environments_do_not_mix() -> None:
    records = [record(1, history.HEALTHY, "a"), record(2, history.HEALTHY, "b", environment="other")]
    assert history.last_healthy(history.of_environment(records, "shop")) == ["a"]
