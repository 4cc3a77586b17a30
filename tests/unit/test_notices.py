# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do on a channel: a pure decision; and what each channel sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.discord import DiscordWebhook
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import NoAnswerError, Request, Response
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Journal
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices import (
    Notice,
    Past,
    Step,
    decide,
    deliver,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.slack import SlackBot, SlackWebhook
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.statuspage import StatuspageIncident
from hypothesis import given
from hypothesis import strategies as st

NOTICE = Notice("i1", "mitigated", "Rolled back", ("line <@everyone> & more",))
digests = st.sampled_from(["a", "b"])


@given(
    st.builds(Past, st.sampled_from(["", "m1"]), st.frozensets(digests), st.frozensets(digests)),
    st.booleans(),
    st.booleans(),
    st.none() | st.tuples(st.just("m2"), digests),
)
def test_nothing_is_sent_twice_unless_nobody_can_know(
    known: Past, can_update: bool, can_look: bool, found: tuple[str, str] | None
) -> None:
    step, _ = decide("a", known, can_update=can_update, can_look=can_look, found=found)
    if "a" in known.digests and not known.uncertain:
        assert step is not Step.SEND
    if step is Step.SEND_MARKED:
        assert not can_look
        assert "a" in known.uncertain
    if step is Step.NOTHING:
        assert "a" in known.digests or (found is not None and found[1] == "a")
    if found is not None:
        assert step in {Step.NOTHING, Step.UPDATE}


class Wire:
    """A transport that remembers, and answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, Any]] = []

    def send(self, request: Request) -> Response:
        self.sent.append((request.method, request.url, json.loads(request.body) if request.body else None))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, data = answer
        return Response(
            status, {"content-type": "application/json"}, data if isinstance(data, bytes) else json.dumps(data).encode()
        )


def book(folder: Path) -> Journal:
    return Journal(folder / "j.jsonl", environment="shop", run="r", operator="o", spool=folder / "s.jsonl")


def bot(wire: Wire) -> SlackBot:
    return SlackBot("https://slack.test/api", "xoxb-1", "#ops", timeout=1, patience=2, transport=wire)


def test_slack_text_can_not_ping_and_is_cut(tmp_path: Path) -> None:
    wire = Wire((200, b"ok"))
    channel = SlackWebhook("https://hooks.test/services/T/B/s3cret", timeout=1, patience=2, transport=wire)
    deliver(channel, book(tmp_path), Notice("i", "r", "t", ("<!channel> & " + "x" * 50_000,)), check_mode=False)
    text = wire.sent[0][2]["text"]
    assert "<" not in text
    assert "&lt;!channel&gt; &amp; " in text
    assert len(text) == 40_000


def test_slack_says_no_with_status_200(tmp_path: Path) -> None:
    wire = Wire((200, {"ok": True, "messages": []}), (200, {"ok": False, "error": "not_in_channel"}))
    with pytest.raises(LaunchopsError, match="Invite the bot"):
        deliver(bot(wire), book(tmp_path), NOTICE, check_mode=False)


def test_a_lost_slack_answer_is_found_in_the_history(tmp_path: Path) -> None:
    found = {"ts": "17.1", "metadata": {"event_payload": {"incident": "i1", "digest": NOTICE.digest}}}
    wire = Wire(
        (200, {"ok": True, "messages": []}), NoAnswerError("reset", sent=True), (200, {"ok": True, "messages": [found]})
    )
    with pytest.raises(LaunchopsError):
        deliver(bot(wire), book(tmp_path), NOTICE, check_mode=False)
    done = deliver(bot(wire), book(tmp_path), NOTICE, check_mode=False)
    assert (done.step, done.message_id) == (Step.NOTHING, "17.1")
    assert [method for method, _, _ in wire.sent].count("POST") == 1


def test_news_updates_what_was_posted(tmp_path: Path) -> None:
    wire = Wire((200, {"id": "m1"}), (200, {"id": "m1"}))
    channel = DiscordWebhook("https://discord.test/api/webhooks/1/s3cret", timeout=1, patience=2, transport=wire)
    assert deliver(channel, book(tmp_path), NOTICE, check_mode=False).step is Step.SEND
    assert deliver(channel, book(tmp_path), NOTICE, check_mode=False).step is Step.NOTHING
    assert deliver(channel, book(tmp_path), Notice("i1", "resolved", "t", ()), check_mode=False).step is Step.UPDATE
    assert [(method, url.split("/")[-1].split("?")[0]) for method, url, _ in wire.sent] == [
        ("POST", "s3cret"),
        ("PATCH", "m1"),
    ]
    assert wire.sent[0][2]["allowed_mentions"] == {"parse": []}


def test_a_lost_discord_answer_is_repeated_and_marked(tmp_path: Path) -> None:
    wire = Wire(NoAnswerError("reset", sent=True), (200, {"id": "m2"}))
    channel = DiscordWebhook("https://discord.test/api/webhooks/1/s3cret", timeout=1, patience=2, transport=wire)
    with pytest.raises(LaunchopsError) as caught:
        deliver(channel, book(tmp_path), NOTICE, check_mode=False)
    assert "s3cret" not in str(caught.value)
    assert deliver(channel, book(tmp_path), NOTICE, check_mode=False).step is Step.SEND_MARKED
    assert "repeated" in wire.sent[1][2]["content"]


def page(wire: Wire) -> StatuspageIncident:
    return StatuspageIncident(
        "https://sp.test/v1",
        "key",
        "p1",
        status="monitoring",
        components={"c1": "operational"},
        deliver_notifications=False,
        timeout=1,
        patience=2,
        transport=wire,
    )


def test_an_incident_is_looked_for_also_when_the_journal_is_lost(tmp_path: Path) -> None:
    there = {"id": "x1", "metadata": {"launchops": {"incident": "i1", "digest": "older"}}}
    wire = Wire((200, [there]), (200, there))
    done = deliver(page(wire), book(tmp_path), NOTICE, check_mode=False)
    assert (done.step, done.message_id) == (Step.UPDATE, "x1")
    body = wire.sent[1][2]["incident"]
    assert body["status"] == "monitoring"
    assert body["deliver_notifications"] is False
    assert body["components"] == {"c1": "operational"}


def test_check_mode_tells_nobody_and_writes_nothing(tmp_path: Path) -> None:
    wire = Wire()
    assert deliver(page(wire), book(tmp_path), NOTICE, check_mode=True).step is Step.SEND
    assert wire.sent == []
    assert list(tmp_path.iterdir()) == []
