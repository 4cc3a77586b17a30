# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a replica is one, and follows: a verdict from what both sides say.

Two traps (facts measured on PostgreSQL 17): the age of the last replayed transaction grows on an idle pair that is caught
up, and a paused standby's reported lag in time is almost none. So bytes decide, time only explains.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One look at a replica. None is "not known".

    Attributes:
        in_recovery: pg_is_in_recovery().
        paused: pg_is_wal_replay_paused().
        receiver: pg_stat_wal_receiver.status, "" where there is no receiver.
        bytes_behind: the primary's current position minus the last replayed one.
        replayed_all: whether everything that was received is replayed.
        since_replay: seconds since the last replayed transaction was committed on the primary.
        marker_seconds: how long a marker took from its commit on the primary until the replica read it; None: not read in time.
        marker_written: whether a marker was written at all (check mode writes none).
    """

    in_recovery: bool | None
    paused: bool | None
    receiver: str | None
    bytes_behind: int | None
    replayed_all: bool | None
    since_replay: float | None
    marker_seconds: float | None
    marker_written: bool


def lag_seconds(reading: Reading) -> float | None:
    """Seconds behind: 0 where everything received is replayed and something still receives; None where nobody can tell."""
    if reading.paused or reading.receiver != "streaming" or reading.replayed_all is None:
        return None
    return 0.0 if reading.replayed_all else reading.since_replay


def verdict(reading: Reading, *, most_bytes: int, most_seconds: float) -> tuple[str, list[str]]:
    """`pass`, `fail` or `unknown`, with the reasons for anything but a pass.

    Args:
        most_bytes: how far behind it may be.
        most_seconds: how long a marker may take.
    """
    failed: list[str] = []
    unknown: list[str] = []
    if reading.in_recovery is False:
        failed.append("it is not in recovery: this is a primary")
    elif reading.in_recovery is None:
        unknown.append("whether it is in recovery is not known")
    if reading.paused:
        failed.append("its replay is paused")
    if reading.receiver is None:
        unknown.append("whether it receives is not known")
    elif reading.receiver != "streaming":
        failed.append(f"it does not stream (its receiver is {reading.receiver or 'not running'})")
    if reading.bytes_behind is None:
        unknown.append("how far it is behind is not known")
    elif reading.bytes_behind > most_bytes:
        failed.append(f"it is {reading.bytes_behind} bytes behind, more than {most_bytes}")
    if not reading.marker_written:
        unknown.append("no marker was written, so nothing proves that it follows")
    elif reading.marker_seconds is None:
        failed.append(f"a marker did not arrive within {most_seconds:g} s")
    if failed:
        return "fail", failed + unknown
    return ("unknown", unknown) if unknown else ("pass", [])
