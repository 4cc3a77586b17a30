# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify vercel_project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_settings_and_variables_are_as_the_inventory_has_them(sandbox: Callable[[str], Any]) -> None:
    state = sandbox("state")["vercel"]
    assert state["resource_config"]["functionDefaultTimeout"] == 60
    entries = [entry for entry in state["env"].values() if entry["key"] == "CHECKOUT_ENABLED"]
    assert len(entries) == 1
    assert entries[0]["target"] == ["production"]
