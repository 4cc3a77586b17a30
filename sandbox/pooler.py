# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection pooler before a sandbox's database: PgBouncer where it is to be had, else a stand-in with the same limits.

Both count a pool's size per user and database, queue what is above it, and give a server connection back at the end of a
transaction. `kind` says which one is at work.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import shutil
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sandbox.postgres import Cluster, free_port, unprivileged

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST, PROTOCOL = 80877103, 80877104, 80877102, 196608
QUEUE_SECONDS = 60.0
IDLE_SECONDS = 300.0
# What the shared pooler calls itself in pg_stat_activity. A guess: the platform's documentation does not say.
APPLICATION_NAME = "Supavisor"


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """A client is told no: SQLSTATE and message."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(message)
        self.state = state


@dataclass(eq=False)
class Backend:
    """One server connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: bytes
    parameters: bytes
    idle_since: float = 0.0

    def close(self) -> None:
        self.writer.close()

    @property
    def dead(self) -> bool:
        return self.reader.at_eof() or self.writer.is_closing()


@dataclass(eq=False)
class Pool:
    """The server connections of one user, database and mode."""

    user: str
    database: str
    session: bool
    idle: list[Backend] = field(default_factory=list)
    used: set[Backend] = field(default_factory=set)
    opening: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    @property
    def size(self) -> int:
        return len(self.idle) + len(self.used) + self.opening


class StandIn:
    """A pooler in a few lines: what the sandbox has where PgBouncer can't be had."""

    kind = "stand-in"

    def __init__(self, cluster: Cluster, passwords: dict[str, str], suffix: str, size: int, clients: int) -> None:
        self.cluster = cluster
        self.passwords = passwords
        # The shared pooler's users are called `role.project`.
        self.suffix = f".{suffix}"
        self.size = size
        self.max_clients = clients
        self.mode = "transaction"
        self.port = 0
        self.session_port = 0
        self._pools: dict[tuple[str, str, bool], Pool] = {}
        self._cancels: dict[bytes, Backend | None] = {}
        self._clients = 0
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listens on two ports, as the shared pooler does: transactions on one, sessions on the other."""
        for session in (False, True):
            server = await asyncio.start_server(self._accept(session), "127.0.0.1", 0)
            self._servers.append(server)
            port: int = server.sockets[0].getsockname()[1]
            if session:
                self.session_port = port
            else:
                self.port = port

    async def stop(self) -> None:
        """Ends every connection."""
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await self.drop()

    async def drop(self) -> None:
        """Closes every server connection: before the server stops, so that nobody reads a half answer."""
        for pool in self._pools.values():
            for backend in [*pool.idle, *pool.used]:
                backend.close()
            pool.idle.clear()

    async def resize(self, size: int, mode: str) -> None:
        """A new size or mode; idle connections above it are closed."""
        self.size, self.mode = size, mode
        for pool in self._pools.values():
            while pool.idle and pool.size > size:
                pool.idle.pop().close()
            self._wake(pool)

    def url(self, user: str, password: str, *, session: bool = False) -> str:
        """A user's way in."""
        port = self.session_port if session else self.port
        return f"postgresql://{user}{self.suffix}:{quote(password)}@127.0.0.1:{port}/postgres"

    def _accept(self, session: bool) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._client(reader, writer, session or self.mode == "session")
            writer.close()

        return accept

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: bool) -> None:
        options = await self._startup(reader, writer)
        if options is None:
            return
        self._clients += 1
        secret = secrets.token_bytes(8)
        try:
            if self._clients > self.max_clients:
                raise Refused("XX000", "Max client connections reached")
            user = await self._authenticate(reader, writer, options.get("user", ""))
            key = (user, options.get("database", user), session)
            pool = self._pools.setdefault(key, Pool(*key))
            # The parameters of the server are told from a connection to it, which the login so proves too.
            first = await self._take(pool)
            self._cancels[secret] = first if session else None
            if not session:
                self._give(pool, first)
            writer.write(_message(b"R", struct.pack("!i", 0)) + first.parameters)
            writer.write(_message(b"K", secret) + _message(b"Z", b"I"))
            await writer.drain()
            await _Talk(self, pool, reader, writer, secret, first if session else None).run()
        except Refused as refusal:
            writer.write(_error(refusal.state, str(refusal)))
            with contextlib.suppress(OSError):
                await writer.drain()
        finally:
            self._clients -= 1
            self._cancels.pop(secret, None)

    async def _startup(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, str] | None:
        while True:
            length, code = struct.unpack("!ii", await reader.readexactly(8))
            rest = await reader.readexactly(length - 8)
            if code in {SSL_REQUEST, GSS_REQUEST}:
                writer.write(b"N")
                await writer.drain()
            elif code == CANCEL_REQUEST:
                await self._cancel(rest)
                return None
            elif code >> 16 == PROTOCOL >> 16:
                words = rest.rstrip(b"\0").split(b"\0")
                return {k.decode(): v.decode() for k, v in zip(words[::2], words[1::2], strict=False)}
            else:
                return None

    async def _authenticate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> str:
        user = name.removesuffix(self.suffix)
        writer.write(_message(b"R", struct.pack("!i", 3)))
        await writer.drain()
        kind, body = await _read(reader)
        known = self.passwords.get(user, "")
        if kind != b"p" or not known or not hmac.compare_digest(body.rstrip(b"\0"), known.encode()):
            raise Refused("28P01", f'password authentication failed for user "{user}"')
        return user

    async def _cancel(self, rest: bytes) -> None:
        backend = self._cancels.get(rest)
        if backend is not None:
            _, writer = await asyncio.open_unix_connection(self._socket)
            writer.write(struct.pack("!ii", 16, CANCEL_REQUEST) + backend.key)
            await writer.drain()
            writer.close()

    @property
    def _socket(self) -> str:
        return str(self.cluster.sockets / f".s.PGSQL.{self.cluster.port}")

    async def _take(self, pool: Pool) -> Backend:
        """A server connection; waits while all of the pool's are in use."""
        limit = asyncio.get_running_loop().time() + QUEUE_SECONDS
        while True:
            while pool.idle:
                backend = pool.idle.pop()
                if not backend.dead:
                    pool.used.add(backend)
                    return backend
            if pool.size < self.size:
                return await self._open(pool)
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            pool.waiting.append(turn)
            try:
                await asyncio.wait_for(turn, max(0.0, limit - asyncio.get_running_loop().time()))
            except TimeoutError:
                raise Refused(
                    "XX000",
                    "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: "
                    f"{self.size}"
                    if pool.session
                    else "Unable to check out connection from the pool",
                ) from None

    async def _open(self, pool: Pool) -> Backend:
        pool.opening += 1
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
            words = {"user": pool.user, "database": pool.database, "application_name": APPLICATION_NAME}
            body = struct.pack("!i", PROTOCOL) + b"".join(f"{k}\0{v}\0".encode() for k, v in words.items()) + b"\0"
            writer.write(struct.pack("!i", len(body) + 4) + body)
            key, parameters = b"", b""
            while True:
                kind, data = await _read(reader)
                if kind == b"E":
                    fields = {part[:1]: part[1:].decode() for part in data.split(b"\0") if part}
                    raise Refused(fields.get(b"C", "XX000"), fields.get(b"M", "the server refused"))
                if kind == b"K":
                    key = data
                if kind == b"S":
                    parameters += _message(kind, data)
                if kind == b"Z":
                    break
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Refused("08006", "the database does not accept connections") from error
        finally:
            pool.opening -= 1
        backend = Backend(reader, writer, key, parameters)
        pool.used.add(backend)
        return backend

    def _give(self, pool: Pool, backend: Backend, *, broken: bool = False) -> None:
        """Back into the pool, or away with it; whoever waited longest is next."""
        now = asyncio.get_running_loop().time()
        pool.used.discard(backend)
        if broken or backend.dead or pool.size >= self.size:
            backend.close()
        else:
            backend.idle_since = now
            pool.idle.append(backend)
        for old in [one for one in pool.idle[:-1] if now - one.idle_since > IDLE_SECONDS]:
            pool.idle.remove(old)
            old.close()
        self._wake(pool)

    @staticmethod
    def _wake(pool: Pool) -> None:
        while pool.waiting:
            turn = pool.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Talk:
    """A client that is let in: messages go both ways, and between transactions it holds no server connection."""

    def __init__(
        self,
        pooler: StandIn,
        pool: Pool,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        secret: bytes,
        held: Backend | None,
    ) -> None:
        self.pooler, self.pool, self.reader, self.writer, self.secret, self.held = (
            pooler,
            pool,
            reader,
            writer,
            secret,
            held,
        )
        self.asked = 0
        self.broken = False
        self.pump: asyncio.Task[None] | None = asyncio.create_task(self._answers(held)) if held else None

    async def run(self) -> None:
        """Until the client leaves."""
        try:
            while True:
                kind, body = await _read(self.reader)
                if kind == b"X":
                    return
                if self.held is None:
                    if self.pump is not None:
                        await self.pump
                    self.held = await self.pooler._take(self.pool)
                    self.pooler._cancels[self.secret] = self.held
                    self.pump = asyncio.create_task(self._answers(self.held))
                if kind in {b"Q", b"S", b"F"}:
                    self.asked += 1
                self.held.writer.write(_message(kind, body))
                await self.held.writer.drain()
        finally:
            if self.pump is not None:
                self.pump.cancel()
            if self.held is not None:
                # Left in the middle of a transaction: the server connection can't be used by another.
                self.pooler._give(self.pool, self.held, broken=True)

    async def _answers(self, backend: Backend) -> None:
        try:
            while True:
                kind, body = await _read(backend.reader)
                self.writer.write(_message(kind, body))
                if kind != b"Z":
                    continue
                await self.writer.drain()
                self.asked -= 1
                if body == b"I" and self.asked <= 0 and not self.pool.session:
                    self.held = None
                    self.pooler._cancels[self.secret] = None
                    self.pooler._give(self.pool, backend)
                    return
        except (OSError, asyncio.IncompleteReadError):
            # The server ended it: what it said last is passed on, then the client is let go.
            self.held = None
            self.pooler._give(self.pool, backend, broken=True)
            self.writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _error(state: str, message: str) -> bytes:
    return _message(b"E", f"SFATAL\0VFATAL\0C{state}\0M{message}\0\0".encode())


def pgbouncer_program() -> tuple[Path, dict[str, str]] | None:
    """PgBouncer and the environment that it runs in, or None."""
    unpacked = Path(sys.prefix) / "pgbouncer"
    if os.environ.get("LAUNCHOPS_SANDBOX_POOLER") == "stand-in":
        return None
    if (unpacked / "usr/sbin/pgbouncer").exists():
        folders = [str(path.parent) for path in unpacked.rglob("libevent*.so*")][:1]
        return unpacked / "usr/sbin/pgbouncer", {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)}
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    return (Path(found), dict(os.environ)) if found else None


class PgBouncer:
    """The real one. It plays the project's pooler: one port for transactions; sessions go to the server itself."""

    kind = "pgbouncer"

    def __init__(self, folder: Path, cluster: Cluster, passwords: dict[str, str], size: int, clients: int) -> None:
        self.folder = folder
        self.cluster = cluster
        self.passwords = passwords
        self.size = size
        self.max_clients = clients
        self.mode = "transaction"
        self.port = free_port()
        self.session_port = self.port
        self._process: asyncio.subprocess.Process | None = None

    def _configure(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = self.folder / "users.txt"
        users.touch(mode=0o600)
        users.write_text("".join(f'"{user}" "{word}"\n' for user, word in self.passwords.items()), encoding="utf-8")
        (self.folder / "pgbouncer.ini").write_text(
            "[databases]\n"
            f"* = host={self.cluster.sockets} port={self.cluster.port}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {users}\n"
            f"pool_mode = {self.mode}\ndefault_pool_size = {self.size}\nmax_client_conn = {self.max_clients}\n"
            "query_wait_timeout = 60\nserver_idle_timeout = 300\nserver_fast_close = 1\n"
            "ignore_startup_parameters = extra_float_digits,options,search_path\n"
            f"logfile = {self.folder / 'pgbouncer.log'}\n",
            encoding="utf-8",
        )

    async def start(self) -> None:
        """Returns when it accepts connections."""
        found = pgbouncer_program()
        if found is None:
            raise RuntimeError("there is no pgbouncer")
        path, environment = found
        self._configure()
        with (self.folder / "out.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *unprivileged([str(path), str(self.folder / "pgbouncer.ini")]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self._process.pid), encoding="utf-8")
        deadline = asyncio.get_running_loop().time() + 5
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                if asyncio.get_running_loop().time() > deadline or self._process.returncode is not None:
                    raise
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return

    async def stop(self) -> None:
        """Ends it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def drop(self) -> None:
        """Nothing to do: it notices by itself that its server connections are gone."""

    async def resize(self, size: int, mode: str) -> None:
        """A new size or mode, without ending anybody's connection."""
        self.size, self.mode = size, mode
        self._configure()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGHUP)

    def url(self, user: str, password: str, *, session: bool = False) -> str:
        """A user's way in."""
        port = self.cluster.port if session else self.port
        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{port}/postgres"


Pooler = StandIn | PgBouncer
