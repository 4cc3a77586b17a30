# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform keeps its connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg


def test_the_platform_keeps_its_connections(sandbox: Callable[[str], Any]) -> None:
    with psycopg.connect(sandbox("env")["database_url"], autocommit=True) as db:
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'supabase%%' OR usename = 'authenticator'"
        row = db.execute(query).fetchone()
    assert row is not None
    assert row[0] >= 10
