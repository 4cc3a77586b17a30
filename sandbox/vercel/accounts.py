# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user and the teams."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.shapes import error, pagination
from sandbox.world import World


def routes(faults: Faults) -> list[Route]:
    """User and team reads."""
    del faults
    return [
        route("vercel.account.user", "GET", "/user", user),
        route("vercel.account.teams", "GET", "/teams", teams),
        route("vercel.account.team", "GET", "/teams/{team}", team),
    ]


def user(call: Call) -> Reply:
    """GET /v2/user."""
    world: World = call.world
    body = {
        "id": world.user_id,
        "email": "ops@shop.example",
        "name": "Operations",
        "username": "ops",
        "avatar": None,
        "defaultTeamId": world.team_id,
        "limited": True,
    }
    return Reply(data={"user": body})


def _team(world: World) -> dict[str, Any]:
    return {
        "id": world.team_id,
        "slug": world.team_slug,
        "name": "Acme",
        "avatar": None,
        "creatorId": world.user_id,
        "createdAt": world.created,
        "updatedAt": world.created,
        "description": None,
        "stagingPrefix": "",
        "billing": {"plan": world.plan, "status": "active", "period": None, "addons": None},
        "membership": {
            "uid": world.user_id,
            "teamId": world.team_id,
            "confirmed": True,
            "role": "OWNER",
            "createdAt": world.created,
            "created": world.created,
        },
    }


def teams(call: Call) -> Reply:
    """GET /v2/teams."""
    items = [_team(call.world)]
    return Reply(data={"teams": items, "pagination": pagination(items, None, None)})


def team(call: Call) -> Reply:
    """GET /v2/teams/{id or slug}."""
    world: World = call.world
    if call.args["team"] not in {world.team_id, world.team_slug}:
        return error(404, "not_found", "The specified scope does not exist")
    return Reply(data=_team(world))
