#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a Supabase project's database and services, once."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_restart
short_description: Restart a Supabase project's database and services, once
version_added: 0.1.0
description:
  - Asks for a restart with the project's name said back, and waits until the project and its services are healthy again.
    The replicas
    restart after the primary.
  - Every request restarts. So a project that is restarting already is followed, and with O(unless_started_since) nothing
    is restarted
    where the database has been started since that moment; that is what makes a second run harmless.
options:
  approve:
    description: The project's name or reference, said back.
    type: str
    default: ""
  approve_hint:
    description: What to type to approve it, for the error; C({name}) stands for the project's name.
    type: str
    default: "approve={name}"
  unless_started_since:
    description:
      - An instant in ISO 8601 with its zone. Where the database was started at or after it, nothing is done. Needs
        O(database_url).
    type: str
    default: ""
  wait_seconds:
    description: Seconds to wait until the project is healthy again.
    type: float
    default: 600.0
  poll_seconds:
    description: Seconds between two looks.
    type: float
    default: 5.0
attributes:
  idempotent:
    description: With O(unless_started_since). Without it every run restarts.
    support: partial
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Restart the database, once for this maintenance window
  fairtradeworker.launchops.supabase_restart:
    project: abcdefghijklmnopqrst
    approve: shop
    unless_started_since: "2026-11-24T06:00:00Z"
"""

RETURN = r"""
---
restarted:
  description: Whether a restart was asked for (in check mode, would be).
  returned: success
  type: bool
  sample: true
followed:
  description: Whether a restart that was going on already was followed instead.
  returned: success
  type: bool
  sample: false
started:
  description: When the database was last started, ISO 8601; empty where O(unless_started_since) is not given.
  returned: success
  type: str
  sample: "2026-11-24T06:01:12+00:00"
"""

from datetime import datetime
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.approval import insist
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import (
    Kind,
    LaunchopsError,
    bad_input,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.health import wait_until_healthy
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import HEALTHY

GOING_ON = frozenset({"RESTARTING", "RESIZING", "COMING_UP"})


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Looks, asks once, waits."""
    since = instant(params["unless_started_since"])
    client = supabase_client(params)
    project = client.project()
    waits = {"within": params["wait_seconds"], "poll": params["poll_seconds"], "what": f"the restart of {project.name}"}
    if project.status in GOING_ON:
        if not check_mode:
            wait_until_healthy(client, **waits)
        return Outcome(False, {"restarted": False, "followed": True, "started": started(params, since)})
    when = started(params, since)
    if since is not None and datetime.fromisoformat(when) >= since:
        return Outcome(False, {"restarted": False, "followed": False, "started": when})
    words = "A restart ends every connection and takes the database away for a minute or two"
    insist(params["approve"], project, words, params["approve_hint"])
    if check_mode:
        return Outcome(
            True, {"restarted": True, "followed": False, "started": when}, {"started": when}, {"started": "now"}
        )
    try:
        client.restart()
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN or client.project().status == HEALTHY:
            raise
    wait_until_healthy(client, **waits)
    values = {"restarted": True, "followed": False, "started": started(params, since)}
    return Outcome(True, values, {"started": when}, {"started": values["started"] or "now"})


def instant(text: str) -> datetime | None:
    """An instant, or None where none is given. Raises LaunchopsError (input) for one without a zone."""
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = datetime.min
    if value.tzinfo is None:
        raise bad_input(f"{text!r} is no instant", hint="Write it with its zone: 2026-11-24T06:00:00Z.")
    return value


def started(params: dict[str, Any], since: datetime | None) -> str:
    """When the server was started; "" where nobody asks."""
    if since is None:
        return ""
    with database(params, read_only=True) as db:
        when: datetime = db.row("read when it was started", "SELECT pg_postmaster_start_time() AS started")["started"]
    return when.isoformat()


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        **database_options(),
        "approve": {"type": "str", "default": ""},
        "approve_hint": {"type": "str", "default": "approve={name}"},
        "unless_started_since": {"type": "str", "default": ""},
        "wait_seconds": {"type": "float", "default": 600.0},
        "poll_seconds": {"type": "float", "default": 5.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
