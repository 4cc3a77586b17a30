# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal's records add up to: pure functions over them, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Record

HEALTHY = "deployment.healthy"
BAD = "deployment.bad"
ROLLBACK_STARTED = "rollback.started"
ROLLBACK_FINISHED = "rollback.finished"
INCIDENT_OPENED = "incident.opened"
INCIDENT_MITIGATED = "incident.mitigated"
INCIDENT_RESOLVED = "incident.resolved"
FREEZE_SET = "freeze.set"
FREEZE_LIFTED = "freeze.lifted"
INTENDED = "notification.intended"
DELIVERED = "notification.delivered"
FAILED = "notification.failed"


@dataclass(frozen=True)
class Incident:
    """An incident that is not resolved. `status` is opened or mitigated; from and to are of its latest rollback."""

    id: str
    status: str
    opened_at: str
    from_deployment: str
    to_deployment: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Plain values for a module's result."""
        return {
            "id": self.id,
            "status": self.status,
            "opened_at": self.opened_at,
            "from": self.from_deployment,
            "to": self.to_deployment,
            "reason": self.reason,
        }


def of_environment(records: Iterable[Record], environment: str) -> list[Record]:
    """The records of one environment."""
    return [record for record in records if record.environment == environment]


def last_healthy(records: Sequence[Record]) -> list[str]:
    """Ids whose latest statement is healthy, the newest statement first."""
    latest = _latest_statements(records)
    return [record.subject for record in latest if record.type == HEALTHY]


def bad(records: Sequence[Record]) -> dict[str, str]:
    """Ids whose latest statement is bad, with the reason."""
    return {
        record.subject: str(record.data.get("reason") or "no reason given")
        for record in _latest_statements(records)
        if record.type == BAD
    }


def _latest_statements(records: Sequence[Record]) -> list[Record]:
    latest: dict[str, Record] = {}
    for record in records:
        if record.type in {HEALTHY, BAD}:
            latest.pop(record.subject, None)
            latest[record.subject] = record
    return list(reversed(latest.values()))


def freeze(records: Sequence[Record]) -> dict[str, str]:
    """The deploy freeze that holds: keys since, reason, incident, operator; empty where none does."""
    for record in reversed(records):
        if record.type == FREEZE_LIFTED:
            return {}
        if record.type == FREEZE_SET:
            return {
                "since": record.time,
                "reason": str(record.data.get("reason") or ""),
                "incident": str(record.data.get("incident") or ""),
                "operator": record.operator,
            }
    return {}


def open_incident(records: Sequence[Record]) -> Incident | None:
    """The newest incident that is not resolved, as it stands now."""
    resolved = {record.subject for record in records if record.type == INCIDENT_RESOLVED}
    opened = [record for record in records if record.type == INCIDENT_OPENED and record.subject not in resolved]
    if not opened:
        return None
    incident = opened[-1]
    started = [r for r in records if r.type == ROLLBACK_STARTED and r.data.get("incident") == incident.subject]
    latest: Mapping[str, Any] = started[-1].data if started else incident.data
    mitigated = [r for r in records if r.type == INCIDENT_MITIGATED and r.subject == incident.subject]
    return Incident(
        id=incident.subject,
        status="mitigated" if mitigated and (not started or mitigated[-1].seq > started[-1].seq) else "opened",
        opened_at=incident.time,
        from_deployment=str(latest.get("from") or ""),
        to_deployment=str(latest.get("to") or ""),
        reason=str(incident.data.get("reason") or ""),
    )


def resolved_incidents(records: Sequence[Record]) -> int:
    """How many incidents were resolved."""
    return len({record.subject for record in records if record.type == INCIDENT_RESOLVED})


def unfinished_rollback(records: Sequence[Record]) -> dict[str, str]:
    """The newest rollback begun and not finished: keys incident, from, to; empty for none."""
    for record in reversed(records):
        if record.type == ROLLBACK_FINISHED:
            return {}
        if record.type == ROLLBACK_STARTED:
            return {key: str(record.data.get(key) or "") for key in ("incident", "from", "to")}
    return {}


def receipts(records: Sequence[Record], channel: str, incident: str) -> list[Record]:
    """What was intended, delivered and failed on one channel for one incident, oldest first."""
    return [
        record
        for record in records
        if record.type in {INTENDED, DELIVERED, FAILED}
        and record.data.get("channel") == channel
        and record.data.get("incident") == incident
    ]
