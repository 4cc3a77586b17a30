# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mypy --strict over the collection by its import names, then over what stands beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = "ansible_collections.fairtradeworker.launchops.plugins"
RUNS = (
    [
        argument
        for part in ("modules", "module_utils", "plugin_utils", "action", "callback", "inventory")
        for argument in ("-p", f"{PLUGINS}.{part}")
    ],
    [place for place in ("sandbox", "tools", "benchmarks") if any((ROOT / place).glob("*.py"))],
)


def main() -> int:
    """Runs every check, and returns the worst exit code."""
    environment = {**os.environ, "MYPYPATH": "collections"}
    return max(
        subprocess.run([sys.executable, "-m", "mypy", *run], env=environment, check=False).returncode for run in RUNS
    )


if __name__ == "__main__":
    sys.exit(main())
