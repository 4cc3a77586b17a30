# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: a sandbox with an outage in it, and a table of ratios."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "collections"))


def sandbox(state: Path, *arguments: str) -> Any:
    """One command of the sandbox; its JSON, or None where it prints none."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--state", str(state), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


@contextmanager
def cloud(*options: str) -> Iterator[Path]:
    """A sandbox of its own, stopped and removed at the end."""
    state = Path(tempfile.mkdtemp(prefix="launchops-bench-")) / "state"
    sandbox(state, "up", "--build-seconds", "0.05", *(options or ("--no-database",)))
    try:
        yield state
    finally:
        sandbox(state, "down")
        shutil.rmtree(state.parent, ignore_errors=True)


def environment(state: Path) -> dict[str, str]:
    """What an ansible-playbook run gets."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "LAUNCHOPS_"))}
    home = state.parent / "home"
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "LAUNCHOPS_SANDBOX": str(state), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}


def row(name: str, seconds: list[float]) -> float:
    """Prints one line; returns the median."""
    middle = statistics.median(seconds)
    print(f"  {name:<44} min {min(seconds):.2f} s   median {middle:.2f} s   (n={len(seconds)})")
    return middle
