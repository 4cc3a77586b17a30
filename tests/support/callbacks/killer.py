# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the run with SIGKILL when the task of a given number begins: what a power cut looks like."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: killer
type: aggregate
short_description: Kill the run at a task
description:
  - Ends the whole process group at the task whose number E(LAUNCHOPS_TEST_KILL_AT) gives, counting from 1.
  - Writes each task's name to the file that E(LAUNCHOPS_TEST_TASKS) names.
"""


class CallbackModule(CallbackBase):
    """Counts task starts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "killer"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    def v2_playbook_on_task_start(self, task: object, is_conditional: object) -> None:
        del is_conditional
        self._number += 1
        listing = os.environ.get("LAUNCHOPS_TEST_TASKS")
        if listing:
            with Path(listing).open("a", encoding="utf-8") as file:
                file.write(f"{task}\n")
        if self._number == int(os.environ.get("LAUNCHOPS_TEST_KILL_AT", "0")):
            os.killpg(os.getpgrp(), signal.SIGKILL)
