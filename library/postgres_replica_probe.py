#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that a read replica is one, and that it follows."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_replica_probe
short_description: Prove that a read replica is one, and that it follows
version_added: 0.1.0
description:
  - Asks the replica whether it is in recovery, streams, and is not paused; compares its position in the write-ahead log
    with the
    primary's; and writes a marker on the primary that must be read on the replica within O(within) seconds.
  - What can't be known is C(unknown), never 0. A caught-up idle replica is 0 seconds behind whatever the age of its last
    transaction,
    and a paused one is no pass however small its reported lag.
  - The marker is one row in a table of its own. In check mode none is written, and the verdict can't be C(pass).
options:
  replica_url:
    description:
      - Connection URL of the replica.
      - If not set, the environment variable E(LAUNCHOPS_REPLICA_URL) is read; without either, O(replica_host) and the
        credentials of
        O(database_url) are used.
    type: str
  replica_host:
    description: Host of the replica, as M(fairtradeworker.launchops.supabase_read_replica) returns it.
    type: str
    default: ""
  replica_port:
    description: Port of the replica.
    type: int
    default: 5432
  replica_user:
    description: User on the replica; the primary's where it is not given.
    type: str
    default: ""
  within:
    description: Seconds in which the marker must arrive.
    type: float
    default: 10.0
  most_bytes:
    description: How far behind the replica may be, in bytes.
    type: int
    default: 16777216
  schema:
    description: Schema of the marker's table; it is made where it is not there.
    type: str
    default: launchops
  required:
    description: Whether anything but C(pass) is an error. In check mode only C(fail) is.
    type: bool
    default: true
attributes:
  idempotent:
    description: Every run writes a marker; that is the probe.
    support: none
extends_documentation_fragment:
  - fairtradeworker.launchops.database
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Prove that the replica follows within five seconds
  fairtradeworker.launchops.postgres_replica_probe:
    replica_host: aws-0-us-east-1.pooler.supabase.com
    replica_port: 6543
    replica_user: postgres.abcdefghijklmnopqrst-rr-us-east-1-abcde
    within: 5
"""

RETURN = r"""
---
verdict:
  description: C(pass), C(fail) or C(unknown).
  returned: success
  type: str
  sample: pass
reasons:
  description: Why it is not a pass, in words.
  returned: success
  type: list
  elements: str
  sample: []
lag_bytes:
  description: Bytes between the primary's position and the last replayed one; V(none) where it is not known.
  returned: success
  type: int
  sample: 0
lag_seconds:
  description: Seconds behind; V(none) where nobody can tell.
  returned: success
  type: float
  sample: 0.0
marker_seconds:
  description: Seconds from the marker's commit until it was read on the replica; V(none) where it was not.
  returned: success
  type: float
  sample: 0.02
in_recovery:
  description: Whether the replica says that it is one.
  returned: success
  type: bool
  sample: true
paused:
  description: Whether its replay is paused.
  returned: success
  type: bool
  sample: false
receiver:
  description: State of its receiver; empty where there is none.
  returned: success
  type: str
  sample: streaming
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    database,
    database_options,
    needed,
    run_module,
    secret,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database, address, elsewhere
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.replicaprobe import Marker, read
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.replication import lag_seconds, verdict


def replica_url(params: dict[str, Any]) -> str:
    """Where the replica is. Raises LaunchopsError (input) where nothing says so."""
    if params["replica_url"]:
        return str(params["replica_url"])
    if not params["replica_host"]:
        raise bad_input("Where is the replica?", hint="Set replica_url, or replica_host and replica_port.")
    primary = needed(params, "database_url", "LAUNCHOPS_DATABASE_URL", "The database URL")
    user = params["replica_user"] or address(primary).user
    return elsewhere(primary, host=params["replica_host"], port=params["replica_port"], user=user)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads both sides, writes a marker unless it is check mode, and judges."""
    url = replica_url(params)
    marker = Marker(params["schema"])
    with (
        database(params) as primary,
        Database(url, connect_timeout=params["connect_timeout"], patience=params["connect_patience"]) as replica,
    ):
        reading = read(primary, replica, None if check_mode else marker, within=params["within"])
        where = replica.address
    answer, reasons = verdict(reading, most_bytes=params["most_bytes"], most_seconds=params["within"])
    values = {
        "verdict": answer,
        "reasons": reasons,
        "lag_bytes": reading.bytes_behind,
        "lag_seconds": lag_seconds(reading),
        "marker_seconds": reading.marker_seconds,
        "in_recovery": bool(reading.in_recovery),
        "paused": bool(reading.paused),
        "receiver": reading.receiver or "",
    }
    if params["required"] and (answer == "fail" or (answer == "unknown" and not check_mode)):
        raise LaunchopsError(
            f"The replica at {where} is not proven to follow ({answer}): {'; '.join(reasons)}",
            service="PostgreSQL",
            operation="probe the replica",
            hint="Send it no reads yet. Run it again in a minute; where it stays so, remove the replica and set up another.",
            details=values,
        )
    return Outcome(reading.marker_written, values)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **database_options(),
        "replica_url": secret("LAUNCHOPS_REPLICA_URL"),
        "replica_host": {"type": "str", "default": ""},
        "replica_port": {"type": "int", "default": 5432},
        "replica_user": {"type": "str", "default": ""},
        "within": {"type": "float", "default": 10.0},
        "most_bytes": {"type": "int", "default": 16 * 1024**2},
        "schema": {"type": "str", "default": "launchops"},
        "required": {"type": "bool", "default": True},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
