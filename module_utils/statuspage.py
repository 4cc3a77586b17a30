# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statuspage.io: an incident on the status page (its manage API, version 1).

One request a second per token is the limit, measured over 60 s; over it the answer is 420 or 429.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import JsonClient, Transport
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices import Notice, cut

SERVICE = "Statuspage"
NAME_LIMIT = 255
BODY_LIMIT = 25_000
# Top-level values of `metadata` must be objects.
MARK = "launchops"


class StatuspageIncident:
    """The incident that carries our mark. It can be looked for, always, also where the journal is lost."""

    name = "statuspage"
    can_update = True
    can_look = True

    def __init__(
        self,
        api_url: str,
        token: str,
        page: str,
        *,
        status: str,
        components: Mapping[str, str],
        deliver_notifications: bool,
        timeout: float,
        patience: float,
        transport: Transport | None = None,
    ) -> None:
        if not page.strip():
            raise bad_input("The status page's id is missing", hint="Set statuspage_page in the inventory.")
        self._base = f"/pages/{page}/incidents"
        self._status = status
        self._components = dict(components)
        self._deliver = deliver_notifications
        self._http = JsonClient(
            SERVICE,
            api_url,
            headers={"Authorization": f"OAuth {token}"},
            transport=transport,
            timeout=timeout,
            patience=patience,
        )

    def find(self, incident: str) -> tuple[str, str] | None:
        """Looks through the unresolved incidents for ours."""
        data = self._http.call("look for the incident", "GET", f"{self._base}/unresolved").data
        for item in data if isinstance(data, list) else []:
            metadata = item.get("metadata") if isinstance(item, dict) else None
            mark = metadata.get(MARK) if isinstance(metadata, dict) else None
            if isinstance(mark, dict) and mark.get("incident") == incident:
                return str(item.get("id", "")), str(mark.get("digest", ""))
        return None

    def send(self, notice: Notice, mark: str) -> str:
        """POST; returns the incident's id."""
        del mark
        body = {"incident": {"name": cut(notice.title, NAME_LIMIT), **self._body(notice)}}
        data = self._http.call("open the incident", "POST", self._base, body=body, expected={200, 201}).data
        return str(data.get("id", "")) if isinstance(data, dict) else ""

    def update(self, message_id: str, notice: Notice) -> str:
        """PATCH: subscribers see the body as an update."""
        body = {"incident": self._body(notice)}
        self._http.call("update the incident", "PATCH", f"{self._base}/{message_id}", body=body)
        return message_id

    def _body(self, notice: Notice) -> dict[str, Any]:
        body: dict[str, Any] = {
            "status": self._status,
            "body": cut("\n".join(notice.lines) or notice.title, BODY_LIMIT),
            "deliver_notifications": self._deliver,
            "metadata": {MARK: {"incident": notice.incident, "digest": notice.digest}},
        }
        if self._components:
            body |= {"components": self._components, "component_ids": sorted(self._components)}
        return body
