# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify incident."""

from __future__ import annotations

from typing import Any


def test_nothing_is_frozen_and_nothing_is_open(journal: list[dict[str, Any]]) -> None:
    freezes = [record["type"] for record in journal if record["type"].startswith("freeze.")]
    assert freezes[-1] == "freeze.lifted"
    opened = {record["subject"] for record in journal if record["type"] == "incident.opened"}
    resolved = {record["subject"] for record in journal if record["type"] == "incident.resolved"}
    assert opened <= resolved
