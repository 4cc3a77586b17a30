# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool is as wanted, and was written so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_pool_is_set(sandbox: Callable[[str], Any]) -> None:
    (project,) = sandbox("state")["supabase"]["projects"].values()
    assert project["pool_size"] == 100
    assert project["pool_mode"] == "transaction"


def test_it_was_written_with_this_size(requests: list[dict[str, Any]]) -> None:
    written = [entry["body"] for entry in requests if entry["route"] == "supabase.pooler.update"]
    assert written[-1]["default_pool_size"] == 100
