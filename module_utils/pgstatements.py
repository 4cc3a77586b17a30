# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_stat_statements tells (PostgreSQL manual, section F.30): three lists, since the mean alone misleads (O8)."""

from __future__ import annotations

from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sqltext import without_literals

WHERE = """
SELECT quote_ident(n.nspname) AS schema
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
"""
# The schema differs from platform to platform; its name comes quoted from the server itself.
LIST = """
SELECT s.calls::bigint AS calls, round(s.mean_exec_time::numeric, 3)::float8 AS mean_ms,
       round(s.total_exec_time::numeric, 3)::float8 AS total_ms, s.rows::bigint AS rows,
       round((s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0))::numeric, 4)::float8 AS share,
       coalesce(r.rolname, '') AS role, s.query
  FROM {schema}.pg_stat_statements AS s LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
 WHERE s.query NOT LIKE '%%pg_stat_statements%%'
 ORDER BY {order} LIMIT %(most)s
"""
ORDERS = {
    "by_mean": "(s.calls >= %(calls)s) DESC, s.mean_exec_time DESC",
    "by_total": "s.total_exec_time DESC",
    "by_calls": "s.calls DESC",
}


def costly(db: Database, most: int, min_calls: int) -> dict[str, Any]:
    """The three lists, and since when they count.

    Raises:
        LaunchopsError: the extension is missing or may not be read.
    """
    found = db.rows("look for pg_stat_statements", WHERE)
    if not found:
        raise LaunchopsError(
            f"The database at {db.address} has no pg_stat_statements",
            service="PostgreSQL",
            operation="read the statements",
            hint="Once, as postgres: CREATE EXTENSION pg_stat_statements WITH SCHEMA extensions",
        )
    schema = found[0]["schema"]
    lists: dict[str, Any] = {}
    for name, order in ORDERS.items():
        query = LIST.format(schema=schema, order=order)
        rows = db.rows("read the statements", query, {"most": most, "calls": min_calls})
        kept = [row for row in rows if name != "by_mean" or row["calls"] >= min_calls]
        lists[name] = [
            {**row, "share": row["share"] or 0.0, "query": without_literals(row["query"] or "")} for row in kept
        ]
    when = db.row("read since when", f"SELECT stats_reset AS since FROM {schema}.pg_stat_statements_info")  # noqa: S608
    return {"since": when["since"].isoformat() if when["since"] else "", **lists}
