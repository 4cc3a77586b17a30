# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statuspage.io: the manage API's incidents and components."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from sandbox.faults import Fault, Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Service, route

REALTIME = ("investigating", "identified", "monitoring", "resolved")
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
COMPONENT = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage", "")
NAME_LIMIT, BODY_LIMIT = 255, 25_000
WINDOW = 60


class Statuspage(Service):
    """api.statuspage.io."""

    name = "statuspage"

    def __init__(self, faults: Faults, log: RequestLog, *, token: str, page: str, component: str) -> None:
        super().__init__(faults, log)
        self._token, self._page = token, page
        self.received: list[dict[str, Any]] = []
        self.components = {component: "operational"}
        self.per_window = WINDOW
        self._times: list[float] = []
        base = "/v1/pages/{page}"
        self.routes = [
            route("statuspage.pages", "GET", "/v1/pages", self.pages),
            route("statuspage.page", "GET", base, self.page),
            route("statuspage.components", "GET", f"{base}/components", self.list_components),
            route("statuspage.incident.create", "POST", f"{base}/incidents", self.create),
            route("statuspage.incidents", "GET", f"{base}/incidents", self.listing),
            route("statuspage.unresolved", "GET", f"{base}/incidents/unresolved", self.unresolved),
            route("statuspage.incident.get", "GET", f"{base}/incidents/{{incident}}", self.read),
            route("statuspage.incident.update", "PATCH", f"{base}/incidents/{{incident}}", self.update),
            route("statuspage.incident.update", "PUT", f"{base}/incidents/{{incident}}", self.update),
        ]

    def identify(self, call: Call) -> tuple[str, Reply | None]:
        given = call.headers.get("authorization", "")
        if given not in {f"OAuth {self._token}", self._token}:
            return "anonymous", Reply(401, {"error": "Could not authenticate"})
        now = time.monotonic()
        self._times = [t for t in self._times if now - t < WINDOW]
        if len(self._times) >= self.per_window:
            return "launchops", Reply(420, {"error": "Too many requests. The limit is 1 request per second."})
        self._times.append(now)
        if call.args.get("page") not in {None, self._page}:
            return "launchops", Reply(404, {"error": "Page not found"})
        return "launchops", None

    def not_found(self, call: Call, allowed: bool) -> Reply:
        return Reply(405 if allowed else 404, {"error": "Not found"})

    def status_fault(self, fault: Fault) -> Reply:
        reply = super().status_fault(fault)
        if fault.body is None:
            reply.data = {"error": "Too many requests" if fault.status in {420, 429} else "Something went wrong"}
        return reply

    def pages(self, call: Call) -> Reply:
        """GET pages."""
        del call
        return Reply(data=[{"id": self._page, "name": "Shop status", "domain": "status.shop.example"}])

    def page(self, call: Call) -> Reply:
        """GET one page."""
        del call
        return Reply(data={"id": self._page, "name": "Shop status", "domain": "status.shop.example"})

    def list_components(self, call: Call) -> Reply:
        """GET components."""
        del call
        return Reply(
            data=[{"id": i, "page_id": self._page, "name": "Shop", "status": s} for i, s in self.components.items()]
        )

    def listing(self, call: Call) -> Reply:
        """GET incidents, newest first."""
        limit = int(call.query.get("limit", "100"))
        return Reply(data=list(reversed(self.received))[:limit])

    def unresolved(self, call: Call) -> Reply:
        """GET unresolved incidents, newest first."""
        del call
        return Reply(
            data=[i for i in reversed(self.received) if i["status"] not in {"resolved", "postmortem", "completed"}]
        )

    def read(self, call: Call) -> Reply:
        """GET one."""
        found = self._incident(call)
        return Reply(data=found) if found else Reply(404, {"error": "Incident not found"})

    def create(self, call: Call) -> Reply:
        """POST: 201."""
        asked = call.body.get("incident") if isinstance(call.body, dict) else None
        problems = _problems(asked, self.components, creating=True)
        if problems or not isinstance(asked, dict):
            return Reply(422 if isinstance(asked, dict) else 400, {"error": problems or ["incident is missing"]})
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        incident = {
            "id": secrets.token_hex(6),
            "name": asked["name"],
            "status": asked.get("status", "investigating"),
            "impact": asked.get("impact_override") or "none",
            "impact_override": asked.get("impact_override"),
            "metadata": asked.get("metadata", {}),
            "page_id": self._page,
            "created_at": now,
            "updated_at": now,
            "resolved_at": None,
            "shortlink": f"https://stspg.io/{secrets.token_hex(4)}",
            "incident_updates": [],
            "components": [],
        }
        self.received.append(incident)
        self._apply(incident, asked, now)
        return Reply(201, incident, effect=True)

    def update(self, call: Call) -> Reply:
        """PATCH: each body is an update that subscribers see."""
        incident = self._incident(call)
        if incident is None:
            return Reply(404, {"error": "Incident not found"})
        asked = call.body.get("incident") if isinstance(call.body, dict) else None
        problems = _problems(asked, self.components, creating=False)
        if problems or not isinstance(asked, dict):
            return Reply(422 if isinstance(asked, dict) else 400, {"error": problems or ["incident is missing"]})
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        incident |= {key: asked[key] for key in ("name", "status", "impact_override", "metadata") if key in asked}
        incident["updated_at"] = now
        if incident["status"] == "resolved":
            incident["resolved_at"] = now
        self._apply(incident, asked, now)
        return Reply(200, incident, effect=True)

    def _incident(self, call: Call) -> dict[str, Any] | None:
        return next((i for i in self.received if i["id"] == call.args["incident"]), None)

    def _apply(self, incident: dict[str, Any], asked: dict[str, Any], now: str) -> None:
        self.components |= asked.get("components") or {}
        wanted = {*(asked.get("component_ids") or []), *(asked.get("components") or {})}
        incident["components"] = [
            {"id": i, "name": "Shop", "status": self.components[i]} for i in sorted(wanted)
        ] or incident["components"]
        if "body" in asked or not incident["incident_updates"]:
            incident["incident_updates"].insert(
                0,
                {
                    "id": secrets.token_hex(6),
                    "status": incident["status"],
                    "body": asked.get("body", ""),
                    "created_at": now,
                    "deliver_notifications": asked.get("deliver_notifications", True),
                },
            )


def _problems(asked: Any, components: dict[str, str], *, creating: bool) -> list[str]:
    if not isinstance(asked, dict):
        return []
    found = []
    if creating and not asked.get("name"):
        found.append("Name can't be blank")
    if len(asked.get("name") or "") > NAME_LIMIT:
        found.append(f"Name is too long (maximum is {NAME_LIMIT} characters)")
    if len(asked.get("body") or "") > BODY_LIMIT:
        found.append(f"Body is too long (maximum is {BODY_LIMIT} characters)")
    if asked.get("status", "investigating") not in {*REALTIME, *SCHEDULED}:
        found.append("Status is not included in the list")
    metadata = asked.get("metadata", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, dict) for v in metadata.values()):
        found.append("Metadata must be an object whose values are objects")
    if asked.get("impact_override") not in {None, "none", "maintenance", "minor", "major", "critical"}:
        found.append("Impact override is not included in the list")
    for identifier, status in (asked.get("components") or {}).items():
        if identifier not in components:
            found.append(f"Component {identifier} does not exist")
        if status not in COMPONENT:
            found.append(f"Component status {status} is not included in the list")
    found += [f"Component {i} does not exist" for i in asked.get("component_ids") or [] if i not in components]
    return found
