# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify promote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_newest_build_serves_and_builds_are_assigned_again(sandbox: Callable[[str], Any]) -> None:
    state = sandbox("state")["vercel"]
    newest = max(state["deployments"].values(), key=lambda d: d["created"])
    assert state["production"] == newest["id"]
    assert state["auto_assign"] is True
