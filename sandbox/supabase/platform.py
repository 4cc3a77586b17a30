# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform behind the API: real servers, real standbys, a pooler, and the platform's own connections.

Statuses pass through their states while the work is really done; each act takes at least the time that it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import psycopg

from sandbox.pooler import PgBouncer, Pooler, StandIn, pgbouncer_program
from sandbox.postgres import Cluster, PostgresError, free_port, new_primary, set_passwords
from sandbox.supabase.catalog import NOT_APPLIED, TIMES
from sandbox.supabase.state import Database, Project, State, letters

# Who holds connections on the platform, as what, and how many.
HOLDERS = (
    ("supabase_admin", "realtime_connect", 2),
    ("supabase_admin", "postgres_exporter", 1),
    ("authenticator", "PostgREST 13.0.5", 4),
    ("supabase_auth_admin", "gotrue", 3),
    ("supabase_storage_admin", "storage", 3),
    ("supabase_read_only_user", "dashboard", 1),
    ("pgbouncer", "pgbouncer-auth", 1),
)
LONGEST_SOCKET = 80


class Platform:
    """Everything that runs, by database identifier or project reference."""

    def __init__(self, folder: Path, state: State) -> None:
        self.folder = folder
        self.state = state
        self.clusters: dict[str, Cluster] = {}
        self.passwords: dict[str, dict[str, str]] = {}
        self.poolers: dict[str, Pooler] = {}
        self.held: dict[str, list[psycopg.AsyncConnection[Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Copies at once: fifty together would let each take longer than a server may take to start.
        self._copies = asyncio.Semaphore(4)
        self._short = Path(tempfile.mkdtemp(prefix="launchops-")) if len(str(folder)) > LONGEST_SOCKET else None
        self._sockets = self._short or folder / "sockets"

    async def new_project(self, name: str, region: str, compute: str, *, alone: bool) -> Project:
        """A project with a running database; `alone`: the only one, which gets the better pooler where there is one."""
        ref = letters(20)
        project = Project(ref, name, region, compute, databases=[Database(ref, "PRIMARY", region)])
        self._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        cluster = await new_primary(self.folder / ref, self._sockets, project.max_connections, ref)
        await cluster.start()
        self.clusters[ref] = cluster
        self.passwords[ref] = await set_passwords(cluster)
        size, clients = project.effective_pool, project.size.clients
        pooler: Pooler = (
            PgBouncer(self.folder / f"{ref}-pooler", cluster, self.passwords[ref], size, clients)
            if alone and pgbouncer_program()
            else StandIn(cluster, self.passwords[ref], ref, size, clients)
        )
        await pooler.start()
        self.poolers[ref] = pooler
        await self._hold(cluster, few=not alone)
        self.state.projects[ref] = project
        project.status = project.primary.status = "ACTIVE_HEALTHY"
        project.services_up = True
        return project

    async def _hold(self, cluster: Cluster, *, few: bool) -> None:
        """Opens the platform's connections: idle ones, and one that waits for a notification."""
        held = []
        for role, application, count in HOLDERS:
            for number in range(1 if few else count):
                db = await psycopg.AsyncConnection.connect(
                    f"host={cluster.sockets} port={cluster.port} user={role} dbname=postgres application_name='{application}'",
                    autocommit=True,
                )
                if role == "authenticator" and number == 0:
                    await db.execute("LISTEN pgrst")
                held.append(db)
        self.held[cluster.name] = held

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Does it while the API has answered already. What goes wrong stands in the daemon's log."""

        async def guarded() -> None:
            try:
                await work
            except (PostgresError, OSError, psycopg.Error) as error:
                print(f"sandbox: {error}", file=sys.stderr, flush=True)

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _at_least(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        await asyncio.gather(asyncio.sleep(seconds), work())

    async def restart(self, project: Project, status: str, *, ends: bool = True) -> None:
        """Restarts the primary, then the replicas together; the project and its databases show it."""
        project.status = project.primary.status = status
        project.services_up = False
        # A moment in which it is announced and not yet done, as in the real one.
        await asyncio.sleep(self.state.restart_seconds * 0.3)
        await self._at_least(self.state.restart_seconds * 0.7, lambda: self._restart_servers(project))
        if not ends:
            return
        project.status = project.primary.status = "ACTIVE_HEALTHY"
        await asyncio.sleep(self.state.restart_seconds * 0.2)
        project.services_up = True

    async def _restart_servers(self, project: Project) -> None:
        primary = self.clusters[project.ref]
        few = len(self.held.get(project.ref, [])) <= len(HOLDERS)
        await self.poolers[project.ref].drop()
        await self._release(project.ref)
        self._settings(primary, project)
        await primary.restart()
        await self._hold(primary, few=few)

        async def replica(one: Database) -> None:
            cluster = self.clusters.get(one.identifier)
            if cluster is not None:
                one.status = "RESTARTING"
                self._settings(cluster, project)
                await self.poolers[one.identifier].drop()
                await cluster.restart()
                one.status = "ACTIVE_HEALTHY"

        await asyncio.gather(*(replica(one) for one in project.replicas if one.status == "ACTIVE_HEALTHY"))
        pooler = self.poolers[project.ref]
        pooler.max_clients = project.size.clients
        await pooler.resize(project.effective_pool, project.pool_mode)

    async def _release(self, ref: str) -> None:
        for db in self.held.pop(ref, []):
            with contextlib.suppress(psycopg.Error):
                await db.close()

    @staticmethod
    def _settings(cluster: Cluster, project: Project) -> None:
        cluster.max_connections = project.max_connections
        cluster.overrides = {
            key: _written(key, value) for key, value in project.overrides.items() if key not in NOT_APPLIED
        }

    async def apply_settings(self, project: Project) -> None:
        """Lets the primary and its replicas read the overrides; what needs a restart waits for one."""
        for one in project.databases:
            cluster = self.clusters.get(one.identifier)
            if cluster is not None:
                self._settings(cluster, project)
                await cluster.reload()

    async def apply_pool(self, project: Project) -> None:
        """The primary's pooler and the replicas' own."""
        for one in project.databases:
            pooler = self.poolers.get(one.identifier)
            if pooler is not None:
                await pooler.resize(project.effective_pool, project.pool_mode)

    async def build_replica(self, project: Project, row: Database, outcome: str) -> None:
        """From INIT_READ_REPLICA to a standby that really streams; or to a failure, or nowhere."""
        if outcome == "never-ends":
            return
        if outcome == "fails":
            await asyncio.sleep(self.state.replica_seconds * 0.5)
            row.status = "INIT_READ_REPLICA_FAILED"
            return

        async def work() -> None:
            primary = self.clusters[project.ref]
            cluster = Cluster(
                self.folder / row.identifier,
                self._sockets,
                free_port(),
                project.max_connections,
                name=row.identifier,
                overrides=dict(primary.overrides),
            )
            async with self._copies:
                await cluster.become_standby(primary)
                await cluster.start()
            self.clusters[row.identifier] = cluster
            pooler = StandIn(
                cluster, self.passwords[project.ref], row.identifier, project.effective_pool, project.size.clients
            )
            await pooler.start()
            self.poolers[row.identifier] = pooler

        try:
            await self._at_least(self.state.replica_seconds, work)
        except PostgresError:
            row.status = "INIT_READ_REPLICA_FAILED"
            raise
        if row in project.databases and row.status == "INIT_READ_REPLICA":
            row.status = "ACTIVE_HEALTHY"

    async def remove_replica(self, project: Project, row: Database) -> None:
        """GOING_DOWN, then gone."""
        await asyncio.sleep(self.state.restart_seconds * 0.5)
        await self.end(row.identifier)
        project.databases = [one for one in project.databases if one is not row]

    async def end(self, identifier: str) -> None:
        """Stops one database with its pooler, and forgets it."""
        pooler = self.poolers.pop(identifier, None)
        if pooler is not None:
            await pooler.stop()
        await self._release(identifier)
        cluster = self.clusters.pop(identifier, None)
        if cluster is not None:
            await cluster.stop()
            await asyncio.to_thread(shutil.rmtree, cluster.folder, True)

    async def stop(self) -> None:
        """Ends everything; no process is left."""
        for task in list(self._tasks):
            task.cancel()
        for identifier in [*self.poolers]:
            await self.poolers.pop(identifier).stop()
        for ref in [*self.held]:
            await self._release(ref)
        await asyncio.gather(*(cluster.stop() for cluster in self.clusters.values()))
        if self._short is not None:
            shutil.rmtree(self._short, ignore_errors=True)


def _written(key: str, value: Any) -> str:
    """A setting's value as postgresql.conf wants it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'" if key not in TIMES or not quoted.lstrip("-").isdigit() else quoted
