# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: something wrong that the sandbox is told to do, by service, method and route."""

from __future__ import annotations

import fnmatch
from dataclasses import asdict, dataclass, field
from typing import Any

# Applied before the request has any effect, or to its answer afterwards, or to the job that the request starts.
BEFORE = frozenset({"status", "silence", "reset-before", "plan-402", "conflict-409", "stale", "latency"})
AFTER = frozenset({"reset-after", "silence-after", "malformed", "html", "empty"})
JOB = {"job-never-ends": "never-ends", "job-fails": "fails", "job-skipped": "skipped", "wrong-job": "wrong-job"}
OTHER = frozenset({"partial-env-failure"})
KINDS = BEFORE | AFTER | JOB.keys() | OTHER


@dataclass
class Fault:
    """One fault. `times` is how often it fires, None for ever; `skip` requests pass before it first does."""

    id: int
    kind: str
    service: str = "*"
    method: str = "*"
    route: str = "*"
    times: int | None = 1
    skip: int = 0
    status: int = 500
    retry_after: str | None = None
    seconds: float = 60.0
    body: str | None = None
    fired: int = 0
    snapshot: Any = field(default=None, repr=False)

    def shown(self) -> dict[str, Any]:
        """Plain values for the command line."""
        values = asdict(self)
        del values["snapshot"]
        return values

    def matches(self, service: str, method: str, route: str, path: str) -> bool:
        """Whether it is meant for a request; `route` is its name, `path` its path without the query."""
        return (
            self.service in {"*", service}
            and self.method.upper() in {"*", method}
            and (self.route == route or fnmatch.fnmatch(path, self.route) or fnmatch.fnmatch(route, self.route))
        )


class Faults:
    """The faults that are switched on, in the order in which they were added."""

    def __init__(self) -> None:
        self._next = 1
        self.all: list[Fault] = []

    def add(self, values: dict[str, Any], snapshot: Any) -> Fault:
        """Switches one on. Raises ValueError for a kind that does not exist."""
        if values.get("kind") not in KINDS:
            raise ValueError(f"no such fault: {values.get('kind')}; there are {', '.join(sorted(KINDS))}")
        fault = Fault(id=self._next, **values)
        fault.snapshot = snapshot if fault.kind == "stale" else None
        self._next += 1
        self.all.append(fault)
        return fault

    def clear(self, number: int | None) -> int:
        """Switches one off, or all; returns how many."""
        before = len(self.all)
        self.all = [fault for fault in self.all if number is not None and fault.id != number]
        return before - len(self.all)

    def fire(self, kinds: frozenset[str] | set[str], service: str, method: str, route: str, path: str) -> Fault | None:
        """The first fault of these kinds that is due for this request, counted as fired."""
        for fault in self.all:
            if fault.kind not in kinds or not fault.matches(service, method, route, path):
                continue
            if fault.times is not None and fault.fired >= fault.times:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.fired += 1
            return fault
        return None
