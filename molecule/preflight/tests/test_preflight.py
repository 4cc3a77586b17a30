# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify preflight."""

from __future__ import annotations

import sys
from pathlib import Path

import testinfra

ROOT = Path(__file__).resolve().parents[3]


def test_two_products_are_not_changed_by_one_command(tmp_path: Path) -> None:
    second = tmp_path / "second.ini"
    second.write_text("[products]\nsecond ansible_connection=local\n")
    local = testinfra.get_host("local://")
    command = Path(sys.executable).with_name("ansible-playbook")
    done = local.run("cd %s && %s rollback.yml -i inventory/sandbox -i %s", str(ROOT), str(command), str(second))
    assert done.rc != 0
    assert "--limit shop-sandbox" in done.stdout + done.stderr
