# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects: what they are, how their services are, restarting, and read replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.server import Call, Reply, Route, route
from sandbox.supabase import shapes
from sandbox.supabase.catalog import REGIONS, rank
from sandbox.supabase.shapes import View, empty, error
from sandbox.supabase.state import Database, Project, letters

if TYPE_CHECKING:
    from sandbox.supabase import Supabase

SERVICES = ("auth", "db", "db_postgres_user", "pooler", "realtime", "rest", "storage", "pg_bouncer")
# Below XL two replicas, from XL on five (docs: read replicas).
FEW, MANY, MANY_FROM = 2, 5, "ci_xlarge"


def routes(service: Supabase) -> list[Route]:
    """This area's routes."""
    area = _Projects(service)
    one = "/v1/projects/{ref}"
    return [
        route("supabase.projects.list", "GET", "/v1/projects", area.every),
        route("supabase.project.get", "GET", one, area.get),
        route("supabase.project.update", "PATCH", one, area.update),
        route("supabase.project.health", "GET", f"{one}/health", area.health),
        route("supabase.project.restart", "POST", f"{one}/restart", area.restart),
        route("supabase.backups.get", "GET", f"{one}/database/backups", area.backups),
        route("supabase.replica.setup", "POST", f"{one}/read-replicas/setup", area.setup),
        route("supabase.replica.remove", "POST", f"{one}/read-replicas/remove", area.remove),
    ]


class _Projects:
    def __init__(self, service: Supabase) -> None:
        self.service = service

    def every(self, call: Call) -> Reply:
        view: View = call.world
        return Reply(data=[shapes.project(one, view.state) for one in view.state.projects.values()])

    def get(self, call: Call) -> Reply:
        view: View = call.world
        return Reply(data=shapes.project(view.project, view.state))

    def update(self, call: Call) -> Reply:
        view: View = call.world
        name = call.body.get("name") if isinstance(call.body, dict) else None
        if not isinstance(name, str) or not 1 <= len(name) <= 256:
            return error(400, "name: String must contain at least 1 character(s)")
        view.project.name = name
        return Reply(data={"id": 1, "ref": view.project.ref, "name": name}, effect=True)

    def health(self, call: Call) -> Reply:
        """Of the services that are asked for; the list is required."""
        view: View = call.world
        asked = self._asked(call)
        if not asked:
            return error(400, "services: Required")
        wrong = [name for name in asked if name not in SERVICES]
        if wrong:
            return error(400, f"services: Invalid enum value, received '{wrong[0]}'")
        return Reply(data=[self._service(name, view.project) for name in asked])

    @staticmethod
    def _asked(call: Call) -> list[str]:
        """Repeated names are kept apart by the query's own text; a comma separates as well."""
        return [part for value in call.queries.get("services", []) for part in value.split(",") if part]

    def _service(self, name: str, project: Project) -> dict[str, Any]:
        cluster = self.service.platform.clusters.get(project.ref)
        runs = cluster is not None and cluster.running
        status = "ACTIVE_HEALTHY" if runs and project.services_up else "COMING_UP"
        entry: dict[str, Any] = {"name": name, "healthy": status == "ACTIVE_HEALTHY", "status": status}
        if name == "auth" and status == "ACTIVE_HEALTHY":
            entry["info"] = {
                "name": "GoTrue",
                "version": "v2.180.0",
                "description": "GoTrue is a user registration API",
            }
        if name in {"pooler", "pg_bouncer"} and not runs:
            entry |= {"healthy": False, "status": "UNHEALTHY", "error": "not found"}
        return entry

    def restart(self, call: Call) -> Reply:
        """Every call restarts."""
        view: View = call.world
        if view.project.status != "ACTIVE_HEALTHY":
            return error(400, f"Project is not in a state that can be restarted: {view.project.status}")
        stuck = self.service.job_fault("supabase.project.restart") == "never-ends"
        platform = self.service.platform
        view.project.status = "RESTARTING"
        platform.later(platform.restart(view.project, "RESTARTING", ends=not stuck))
        return Reply(data={}, effect=True)

    def backups(self, call: Call) -> Reply:
        """No backup is listed yet; what matters here is of which kind they are."""
        project = call.world.project
        return Reply(
            data={
                "region": project.region,
                "walg_enabled": project.physical_backups,
                "pitr_enabled": bool(project.pitr),
                "backups": [],
                "physical_backup_data": {},
            }
        )

    def setup(self, call: Call) -> Reply:
        """201 without a body, and no identifier: the caller has to look."""
        view: View = call.world
        region = call.body.get("read_replica_region") if isinstance(call.body, dict) else None
        if region not in REGIONS:
            return error(400, f"read_replica_region: Invalid enum value, received '{region}'")
        refusal = self._why_not(view)
        if refusal:
            return error(400, refusal)
        project = view.project
        row = Database(f"{project.ref}-rr-{region}-{letters(5)}", "READ_REPLICA", region, "INIT_READ_REPLICA")
        project.databases.append(row)
        platform = self.service.platform
        platform.later(platform.build_replica(project, row, self.service.job_fault("supabase.replica.setup")))
        return empty(201)

    @staticmethod
    def _why_not(view: View) -> str:
        """The prerequisites that the documentation names; the texts are guesses."""
        project = view.project
        if view.state.plan == "free":
            return "Read replicas are not available on the free plan."
        if project.status != "ACTIVE_HEALTHY":
            return f"Project is not healthy: {project.status}"
        if rank(project.compute) < rank("ci_small"):
            return "Read replicas require a compute size of at least small."
        if not project.physical_backups:
            return "Read replicas require physical backups to be enabled."
        most = MANY if rank(project.compute) >= rank(MANY_FROM) else FEW
        if len(project.replicas) >= most:
            return f"Maximum number of read replicas ({most}) reached."
        return ""

    def remove(self, call: Call) -> Reply:
        view: View = call.world
        wanted = call.body.get("database_identifier") if isinstance(call.body, dict) else None
        if not isinstance(wanted, str):
            return error(400, "database_identifier: Required")
        row = next((one for one in view.project.replicas if one.identifier == wanted), None)
        if row is None:
            return error(404, "Read replica not found")
        if row.status != "GOING_DOWN":
            row.status = "GOING_DOWN"
            self.service.platform.later(self.service.platform.remove_replica(view.project, row))
        return empty(201)
