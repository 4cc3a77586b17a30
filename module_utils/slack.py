# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slack: an incoming webhook, or the Web API with a bot token.

Limits and answers: docs.slack.dev, "Rate limits", chat.postMessage, chat.update, conversations.history. The Web API answers
200 also when it refuses; `ok` says which.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import JsonClient, Transport, webhook
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices import Notice, cut

SERVICE = "Slack"
TEXT_LIMIT = 40_000
EVENT = "launchops_incident"
LOOK_BACK = 100
HINTS = {
    "invalid_auth": "Put a valid bot token into the inventory.",
    "not_in_channel": "Invite the bot to the channel.",
    "channel_not_found": "Check the channel's name, and invite the bot to it.",
    "missing_scope": "Give the bot the scopes chat:write and channels:history.",
}


def plain(notice: Notice, mark: str) -> str:
    """The message's text. Slack's three control characters are escaped, so nothing in it can ping or link."""
    title = f"{notice.title} {mark}".strip()
    text = "\n".join((title, *notice.lines))
    return cut(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), TEXT_LIMIT)


class SlackWebhook:
    """An incoming webhook. It gives no identifier, so it can neither update nor be looked at."""

    name = "slack"
    can_update = False
    can_look = False

    def __init__(self, url: str, *, timeout: float, patience: float, transport: Transport | None = None) -> None:
        self._http, self._path = webhook(SERVICE, url, timeout=timeout, patience=patience, transport=transport)

    def find(self, incident: str) -> tuple[str, str] | None:
        """Never anything: a webhook can't be read."""
        del incident
        return None

    def send(self, notice: Notice, mark: str) -> str:
        """Posts; there is no id."""
        self._http.call_text("post the notice", "POST", self._path, body={"text": plain(notice, mark)})
        return ""

    def update(self, message_id: str, notice: Notice) -> str:
        """A webhook can't; the news is posted."""
        del message_id
        return self.send(notice, "")


class SlackBot:
    """The Web API. Messages carry the incident and the digest as metadata, by which they are found again."""

    name = "slack"
    can_update = True
    can_look = True

    def __init__(
        self,
        api_url: str,
        token: str,
        channel: str,
        *,
        timeout: float,
        patience: float,
        transport: Transport | None = None,
    ) -> None:
        if not channel.strip():
            raise bad_input("A Slack bot token needs a channel to post to")
        self._channel = channel
        self._http = JsonClient(
            SERVICE,
            api_url,
            headers={"Authorization": f"Bearer {token}"},
            transport=transport,
            timeout=timeout,
            patience=patience,
        )

    def find(self, incident: str) -> tuple[str, str] | None:
        """Looks through the channel's newest messages for the incident's."""
        query = {"channel": self._channel, "limit": LOOK_BACK, "include_all_metadata": True}
        data = self._http.call("look for the notice", "GET", "/conversations.history", params=query).data
        for message in self._accepted(data, "look for the notice").get("messages", []):
            metadata = message.get("metadata") if isinstance(message, dict) else None
            payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
            if isinstance(payload, dict) and payload.get("incident") == incident:
                return str(message.get("ts", "")), str(payload.get("digest", ""))
        return None

    def send(self, notice: Notice, mark: str) -> str:
        """chat.postMessage; returns `ts`."""
        data = self._http.call("post the notice", "POST", "/chat.postMessage", body=self._body(notice, mark)).data
        return str(self._accepted(data, "post the notice").get("ts", ""))

    def update(self, message_id: str, notice: Notice) -> str:
        """chat.update."""
        body = {**self._body(notice, ""), "ts": message_id}
        data = self._http.call("update the notice", "POST", "/chat.update", body=body).data
        return str(self._accepted(data, "update the notice").get("ts", message_id))

    def _body(self, notice: Notice, mark: str) -> dict[str, Any]:
        metadata = {"event_type": EVENT, "event_payload": {"incident": notice.incident, "digest": notice.digest}}
        return {"channel": self._channel, "text": plain(notice, mark), "metadata": metadata, "unfurl_links": False}

    def _accepted(self, data: Any, operation: str) -> dict[str, Any]:
        if isinstance(data, dict) and data.get("ok") is True:
            return data
        code = (
            str(data.get("error", "no reason given")) if isinstance(data, dict) else "an answer that is not understood"
        )
        raise LaunchopsError(
            f"Slack refused to {operation} in {self._channel}: {code}",
            service=SERVICE,
            operation=operation,
            status=200,
            code=code,
            hint=HINTS.get(code, "Look the code up in Slack's API documentation; post by hand meanwhile."),
        )
