# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Supabase's Management API: authentication, limits and errors; routes by area stand beside this file."""

from __future__ import annotations

import copy
import math
import re
import time
import uuid
from typing import Any

from sandbox.faults import JOB, Fault, Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Route, Service
from sandbox.supabase import addons, database, organizations, projects
from sandbox.supabase.platform import Platform
from sandbox.supabase.shapes import View, error
from sandbox.supabase.state import Project, State

_REF = re.compile(r"^/v\d+/projects/([^/]+)")
_SLUG = re.compile(r"^/v\d+/organizations/([^/]+)")


class Supabase(Service):
    """api.supabase.com."""

    name = "supabase"

    def __init__(
        self, faults: Faults, log: RequestLog, state: State, platform: Platform, tokens: dict[str, bool]
    ) -> None:
        super().__init__(faults, log)
        self.state = state
        self.platform = platform
        # Token to whether it may write.
        self._tokens = tokens
        self._used: dict[tuple[str, str], list[float]] = {}
        self._scope = ("", "")
        for area in (organizations, projects, database, addons):
            self.routes += [self._with_project(one) for one in area.routes(self)]

    def world(self) -> State:
        return self.state

    def freeze(self) -> State:
        """A copy for stale reads."""
        return copy.deepcopy(self.state)

    def _with_project(self, one: Route) -> Route:
        """Refuses an unknown project or organisation before the handler sees the call."""

        def handler(call: Call) -> Any:
            state: State = call.world
            project: Project | None = None
            if "ref" in call.args:
                if not re.fullmatch(r"[a-z]{20}", call.args["ref"]):
                    return error(400, "ref: Invalid")
                project = state.projects.get(call.args["ref"])
                if project is None:
                    return error(404, "Project not found")
            if "slug" in call.args and call.args["slug"] != state.slug:
                return error(404, "Organization not found")
            return one.handler(Call(**{**call.__dict__, "world": View(state, project)}))

        return Route(one.name, one.method, one.pattern, handler)

    def job_fault(self, name: str) -> str:
        """What is to become of the work that a request begins: "", never-ends or fails."""
        found = self.faults.fire(set(JOB), self.name, "*", name, "")
        return JOB[found.kind] if found else ""

    def identify(self, call: Call) -> tuple[str, Reply | None]:
        """Before routing, so that an unknown path is answered with 401 too."""
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        writes = self._tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if writes is None:
            return "anonymous", error(401, "Unauthorized")
        who = "launchops" if writes else "viewer"
        found = _REF.match(call.path) or _SLUG.match(call.path)
        self._scope = (who, found.group(1) if found else "")
        if self._over():
            return who, error(429, "ThrottlerException: Too Many Requests")
        if not writes and call.method not in {"GET", "HEAD", "OPTIONS"} and not call.route.endswith("read-only"):
            return who, error(403, "You do not have the required permissions to perform this action.")
        return who, None

    def _over(self) -> bool:
        """Counts this request; 120 in a minute, by user and by project or organisation."""
        now = time.monotonic()
        times = self._used.setdefault(self._scope, [])
        if times and now - times[0] >= self.state.window_seconds:
            times.clear()
        times.append(now)
        return len(times) > self.state.rate_limit

    def not_found(self, call: Call, allowed: bool) -> Reply:
        return error(404, f"Cannot {call.method} {call.path}")

    def decorate(self, call: Call, reply: Reply) -> None:
        times = self._used.get(self._scope, [])
        left = self.state.window_seconds - (time.monotonic() - times[0]) if times else self.state.window_seconds
        reply.headers |= {
            "X-RateLimit-Limit": str(self.state.rate_limit),
            "X-RateLimit-Remaining": str(max(0, self.state.rate_limit - len(times))),
            # Seconds that are left, not a time.
            "X-RateLimit-Reset": str(max(0, math.ceil(left))),
            "x-gotrue-id": str(uuid.uuid4()),
        }

    def status_fault(self, fault: Fault) -> Reply:
        words = {429: "ThrottlerException: Too Many Requests", 500: "Internal server error", 502: "Bad Gateway"}
        reply = error(fault.status, words.get(fault.status, "An error that the sandbox was told to give"))
        if fault.body is not None:
            reply.data, reply.text, reply.content_type = None, fault.body, "text/plain"
        if fault.retry_after is not None:
            reply.headers["Retry-After"] = fault.retry_after
        return reply
