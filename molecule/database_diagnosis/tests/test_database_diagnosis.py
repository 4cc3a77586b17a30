# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis is in the record, without literals."""

from __future__ import annotations

from typing import Any


def test_it_is_recorded(journal: list[dict[str, Any]]) -> None:
    found = [record for record in journal if record["type"] == "database.diagnosed"]
    assert found
    assert found[-1]["data"]["connections"]["maximum"] >= 60
    assert {"by_mean", "by_total", "by_calls"} <= set(found[-1]["data"])
