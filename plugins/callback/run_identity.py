# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a run its identity: who, which run, which process, since when."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_identity
type: aggregate
short_description: Give a run its identity
version_added: 0.1.0
description:
  - Sets the environment variables E(LAUNCHOPS_RUN_ID), E(LAUNCHOPS_RUN_PID) and E(LAUNCHOPS_RUN_STARTED) before the first
    task, so that every journal record of a run carries the same identifier, the operator lock knows whether its holder
    still lives, and the time from the command to the first good answer can be told.
  - A value of E(LAUNCHOPS_RUN_ID) that is set already is kept.
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

import os
import time
import uuid
from pathlib import Path

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Acts when it is loaded: before the first worker is forked, which inherits the variables."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fairtradeworker.launchops.run_identity"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        os.environ.setdefault(
            "LAUNCHOPS_RUN_ID", f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        )
        os.environ["LAUNCHOPS_RUN_PID"] = str(os.getpid())
        os.environ["LAUNCHOPS_RUN_STARTED"] = f"{_process_start():.3f}"


def _process_start() -> float:
    """Epoch seconds at which this process was started; the present where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return time.time() - up + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.time()
