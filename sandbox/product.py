# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The product: a small shop, served per deployment by Host header, and on the public address by what production points to."""

from __future__ import annotations

import asyncio
import random
import time

from sandbox.faults import Faults
from sandbox.requestlog import RequestLog
from sandbox.server import Call, Reply, Service, route
from sandbox.world import Deployment, World, identifier

SLOW_SECONDS = 2.5


class Product(Service):
    """The edge in front of the deployments."""

    name = "product"

    def __init__(self, faults: Faults, log: RequestLog, world: World) -> None:
        super().__init__(faults, log)
        self._world = world
        self.routes = [
            route("product.health", "GET", "/api/health", self.health),
            route("product.api", "GET", "/api/{name}", self.api),
            route("product.api.post", "POST", "/api/{name}", self.api),
            route("product.page", "GET", "/", self.page),
            route("product.page", "GET", "/{name}", self.page),
        ]

    def world(self) -> World:
        self._world.advance()
        return self._world

    def not_found(self, call: Call, allowed: bool) -> Reply:
        return Reply(405 if allowed else 404, text="Not found", content_type="text/plain; charset=utf-8")

    def decorate(self, call: Call, reply: Reply) -> None:
        reply.headers.setdefault("server", "Vercel")
        reply.headers.setdefault("x-vercel-id", f"fra1::iad1::{identifier('', 5).lower()}-{int(time.time() * 1000)}")
        reply.headers.setdefault("x-vercel-cache", "MISS")
        reply.headers.setdefault("age", "0")
        reply.headers.setdefault("cache-control", "public, max-age=0, must-revalidate")

    async def _served(self, call: Call) -> Deployment | Reply:
        world: World = call.world
        host = call.headers.get("host", "").split(":")[0]
        named = next((d for d in world.deployments.values() if d.url == host and not d.deleted), None)
        if host.endswith(".vercel.app") and host not in world.domains and named is None:
            return _edge_error(404, "DEPLOYMENT_NOT_FOUND", "The deployment could not be found on Vercel.")
        if named is None and world.paused:
            return _edge_error(503, "DEPLOYMENT_PAUSED", "This deployment is temporarily paused.")
        # Chance decides between two releases here; a real visitor would stay with one.
        deployment = named or world.serving(random.random())  # noqa: S311 - no secret depends on it
        if deployment is None:
            return _edge_error(404, "DEPLOYMENT_NOT_FOUND", "The deployment could not be found on Vercel.")
        if deployment.state != "READY":
            return _edge_error(404, "DEPLOYMENT_NOT_READY", "The deployment is not ready.")
        if deployment.kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return deployment

    async def health(self, call: Call) -> Reply:
        """GET /api/health."""
        served = await self._served(call)
        if isinstance(served, Reply):
            return served
        if served.kind == "bad":
            return _broken()
        return Reply(data={"status": "ok", "release": served.message, "commit": served.commit, "deployment": served.id})

    async def api(self, call: Call) -> Reply:
        """Any other API path; env-check names the environment variables of the build, never their values."""
        served = await self._served(call)
        if isinstance(served, Reply):
            return served
        if served.kind == "bad":
            return _broken()
        if call.args["name"] == "env-check":
            return Reply(data={"keys": served.env, "deployment": served.id})
        return Reply(data={"name": call.args["name"], "items": [], "release": served.message})

    async def page(self, call: Call) -> Reply:
        """Any page."""
        served = await self._served(call)
        if isinstance(served, Reply):
            return served
        if served.kind == "bad":
            body = "<!doctype html><title>Error</title><h1>Application error</h1>"
            return Reply(500, text=body, content_type="text/html; charset=utf-8")
        name = call.args.get("name", "home")
        body = (
            f"<!doctype html><html lang=en><title>Shop</title><h1>FairTradeWorker</h1><p data-page={name}>"
            f"Add to basket</p><footer>{served.message} {served.id}</footer></html>"
        )
        return Reply(text=body, content_type="text/html; charset=utf-8")


def _edge_error(status: int, code: str, words: str) -> Reply:
    text = f"{words}\n\n{code}\n\nfra1::{identifier('', 5).lower()}\n"
    return Reply(status, text=text, content_type="text/plain; charset=utf-8", headers={"x-vercel-error": code})


def _broken() -> Reply:
    return Reply(
        500,
        {"error": {"code": "500", "message": "A server error has occurred"}},
        {"x-vercel-error": "FUNCTION_INVOCATION_FAILED"},
    )
