# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations: what the repository has, what the database says it has, and whether the promised indexes are really there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sqltext import (
    Index,
    canonical_column,
    content_hash,
    indexes,
)

_TABLE = re.compile(r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")
# pg_index: PostgreSQL manual, section 51.26.
FOUND = """
SELECT i.indisvalid AND i.indisready AS valid, n.nspname AS schema, t.relname AS table, am.amname AS method,
       i.indisunique AS unique,
       (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k)
          FROM generate_series(1, i.indnkeyatts) AS k) AS columns
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
 WHERE c.relname = %(name)s AND t.relname = %(table)s AND (%(schema)s = '' OR n.nspname = %(schema)s)
"""


@dataclass(frozen=True)
class Migration:
    """One migration: version, name, hash of its content, and the file's own text ("" for an applied one)."""

    version: str
    name: str
    hash: str
    file: str = ""
    text: str = ""


def repository(folder: str, pattern: str) -> list[Migration]:
    """The folder's migrations, in the order of their versions. Raises LaunchopsError (input) where there are none."""
    try:
        rule = re.compile(pattern)
    except re.error as error:
        raise bad_input(f"The pattern {pattern!r} is no regular expression: {error}") from None
    if not {"version", "name"} <= set(rule.groupindex):
        raise bad_input("The pattern lacks the groups version and name")
    where = Path(folder)
    if not where.is_dir():
        raise bad_input(f"There is no folder {folder}")
    found = []
    for path in sorted(where.iterdir()):
        match = rule.match(path.name)
        if match and path.is_file():
            text = path.read_text(encoding="utf-8")
            found.append(Migration(match["version"], match["name"], content_hash([text]), path.name, text))
    if not found:
        raise bad_input(f"No file in {folder} matches {pattern}", hint="An empty list would pass for nothing.")
    return sorted(found, key=lambda one: _order(one.version))


def _order(version: str) -> tuple[int, str]:
    """Numbers by their value, so that 9 comes before 10; timestamps are numbers too."""
    return (int(version), version) if version.isdigit() else (0, version)


def applied(db: Database, table: str) -> list[Migration]:
    """The migrations that the database says it has, by version. Raises LaunchopsError where the table can't be read."""
    if not _TABLE.match(table):
        raise bad_input(f"{table!r} is no table with its schema", hint="supabase_migrations.schema_migrations")
    rows = db.rows(
        "read the applied migrations",
        f"SELECT version::text AS version, coalesce(name, '') AS name, statements FROM {table}",  # noqa: S608 - checked above
    )
    have = [Migration(row["version"], row["name"], content_hash(row["statements"] or [])) for row in rows]
    return sorted(have, key=lambda one: _order(one.version))


def compare(files: Sequence[Migration], have: Sequence[Migration]) -> list[str]:
    """What differs, in sentences; [] where both are the same list."""
    problems = []
    by_version = {one.version: one for one in have}
    for one in files:
        other = by_version.get(one.version)
        if other is None:
            problems.append(f"{one.file} is not applied")
        elif other.name and other.name != one.name:
            problems.append(f"{one.version} is applied as {other.name}, and is {one.name} in the repository")
        elif other.hash != one.hash:
            problems.append(f"{one.file} is applied with another content")
    known = {one.version for one in files}
    problems += [
        f"{one.version} {one.name} is applied and not in the repository" for one in have if one.version not in known
    ]
    order = [one.version for one in have if one.version in known]
    if not problems and order != [one.version for one in files]:
        problems.append("the migrations were applied in another order")
    return problems


def wanted_indexes(files: Sequence[Migration], names: Sequence[str]) -> list[Index]:
    """The indexes that the named files create. Raises LaunchopsError (input) for a file that is not there or creates none."""
    by_file = {one.file: one for one in files}
    found: list[Index] = []
    for name in names:
        if name not in by_file:
            raise bad_input(f"There is no migration {name}", hint=f"There are {', '.join(by_file)}.")
        made = indexes(by_file[name].text)
        if not made:
            raise bad_input(f"{name} creates no index that has a name")
        found += made
    return found


def found_indexes(db: Database, wanted: Sequence[Index]) -> list[dict[str, Any]]:
    """Each wanted index as the database has it."""
    seen = []
    for index in wanted:
        rows = db.rows("look for an index", FOUND, {"name": index.name, "table": index.table, "schema": index.schema})
        row = rows[0] if rows else None
        columns = list(row["columns"] or []) if row else []
        same = (
            row is not None
            and tuple(canonical_column(one) for one in columns) == index.columns
            and row["method"] == index.method
            and (row["unique"] or not index.unique)
        )
        seen.append(
            {
                "name": index.name,
                "table": index.table,
                "exists": row is not None,
                "valid": bool(row and row["valid"]),
                "columns": columns,
                "as_named": same,
            }
        )
    return seen


def index_problems(wanted: Sequence[Index], seen: Sequence[dict[str, Any]]) -> list[str]:
    """What is wrong with the indexes, in sentences."""
    problems = []
    for index, one in zip(wanted, seen, strict=True):
        if not one["exists"]:
            problems.append(f"index {index.name} on {index.table} does not exist")
        elif not one["valid"]:
            problems.append(
                f"index {index.name} is not valid: DROP INDEX CONCURRENTLY {index.name}, and create it again"
            )
        elif not one["as_named"]:
            problems.append(
                f"index {index.name} is on ({', '.join(one['columns'])}), and the file says "
                f"{index.method} ({', '.join(index.columns)})"
            )
    return problems
