# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify rollback."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_production_serves_a_good_release_again(sandbox: Callable[[str], Any]) -> None:
    state = sandbox("state")["vercel"]
    serving = state["deployments"][state["production"]]
    assert serving["kind"] == "good"
    assert set(state["aliases"].values()) == {state["production"]}
    assert state["auto_assign"] is False


def test_it_was_asked_for_once_although_it_ran_twice(
    sandbox: Callable[[str], Any], requests: list[dict[str, Any]]
) -> None:
    target = sandbox("state")["vercel"]["production"]
    asked = [e for e in requests if e["route"] == "vercel.rollback.request" and target in e["path"] and e["effect"]]
    assert len(asked) == 1


def test_no_lock_is_left() -> None:
    assert not list(Path(os.environ["LAUNCHOPS_SANDBOX"]).glob("journal/*.lock"))
