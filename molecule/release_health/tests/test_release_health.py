# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify release_health."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_what_is_in_production_is_recorded_as_healthy(
    sandbox: Callable[[str], Any], journal: list[dict[str, Any]]
) -> None:
    state = sandbox("state")["vercel"]
    healthy = [record["subject"] for record in journal if record["type"] == "deployment.healthy"]
    assert healthy[-1] == state["production"]
