# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to PostgreSQL: opened within a bounded time, read without surprises, and no password in any error."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input

try:
    import psycopg
    from psycopg import conninfo
    from psycopg.rows import dict_row
except ImportError:
    HAS_PSYCOPG = False
else:
    HAS_PSYCOPG = True

SERVICE = "PostgreSQL"
# Seconds between attempts to connect; poolers take a while to accept after a restart (supabase/supabase#49991).
RETRY_PAUSE = 0.25
# Refusals that another attempt can't change: authentication, no such database or role, no right.
FINAL = ("28", "3D", "42", "0A")
QUERY_CANCELED = "57014"
# The platform's own roles: the union of supautils' reserved roles and the Supabase CLI's list.
PLATFORM_ROLES = (
    *("supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_replication_admin"),
    *("supabase_read_only_user", "supabase_realtime_admin", "supabase_functions_admin", "supabase_etl_admin"),
    *("authenticator", "pgbouncer", "dashboard_user", "pgsodium_keyholder", "pgsodium_keyiduser", "pgtle_admin"),
)
PLATFORM_ROLE_PATTERNS = (r"supabase\_%", r"cli\_login\_%", r"pgsodium\_%")
# A guess: what the shared pooler's server connections call themselves. All that rests on it is that they are spared.
POOLER_APPLICATIONS = (r"Supavisor%", r"supavisor%")


@dataclass(frozen=True)
class Address:
    """Where a URL leads, without its password."""

    host: str
    port: int
    user: str
    database: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.database}"


def _need_psycopg() -> None:
    if not HAS_PSYCOPG:
        raise bad_input("The Python library psycopg is missing", hint="Install it: pip install 'psycopg[binary]'")


def address(url: str) -> Address:
    """What a connection URL says. Raises LaunchopsError (input) where it is none; the URL is not repeated."""
    _need_psycopg()
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise bad_input(
            "The database URL can't be read",
            hint="It looks like postgresql://user:password@host:5432/postgres; special characters in the password are "
            "percent-encoded.",
        ) from None
    host = str(parts.get("host") or "")
    if not host:
        raise bad_input("The database URL names no host", hint="postgresql://user:password@host:5432/postgres")
    port = str(parts.get("port") or "5432")
    if not port.isdigit():
        raise bad_input("The port in the database URL is no number", hint="Several hosts in one URL are not supported.")
    return Address(host, int(port), str(parts.get("user") or ""), str(parts.get("dbname") or "postgres"))


def elsewhere(url: str, *, host: str, port: int, user: str, database: str = "") -> str:
    """The same credentials at another address: for a replica, whose password is its primary's."""
    _need_psycopg()
    return conninfo.make_conninfo(url, host=host, port=port, user=user, **({"dbname": database} if database else {}))


class Database:
    """One connection, in autocommit. Statements are not prepared, so that a transaction pooler is no trap.

    Args:
        url: a connection URL with its password.
        connect_timeout: seconds for one attempt.
        patience: seconds for all attempts together.
        read_only: whether the server is to refuse writes on it.
        statement_timeout: milliseconds a statement may take; 0 leaves the role's own setting.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float = 10.0,
        patience: float = 20.0,
        read_only: bool = False,
        statement_timeout: int = 30_000,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address(url)
        self._connection = _connect(url, self.address, connect_timeout, patience, sleep, clock)
        with self._explained("prepare the session"):
            if statement_timeout:
                self._connection.execute(f"SET statement_timeout = {int(statement_timeout)}".encode())
            if read_only:
                self._connection.execute(b"SET default_transaction_read_only = on")

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()

    def rows(
        self, operation: str, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """All rows of a query, as dicts by column name.

        Raises:
            LaunchopsError: what the server said, with its SQLSTATE as `code`.
        """
        with self._explained(operation):
            cursor = self._connection.execute(query.encode(), parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def row(
        self, operation: str, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The only row of a query that must give one. Raises LaunchopsError where there is none."""
        found = self.rows(operation, query, parameters)
        if len(found) != 1:
            raise LaunchopsError(
                f"{SERVICE} at {self.address} answered '{operation}' with {len(found)} rows instead of one",
                service=SERVICE,
                operation=operation,
                kind=Kind.MALFORMED,
            )
        return found[0]

    def run(self, operation: str, statement: Any, parameters: Sequence[Any] | None = None) -> None:
        """A statement without rows; bytes or a composed `psycopg.sql` object."""
        with self._explained(operation):
            self._connection.execute(statement, parameters)

    @contextlib.contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise explained(operation, self.address, error) from error


def explained(operation: str, where: Address, error: psycopg.Error) -> LaunchopsError:
    """A driver's error as ours: the server's primary message, never the statement or its parameters."""
    state = error.sqlstate or ""
    words = (error.diag.message_primary or "").strip() or _without_secrets(str(error))
    lost = state == "" or state.startswith(("08", "57P"))
    return LaunchopsError(
        f"{SERVICE} at {where} refused '{operation}': {words}"
        if not lost
        else f"{SERVICE} at {where} was lost during '{operation}': {words}",
        service=SERVICE,
        operation=operation,
        code=state,
        kind=Kind.UNREACHABLE if lost else Kind.REFUSED,
        hint=_hint(state),
    )


def _hint(state: str) -> str:
    known = {
        "42501": "The role lacks the right: connect as postgres, or have it granted.",
        "53300": "All connections are taken: playbooks/connections.yml shows by whom, and ends idle ones.",
        "57014": "It took longer than its timeout allows.",
        "28P01": "The password in the database URL is wrong, or its special characters are not percent-encoded.",
        "3D000": "There is no such database: look at the end of the database URL.",
        "25006": "This is a read-only session, or a replica.",
    }
    return known.get(state, "")


def _without_secrets(text: str) -> str:
    """The first line of a driver's own message: what follows may repeat the connection string."""
    first = next((line for line in text.splitlines() if line.strip()), "no reason given")
    return first.split("connection failed: ", 1)[-1]


def _connect(
    url: str,
    where: Address,
    timeout: float,
    patience: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> psycopg.Connection[dict[str, Any]]:
    started = clock()
    while True:
        try:
            # PostgreSQL's own client waits at least 2 seconds (libpq, connect_timeout).
            connection = psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=max(2, int(timeout)),
                prepare_threshold=None,
                row_factory=dict_row,
                application_name="launchops",
            )
        except psycopg.Error as error:
            state = error.sqlstate or _state_in(str(error))
            if state.startswith(FINAL) or clock() - started + RETRY_PAUSE >= patience:
                raise LaunchopsError(
                    f"{SERVICE} at {where} can't be reached: {_without_secrets(str(error))}",
                    service=SERVICE,
                    operation="connect",
                    code=state,
                    kind=Kind.REFUSED if state.startswith(FINAL) else Kind.UNREACHABLE,
                    hint=_hint(state) or "Check the address and the network, and whether the project is running.",
                ) from None
            sleep(RETRY_PAUSE)
        else:
            connection.prepare_threshold = None
            return connection


def _state_in(text: str) -> str:
    """The SQLSTATE of a refused login: the driver gives its text alone."""
    signs = {
        "password authentication failed": "28P01",
        "no pg_hba.conf entry": "28000",
        "does not exist": "3D000",
        "remaining connection slots": "53300",
        "too many clients": "53300",
        "max client connections reached": "53300",
    }
    lowered = text.lower()
    return next((state for sign, state in signs.items() if sign in lowered), "")
