# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every scenario's verification asks the sandbox."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra

ROOT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ["LAUNCHOPS_SANDBOX"])


@pytest.fixture
def sandbox() -> Callable[[str], Any]:
    """Runs one command of the sandbox through testinfra; returns its JSON."""
    local = testinfra.get_host("local://")

    def ask(command: str) -> Any:
        done = local.run("cd %s && %s -m sandbox --state %s %s", str(ROOT), sys.executable, str(STATE), command)
        assert done.rc == 0, done.stderr
        return json.loads(done.stdout)

    return ask


@pytest.fixture
def journal() -> list[dict[str, Any]]:
    """The journal's records."""
    local = testinfra.get_host("local://")
    (path,) = STATE.glob("journal/*.jsonl")
    assert local.file(str(path)).mode == 0o600
    return [json.loads(line) for line in local.file(str(path)).content_string.splitlines()]


@pytest.fixture
def requests() -> list[dict[str, Any]]:
    """Every request that the sandbox has seen."""
    local = testinfra.get_host("local://")
    return [json.loads(line) for line in local.file(str(STATE / "requests.jsonl")).content_string.splitlines()]
