# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What running modules in the controller gains: the same tasks, in the controller and as module processes, in one run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common import BIN, ROOT, cloud, environment, row

TASKS = 10
ROUNDS = 3
BOOK = """---
- name: The same task many times
  hosts: products
  gather_facts: false
  tasks:
"""
TASK = """    - name: Read the journal
      fairtradeworker.launchops.journal_info:
        journal_path: "{{ launchops_journal_path }}"
        environment: bench
"""


def measure(state: Path, tasks: int, *, here: bool) -> float:
    """Seconds of one run."""
    book = state.parent / "book.yml"
    book.write_text(BOOK + (TASK * tasks or "    []\n"), encoding="utf-8")
    switch = f'{{"launchops_run_in_controller": {str(here).lower()}}}'
    started = time.monotonic()
    command = [str(BIN / "ansible-playbook"), str(book), "-e", switch]
    subprocess.run(command, cwd=ROOT, env=environment(state), capture_output=True, check=True)
    return time.monotonic() - started


def main() -> int:
    """Prints both and their ratio."""
    with cloud() as state:
        print(f"{TASKS} tasks:")
        here = row("in the controller", [measure(state, TASKS, here=True) for _ in range(ROUNDS)])
        there = row("as module processes", [measure(state, TASKS, here=False) for _ in range(ROUNDS)])
        none = row("no task at all", [measure(state, 0, here=True) for _ in range(ROUNDS)])
    print(f"  ratio of the runs {here / there:.2f}; of one task alone {(here - none) / (there - none):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
