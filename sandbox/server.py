# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all stand-ins share: routing by name, faults, the request log, and answers as the real services send them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.faults import AFTER, BEFORE, Fault, Faults
from sandbox.requestlog import READS, RequestLog, scrub


@dataclass(frozen=True)
class Call:
    """One request as a handler sees it."""

    method: str
    path: str
    route: str
    args: dict[str, str]
    query: dict[str, str]
    queries: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    raw: bytes
    who: str
    world: Any


@dataclass
class Reply:
    """One answer. `data` is sent as JSON unless it is text; None is an empty body. `effect`: it changed state."""

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    content_type: str = "application/json; charset=utf-8"
    effect: bool = False


Handler = Callable[[Call], Reply | Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """A named route. The pattern is matched against the whole path."""

    name: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(name: str, method: str, path: str, handler: Handler) -> Route:
    """A route from a path like `/projects/{project}`; a segment may be anything but a slash."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(name, method, re.compile(f"^{pattern}/?$"), handler)


class Service:
    """One stand-in: its routes, and how it names itself, authenticates and refuses.

    Subclasses override `identify`, `not_found`, `decorate`, `status_fault` and `malformed`.
    """

    name = "service"

    def __init__(self, faults: Faults, log: RequestLog) -> None:
        self.faults = faults
        self.log = log
        self.routes: list[Route] = []

    def world(self) -> Any:
        """What handlers work on, brought to the present."""
        return None

    def strip(self, path: str) -> str:
        """The path as routes are written."""
        return path

    def identify(self, call: Call) -> tuple[str, Reply | None]:
        """Who asks, and the refusal if they may not."""
        del call
        return "anonymous", None

    def not_found(self, call: Call, allowed: bool) -> Reply:
        """For a path that does not exist, or (allowed) not by this method."""
        del call
        return Reply(405 if allowed else 404, {"error": {"code": "not_found", "message": "Not found"}})

    def decorate(self, call: Call, reply: Reply) -> None:
        """Adds the headers that every answer has."""

    def status_fault(self, fault: Fault) -> Reply:
        """The real shape of an error status."""
        reply = Reply(fault.status, {"error": {"code": "error", "message": f"Fault {fault.status}"}})
        if fault.body is not None:
            reply.data, reply.text, reply.content_type = None, fault.body, "text/plain"
        if fault.retry_after is not None:
            reply.headers["Retry-After"] = fault.retry_after
        return reply

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request, from the fault that hits it first to the answer."""
        raw = await request.read()
        path = self.strip(request.path)
        found, args, allowed = self._find(request.method, path)
        call = Call(
            method=request.method,
            path=request.path,
            route=found.name if found else "",
            args=args,
            query=dict(request.query.items()),
            queries={key: request.query.getall(key) for key in request.query},
            headers={key.lower(): value for key, value in request.headers.items()},
            body=_json(raw),
            raw=raw,
            who="anonymous",
            world=None,
        )
        who, refusal = self.identify(call)
        call = Call(**{**call.__dict__, "who": who})
        before = self._fire(BEFORE, call)
        if before and before.kind == "reset-before":
            self._note(request, call, None, before, effect=False)
            return _reset(request)
        if before and before.kind == "silence":
            self._note(request, call, None, before, effect=False)
            await asyncio.sleep(before.seconds)
            return _reset(request)
        if before and before.kind == "latency":
            await asyncio.sleep(before.seconds)
        reply = await self._reply(call, found, allowed, refusal, before)
        after = self._fire(AFTER, call) if before is None else None
        self.decorate(call, reply)
        self._note(request, call, reply, before or after, effect=reply.effect)
        if after and after.kind == "reset-after":
            return _reset(request)
        if after and after.kind == "silence-after":
            await asyncio.sleep(after.seconds)
            return _reset(request)
        return _response(reply, after, head=request.method == "HEAD")

    async def _reply(
        self, call: Call, found: Route | None, allowed: bool, refusal: Reply | None, before: Fault | None
    ) -> Reply:
        if refusal is not None:
            return refusal
        if before and before.kind in {"status", "plan-402", "conflict-409"}:
            return self.status_fault(before)
        if found is None:
            return self.not_found(call, allowed)
        world = before.snapshot[self.name] if before and before.kind == "stale" else self.world()
        answer = found.handler(Call(**{**call.__dict__, "world": world}))
        return answer if isinstance(answer, Reply) else await answer

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        allowed = False
        for candidate in self.routes:
            match = candidate.pattern.match(path)
            if match and candidate.method in {method, "GET" if method == "HEAD" else method}:
                return candidate, match.groupdict(), True
            allowed = allowed or match is not None
        return None, {}, allowed

    def _fire(self, kinds: frozenset[str], call: Call) -> Fault | None:
        if not self.faults.all:
            return None
        return self.faults.fire(set(kinds), self.name, call.method, call.route, call.path)

    def _note(
        self, request: web.Request, call: Call, reply: Reply | None, fault: Fault | None, *, effect: bool
    ) -> None:
        query = f"?{request.query_string}" if request.query_string else ""
        self.log.add(
            {
                "service": self.name,
                "method": call.method,
                "path": self.shown_path(call.path) + query,
                "route": call.route,
                "status": reply.status if reply else None,
                "who": call.who,
                "agent": call.headers.get("user-agent", ""),
                "body": scrub(call.body) if call.method not in READS else None,
                "fault": fault.kind if fault else None,
                "effect": effect,
            }
        )

    def shown_path(self, path: str) -> str:
        """The path for the log, without what is secret in it."""
        return path


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _reset(request: web.Request) -> web.StreamResponse:
    """Ends the connection with a TCP reset: lingering for 0 seconds, then closing."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


def _response(reply: Reply, after: Fault | None, *, head: bool) -> web.Response:
    body = (
        b""
        if reply.data is None and reply.text is None
        else (reply.text.encode() if reply.text is not None else json.dumps(reply.data, ensure_ascii=False).encode())
    )
    content_type = reply.content_type
    status = reply.status
    if after and after.kind == "malformed":
        body, content_type = (body or b'{"a": 1}')[: max(1, len(body) // 2)], "application/json; charset=utf-8"
    elif after and after.kind == "html":
        body, content_type, status = b"<!doctype html><title>Gateway</title>", "text/html; charset=utf-8", 200
    elif after and after.kind == "empty":
        body, status = b"", 200
    headers = dict(reply.headers)
    if body:
        headers["Content-Type"] = content_type
    if head:
        headers["Content-Length"] = str(len(body))
        body = b""
    return web.Response(status=status, body=body, headers=headers)
