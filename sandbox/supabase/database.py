# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration of pooler and database, and SQL through the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sandbox.pooler import PgBouncer
from sandbox.server import Call, Reply, Route, route
from sandbox.supabase import catalog
from sandbox.supabase.shapes import View, error
from sandbox.supabase.state import Project

if TYPE_CHECKING:
    from sandbox.supabase import Supabase

MODES = ("transaction", "session")
LARGEST_POOL = 3000
QUERY_SECONDS = 60


def routes(service: Supabase) -> list[Route]:
    """This area's routes."""
    area = _Database(service)
    config = "/v1/projects/{ref}/config/database"
    query = "/v1/projects/{ref}/database/query"
    return [
        route("supabase.pooler.get", "GET", f"{config}/pooler", area.pooler),
        route("supabase.pooler.update", "PATCH", f"{config}/pooler", area.update_pooler),
        route("supabase.pgbouncer.get", "GET", f"{config}/pgbouncer", area.pgbouncer),
        route("supabase.postgres.get", "GET", f"{config}/postgres", area.settings),
        route("supabase.postgres.replace", "PUT", f"{config}/postgres", area.replace_settings),
        route("supabase.postgres.update", "PATCH", f"{config}/postgres", area.update_settings),
        route("supabase.query", "POST", query, area.query),
        route("supabase.query.read-only", "POST", f"{query}/read-only", area.query),
    ]


class _Database:
    def __init__(self, service: Supabase) -> None:
        self.service = service

    def pooler(self, call: Call) -> Reply:
        """A row for each database; null is the platform's default for the compute size."""
        view: View = call.world
        return Reply(data=[self._row(view.project, one.identifier, one.type) for one in view.project.databases])

    def _row(self, project: Project, identifier: str, kind: str) -> dict[str, Any]:
        pooler = self.service.platform.poolers.get(identifier)
        port = pooler.port if pooler else 6543
        # The shared pooler wants the project in the user's name; a dedicated PgBouncer does not.
        user = "postgres" if isinstance(pooler, PgBouncer) else f"postgres.{identifier}"
        address = f"postgresql://{user}:[YOUR-PASSWORD]@127.0.0.1:{port}/postgres"
        return {
            "identifier": identifier,
            "database_type": kind,
            "is_using_scram_auth": True,
            "db_user": user,
            "db_host": "127.0.0.1",
            "db_port": port,
            "db_name": "postgres",
            "connection_string": address,
            "connectionString": address,
            "default_pool_size": project.pool_size,
            "max_client_conn": None,
            "pool_mode": project.pool_mode,
        }

    async def update_pooler(self, call: Call) -> Reply:
        """200 with an object, not the list. A size that the database can't hold is accepted all the same."""
        view: View = call.world
        body = call.body
        if not isinstance(body, dict):
            return error(400, "Expected object")
        unknown = sorted(set(body) - {"default_pool_size", "pool_mode"})
        if unknown:
            return error(400, f"Unrecognized key(s) in object: '{unknown[0]}'")
        size = body.get("default_pool_size", view.project.pool_size)
        if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
            return error(400, "default_pool_size: Expected number, received string")
        if size is not None and not 0 <= size <= LARGEST_POOL:
            return error(400, f"default_pool_size: Number must be less than or equal to {LARGEST_POOL}")
        mode = body.get("pool_mode", view.project.pool_mode)
        if mode not in MODES:
            return error(400, f"pool_mode: Invalid enum value. Expected 'transaction' | 'session', received '{mode}'")
        view.project.pool_size, view.project.pool_mode = size, mode
        await self.service.platform.apply_pool(view.project)
        return Reply(data={"default_pool_size": size, "pool_mode": mode}, effect=True)

    def pgbouncer(self, call: Call) -> Reply:
        view: View = call.world
        return Reply(
            data={
                "default_pool_size": view.project.effective_pool,
                "max_client_conn": view.project.size.clients,
                "pool_mode": view.project.pool_mode,
                "ignore_startup_parameters": "extra_float_digits",
                "connection_string": f"postgresql://postgres:[YOUR-PASSWORD]@db.{view.project.ref}.supabase.co:6543/postgres",
                "server_idle_timeout": 300,
                "server_lifetime": 3600,
                "query_wait_timeout": 120,
                "reserve_pool_size": 0,
            }
        )

    def settings(self, call: Call) -> Reply:
        """Overrides alone."""
        view: View = call.world
        return Reply(data=dict(view.project.overrides))

    async def replace_settings(self, call: Call) -> Reply:
        """PUT: what is not named is gone."""
        return await self._settings(call, keep=False)

    async def update_settings(self, call: Call) -> Reply:
        """PATCH: what is not named stays."""
        return await self._settings(call, keep=True)

    async def _settings(self, call: Call, *, keep: bool) -> Reply:
        view: View = call.world
        if not isinstance(call.body, dict):
            return error(400, "Expected object")
        for key, value in call.body.items():
            words = catalog.problem(key, value)
            if words:
                return error(400, words)
        given = {key: value for key, value in call.body.items() if key != "restart_database"}
        project = view.project
        project.overrides = {**(project.overrides if keep else {}), **given}
        platform = self.service.platform
        await platform.apply_settings(project)
        if call.body.get("restart_database") is True:
            project.status = "RESTARTING"
            platform.later(platform.restart(project, "RESTARTING"))
        return Reply(data=dict(project.overrides), effect=True)

    async def query(self, call: Call) -> Reply:
        """201 with the rows; as the owner, or as the role that only reads."""
        view: View = call.world
        text = call.body.get("query") if isinstance(call.body, dict) else None
        if not isinstance(text, str) or not text:
            return error(400, "query: String must contain at least 1 character(s)")
        reads = call.route.endswith("read-only") or call.body.get("read_only") is True
        cluster = self.service.platform.clusters.get(view.project.ref)
        if cluster is None or not cluster.running:
            return error(500, "Failed to connect to the database")
        role = "supabase_read_only_user" if reads else "postgres"
        address = f"host={cluster.sockets} port={cluster.port} user={role} dbname=postgres"
        try:
            async with await psycopg.AsyncConnection.connect(address, row_factory=dict_row) as db:
                await db.set_read_only(reads)
                await db.execute(f"SET statement_timeout = '{QUERY_SECONDS}s'".encode())
                done = await db.execute(text.encode(), call.body.get("parameters"))
                rows = await done.fetchall() if done.description else []
        except psycopg.Error as problem:
            words = problem.diag.message_primary or str(problem)
            return error(400, f"Failed to run sql query: ERROR:  {problem.sqlstate}: {words}")
        return Reply(201, json.loads(json.dumps(rows, default=str)), effect=not reads)
