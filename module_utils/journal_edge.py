# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules reach the journal and the lock: options, and who runs what."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from pathlib import Path
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Spec
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Journal


def journal_options() -> Spec:
    """The options that the doc fragment `journal` documents."""
    return {
        "journal_path": {"type": "path", "required": True},
        "journal_spool": {"type": "path"},
        "environment": {"type": "str", "required": True},
    }


def open_journal(params: dict[str, Any]) -> Journal:
    """The journal that the options name. Raises LaunchopsError (input) for an empty path or environment."""
    if not params["environment"].strip():
        raise bad_input("The environment's name is empty, so its records could not be told from another's")
    return Journal(
        Path(_given(params["journal_path"], "journal_path")),
        environment=params["environment"],
        run=run_id(),
        operator=operator(),
        spool=Path(params["journal_spool"]) if params["journal_spool"] else None,
    )


def run_id() -> str:
    """This run's identifier: E(LAUNCHOPS_RUN_ID), which the callback run_identity sets, or one of this task's own."""
    return os.environ.get("LAUNCHOPS_RUN_ID") or uuid.uuid4().hex


def run_pid() -> int:
    """Process of the ansible-playbook command; 0 where the callback run_identity is not enabled."""
    text = os.environ.get("LAUNCHOPS_RUN_PID", "")
    return int(text) if text.isdigit() else 0


def operator() -> str:
    """Who runs this: E(LAUNCHOPS_OPERATOR), else user@host."""
    return os.environ.get("LAUNCHOPS_OPERATOR") or f"{_user()}@{host()}"


def host() -> str:
    """This machine's name."""
    return socket.gethostname()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"


def _given(path: str, option: str) -> str:
    if not path.strip():
        raise bad_input(f"{option} is empty")
    return path
