# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vercel's answers read, its refusals in our words, and the job that was asked for told from every other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import (
    AliasJob,
    JobKind,
    JobStatus,
    Project,
    bare_host,
    parse_deployment,
    parse_job,
    parse_project,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import is_done, ours, poll_interval
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_refusals import explain_refusal
from hypothesis import given
from hypothesis import strategies as st

STATUSES = (400, 402, 403, 404, 409, 410, 422)


def project(production: str = "dpl_b", job: AliasJob | None = None, *, auto: bool | None = True) -> Project:
    return Project("prj_1", "shop", production, (), auto, job, False, False, {})


def job(status: str, to: str = "dpl_a", at: int = 10, kind: JobKind = JobKind.ROLLBACK) -> AliasJob:
    return AliasJob(kind, "dpl_b", to, JobStatus(status), at)


def test_each_refusal_has_its_own_sentence_and_step() -> None:
    told = []
    for status in STATUSES:
        error = LaunchopsError("Vercel's words", status=status, code="c", request_id="r")
        explained = explain_refusal(error, JobKind.ROLLBACK, "shop", "dpl_a")
        assert "Vercel's words" in explained.message
        assert (explained.status, explained.code, explained.request_id) == (status, "c", "r")
        assert explained.hint
        told.append(explained.message.split(".")[0])
    assert len(set(told)) == len(STATUSES)


def test_a_status_without_a_sentence_stays_as_it_is() -> None:
    error = LaunchopsError("words", status=418)
    assert explain_refusal(error, JobKind.PROMOTE, "shop", "dpl_a") is error


@pytest.mark.parametrize(
    ("given_", "host"),
    [
        ("dpl_1", "dpl_1"),
        ("https://shop-1.vercel.app/x?y=1", "shop-1.vercel.app"),
        (" shop-1.vercel.app/ ", "shop-1.vercel.app"),
    ],
)
def test_ids_and_urls(given_: str, host: str) -> None:
    assert bare_host(given_) == host


@pytest.mark.parametrize("given_", ["", "  ", "https://", "two words"])
def test_what_is_neither_is_refused(given_: str) -> None:
    with pytest.raises(LaunchopsError) as caught:
        bare_host(given_)
    assert caught.value.kind is Kind.INPUT


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "uid", "name", "meta", "targets", "production", "lastAliasRequest", "x"]),
            v,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(plain)
def test_whatever_is_answered_is_read_or_refused_clearly(value: Any) -> None:
    readers: list[Callable[[], object]] = [
        lambda: parse_project(value, "read"),
        lambda: parse_deployment(value, "read"),
        lambda: parse_job(value, "read"),
    ]
    for reader in readers:
        try:
            reader()
        except LaunchopsError as error:
            assert error.kind is Kind.MALFORMED


def test_an_unknown_status_is_never_a_success() -> None:
    data = {
        "type": "rollback",
        "fromDeploymentId": "a",
        "toDeploymentId": "b",
        "jobStatus": "finished",
        "requestedAt": 1,
    }
    with pytest.raises(LaunchopsError, match="not understood"):
        parse_job(data, "read")


jobs = st.none() | st.builds(
    AliasJob,
    st.sampled_from(list(JobKind)),
    st.just("dpl_b"),
    st.sampled_from(["dpl_a", "dpl_c"]),
    st.sampled_from(list(JobStatus)),
    st.integers(1, 20),
)


@given(jobs, jobs)
def test_ours_names_our_deployment_and_is_newer_than_what_stood_there(
    seen: AliasJob | None, before: AliasJob | None
) -> None:
    if ours(seen, before, JobKind.ROLLBACK, "dpl_a"):
        assert seen is not None
        assert (seen.kind, seen.to_id) == (JobKind.ROLLBACK, "dpl_a")
        assert before is None or seen.requested_at > before.requested_at


@pytest.mark.parametrize(
    ("there", "done"),
    [
        (project("dpl_a"), True),
        (project("dpl_b"), False),
        (project("dpl_a", job("succeeded")), True),
        (project("dpl_a", job("pending")), False),
        (project("dpl_a", job("in-progress", to="dpl_c")), False),
        (project("dpl_a", job("failed")), False),
        (project("dpl_a", job("failed", to="dpl_c")), True),
        (project("dpl_b", job("succeeded")), False),
    ],
)
def test_done(there: Project, done: bool) -> None:
    assert is_done(there, JobKind.ROLLBACK, "dpl_a") is done


@pytest.mark.parametrize(
    ("there", "pinned"),
    [
        (project("dpl_a", job("succeeded"), auto=False), True),
        (project("dpl_a", job("succeeded"), auto=True), False),
        (project("dpl_b", job("succeeded"), auto=False), False),
        (project("dpl_a", job("succeeded", kind=JobKind.PROMOTE), auto=False), False),
        (project("dpl_a", job("failed"), auto=False), False),
        (project("dpl_a", None, auto=False), False),
    ],
)
def test_pinned_needs_the_rollback_and_not_the_setting_alone(there: Project, pinned: bool) -> None:
    assert there.pinned is pinned


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_polling_only_slows_down(one: float, other: float) -> None:
    assert (poll_interval(min(one, other)) <= poll_interval(max(one, other))) is True
