# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a role, in all databases or in one: read, written by ALTER ROLE, and proven as that role.

PostgreSQL manual, section 19.1.3 and ALTER ROLE: a role's setting in a database wins over the role's, that over the
database's, that over the server's; and it is read when a session begins, so sessions that are open keep what they had.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgvalues import (
    TimeoutChain,
    chain_problems,
    same_value,
    seconds,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import (
    PLATFORM_ROLES,
    QUERY_CANCELED,
    Database,
)

try:
    from psycopg import sql
except ImportError:
    HAS_PSYCOPG = False
else:
    HAS_PSYCOPG = True

# Longer than this nobody waits for a proof.
LONGEST_PROOF = 120.0
ROLE = "SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %(role)s"
DATABASE = "SELECT oid FROM pg_catalog.pg_database WHERE datname = %(database)s"
PRESENT = """
SELECT split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
  FROM pg_catalog.pg_db_role_setting AS s, unnest(s.setconfig) AS entry
 WHERE s.setrole = %(role)s AND s.setdatabase = %(database)s
"""
KNOWN = "SELECT name, coalesce(unit, '') AS unit, context FROM pg_catalog.pg_settings WHERE name = ANY (%(names)s)"
SETTABLE = frozenset({"user", "superuser"})
REFRESH = """
SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_catalog.pg_stat_activity
 WHERE usename = %(role)s AND backend_type = 'client backend' AND state = 'idle' AND pid <> pg_backend_pid()
   AND backend_start < %(before)s
"""
# An idle-session timeout on these broke logins (supabase/supabase#10387): they keep idle connections on purpose.
KEEP_IDLE = frozenset({*PLATFORM_ROLES, "anon", "authenticated", "service_role"})


@dataclass(frozen=True)
class Target:
    """Whose settings: a role, and a database or "" for all."""

    role: str
    database: str

    def __str__(self) -> str:
        return f"{self.role} in {self.database}" if self.database else self.role


@dataclass(frozen=True)
class Proof:
    """What was seen as the role itself: its settings, and how a statement that took too long ended (None: not tried)."""

    effective: Mapping[str, str]
    died: bool | None
    after: float | None


def checked(target: Target, settings: Mapping[str, Any]) -> dict[str, str | None]:
    """The settings as text; None is one to reset. Raises LaunchopsError (input) for what can't be meant."""
    if "idle_session_timeout" in settings and target.role in KEEP_IDLE and _limits(settings["idle_session_timeout"]):
        raise bad_input(
            f"idle_session_timeout must not be set for {target.role}: the platform keeps idle connections as it on purpose",
            hint="Set it for the product's own roles. A session timeout on the Auth role has stopped logins before.",
        )
    return {name: None if value is None else _text(value) for name, value in settings.items()}


def _limits(value: Any) -> bool:
    return value is not None and seconds(_text(value)) is not None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).strip()


def units(db: Database, names: list[str]) -> dict[str, str]:
    """The unit of each setting. Raises LaunchopsError (input) for a name the server does not know or a role can't have."""
    rows = {row["name"]: row for row in db.rows("read the settings' units", KNOWN, {"names": names})}
    for name in names:
        if name not in rows:
            raise bad_input(f"PostgreSQL at {db.address} has no setting {name}")
        if rows[name]["context"] not in SETTABLE:
            raise bad_input(
                f"{name} can't be set for a role ({rows[name]['context']})", hint="It is the server's own setting."
            )
    return {name: row["unit"] for name, row in rows.items()}


def present(db: Database, target: Target) -> dict[str, str]:
    """What the role has. Raises LaunchopsError (input) where there is no such role or database."""
    role = db.rows("look for the role", ROLE, {"role": target.role})
    if not role:
        raise bad_input(f"There is no role {target.role} at {db.address}")
    database = 0
    if target.database:
        found = db.rows("look for the database", DATABASE, {"database": target.database})
        if not found:
            raise bad_input(f"There is no database {target.database} at {db.address}")
        database = found[0]["oid"]
    rows = db.rows("read the role's settings", PRESENT, {"role": role[0]["oid"], "database": database})
    return {row["name"]: row["value"] for row in rows}


def write(db: Database, target: Target, change: Mapping[str, str | None]) -> None:
    """ALTER ROLE, one statement for each setting; the names are known to the server by now."""
    scope = sql.SQL(" IN DATABASE {}").format(sql.Identifier(target.database)) if target.database else sql.SQL("")
    for name, value in change.items():
        head = sql.SQL("ALTER ROLE {}").format(sql.Identifier(target.role)) + scope
        dotted = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
        tail = (
            sql.SQL(" RESET {}").format(dotted)
            if value is None
            else sql.SQL(" SET {} TO {}").format(dotted, sql.Literal(value))
        )
        db.run(f"set {name} of {target}", head + tail)


def now(db: Database) -> Any:
    """The server's time."""
    return db.row("read the time", "SELECT clock_timestamp() AS now")["now"]


def refresh(db: Database, target: Target, before: Any) -> int:
    """Ends the role's idle sessions that were opened before a moment; how many. A pooler then opens new ones."""
    ended: int = db.row("end idle sessions", REFRESH, {"role": target.role, "before": before})["ended"]
    return ended


def prove(connect: Callable[[], Database], target: Target, names: list[str], *, kill: float | None) -> Proof:
    """Asks as the role itself, on the way its application goes.

    Args:
        connect: opens a connection as the role, with nothing set on it.
        names: settings to SHOW.
        kill: seconds of the statement timeout; a statement that takes longer must die with SQLSTATE 57014. None: not tried.

    Raises:
        LaunchopsError: the connection is another role's, or the server refused.
    """
    with connect() as db:
        who = db.row("read who this is", "SELECT current_user::text AS role")["role"]
        if who != target.role:
            raise bad_input(
                f"The connection for the proof is {who}'s, not {target.role}'s", hint="Give the application's own URL."
            )
        effective = {
            row["name"]: row["value"]
            for row in db.rows(
                "read the settings in effect",
                "SELECT name, current_setting(name) AS value FROM unnest(%(names)s::text[]) AS name",
                {"names": names},
            )
        }
        if kill is None:
            return Proof(effective, None, None)
        started = time.monotonic()
        try:
            db.row("run a statement that takes too long", "SELECT pg_sleep(%(seconds)s)", {"seconds": kill + 1.0})
        except LaunchopsError as error:
            if error.code != QUERY_CANCELED:
                raise
            return Proof(effective, True, round(time.monotonic() - started, 2))
        return Proof(effective, False, None)


def differing(proof: Proof, wanted: Mapping[str, str | None], unit: Mapping[str, str]) -> list[str]:
    """The settings that are not in effect as wanted, in words. A reset one is not looked at: what it falls back to is no wish."""
    return [
        f"{name} is {proof.effective.get(name, 'not known')} and not {value}"
        for name, value in wanted.items()
        if value is not None and not same_value(value, proof.effective.get(name), unit.get(name, ""))
    ]


def not_in_effect(target: Target, words: list[str]) -> LaunchopsError:
    """What to say where a setting is written and does not take effect."""
    return LaunchopsError(
        f"As {target.role}, through the connection that its application uses, {'; '.join(words)}",
        service="PostgreSQL",
        operation="prove the settings",
        kind=Kind.REFUSED,
        hint="Sessions keep what they began with: a pooler's open ones too, until they have been idle for some minutes. "
        "Run it again then, or with refresh_pooled=true. A setting of the role in one database wins over this one.",
    )


def hold(
    target: Target, wanted: Mapping[str, str | None], function_timeout: float | None, client_timeout: float | None
) -> None:
    """Raises LaunchopsError where the chain of timeouts does not hold (O18). Without either outer limit it is not looked at."""
    if function_timeout is None and client_timeout is None:
        return
    query = seconds(wanted.get("statement_timeout") or "0")
    problems = chain_problems(TimeoutChain(query, function_timeout, client_timeout))
    if problems:
        raise LaunchopsError(
            f"The timeouts of {target.role} do not hold: {'; '.join(problems)}",
            operation="check the timeouts",
            hint="It must be query < function < client: who gives up first leaves the other working for nobody.",
        )


def insist_in_effect(
    connect: Callable[[], Database],
    target: Target,
    wanted: Mapping[str, str | None],
    unit: Mapping[str, str],
    *,
    try_it: bool,
) -> Proof:
    """Proves the settings as the role; `try_it` also lets a statement take too long.

    Raises:
        LaunchopsError: something is not in effect, a statement did not die, or there is nothing to try.
    """
    limit = seconds(wanted.get("statement_timeout") or "0")
    if try_it and limit is None:
        raise bad_input("There is no statement_timeout to prove", hint="Give one in settings.")
    if try_it and limit is not None and limit > LONGEST_PROOF:
        raise bad_input(f"A proof would take {limit:g} s, more than {LONGEST_PROOF:g} s")
    proof = prove(connect, target, list(wanted), kill=limit if try_it else None)
    words = differing(proof, wanted, unit)
    if proof.died is False:
        words.append(f"a statement of more than {limit:g} s was not ended")
    if words:
        raise not_in_effect(target, words)
    return proof
