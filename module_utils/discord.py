# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discord: a webhook and the messages it has posted (Discord's API documentation, "Webhook")."""

from __future__ import annotations

from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Transport, webhook
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices import Notice, cut

SERVICE = "Discord"
CONTENT_LIMIT = 2_000


class DiscordWebhook:
    """A webhook. With `wait` it gives the message's id, so it can update; it can't be searched."""

    name = "discord"
    can_update = True
    can_look = False

    def __init__(self, url: str, *, timeout: float, patience: float, transport: Transport | None = None) -> None:
        self._http, self._path = webhook(SERVICE, url, timeout=timeout, patience=patience, transport=transport)

    def find(self, incident: str) -> tuple[str, str] | None:
        """Never anything: a webhook's messages can't be listed."""
        del incident
        return None

    def send(self, notice: Notice, mark: str) -> str:
        """POST with wait=true; returns the message's id."""
        body = _body(notice, mark)
        data = self._http.call("post the notice", "POST", self._path, params={"wait": True}, body=body).data
        return str(data.get("id", "")) if isinstance(data, dict) else ""

    def update(self, message_id: str, notice: Notice) -> str:
        """PATCH; one that somebody has deleted is posted again."""
        try:
            self._http.call("update the notice", "PATCH", f"{self._path}/messages/{message_id}", body=_body(notice, ""))
        except LaunchopsError as error:
            if error.status == 404 and error.code == "10008":
                return self.send(notice, "")
            raise
        return message_id


def _body(notice: Notice, mark: str) -> dict[str, Any]:
    text = "\n".join((f"{notice.title} {mark}".strip(), *notice.lines))
    return {"content": cut(text, CONTENT_LIMIT), "allowed_mentions": {"parse": []}}
