# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request loop: what is repeated, what is not, and what an error says. The transport is the seam; time is made."""

from __future__ import annotations

import email.utils
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import (
    JsonClient,
    NoAnswerError,
    Request,
    Response,
    retry_after,
)
from hypothesis import given
from hypothesis import strategies as st

Step = Response | NoAnswerError


def ok(data: Any = None, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(data).encode())


def refuse(status: int, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **names}, b'{"error":{"code":"c","message":"words"}}')


class Script:
    """A transport that answers from a list, and a clock that only sleeping moves."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.sent: list[Request] = []
        self.time = 0.0
        self.slept: list[float] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        step = self.steps.pop(0) if self.steps else refuse(500)
        if isinstance(step, NoAnswerError):
            raise step
        return step

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def client(self, patience: float = 30.0) -> JsonClient:
        return JsonClient(
            "Vercel",
            "https://api.test",
            headers={"Authorization": "Bearer s3cret"},
            transport=self,
            patience=patience,
            sleep=self.sleep,
            clock=lambda: self.time,
            jitter=lambda: 0.5,
        )


LOST = NoAnswerError("the connection was reset", sent=True)


@pytest.mark.parametrize("trouble", [refuse(500), refuse(502), refuse(429), LOST, Response(200, {}, b"{trunc")])
def test_a_read_is_repeated(trouble: Step) -> None:
    script = Script(trouble, ok({"a": 1}))
    assert script.client().call("read", "GET", "/x").data == {"a": 1}
    assert len(script.sent) == 2


@pytest.mark.parametrize("trouble", [refuse(500), refuse(502), LOST, Response(200, {}, b"{trunc")])
def test_a_write_whose_effect_is_unknown_is_not_repeated(trouble: Step) -> None:
    script = Script(trouble, ok())
    with pytest.raises(LaunchopsError) as caught:
        script.client().call("write", "POST", "/x", body={})
    assert caught.value.kind is Kind.UNCERTAIN
    assert len(script.sent) == 1


@pytest.mark.parametrize("trouble", [refuse(429), refuse(429, retry_after="2"), refuse(503, retry_after="1")])
def test_a_write_that_was_not_processed_is_repeated(trouble: Step) -> None:
    script = Script(trouble, ok())
    script.client().call("write", "POST", "/x", body={})
    assert len(script.sent) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 422])
def test_a_refusal_is_final_and_carries_the_words(status: int) -> None:
    script = Script(refuse(status, x_vercel_id="fra1::abc"))
    with pytest.raises(LaunchopsError) as caught:
        script.client().call("read", "GET", "/x")
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (status, "c", "fra1::abc")
    assert "words" in str(caught.value)
    assert len(script.sent) == 1


def test_retry_after_is_kept_to() -> None:
    script = Script(refuse(429, retry_after="7"), ok())
    script.client().call("read", "GET", "/x")
    assert script.slept == [7.0]


def test_a_wait_that_outlasts_the_patience_fails_at_once_and_says_how_long() -> None:
    script = Script(refuse(429, retry_after="300"))
    with pytest.raises(LaunchopsError, match="asked to wait 300 s"):
        script.client().call("read", "GET", "/x")
    assert script.slept == []


def test_patience_ends() -> None:
    script = Script()
    with pytest.raises(LaunchopsError, match="tried"):
        script.client(patience=10).call("read", "GET", "/x")
    assert script.time <= 10


@pytest.mark.parametrize(
    ("url", "words"),
    [("ftp://x", "must start with"), ("", "must start with"), ("http://api.example.com", "plain http")],
)
def test_a_bad_address_is_refused_before_anything_is_sent(url: str, words: str) -> None:
    with pytest.raises(LaunchopsError, match=words):
        JsonClient("Vercel", url, headers={})


@given(st.lists(st.sampled_from([500, 502, 503, 429]), max_size=12), st.floats(0.1, 60))
def test_never_longer_than_the_patience(statuses: list[int], patience: float) -> None:
    script = Script(*(refuse(status) for status in statuses))
    try:
        script.client(patience).call("read", "GET", "/x")
    except LaunchopsError as error:
        assert "s3cret" not in str(error)
    assert script.time <= patience


@pytest.mark.parametrize(
    ("headers", "data", "seconds"),
    [
        ({"retry-after": "3"}, None, 3.0),
        ({"retry-after": email.utils.formatdate(1_000_005, usegmt=True)}, None, 5.0),
        ({"retry-after": email.utils.formatdate(999_000, usegmt=True)}, None, 0.0),
        ({"retry-after": "soon"}, None, None),
        ({}, {"retry_after": 0.25}, 0.25),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000010"}, None, 10.0),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "1000010"}, None, None),
        ({}, None, None),
    ],
)
def test_how_long_a_service_asks_to_wait(headers: dict[str, str], data: Any, seconds: float | None) -> None:
    now: Callable[[], float] = lambda: 1_000_000.0  # noqa: E731 - a clock
    assert retry_after(headers, data, now=now) == seconds
