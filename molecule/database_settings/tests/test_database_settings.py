# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings are what the application gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg


def test_the_application_gets_them(sandbox: Callable[[str], Any]) -> None:
    with psycopg.connect(sandbox("env")["app_database_url"], autocommit=True) as db:
        assert db.execute("SHOW statement_timeout").fetchone() == ("1s",)
        assert db.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)


def test_other_roles_do_not(sandbox: Callable[[str], Any]) -> None:
    with psycopg.connect(sandbox("env")["database_url"], autocommit=True) as db:
        assert db.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)
