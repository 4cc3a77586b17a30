# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discord: a webhook and its messages."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from sandbox.faults import Fault, Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Service, route

CONTENT_LIMIT = 2_000
EMBEDS_LIMIT = 10
EMBED_TEXTS = {"title": 256, "description": 4_096}
EMBED_TOTAL = 6_000


class Discord(Service):
    """discord.com/api."""

    name = "discord"

    def __init__(self, faults: Faults, log: RequestLog, *, hook: str) -> None:
        super().__init__(faults, log)
        self._hook = hook
        self.received: list[dict[str, Any]] = []
        base = "/api/webhooks/{id}/{secret}"
        self.routes = [
            route("discord.webhook", "POST", base, self.post),
            route("discord.webhook.get", "GET", base, self.about),
            route("discord.message.get", "GET", f"{base}/messages/{{message}}", self.read),
            route("discord.message.update", "PATCH", f"{base}/messages/{{message}}", self.update),
            route("discord.message.delete", "DELETE", f"{base}/messages/{{message}}", self.delete),
        ]

    def strip(self, path: str) -> str:
        """Without the API's version."""
        return re.sub(r"^/api/v\d+/", "/api/", path)

    def shown_path(self, path: str) -> str:
        return re.sub(r"(/api/(?:v\d+/)?webhooks)/[^/]+/[^/]+", r"\1/(hidden)", path)

    def status_fault(self, fault: Fault) -> Reply:
        reply = super().status_fault(fault)
        if fault.status == 429:
            reply.data = {
                "message": "You are being rate limited.",
                "retry_after": float(fault.retry_after or 0.3),
                "global": False,
            }
            reply.headers |= {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Scope": "shared"}
        elif fault.body is None:
            reply.data = {"message": "Internal Server Error", "code": 0}
        return reply

    def not_found(self, call: Call, allowed: bool) -> Reply:
        return Reply(405 if allowed else 404, {"message": "404: Not Found", "code": 0})

    def _ours(self, call: Call) -> bool:
        return self.strip(call.path).startswith(self._hook)

    def about(self, call: Call) -> Reply:
        """GET the webhook."""
        if not self._ours(call):
            return _unknown_webhook()
        return Reply(data={"id": call.args["id"], "type": 1, "name": "operations", "channel_id": "1", "guild_id": "1"})

    def post(self, call: Call) -> Reply:
        """POST: 204, or the message with wait=true."""
        if not self._ours(call):
            return _unknown_webhook()
        problems = _problems(call.body, empty_allowed=False)
        if problems:
            return problems
        message = {
            "id": str(secrets.randbelow(10**18) + 10**17),
            "type": 0,
            "content": call.body.get("content", ""),
            "channel_id": "1",
            "author": {"id": call.args["id"], "username": "operations", "bot": True},
            "embeds": call.body.get("embeds", []),
            "mentions": [],
            "mention_everyone": _mentions_everyone(call.body),
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "webhook_id": call.args["id"],
        }
        self.received.append(message)
        waits = call.query.get("wait", "").lower() == "true"
        return Reply(200, message, effect=True) if waits else Reply(204, effect=True)

    def _message(self, call: Call) -> dict[str, Any] | None:
        return next((m for m in self.received if m["id"] == call.args["message"]), None) if self._ours(call) else None

    def read(self, call: Call) -> Reply:
        """GET a message."""
        found = self._message(call)
        return Reply(data=found) if found else Reply(404, {"message": "Unknown Message", "code": 10008})

    def update(self, call: Call) -> Reply:
        """PATCH a message."""
        found = self._message(call)
        if found is None:
            return Reply(404, {"message": "Unknown Message", "code": 10008})
        problems = _problems(call.body, empty_allowed=True)
        if problems:
            return problems
        found |= {key: call.body[key] for key in ("content", "embeds") if key in call.body}
        found["edited_timestamp"] = datetime.now(UTC).isoformat()
        return Reply(data=found, effect=True)

    def delete(self, call: Call) -> Reply:
        """DELETE a message."""
        found = self._message(call)
        if found is None:
            return Reply(404, {"message": "Unknown Message", "code": 10008})
        self.received.remove(found)
        return Reply(204, effect=True)


def _unknown_webhook() -> Reply:
    return Reply(404, {"message": "Unknown Webhook", "code": 10015})


def _mentions_everyone(body: dict[str, Any]) -> bool:
    allowed = body.get("allowed_mentions")
    may = True if not isinstance(allowed, dict) else "everyone" in (allowed.get("parse") or [])
    return may and any(word in str(body.get("content", "")) for word in ("@everyone", "@here"))


def _invalid(field: str, code: str, words: str) -> Reply:
    return Reply(
        400,
        {
            "message": "Invalid Form Body",
            "code": 50035,
            "errors": {field: {"_errors": [{"code": code, "message": words}]}},
        },
    )


def _problems(body: Any, *, empty_allowed: bool) -> Reply | None:
    if not isinstance(body, dict):
        return Reply(400, {"message": "The request body contains invalid JSON.", "code": 50109})
    content, embeds = body.get("content") or "", body.get("embeds") or []
    if not empty_allowed and not content and not embeds:
        return Reply(400, {"message": "Cannot send an empty message", "code": 50006})
    if len(content) > CONTENT_LIMIT:
        return _invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT_LIMIT} or fewer in length.")
    if len(embeds) > EMBEDS_LIMIT:
        return _invalid("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS_LIMIT} or fewer in length.")
    for embed in embeds:
        for name, most in EMBED_TEXTS.items():
            if len(embed.get(name) or "") > most:
                return _invalid("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    if sum(len(str(v)) for e in embeds for v in e.values() if isinstance(v, str)) > EMBED_TOTAL:
        return _invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return None
