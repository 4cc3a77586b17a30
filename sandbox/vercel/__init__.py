# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vercel's REST API: authentication, teams, limits and errors; the routes by area stand beside this file."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from sandbox.faults import Fault, Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Service
from sandbox.vercel import accounts, deployments, env, jobs, projects, rolling
from sandbox.vercel.shapes import error
from sandbox.world import World, identifier

_VERSION = re.compile(r"^/(?:api/)?v\d+(?=/)")
WINDOW = 60


@dataclass(frozen=True)
class Token:
    """Who a token is, and whether it may write."""

    who: str
    writes: bool


class Vercel(Service):
    """api.vercel.com."""

    name = "vercel"

    def __init__(self, faults: Faults, log: RequestLog, world: World, tokens: dict[str, Token]) -> None:
        super().__init__(faults, log)
        self._world = world
        self._tokens = tokens
        self._windows: dict[tuple[str, int], int] = {}
        for area in (accounts, deployments, projects, jobs, rolling, env):
            self.routes += area.routes(faults)

    def world(self) -> World:
        self._world.advance()
        return self._world

    def strip(self, path: str) -> str:
        """Without the version: clients differ in it, operation by operation."""
        return _VERSION.sub("", path)

    def identify(self, call: Call) -> tuple[str, Reply | None]:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            refusal = error(403, "forbidden", "Not authorized", invalidToken=True)
            return "anonymous", refusal if value else error(401, "unauthorized", "Missing authentication token")
        if self._limited(call):
            return token.who, self._too_many(call)
        if call.method not in {"GET", "HEAD", "OPTIONS"} and not token.writes:
            return token.who, error(
                403, "forbidden", "You don't have permission to do this: the role Viewer can't write."
            )
        team = call.query.get("teamId") or call.query.get("slug")
        if team and team not in {self._world.team_id, self._world.team_slug}:
            return token.who, error(
                403, "forbidden", "Not authorized: Trying to access resource under a different scope."
            )
        if not team and _needs_team(call.route):
            return token.who, error(404, "not_found", "Not found: it may belong to a team; name it with teamId.")
        return token.who, None

    def not_found(self, call: Call, allowed: bool) -> Reply:
        if allowed:
            return error(405, "method_unknown", f"The method {call.method} is not allowed on {call.path}.")
        return error(404, "not_found", f"The path {call.path} does not exist.")

    def decorate(self, call: Call, reply: Reply) -> None:
        window = int(time.time()) // WINDOW
        used = self._windows.get((call.route, window), 0)
        reply.headers.setdefault("X-RateLimit-Limit", str(self._world.rate_limit))
        reply.headers.setdefault("X-RateLimit-Remaining", str(max(0, self._world.rate_limit - used)))
        reply.headers.setdefault("X-RateLimit-Reset", str((window + 1) * WINDOW))
        reply.headers.setdefault("x-vercel-id", f"fra1::{identifier('', 5).lower()}-{int(time.time() * 1000)}-sandbox")
        reply.headers.setdefault("server", "Vercel")

    def status_fault(self, fault: Fault) -> Reply:
        if fault.kind == "plan-402":
            return error(
                402, "payment_required", "To roll back further than the previous production deployment, upgrade to pro."
            )
        if fault.kind == "conflict-409":
            return error(409, "conflict", "Another rollback of this project is in progress.")
        if fault.status == 429:
            reply = self._too_many(None)
            reply.headers = {}
        else:
            codes = {
                400: "bad_request",
                401: "unauthorized",
                402: "payment_required",
                403: "forbidden",
                404: "not_found",
            }
            reply = error(
                fault.status,
                codes.get(fault.status, "internal_server_error"),
                "An error that the sandbox was told to give",
            )
        if fault.body is not None:
            reply.data, reply.text, reply.content_type = None, fault.body, "text/plain"
        if fault.retry_after is not None:
            reply.headers["Retry-After"] = fault.retry_after
        return reply

    def _limited(self, call: Call) -> bool:
        window = int(time.time()) // WINDOW
        if len(self._windows) > 200:
            self._windows = {key: count for key, count in self._windows.items() if key[1] == window}
        self._windows[(call.route, window)] = self._windows.get((call.route, window), 0) + 1
        return self._windows[(call.route, window)] > self._world.rate_limit

    def _too_many(self, call: Call | None) -> Reply:
        now = int(time.time())
        reset = (now // WINDOW + 1) * WINDOW
        limit = self._world.rate_limit
        name = call.route if call else "sandbox"
        words = f'Too many requests - try again in {reset - now} seconds (more than {limit}, code: "api-{name}")'
        reply = error(
            429, "rate_limited", words, limit={"total": limit, "remaining": 0, "reset": reset, "resetMs": reset * 1000}
        )
        reply.headers |= {"Retry-After": str(reset - now), "X-RateLimit-Remaining": "0"}
        return reply


def _needs_team(route: str) -> bool:
    """Everything of the team's; a single deployment is shown to its members without it too (as the CLI relies on)."""
    return not route.startswith("vercel.account") and route not in {"vercel.deployment.get", ""}
