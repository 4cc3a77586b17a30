# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the matrix's cells from every worker, and prints the table when all have run."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

FOLDER = "LAUNCHOPS_TEST_MATRIX"


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder; its workers inherit it."""
    del config
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="launchops-matrix-")


@pytest.fixture
def matrix() -> Path:
    """Where a cell writes its result."""
    return Path(os.environ[FOLDER])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: routes down, faults across."""
    folder = Path(os.environ[FOLDER])
    cells = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    if hasattr(terminalreporter.config, "workerinput") or not cells:
        return
    faults = list(dict.fromkeys(cell[1] for cell in cells))
    results = {(cell[0], cell[1]): f"{'ok' if cell[2] == 'success' else 'FAIL, said'} {cell[3]:.0f}s" for cell in cells}
    terminalreporter.write_sep(
        "=", "fault matrix: one rollback each; 'FAIL, said' is a clear failure, and run again it converged"
    )
    width = max(len(cell[0]) for cell in cells)
    for fault in faults:
        terminalreporter.write_line(f"{fault}:")
        for route in dict.fromkeys(cell[0] for cell in cells):
            if (route, fault) in results:
                terminalreporter.write_line(f"    {route:<{width}}  {results[(route, fault)]}")
    shutil.rmtree(folder, ignore_errors=True)
