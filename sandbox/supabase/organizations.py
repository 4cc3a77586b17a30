# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations: what they may do, and their projects with all databases (the only list of read replicas)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.server import Call, Reply, Route, route
from sandbox.supabase import shapes
from sandbox.supabase.catalog import entitlements
from sandbox.supabase.shapes import View, error

if TYPE_CHECKING:
    from sandbox.supabase import Supabase

SORTS = {"name_asc": ("name", False), "name_desc": ("name", True), "created_asc": ("created", False)}
SORTS["created_desc"] = ("created", True)


def routes(service: Supabase) -> list[Route]:
    """This area's routes."""
    del service
    one = "/v1/organizations/{slug}"
    return [
        route("supabase.organizations.list", "GET", "/v1/organizations", every),
        route("supabase.organization.get", "GET", one, get),
        route("supabase.organization.entitlements", "GET", f"{one}/entitlements", may),
        route("supabase.organization.projects", "GET", f"{one}/projects", projects),
    ]


def every(call: Call) -> Reply:
    view: View = call.world
    return Reply(data=[{"id": view.state.slug, "slug": view.state.slug, "name": "Acme"}])


def get(call: Call) -> Reply:
    view: View = call.world
    return Reply(
        data={
            "id": view.state.slug,
            "name": "Acme",
            "plan": view.state.plan,
            "opt_in_tags": [],
            "allowed_release_channels": ["ga", "preview"],
        }
    )


def may(call: Call) -> Reply:
    view: View = call.world
    return Reply(data={"entitlements": entitlements(view.state.plan)})


def projects(call: Call) -> Reply:
    """Pages of projects; `search` is taken to look at names and references (a guess)."""
    view: View = call.world
    try:
        offset, limit = int(call.query.get("offset", "0")), int(call.query.get("limit", "100"))
    except ValueError:
        return error(400, "limit: Expected number, received nan")
    if not 1 <= limit <= 100:
        return error(400, "limit: Number must be between 1 and 100")
    if offset < 0:
        return error(400, "offset: Number must be greater than or equal to 0")
    sort = call.query.get("sort", "name_asc")
    if sort not in SORTS:
        return error(400, f"sort: Invalid enum value, received '{sort}'")
    key, backwards = SORTS[sort]
    words = call.query.get("search", "").lower()
    statuses = [part for part in call.query.get("statuses", "").split(",") if part]
    found = [
        one
        for one in sorted(view.state.projects.values(), key=lambda p: str(getattr(p, key)), reverse=backwards)
        if words in f"{one.name} {one.ref}".lower() and (not statuses or one.status in statuses)
    ]
    return Reply(
        data={
            "projects": [shapes.listed(one) for one in found[offset : offset + limit]],
            "pagination": {"count": len(found), "limit": limit, "offset": offset},
        }
    )
