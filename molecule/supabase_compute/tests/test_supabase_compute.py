# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size is there, with the connections that it allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg


def test_the_database_has_its_limits(sandbox: Callable[[str], Any]) -> None:
    (project,) = sandbox("state")["supabase"]["projects"].values()
    assert (project["compute"], project["pitr"], project["status"]) == ("ci_4xlarge", "pitr_7", "ACTIVE_HEALTHY")
    with psycopg.connect(sandbox("env")["database_url"], autocommit=True) as db:
        assert db.execute("SHOW max_connections").fetchone() == ("480",)
