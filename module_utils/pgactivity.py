# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the database's connections, and ending idle ones: the queries, and what is done with their answers.

pg_stat_activity: PostgreSQL manual, section 27.2.3. Sessions of other roles are seen whole only with pg_read_all_stats
(section 21.5): without it `state` is NULL and most idle sessions are invisible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pooling import Connections
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import (
    PLATFORM_ROLE_PATTERNS,
    PLATFORM_ROLES,
    POOLER_APPLICATIONS,
    Database,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sqltext import without_literals

# In one statement, so that its view of the sessions is a moment old and not a run.
BATCH = 100
REFUSED = "42501"
GONE_SECONDS = 5.0

SEES_ALL = """
SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
       pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS may_end,
       current_user AS role, (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser
"""
LIMITS = """
SELECT current_setting('max_connections')::int AS maximum,
       current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
       (SELECT count(*) FROM pg_catalog.pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS used,
       (SELECT count(*) FROM pg_catalog.pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
           AND usename <> ALL (%(pooled)s::text[])) AS direct
"""
# The rule by which a session may be ended, once: the list and the ending use the same text.
MAY_END = """
        a.backend_type = 'client backend'
    AND a.pid <> pg_backend_pid()
    AND NOT r.rolsuper
    AND a.client_addr IS NOT NULL
    AND a.usename <> ALL (%(protected)s::text[])
    AND NOT a.usename LIKE ANY (%(protected_patterns)s::text[])
    AND NOT a.application_name LIKE ANY (%(protected_applications)s::text[])
    AND (cardinality(%(roles)s::text[]) = 0 OR a.usename = ANY (%(roles)s::text[]))
    AND (cardinality(%(databases)s::text[]) = 0 OR a.datname = ANY (%(databases)s::text[]))
    AND (
            (a.state = 'idle' AND a.state_change < clock_timestamp() - make_interval(secs => %(idle)s))
         OR (a.state IN ('idle in transaction', 'idle in transaction (aborted)')
             AND a.state_change < clock_timestamp() - make_interval(secs => %(in_transaction)s))
        )
"""
CANDIDATES = f"""
SELECT a.pid, a.backend_start, a.state_change, a.usename AS role, a.datname AS database, a.application_name AS application,
       host(a.client_addr) AS address, a.state, a.query,
       round(extract(epoch FROM clock_timestamp() - a.state_change)::numeric, 3)::float8 AS idle_seconds
  FROM pg_catalog.pg_stat_activity AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
 WHERE {MAY_END}
 ORDER BY a.state DESC, a.state_change
"""  # noqa: S608 - put together from our own texts
# Everything that was true when it was listed is asked again by the statement that ends it.
END = f"""
SELECT a.pid, pg_terminate_backend(a.pid) AS ended
  FROM unnest(%(pids)s::int[], %(starts)s::timestamptz[], %(changes)s::timestamptz[]) AS wanted (pid, backend_start, state_change)
  JOIN pg_catalog.pg_stat_activity AS a USING (pid, backend_start, state_change)
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
 WHERE {MAY_END}
"""  # noqa: S608 - put together from our own texts
STILL_THERE = """
SELECT a.pid FROM pg_catalog.pg_stat_activity AS a
  JOIN unnest(%(pids)s::int[], %(starts)s::timestamptz[]) AS wanted (pid, backend_start) USING (pid, backend_start)
"""
GROUPS = """
SELECT CASE backend_type WHEN 'walsender' THEN 'walsender' ELSE coalesce(state, 'unknown') END AS state,
       coalesce(usename, '') AS role, coalesce(application_name, '') AS application,
       count(*)::int AS connections,
       round(coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::numeric, 1)::float8 AS longest_seconds,
       round(coalesce(max(extract(epoch FROM clock_timestamp() - backend_start)), 0)::numeric, 1)::float8 AS oldest_seconds
  FROM pg_catalog.pg_stat_activity
 WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()
 GROUP BY 1, 2, 3
 ORDER BY connections DESC, state, role, application
"""
RUNNING = """
SELECT pid, usename AS role, coalesce(application_name, '') AS application, state,
       round(extract(epoch FROM clock_timestamp() - query_start)::numeric, 3)::float8 AS seconds,
       coalesce(wait_event_type || ' ' || wait_event, '') AS waits_for,
       pg_blocking_pids(pid) AS blocked_by, query
  FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state IN ('active', 'fastpath function call')
   AND query_start < clock_timestamp() - make_interval(secs => %(longer)s)
 ORDER BY query_start NULLS LAST
 LIMIT %(most)s
"""
IN_TRANSACTION = """
SELECT pid, usename AS role, coalesce(application_name, '') AS application, state,
       round(extract(epoch FROM clock_timestamp() - xact_start)::numeric, 3)::float8 AS seconds, '' AS waits_for,
       pg_blocking_pids(pid) AS blocked_by, query
  FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%%'
 ORDER BY xact_start NULLS LAST
 LIMIT %(most)s
"""


@dataclass(frozen=True)
class IdleRule:
    """What may be ended: seconds idle, seconds idle in a transaction, and whom it is about; empty is everybody."""

    idle: float
    in_transaction: float
    roles: tuple[str, ...]
    databases: tuple[str, ...]
    protected_roles: tuple[str, ...]
    protected_applications: tuple[str, ...]

    def parameters(self) -> dict[str, Any]:
        """For the queries. A platform role that is named in `roles` stays protected all the same."""
        return {
            "idle": self.idle,
            "in_transaction": self.in_transaction,
            "roles": list(self.roles),
            "databases": list(self.databases),
            "protected": [*PLATFORM_ROLES, *self.protected_roles],
            "protected_patterns": list(PLATFORM_ROLE_PATTERNS),
            "protected_applications": [*POOLER_APPLICATIONS, *self.protected_applications],
        }


@dataclass(frozen=True)
class Ended:
    """How it went: rows for the result, in the order of the list."""

    backends: list[dict[str, Any]]
    refused: int
    seconds: float


def check_sight(db: Database, *, may_end: bool = False) -> None:
    """Raises LaunchopsError where the role can't see other roles' sessions, or may not end them."""
    rights = db.row("read the role's rights", SEES_ALL)
    if rights["superuser"]:
        return
    if not rights["sees_all"]:
        raise LaunchopsError(
            f"The role {rights['role']} does not see other roles' sessions, so most idle connections would be missed",
            service="PostgreSQL",
            operation="read the sessions",
            hint=f"Connect as postgres, or: GRANT pg_monitor TO {rights['role']}",
        )
    if may_end and not rights["may_end"]:
        raise LaunchopsError(
            f"The role {rights['role']} may not end other roles' sessions",
            service="PostgreSQL",
            operation="end sessions",
            hint=f"Connect as postgres, or: GRANT pg_signal_backend TO {rights['role']}",
        )


def connections(db: Database, pooled_roles: Sequence[str], headroom: int, maximum: int | None) -> Connections:
    """The database's limits and its direct connections now; `maximum` replaces what it has, for planning."""
    check_sight(db)
    row = db.row("read the connection limits", LIMITS, {"pooled": list(pooled_roles)})
    if maximum is not None and maximum < 1:
        raise bad_input(f"max_connections {maximum} is no number of connections")
    return Connections(maximum or row["maximum"], row["reserved"], row["direct"], headroom)


def idle_backends(db: Database, rule: IdleRule, most: int) -> list[dict[str, Any]]:
    """The sessions that may be ended, longest idle in a transaction first, at most `most`."""
    rows = db.rows("list idle connections", f"{CANDIDATES} LIMIT {int(most)}", rule.parameters())
    return [{**row, "query": without_literals(row["query"] or "")} for row in rows]


def end_backends(db: Database, rule: IdleRule, listed: Sequence[Mapping[str, Any]], clock: Any) -> Ended:
    """Ends those of the listed sessions that are still as they were listed.

    In batches, each one statement that asks everything again; where the server refuses one of a batch, the batch is gone
    through one by one. `outcome` is ended, ending (told to, and not gone yet), busy (at work again, or gone) or refused.
    """
    outcomes: dict[int, str] = {}
    started = clock()
    for first in range(0, len(listed), BATCH):
        batch = listed[first : first + BATCH]
        try:
            outcomes |= _end(db, rule, batch)
        except LaunchopsError as error:
            if error.code != REFUSED:
                raise
            for one in batch:
                try:
                    outcomes |= _end(db, rule, [one])
                except LaunchopsError as refusal:
                    if refusal.code != REFUSED:
                        raise
                    outcomes[one["pid"]] = "refused"
    ended = [one for one in listed if outcomes.get(one["pid"]) == "ended"]
    for pid in _remaining(db, ended, clock):
        outcomes[pid] = "ending"
    took = clock() - started
    rows = [{**shown(one), "outcome": outcomes.get(one["pid"], "busy")} for one in listed]
    return Ended(rows, sum(row["outcome"] == "refused" for row in rows), round(took, 3))


def _remaining(db: Database, ended: Sequence[Mapping[str, Any]], clock: Any) -> list[int]:
    """Those that were told to end and are still there after a while: the server only sends a signal."""
    deadline = clock() + GONE_SECONDS
    parameters = {"pids": [one["pid"] for one in ended], "starts": [one["backend_start"] for one in ended]}
    while ended:
        left = [row["pid"] for row in db.rows("look whether they are gone", STILL_THERE, parameters)]
        if not left or clock() > deadline:
            return left
    return []


def _end(db: Database, rule: IdleRule, batch: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    parameters = {
        **rule.parameters(),
        "pids": [one["pid"] for one in batch],
        "starts": [one["backend_start"] for one in batch],
        "changes": [one["state_change"] for one in batch],
    }
    rows = db.rows("end idle connections", END, parameters)
    return {row["pid"]: "ended" if row["ended"] else "busy" for row in rows}


def shown(backend: Mapping[str, Any]) -> dict[str, Any]:
    """A listed session for a result: no literals of its query, no times that differ from run to run."""
    keys = ("pid", "role", "database", "application", "address", "state", "idle_seconds", "query")
    return {key: backend[key] for key in keys}


def activity(db: Database, longer_than: float, most: int) -> dict[str, Any]:
    """Who holds connections and what runs long; the keys are those of postgres_activity_info's RETURN."""
    check_sight(db)
    limits = db.row("read the connection limits", LIMITS, {"pooled": []})
    groups = db.rows("count the connections", GROUPS)
    by_state: dict[str, int] = {}
    for group in groups:
        by_state[group["state"]] = by_state.get(group["state"], 0) + group["connections"]
    usable = max(1, limits["maximum"] - limits["reserved"])
    parameters = {"longer": longer_than, "most": most}
    return {
        "connections": {
            "maximum": limits["maximum"],
            "reserved": limits["reserved"],
            "used": limits["used"],
            "free": max(0, usable - limits["used"]),
            "ratio": round(limits["used"] / usable, 3),
        },
        "by_state": by_state,
        "groups": groups,
        "long_running": _plain(db.rows("list long statements", RUNNING, parameters)),
        "idle_in_transaction": _plain(db.rows("list idle transactions", IN_TRANSACTION, parameters)),
    }


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "query": without_literals(row["query"] or ""), "seconds": row["seconds"] or 0.0} for row in rows]
