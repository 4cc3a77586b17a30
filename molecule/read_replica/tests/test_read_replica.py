# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is one replica, it was asked for once, and it holds what the primary holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_it_was_asked_for_once(sandbox: Callable[[str], Any], requests: list[dict[str, Any]]) -> None:
    (project,) = sandbox("state")["supabase"]["projects"].values()
    here = [row for row in project["databases"] if row["region"] == "eu-west-1"]
    assert [row["status"] for row in here] == ["ACTIVE_HEALTHY"]
    asked = [entry for entry in requests if entry["route"] == "supabase.replica.setup"]
    assert sum(entry["body"] == {"read_replica_region": "eu-west-1"} for entry in asked) == 1
