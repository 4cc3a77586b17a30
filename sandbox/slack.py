# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slack: an incoming webhook, and the Web API's messages."""

from __future__ import annotations

import re
import time
from typing import Any

from sandbox.faults import Fault, Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Service, route

TEXT_LIMIT = 40_000
BLOCKS_LIMIT = 50
SECTION_LIMIT = 3_000


class Slack(Service):
    """hooks.slack.com and slack.com/api."""

    name = "slack"

    def __init__(self, faults: Faults, log: RequestLog, *, hook: str, token: str, channel: str) -> None:
        super().__init__(faults, log)
        self._hook, self._token, self._channel = hook, token, channel
        self.received: list[dict[str, Any]] = []
        self.per_second = 0
        self._last = 0.0
        self.routes = [
            route("slack.webhook", "POST", "/services/{team}/{app}/{secret}", self.webhook),
            route("slack.post", "POST", "/api/chat.postMessage", self.post),
            route("slack.update", "POST", "/api/chat.update", self.update),
            route("slack.history", "GET", "/api/conversations.history", self.history),
            route("slack.history", "POST", "/api/conversations.history", self.history),
            route("slack.test", "POST", "/api/auth.test", self.test),
        ]

    def shown_path(self, path: str) -> str:
        return re.sub(r"^/services/.*", "/services/(hidden)", path)

    def not_found(self, call: Call, allowed: bool) -> Reply:
        if call.path.startswith("/api/"):
            return Reply(data={"ok": False, "error": "unknown_method", "req_method": call.path.removeprefix("/api/")})
        return _text(405 if allowed else 404, "no_service")

    def status_fault(self, fault: Fault) -> Reply:
        reply = super().status_fault(fault)
        reply.data, reply.text, reply.content_type = None, fault.body or "rate_limited", "text/plain"
        return reply

    def _limited(self) -> Reply | None:
        """One message a second where it is switched on, as the real one's rule is."""
        now = time.monotonic()
        if self.per_second and now - self._last < 1 / self.per_second:
            return Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
        self._last = now
        return None

    def webhook(self, call: Call) -> Reply:
        """Incoming webhook: 200 and `ok`; it gives no identifier."""
        if call.path != self._hook:
            return _text(404, "no_service")
        limited = self._limited()
        if limited:
            return _text(429, "rate_limited", {"Retry-After": "1"})
        if not isinstance(call.body, dict):
            return _text(400, "invalid_payload")
        if not call.body.get("text") and not call.body.get("blocks") and not call.body.get("attachments"):
            return _text(400, "no_text")
        problem = _too_large(call.body)
        if problem:
            return _text(400, "invalid_blocks" if "blocks" in problem else problem)
        self._keep(call.body, "webhook", self._channel)
        return Reply(200, text="ok", content_type="text/html", effect=True)

    def _refused(self, call: Call) -> Reply | None:
        given = call.headers.get("authorization", "")
        if not given:
            return Reply(data={"ok": False, "error": "not_authed"})
        if given != f"Bearer {self._token}":
            return Reply(data={"ok": False, "error": "invalid_auth"})
        return None

    def test(self, call: Call) -> Reply:
        """auth.test."""
        return self._refused(call) or Reply(
            data={"ok": True, "team": "acme", "user": "launchops", "team_id": "T0", "user_id": "U0"}
        )

    def post(self, call: Call) -> Reply:
        """chat.postMessage: 200 also when it fails."""
        refused = self._refused(call) or self._limited()
        if refused:
            return refused
        body = call.body if isinstance(call.body, dict) else {}
        if body.get("channel") not in {self._channel, "C0LAUNCH"}:
            return Reply(data={"ok": False, "error": "channel_not_found"})
        if not body.get("text") and not body.get("blocks"):
            return Reply(data={"ok": False, "error": "no_text"})
        problem = _too_large(body)
        if problem:
            return Reply(data={"ok": False, "error": problem})
        kept = self._keep(body, "bot", body["channel"])
        return Reply(data={"ok": True, "channel": "C0LAUNCH", "ts": kept["ts"], "message": _message(kept)}, effect=True)

    def update(self, call: Call) -> Reply:
        """chat.update."""
        refused = self._refused(call)
        if refused:
            return refused
        body = call.body if isinstance(call.body, dict) else {}
        kept = next((m for m in self.received if m["ts"] == body.get("ts") and m["via"] == "bot"), None)
        if kept is None:
            return Reply(data={"ok": False, "error": "message_not_found"})
        problem = _too_large(body)
        if problem:
            return Reply(data={"ok": False, "error": problem})
        kept["edits"] += 1
        kept["body"] = {**kept["body"], **body}
        return Reply(
            data={"ok": True, "channel": "C0LAUNCH", "ts": kept["ts"], "text": body.get("text", "")}, effect=True
        )

    def history(self, call: Call) -> Reply:
        """conversations.history, newest first; metadata only where it is asked for."""
        refused = self._refused(call)
        if refused:
            return refused
        asked = {**call.query, **(call.body if isinstance(call.body, dict) else {})}
        if asked.get("channel") not in {self._channel, "C0LAUNCH"}:
            return Reply(data={"ok": False, "error": "channel_not_found"})
        limit = int(asked.get("limit", 100))
        with_metadata = str(asked.get("include_all_metadata", "")).lower() in {"true", "1"}
        messages = [_message(m, metadata=with_metadata) for m in reversed(self.received)][:limit]
        return Reply(data={"ok": True, "messages": messages, "has_more": len(self.received) > limit})

    def _keep(self, body: dict[str, Any], via: str, channel: str) -> dict[str, Any]:
        kept = {"ts": f"{time.time():.6f}", "via": via, "channel": channel, "edits": 0, "body": body}
        self.received.append(kept)
        return kept


def _message(kept: dict[str, Any], *, metadata: bool = True) -> dict[str, Any]:
    message = {"type": "message", "ts": kept["ts"], "text": kept["body"].get("text", ""), "bot_id": "B0"}
    if metadata and "metadata" in kept["body"]:
        message["metadata"] = kept["body"]["metadata"]
    return message


def _too_large(body: dict[str, Any]) -> str:
    blocks = body.get("blocks") or []
    if len(str(body.get("text", ""))) > TEXT_LIMIT:
        return "msg_too_long"
    if not isinstance(blocks, list) or len(blocks) > BLOCKS_LIMIT:
        return "invalid_blocks"
    for block in blocks:
        text = block.get("text") if isinstance(block, dict) else None
        if not isinstance(block, dict) or (isinstance(text, dict) and len(str(text.get("text", ""))) > SECTION_LIMIT):
            return "invalid_blocks"
    return "msg_blocks_too_long" if sum(len(str(b)) for b in blocks) > 13_200 else ""


def _text(status: int, words: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, text=words, content_type="text/html", headers=headers or {})
