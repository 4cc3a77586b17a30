# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The critical paths' verdict: each way to be wrong is seen, and nothing is right by accident."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import NoAnswerError, Request, Response
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.probe import (
    Path,
    judge,
    missing,
    parse_paths,
    probe,
)
from hypothesis import given
from hypothesis import strategies as st

GOOD = Path("health", "GET", "/h", 200, "ok", {"status": "ok", "n": {"a": 1}}, 1.0)
BODY = b'{"status": "ok", "n": {"a": 1, "b": 2}}'


@pytest.mark.parametrize(
    ("status", "body", "seconds", "words"),
    [
        (200, BODY, 0.5, ""),
        (500, BODY, 0.5, "answered 500 instead of 200"),
        (204, BODY, 0.5, "answered 204"),
        (200, b'{"status": "no"}', 0.5, "does not contain 'ok'"),
        (200, b"ok", 0.5, "not JSON"),
        (200, b'["ok"]', 0.5, "not an object"),
        (200, b'{"status": "ok"}', 0.5, "has no n"),
        (200, b'{"status": "ok", "n": {"a": true}}', 0.5, "n.a = True"),
        (200, BODY, 1.5, "longer than 1 s"),
    ],
)
def test_judgement(status: int, body: bytes, seconds: float, words: str) -> None:
    problem = judge(GOOD, status, body, seconds)
    assert words in problem
    assert bool(problem) is bool(words)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda v: st.dictionaries(st.text(max_size=3), v, max_size=3),
)


@given(st.dictionaries(st.text(max_size=3), values, max_size=3))
def test_a_value_has_what_itself_wants(value: dict[str, Any]) -> None:
    assert missing(value, value, "") == ""
    assert missing(value, {**value, "more": 1}, "") == ""


class Site:
    """Answers from a list; the last answer stays."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.time = 0.0

    def send(self, request: Request) -> Response:
        del request
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise NoAnswerError("the connection was refused", sent=False)
        return Response(200, {}, answer)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def ask(self, consecutive: int = 3, within: float = 10.0) -> Any:
        return probe(
            "https://shop.test",
            [GOOD],
            consecutive=consecutive,
            within=within,
            interval=1.0,
            timeout=1.0,
            transport=lambda: self,
            clock=lambda: self.time,
            now=lambda: 1000.0 + self.time,
            sleep=self.sleep,
        )


def test_a_wrong_answer_begins_the_row_anew() -> None:
    report = Site(BODY, BODY, b"no", BODY).ask()
    assert report.healthy
    assert report.rounds == 6
    assert report.first_good_at == 1003.0


def test_it_ends_and_says_what_it_saw() -> None:
    report = Site(None).ask(within=5)
    assert not report.healthy
    assert report.rounds <= 6
    assert "the connection was refused" in report.sentence("https://shop.test", 3)


def test_no_path_is_no_proof() -> None:
    with pytest.raises(LaunchopsError, match="nothing could be verified"):
        parse_paths([])
