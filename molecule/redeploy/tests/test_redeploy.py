# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify redeploy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_one_build_was_made_and_serves(sandbox: Callable[[str], Any]) -> None:
    state = sandbox("state")["vercel"]
    built = [d for d in state["deployments"].values() if d["meta"].get("launchopsRedeploy") == "molecule"]
    assert len(built) == 1
    assert state["production"] == built[0]["id"]
