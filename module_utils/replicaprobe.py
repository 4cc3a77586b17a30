# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a primary and its replica, with a marker that is written on one and read on the other."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.replication import Reading

try:
    from psycopg import sql
except ImportError:
    HAS_PSYCOPG = False
else:
    HAS_PSYCOPG = True

NOT_THERE_YET = frozenset({"42P01", "3F000"})
PAUSE = 0.01
# PostgreSQL manual, sections 9.28.4 and 27.2.6.
REPLICA = """
SELECT pg_is_in_recovery() AS in_recovery,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() END AS replayed_all,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS replayed,
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS since_replay,
       (SELECT status FROM pg_catalog.pg_stat_wal_receiver) AS receiver,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all
"""
PRIMARY = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), %(replayed)s::pg_lsn)::bigint END AS behind
"""


@dataclass(frozen=True)
class Marker:
    """Where the marker is: a schema of our own."""

    schema: str

    def __post_init__(self) -> None:
        if not self.schema.isidentifier():
            raise bad_input(f"{self.schema!r} is no name of a schema")


def write_marker(primary: Database, marker: Marker) -> str:
    """Writes a word that was never there before; returns it. The table is made where it is not there."""
    word = secrets.token_hex(8)
    names = {"schema": sql.Identifier(marker.schema), "table": sql.Identifier(marker.schema, "replica_marker")}
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS {schema}",
        "CREATE TABLE IF NOT EXISTS {table} (one boolean PRIMARY KEY DEFAULT true CHECK (one), word text NOT NULL)",
    ):
        primary.run("prepare the marker's table", sql.SQL(statement).format(**names))
    upsert = "INSERT INTO {table} (word) VALUES (%s) ON CONFLICT (one) DO UPDATE SET word = excluded.word"
    primary.run("write the marker", sql.SQL(upsert).format(**names), [word])
    return word


def await_marker(replica: Database, marker: Marker, word: str, within: float) -> float | None:
    """Seconds until the word is read on the replica; None where it is not in time."""
    started = time.monotonic()
    query = f'SELECT word FROM "{marker.schema}".replica_marker'  # noqa: S608 - an identifier, checked
    while True:
        try:
            rows = replica.rows("read the marker", query)
        except LaunchopsError as error:
            if error.code not in NOT_THERE_YET:
                raise
            rows = []
        took = time.monotonic() - started
        if rows and rows[0]["word"] == word:
            return round(took, 4)
        if took >= within:
            return None
        time.sleep(PAUSE)


def read(primary: Database, replica: Database, marker: Marker | None, *, within: float) -> Reading:
    """One look at both. Without a marker nothing is written.

    Raises:
        LaunchopsError: the primary is none, or one of them refuses or is lost.
    """
    if primary.row("ask the primary what it is", "SELECT pg_is_in_recovery() AS replica")["replica"]:
        raise bad_input(
            f"The database URL leads to a replica ({primary.address})",
            hint="Give the primary's: markers are written there.",
        )
    first = replica.row("ask the replica what it is", REPLICA)
    arrived: float | None = None
    if marker is not None and first["in_recovery"]:
        arrived = await_marker(replica, marker, write_marker(primary, marker), within)
    there = replica.row("ask the replica how it is", REPLICA)
    behind = primary.row("compare the positions", PRIMARY, {"replayed": there["replayed"]})["behind"]
    return Reading(
        in_recovery=there["in_recovery"],
        paused=there["paused"],
        # Without the right to see it, no status is no receiver only to the eye.
        receiver=(there["receiver"] or "") if there["sees_all"] else there["receiver"],
        bytes_behind=None if behind is None else max(0, behind),
        replayed_all=there["replayed_all"],
        since_replay=there["since_replay"],
        marker_seconds=arrived,
        marker_written=marker is not None and bool(first["in_recovery"]),
    )
