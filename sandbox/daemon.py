# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process behind `up`: every stand-in on a port of its own, on 127.0.0.1 alone, and the admin listener."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.discord import Discord
from sandbox.faults import Faults
from sandbox.product import Product
from sandbox.requestlog import RequestLog
from sandbox.server import Service
from sandbox.slack import Slack
from sandbox.statuspage import Statuspage
from sandbox.supabase import Supabase
from sandbox.supabase.platform import Platform
from sandbox.supabase.state import Project, State, letters
from sandbox.vercel import Token, Vercel
from sandbox.world import World, identifier, new_world

HOST = "127.0.0.1"
SETTABLE = ("plan", "rate_limit", "auto_assign", "paused", "job_ms", "build_ms")
# Keys of `set`, with the attribute they set and the type of its value.
SUPABASE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "supabase_plan": ("plan", str),
    "supabase_rate_limit": ("rate_limit", int),
    "supabase_window_seconds": ("window_seconds", float),
    "replica_seconds": ("replica_seconds", float),
    "restart_seconds": ("restart_seconds", float),
}
PROJECT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "project_status": ("status", str),
    "physical_backups": ("physical_backups", lambda value: value in {True, "true"}),
}


class Sandbox:
    """All stand-ins over one world."""

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        speed = float(options["speed"])
        self.folder = folder
        self.faults = Faults()
        self.log = RequestLog(folder / "requests.jsonl")
        self.world: World = new_world(
            options["plan"], int(options["job_seconds"] * 1000 / speed), int(options["build_seconds"] * 1000 / speed)
        )
        self.secrets = {
            "vercel_token": identifier("vcp_", 56),
            "vercel_token_readonly": identifier("vcp_", 56),
            "slack_token": f"xoxb-{secrets.randbelow(10**12)}-{identifier('', 24)}",
            "slack_hook": f"/services/T{identifier('', 10).upper()}/B{identifier('', 10).upper()}/{identifier('', 24)}",
            "discord_hook": f"/api/webhooks/{secrets.randbelow(10**18) + 10**17}/{identifier('', 68)}",
            "statuspage_token": secrets.token_hex(32),
            "supabase_access_token": f"sbp_{secrets.token_hex(20)}",
            "supabase_access_token_readonly": f"sbp_{secrets.token_hex(20)}",
            "admin": secrets.token_hex(24),
        }
        self.names = {
            "slack_channel": "#launch-war-room",
            "statuspage_page": secrets.token_hex(6),
            "statuspage_component": secrets.token_hex(6),
        }
        tokens = {
            self.secrets["vercel_token"]: Token("launchops", writes=True),
            self.secrets["vercel_token_readonly"]: Token("viewer", writes=False),
        }
        self.slack = Slack(
            self.faults,
            self.log,
            hook=self.secrets["slack_hook"],
            token=self.secrets["slack_token"],
            channel=self.names["slack_channel"],
        )
        self.discord = Discord(self.faults, self.log, hook=self.secrets["discord_hook"])
        self.statuspage = Statuspage(
            self.faults,
            self.log,
            token=self.secrets["statuspage_token"],
            page=self.names["statuspage_page"],
            component=self.names["statuspage_component"],
        )
        self.supabase_state = State(
            slug=letters(20),
            organization_id=letters(20),
            plan="free" if options["plan"] == "hobby" else options["plan"],
            replica_seconds=options["replica_seconds"] / speed,
            restart_seconds=options["restart_seconds"] / speed,
            window_seconds=60.0 / speed,
        )
        self.with_database = bool(options["database"])
        self.platform = Platform(folder / "postgresql", self.supabase_state)
        self.supabase = Supabase(
            self.faults,
            self.log,
            self.supabase_state,
            self.platform,
            {self.secrets["supabase_access_token"]: True, self.secrets["supabase_access_token_readonly"]: False},
        )
        # A new service is one file and one line here.
        self.services: list[Service] = [
            Vercel(self.faults, self.log, self.world, tokens),
            Product(self.faults, self.log, self.world),
            self.slack,
            self.discord,
            self.statuspage,
            self.supabase,
        ]
        self.stopping = asyncio.Event()

    async def start(self) -> None:
        """Opens every listener, then writes the state file: its presence says that all answer."""
        ports = {}
        first = (
            await self.platform.new_project("shop", "us-east-1", "ci_2xlarge", alone=True)
            if self.with_database
            else None
        )
        for service in self.services:
            ports[service.name] = await self._listen(service.handle)
        admin = await self._listen(self.admin)
        base = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
        env = {
            "state": str(self.folder),
            "vercel_api_url": base["vercel"],
            "vercel_token": self.secrets["vercel_token"],
            "vercel_token_readonly": self.secrets["vercel_token_readonly"],
            "vercel_team": self.world.team_id,
            "vercel_team_slug": self.world.team_slug,
            "vercel_project": self.world.project_id,
            "vercel_project_name": self.world.project_name,
            "public_url": base["product"],
            "public_domain": self.world.production_domain,
            "slack_url": f"{base['slack']}{self.secrets['slack_hook']}",
            "slack_api_url": f"{base['slack']}/api",
            "slack_token": self.secrets["slack_token"],
            "discord_url": f"{base['discord']}{self.secrets['discord_hook']}",
            "statuspage_api_url": f"{base['statuspage']}/v1",
            "statuspage_token": self.secrets["statuspage_token"],
            **self.names,
            "supabase_api_url": base["supabase"],
            "supabase_access_token": self.secrets["supabase_access_token"],
            "supabase_access_token_readonly": self.secrets["supabase_access_token_readonly"],
            "supabase_organization": self.supabase_state.slug,
            **(self._project_env(first) if first else {}),
        }
        state = {
            "pid": os.getpid(),
            "admin_url": f"http://{HOST}:{admin}",
            "admin_token": self.secrets["admin"],
            "env": env,
        }
        fresh = self.folder / "sandbox.json.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
        fresh.replace(self.folder / "sandbox.json")

    def _project_env(self, project: Project) -> dict[str, str]:
        """A project's addresses: direct, through the pooler, and as the product's own server through the pooler."""
        cluster = self.platform.clusters[project.ref]
        pooler = self.platform.poolers[project.ref]
        words = self.platform.passwords[project.ref]
        return {
            "supabase_project_ref": project.ref,
            "database_url": cluster.url("postgres", words["postgres"]),
            "pooler_url": pooler.url("postgres", words["postgres"]),
            "pooler_session_url": pooler.url("postgres", words["postgres"], session=True),
            "app_database_url": pooler.url("shop_app", words["shop_app"]),
            "pooler": pooler.kind,
        }

    async def _listen(self, handler: Any) -> int:
        app = web.Application(client_max_size=32 * 1024**2)
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    async def admin(self, request: web.Request) -> web.Response:
        """The command line's way in."""
        if request.headers.get("authorization") != f"Bearer {self.secrets['admin']}":
            return web.json_response({"error": "not allowed"}, status=403)
        body = await request.json() if request.can_read_body else {}
        command = request.path.strip("/")
        try:
            return web.json_response(await self._command(command, body))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error).strip("'")}, status=400)

    async def _command(self, command: str, body: dict[str, Any]) -> Any:
        if command == "release":
            return await self._release(body)
        if command == "fault":
            snapshot = {"vercel": self.world.freeze(), "supabase": self.supabase.freeze()}
            return self.faults.add(body, snapshot if body.get("kind") == "stale" else None).shown()
        if command == "fleet":
            return await self._fleet(int(body["count"]))
        if command == "stop":
            self.stopping.set()
            return {"stopping": True}
        if command == "requests-clear":
            self.log.clear()
            return {"cleared": True}
        answers: dict[str, Callable[[], Any]] = {
            "faults": lambda: [fault.shown() for fault in self.faults.all],
            "clear": lambda: {"cleared": self.faults.clear(body.get("id"))},
            "state": self._state,
            "received": self._received,
            "routes": self._routes,
            "set": lambda: self._set(body["key"], body["value"]),
            "rolling-release": lambda: self._rolling(body),
        }
        if command not in answers:
            raise ValueError(f"no such command: {command}")
        return answers[command]()

    async def _release(self, body: dict[str, Any]) -> dict[str, Any]:
        self.world.advance()
        kind = body["kind"]
        target = None if kind == "preview" else "production"
        shipped = self.world.ship(
            "good" if kind == "preview" else kind, commit=body.get("commit") or secrets.token_hex(20), target=target
        )
        deadline = asyncio.get_running_loop().time() + shipped.build_ms / 1000 * 2 + 10
        while body.get("wait", True) and asyncio.get_running_loop().time() < deadline:
            self.world.advance()
            if shipped.state == "ERROR" or (shipped.state == "READY" and (shipped.aliases_claimed or target is None)):
                break
            await asyncio.sleep(0.01)
        aliased = self.world.production_id == shipped.id
        return {
            "id": shipped.id,
            "url": shipped.url,
            "commit": shipped.commit,
            "kind": kind,
            "state": shipped.state,
            "aliased": aliased,
            "note": ""
            if aliased or kind in {"preview", "broken-build"}
            else "the production domains did not move to it",
        }

    async def _fleet(self, count: int) -> list[dict[str, str]]:
        """More projects, each with a database of its own."""
        few = asyncio.Semaphore(4)

        async def one(number: int) -> dict[str, str]:
            async with few:
                project = await self.platform.new_project(f"shop-{number:02d}", "us-east-1", "ci_2xlarge", alone=False)
            return self._project_env(project)

        have = len(self.supabase_state.projects)
        return list(await asyncio.gather(*(one(number) for number in range(have, have + count))))

    def _state(self) -> dict[str, Any]:
        self.world.advance()
        world = asdict(self.world)
        for entry in world["env"].values():
            entry["value"] = "(hidden)"
        return {
            "vercel": {**world, "production": self.world.production_id},
            "supabase": {
                **asdict(self.supabase_state),
                "poolers": {name: one.kind for name, one in self.platform.poolers.items()},
            },
            "received": self._received(),
        }

    def _received(self) -> dict[str, Any]:
        return {
            "slack": self.slack.received,
            "discord": self.discord.received,
            "statuspage": self.statuspage.received,
        }

    def _routes(self) -> list[dict[str, str]]:
        seen: dict[str, dict[str, str]] = {}
        for service in self.services:
            for known in service.routes:
                seen.setdefault(known.name, {"service": service.name, "name": known.name, "method": known.method})
        return list(seen.values())

    def _set(self, key: str, value: Any) -> dict[str, Any]:
        if key == "slack_per_second":
            self.slack.per_second = int(value)
        elif key == "end_job":
            if self.world.job is None or value not in {"failed", "succeeded", "skipped"}:
                raise ValueError("there is no job, or end_job is none of failed, succeeded, skipped")
            self.world.job.status = value
        elif key == "statuspage_per_minute":
            self.statuspage.per_window = int(value)
        elif key in SUPABASE:
            setattr(self.supabase_state, SUPABASE[key][0], SUPABASE[key][1](value))
        elif key in PROJECT:
            for project in self.supabase_state.projects.values():
                setattr(project, PROJECT[key][0], PROJECT[key][1](value))
        elif key in SETTABLE:
            wanted = type(getattr(self.world, key))
            setattr(self.world, key, value in {True, "true", "True", "1"} if wanted is bool else wanted(value))
        else:
            known = (*SETTABLE, *SUPABASE, *PROJECT, "slack_per_second", "statuspage_per_minute", "end_job")
            raise ValueError(f"{key} can't be set; there are {', '.join(known)}")
        return {key: value}

    def _rolling(self, body: dict[str, Any]) -> dict[str, Any]:
        self.world.advance()
        if body["action"] == "clear":
            self.world.rolling, self.world.rolling_config = None, None
        elif body["action"] == "start":
            share = float(body.get("percentage", 10))
            stages = [{"targetPercentage": share}, {"targetPercentage": 100}]
            self.world.rolling_config = {"target": "production", "advancementType": "manual-approval", "stages": stages}
            self.world.start_rolling(body["deployment"])
        rolling = self.world.rolling
        return {"rolling": asdict(rolling) if rolling else None}


async def serve(folder: Path, options: dict[str, Any]) -> None:
    """Runs until it is told to stop."""
    sandbox = Sandbox(folder, options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sandbox.stopping.set)
    await sandbox.start()
    await sandbox.stopping.wait()
    await sandbox.platform.stop()
    # Silent requests may still hang: nobody waits for them.
    (folder / "sandbox.json").unlink(missing_ok=True)


def main() -> None:
    """`python -m sandbox.daemon FOLDER OPTIONS`: started by `up`, by nobody else."""
    asyncio.run(serve(Path(sys.argv[1]), json.loads(sys.argv[2])))


if __name__ == "__main__":
    main()
