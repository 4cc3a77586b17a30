# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-in of Supabase remembers: plain values, so that a stale read can be answered from a copy."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.supabase.catalog import Compute, size_of


def letters(count: int) -> str:
    """Lower-case letters, as in project references."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(count))


def stamp() -> str:
    """Now, as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Database:
    """A primary or a read replica."""

    identifier: str
    type: str
    region: str
    status: str = "COMING_UP"


@dataclass
class Project:
    """One project. `pool_size` None is the platform's default for its compute size."""

    ref: str
    name: str
    region: str
    compute: str
    created: str = field(default_factory=stamp)
    status: str = "COMING_UP"
    pitr: str = ""
    other_addons: list[str] = field(default_factory=list)
    physical_backups: bool = True
    pool_size: int | None = None
    pool_mode: str = "transaction"
    overrides: dict[str, Any] = field(default_factory=dict)
    databases: list[Database] = field(default_factory=list)
    services_up: bool = False

    @property
    def size(self) -> Compute:
        return size_of(self.compute)

    @property
    def effective_pool(self) -> int:
        return self.size.pool if self.pool_size is None else self.pool_size

    @property
    def max_connections(self) -> int:
        return int(self.overrides.get("max_connections", self.size.direct))

    @property
    def replicas(self) -> list[Database]:
        return [one for one in self.databases if one.type == "READ_REPLICA"]

    @property
    def primary(self) -> Database:
        return self.databases[0]


@dataclass
class State:
    """The organisation and its projects."""

    slug: str
    organization_id: str
    plan: str
    projects: dict[str, Project] = field(default_factory=dict)
    rate_limit: int = 120
    replica_seconds: float = 1.0
    restart_seconds: float = 0.5
    window_seconds: float = 60.0
