# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as the API writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.server import Reply
from sandbox.supabase.state import Database, Project, State


@dataclass(frozen=True)
class View:
    """What a handler works on: the state, and the project that the path names."""

    state: State
    named: Project | None

    @property
    def project(self) -> Project:
        if self.named is None:
            raise KeyError("the route names no project")
        return self.named


def error(status: int, message: str) -> Reply:
    """{"message": ...}: the only shape of an error that was ever recorded."""
    return Reply(status, {"message": message})


def empty(status: int, *, effect: bool = True) -> Reply:
    """An answer without a body."""
    return Reply(status, effect=effect)


def project(one: Project, state: State) -> dict[str, Any]:
    """GET /v1/projects/{ref}."""
    return {
        "id": one.ref,
        "ref": one.ref,
        "organization_id": state.slug,
        "organization_slug": state.slug,
        "name": one.name,
        "region": one.region,
        "created_at": one.created,
        "status": one.status,
        "database": {
            "host": f"db.{one.ref}.supabase.co",
            "version": "17.6.1.011",
            "postgres_engine": "17",
            "release_channel": "ga",
        },
    }


def database(one: Database, owner: Project) -> dict[str, Any]:
    """An entry of `databases`."""
    return {
        "identifier": one.identifier,
        "type": one.type,
        "region": one.region,
        "cloud_provider": "AWS",
        "status": one.status,
        "infra_compute_size": owner.compute.removeprefix("ci_"),
        "disk_volume_size_gb": 8,
        "disk_type": "gp3",
        "disk_throughput_mbps": 125,
    }


def listed(one: Project) -> dict[str, Any]:
    """An entry of GET /v1/organizations/{slug}/projects."""
    return {
        "ref": one.ref,
        "name": one.name,
        "cloud_provider": "AWS",
        "region": one.region,
        "is_branch": False,
        "status": one.status,
        "inserted_at": one.created,
        "databases": [database(row, one) for row in one.databases],
    }
