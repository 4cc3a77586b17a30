# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment is at its profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_it_is_at_the_profile(sandbox: Callable[[str], Any], journal: list[dict[str, Any]]) -> None:
    state = sandbox("state")
    (project,) = state["supabase"]["projects"].values()
    assert project["pool_size"] == 150
    here = [row for row in project["databases"] if row["type"] == "READ_REPLICA" and row["region"] == project["region"]]
    assert [row["status"] for row in here] == ["ACTIVE_HEALTHY"] * 2
    assert state["vercel"]["resource_config"]["functionDefaultTimeout"] == 60
    assert [record["type"] for record in journal if record["type"].startswith("scale.")] == [
        "scale.started",
        "scale.finished",
    ]
