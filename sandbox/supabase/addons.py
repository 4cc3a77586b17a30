# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons: compute size, point-in-time recovery and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.server import Call, Reply, Route, route
from sandbox.supabase import catalog
from sandbox.supabase.shapes import View, empty, error
from sandbox.supabase.state import Project

if TYPE_CHECKING:
    from sandbox.supabase import Supabase

NAMES = {"compute_instance": "Compute Instance", "pitr": "Point in Time Recovery", "ipv4": "Dedicated IPv4"}


def routes(service: Supabase) -> list[Route]:
    """This area's routes."""
    area = _Addons(service)
    base = "/v1/projects/{ref}/billing/addons"
    return [
        route("supabase.addons.get", "GET", base, area.get),
        route("supabase.addons.update", "PATCH", base, area.update),
        route("supabase.addons.remove", "DELETE", f"{base}/{{variant}}", area.remove),
    ]


class _Addons:
    def __init__(self, service: Supabase) -> None:
        self.service = service

    def get(self, call: Call) -> Reply:
        """What is selected, and what there is."""
        project = call.world.project
        selected: list[dict[str, Any]] = []
        if catalog.rank(project.compute) >= 0:
            variant = catalog.compute_variant(project.size)
            selected.append({"type": "compute_instance", "variant": variant})
        if project.pitr:
            selected.append({"type": "pitr", "variant": catalog.pitr_variant(project.pitr)})
        selected += [{"type": kind, "variant": catalog.other_variant(kind)} for kind in project.other_addons]
        available = [
            _offer("compute_instance", [catalog.compute_variant(size) for size in catalog.SIZES]),
            _offer("pitr", [catalog.pitr_variant(name) for name in catalog.PITR]),
            *(_offer(kind, [catalog.other_variant(kind)]) for kind in catalog.OTHER),
        ]
        return Reply(data={"selected_addons": selected, "available_addons": available})

    def update(self, call: Call) -> Reply:
        """200 without a body; a new compute size restarts the database."""
        view: View = call.world
        body = call.body if isinstance(call.body, dict) else {}
        kind, variant = body.get("addon_type"), body.get("addon_variant")
        if kind not in catalog.TYPES:
            return error(400, f"addon_type: Invalid enum value, received '{kind}'")
        refusal = self._why_not(view, kind, variant)
        if refusal:
            return error(400, refusal)
        project = view.project
        if kind == "compute_instance":
            self._resize(project, str(variant))
        elif kind == "pitr":
            project.pitr, project.physical_backups = str(variant), True
        elif kind not in project.other_addons:
            project.other_addons.append(kind)
        return empty(200)

    @staticmethod
    def _why_not(view: View, kind: str, variant: Any) -> str:
        project = view.project
        known = {
            "compute_instance": variant in catalog.COMPUTE,
            "pitr": variant in catalog.PITR,
            "ipv4": variant == "ipv4_default",
            "custom_domain": variant == "cd_default",
        }
        if not known.get(kind, False):
            return f"addon_variant: Invalid input, received '{variant}'"
        if view.state.plan == "free":
            return "Add-ons are not available on the free plan."
        if kind == "compute_instance":
            if project.status != "ACTIVE_HEALTHY":
                return f"Project is not healthy: {project.status}"
            if catalog.rank(variant) < catalog.rank("ci_small") and (project.pitr or project.replicas):
                return "Point in time recovery and read replicas require a compute size of at least small."
        if kind == "pitr" and catalog.rank(project.compute) < catalog.rank("ci_small"):
            return "Point in time recovery requires a compute size of at least small."
        return ""

    def _resize(self, project: Project, compute: str) -> None:
        outcome = self.service.job_fault("supabase.addons.update")
        if outcome != "fails":
            project.compute = compute
        project.status = "RESIZING"
        platform = self.service.platform
        platform.later(platform.restart(project, "RESIZING", ends=outcome != "never-ends"))

    def remove(self, call: Call) -> Reply:
        """DELETE: recovery ends, an address is given back, compute goes back to the smallest paid size (a guess)."""
        project: Project = call.world.project
        variant = call.args["variant"]
        if variant == project.pitr and variant:
            project.pitr = ""
        elif variant == project.compute:
            self._resize(project, catalog.SIZES[0].id)
        elif variant in {"ipv4_default", "cd_default"}:
            kind = "ipv4" if variant == "ipv4_default" else "custom_domain"
            project.other_addons = [one for one in project.other_addons if one != kind]
        else:
            return error(404, "Addon not found")
        return empty(200)


def _offer(kind: str, variants: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": kind, "name": NAMES.get(kind, kind), "variants": variants}
