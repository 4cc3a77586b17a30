# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL servers of the sandbox's own: a primary from a seeded template, standbys by pg_basebackup.

Programs come from requirements/postgresql.lock. Nothing needs root; as root, servers run in a user namespace, since
PostgreSQL refuses to run as uid 0.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SEED = HERE / "seed"
MIGRATIONS = SEED / "migrations"
MAJOR = 17
READY_SECONDS = 60.0
# Small and quick: what is lost in a crash of this machine is a rehearsal.
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "shared_buffers": "16MB",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "min_wal_size": "2MB",
    "max_wal_size": "64MB",
    "wal_keep_size": "16MB",
    "hot_standby_feedback": "on",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
    "max_locks_per_transaction": "64",
    "shared_preload_libraries": "'pg_stat_statements'",
    "superuser_reserved_connections": "3",
    "log_min_messages": "warning",
    "log_line_prefix": "'%m [%p] %u@%d '",
    "timezone": "'UTC'",
    "jit": "off",
    "autovacuum_naptime": "5min",
}
# Roles as on the platform: the owner is no superuser, supabase_admin is.
LOGINS = (
    "postgres",
    "authenticator",
    "supabase_auth_admin",
    "supabase_storage_admin",
    "supabase_replication_admin",
    "supabase_read_only_user",
    "pgbouncer",
    "shop_app",
)


class PostgresError(Exception):
    """A server that does not start, or a program that is missing."""


def prefix() -> Path:
    """Where PostgreSQL is unpacked."""
    named = os.environ.get("LAUNCHOPS_POSTGRESQL")
    for place in [Path(named)] if named else [Path(sys.prefix) / "postgresql"]:
        if (place / "bin" / "postgres").exists():
            return place
    raise PostgresError("PostgreSQL is not unpacked: run make setup")


def environment() -> dict[str, str]:
    """For every program of it: without the library path a standby loads the system's libpq and never streams."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    names = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {**kept, **{name: str(prefix() / "lib") for name in names}, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def unprivileged(command: list[str]) -> list[str]:
    """The command as a user that PostgreSQL and PgBouncer accept."""
    if os.geteuid() != 0:
        return command
    if shutil.which("unshare") is None:
        raise PostgresError("As root PostgreSQL needs the program unshare (package util-linux), or run this as a user")
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]


def program(name: str, *arguments: str) -> list[str]:
    """A command line of one of its programs."""
    return unprivileged([str(prefix() / "bin" / name), *arguments])


def missing_libraries() -> list[str]:
    """Names of system libraries that PostgreSQL needs and this machine lacks."""
    if shutil.which("ldd") is None:
        return []
    listed = subprocess.run(  # noqa: S603 - a path of our own
        ["ldd", str(prefix() / "bin" / "postgres")],  # noqa: S607 - the system's own
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    return re.findall(r"^\s*(\S+) => not found", listed.stdout, re.MULTILINE)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Cluster:
    """One server: its folder, its port, and what it was started with."""

    folder: Path
    sockets: Path
    port: int
    max_connections: int
    standby_of: Cluster | None = None
    name: str = "primary"
    overrides: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def admin(self, database: str = "postgres") -> str:
        """A superuser's way in, for the platform itself: over the socket, in a folder that only its owner may enter."""
        return f"host={self.sockets} port={self.port} user=supabase_admin dbname={database}"

    def url(self, user: str, password: str, database: str = "postgres") -> str:
        """A user's way in, over TCP and with a password."""
        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{self.port}/{database}"

    def configure(self) -> None:
        """Writes the settings file: the platform's, then what its owner has overridden."""
        lines = {
            **SETTINGS,
            "port": str(self.port),
            "unix_socket_directories": f"'{self.sockets}'",
            "max_connections": str(self.max_connections),
            "cluster_name": f"'{self.name}'",
            **self.overrides,
        }
        path = self.data / "postgresql.conf"
        path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()), encoding="utf-8")

    async def start(self) -> None:
        """Returns when it accepts connections."""
        self.configure()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *program("postgres", "-D", str(self.data)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self.process.pid), encoding="utf-8")
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        while not self._ready():
            if self.process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                tail = (self.folder / "postgres.log").read_text(encoding="utf-8", errors="replace")[-600:]
                raise PostgresError(f"PostgreSQL {self.name} did not start: {tail}")
            await asyncio.sleep(0.01)

    def _ready(self) -> bool:
        """The last line of the server's own file says so (PostgreSQL's source, utils/pidfile.h)."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() in {"ready", "standby"}

    async def stop(self) -> None:
        """Stops it: sessions are ended, what is committed is kept."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(self.process.wait(), 10)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def restart(self) -> None:
        """Really stops, really starts."""
        await self.stop()
        await self.start()

    async def reload(self) -> None:
        """Lets it read its settings again."""
        self.configure()
        if self.running and self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    async def become_standby(self, primary: Cluster) -> None:
        """Copies the primary as it runs; started, it follows it."""
        self.standby_of = primary
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copying = await asyncio.create_subprocess_exec(
            *program("pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync"),
            *("-d", f"host={primary.sockets} port={primary.port} user=supabase_replication_admin"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        _, words = await copying.communicate()
        if copying.returncode != 0:
            raise PostgresError(f"pg_basebackup of {primary.name} failed: {words.decode(errors='replace')[-300:]}")


def fingerprint() -> str:
    """Changes whenever a template would: with the seed, the settings and PostgreSQL itself."""
    parts = [path.read_bytes() for path in sorted(SEED.rglob("*.sql"))]
    parts += [Path(__file__).read_bytes(), str(prefix().stat().st_mtime_ns).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


async def template() -> Path:
    """A data folder with the platform's roles and the product's schema, made once for a checkout and then copied."""
    cache = ROOT / ".cache" / "postgresql"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = cache / f"template-{fingerprint()}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            for old in cache.glob("template-*"):
                shutil.rmtree(old, ignore_errors=True)
            await _make_template(wanted)
    return wanted


async def _make_template(wanted: Path) -> None:
    lacking = missing_libraries()
    if lacking:
        raise PostgresError(f"PostgreSQL needs {', '.join(lacking)}: install the package that holds it")
    building = Path(tempfile.mkdtemp(dir=wanted.parent, prefix="building-"))
    done = subprocess.run(  # noqa: S603 - a path of our own
        program(
            *("initdb", "-D", str(building / "data"), "-U", "supabase_admin", "--auth-local=trust"),
            *("--auth-host=scram-sha-256", "--no-sync", "--wal-segsize=1", "--locale=C.UTF-8", "--encoding=UTF8"),
        ),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    if done.returncode != 0:
        raise PostgresError(f"initdb failed: {done.stderr.strip()[-400:]}")
    with (building / "data" / "pg_hba.conf").open("w", encoding="utf-8") as rules:
        rules.write("local all,replication all trust\n")
        rules.write("host all,replication all 127.0.0.1/32 scram-sha-256\n")
    with tempfile.TemporaryDirectory(prefix="launchops-") as sockets:
        cluster = Cluster(building, Path(sockets), free_port(), 50)
        await cluster.start()
        try:
            async with await psycopg.AsyncConnection.connect(cluster.admin(), autocommit=True) as db:
                for path in (SEED / "platform.sql", *sorted(MIGRATIONS.glob("*.sql")), SEED / "data.sql"):
                    await _run_file(db, path)
        finally:
            await cluster.stop()
    (building / "data").rename(wanted)
    shutil.rmtree(building, ignore_errors=True)


async def _run_file(db: psycopg.AsyncConnection[tuple[object, ...]], path: Path) -> None:
    """Runs one file; a migration as the product's owner, and it is written down like Supabase's own tool does."""
    text = path.read_text(encoding="utf-8")
    if path.parent != MIGRATIONS:
        await db.execute(text.encode())
        return
    # A semicolon ends a statement, but not the last line of a function's body.
    statements = [part.strip() for part in re.split(r";[ \t]*\n(?!\$\$)|;\s*\Z", text) if part.strip()]
    await db.execute("SET ROLE postgres")
    for statement in statements:
        await db.execute(statement.encode())
    await db.execute("RESET ROLE")
    version, _, name = path.stem.partition("_")
    await db.execute(
        "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES (%s, %s, %s)",
        (version, name, statements),
    )


async def new_primary(folder: Path, sockets: Path, max_connections: int, name: str) -> Cluster:
    """A copy of the template, not started."""
    source = await template()
    folder.mkdir(mode=0o700, parents=True)
    await asyncio.to_thread(shutil.copytree, source, folder / "data")
    (folder / "data").chmod(0o700)
    return Cluster(folder, sockets, free_port(), max_connections, name=name)


async def set_passwords(cluster: Cluster) -> dict[str, str]:
    """Gives every role that may log in a password of its own."""
    passwords = {role: secrets.token_urlsafe(18) for role in LOGINS}
    async with await psycopg.AsyncConnection.connect(cluster.admin(), autocommit=True) as db:
        for role, password in passwords.items():
            await db.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    return passwords
