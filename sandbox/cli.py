# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. It speaks to the daemon over its admin listener, and imports nothing heavy: rehearsals call it often."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_STATE = ".sandbox"
UP_SECONDS = 30.0
MARK = "launchops-sandbox"
KINDS = ("good", "bad", "slow", "broken-build", "preview")


class CliError(Exception):
    """A sentence for standard error; exit code 1."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    folder = Path(options.state or os.environ.get("LAUNCHOPS_SANDBOX") or DEFAULT_STATE).absolute()
    commands: dict[str, Callable[[Path, argparse.Namespace], int]] = {
        "up": up,
        "down": down,
        "env": env,
        "release": release,
        "requests": requests,
        "fault": fault,
        "set": set_,
        "state": lambda f, _: _print(_ask(f, "state")),
        "received": received,
        "routes": lambda f, _: _lines(_ask(f, "routes")),
        "rolling-release": rolling_release,
        "fleet": fleet,
    }
    try:
        return commands[options.command](folder, options)
    except CliError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def up(folder: Path, options: argparse.Namespace) -> int:
    """Starts the daemon, and returns when everything answers."""
    if _running(folder):
        print(f"The sandbox in {folder} is up already.")
        return 0
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise CliError(f"{folder} is not empty and not a sandbox's: name another folder with --state")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / MARK).touch()
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    for stale in ("sandbox.json", "requests.jsonl"):
        (folder / stale).unlink(missing_ok=True)
    wanted = {
        "plan": options.plan,
        "speed": options.speed,
        "job_seconds": options.job_seconds,
        "build_seconds": options.build_seconds,
        "replica_seconds": options.replica_seconds,
        "restart_seconds": options.restart_seconds,
        "database": not options.no_database,
    }
    _clear_servers(folder)
    root = Path(__file__).resolve().parent.parent
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "sandbox.daemon", str(folder), json.dumps(wanted)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CliError(f"it did not start; the end of {folder / 'daemon.log'}:\n{_tail(folder / 'daemon.log')}")
        if (folder / "sandbox.json").exists() and _running(folder):
            print(f"The sandbox is up: {_state(folder)['env']['public_url']} (state in {folder}).")
            return 0
        time.sleep(0.02)
    process.kill()
    raise CliError(f"it did not answer within {UP_SECONDS:.0f} s; look at {folder / 'daemon.log'}")


def down(folder: Path, options: argparse.Namespace) -> int:
    """Stops it, and returns when no process is left."""
    state = _state_or_none(folder)
    pid = state["pid"] if state else 0
    if pid and _is_daemon(pid):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while _is_daemon(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        if _is_daemon(pid):
            os.kill(pid, signal.SIGKILL)
    (folder / "sandbox.json").unlink(missing_ok=True)
    _clear_servers(folder)
    if options.purge and (folder / MARK).exists():
        shutil.rmtree(folder)
    print("The sandbox is down.")
    return 0


def _clear_servers(folder: Path) -> None:
    """Ends servers whose daemon was killed, and removes what they kept: every world is a new one."""
    for noted in folder.glob("postgresql/*/pid"):
        try:
            pid = int(noted.read_text(encoding="utf-8"))
            # Only a process that really is this folder's server: a number may have been given to another since.
            if str(noted.parent).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGQUIT)
        except (OSError, ValueError):
            continue
    shutil.rmtree(folder / "postgresql", ignore_errors=True)


def env(folder: Path, options: argparse.Namespace) -> int:
    """Addresses and credentials."""
    values = _state(folder)["env"]
    if options.export:
        for key, value in values.items():
            print(f"export LAUNCHOPS_SANDBOX_{key.upper()}='{value}'")
        return 0
    return _print(values)


def release(folder: Path, options: argparse.Namespace) -> int:
    """Ships a release."""
    return _print(
        _ask(folder, "release", {"kind": options.kind, "commit": options.commit, "wait": not options.no_wait})
    )


def requests(folder: Path, options: argparse.Namespace) -> int:
    """The request log."""
    _state(folder)
    if options.clear:
        return _print(_ask(folder, "requests-clear"))
    path = folder / "requests.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        entry = json.loads(line)
        read = entry["method"] in {"GET", "HEAD", "OPTIONS"}
        if options.writes and (read or entry["service"] == "product"):
            continue
        if options.service in {None, entry["service"]} and entry["n"] > options.since:
            print(line)
    return 0


def fault(folder: Path, options: argparse.Namespace) -> int:
    """Switches faults on and off."""
    if options.action == "list":
        return _lines(_ask(folder, "faults"))
    if options.action == "clear":
        return _print(_ask(folder, "clear", {"id": options.id}))
    values: dict[str, Any] = {
        "kind": options.kind,
        "service": options.service,
        "method": options.method,
        "route": options.route,
        "times": None if options.times == "forever" else int(options.times),
        "skip": options.after,
        "status": options.status,
        "retry_after": options.retry_after,
        "seconds": options.seconds,
        "body": options.body,
    }
    if options.kind == "silence" and options.effect == "after":
        values["kind"] = "silence-after"
    return _print(_ask(folder, "fault", values))


def set_(folder: Path, options: argparse.Namespace) -> int:
    """Changes the world."""
    return _print(_ask(folder, "set", {"key": options.key, "value": options.value}))


def received(folder: Path, options: argparse.Namespace) -> int:
    """What the receivers hold."""
    everything = _ask(folder, "received")
    return _print(everything[options.service] if options.service else everything)


def rolling_release(folder: Path, options: argparse.Namespace) -> int:
    """Begins, shows or clears a rolling release."""
    body = {"action": options.action, "deployment": options.deployment, "percentage": options.percentage}
    return _print(_ask(folder, "rolling-release", body))


def fleet(folder: Path, options: argparse.Namespace) -> int:
    """More projects with databases."""
    return _print(_ask(folder, "fleet", {"count": options.count}))


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--state", default=argparse.SUPPRESS, help="state folder (LAUNCHOPS_SANDBOX, else .sandbox)")
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The local cloud for rehearsals and tests.")
    parser.add_argument("--state", default=None, help="state folder (LAUNCHOPS_SANDBOX, else .sandbox)")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words, parents=[common])

    start = add("up", "start it; returns when everything answers")
    start.add_argument("--plan", choices=["hobby", "pro", "enterprise"], default="pro")
    start.add_argument("--speed", type=float, default=1.0, help="divides every duration")
    start.add_argument("--job-seconds", type=float, default=0.6, help="a rollback or promotion takes this long")
    start.add_argument("--build-seconds", type=float, default=0.3, help="a build takes this long")
    start.add_argument("--replica-seconds", type=float, default=1.0, help="a read replica takes at least this long")
    start.add_argument("--restart-seconds", type=float, default=0.5, help="a restart takes at least this long")
    start.add_argument(
        "--no-database", action="store_true", help="without PostgreSQL: what the rollback needs is there"
    )
    add("down", "stop it").add_argument("--purge", action="store_true", help="remove its folder too, journal included")
    add("env", "addresses and credentials, as one JSON object").add_argument(
        "--export", action="store_true", help="as shell"
    )
    ship = add("release", "ship a release, and wait until it is served")
    ship.add_argument("kind", choices=KINDS)
    ship.add_argument("--commit")
    ship.add_argument("--no-wait", action="store_true")
    log = add("requests", "the request log, as JSON lines")
    log.add_argument("--writes", action="store_true", help="only what may change something")
    log.add_argument("--service")
    log.add_argument("--since", type=int, default=0, metavar="N", help="only after number N")
    log.add_argument("--clear", action="store_true")
    _fault_parser(add("fault", "switch faults on and off"), common)
    change = add("set", "change the world")
    change.add_argument("key")
    change.add_argument("value")
    add("state", "the whole world, as one JSON object")
    add("received", "what the receivers hold").add_argument(
        "service", nargs="?", choices=["slack", "discord", "statuspage"]
    )
    add("routes", "names of all routes, as JSON lines")
    rolling = add("rolling-release", "begin, show or clear a rolling release")
    rolling.add_argument("action", choices=["start", "state", "clear"])
    rolling.add_argument("--deployment", default="")
    rolling.add_argument("--percentage", type=float, default=10)
    add("fleet", "add projects, each with a database of its own; prints their addresses").add_argument(
        "count", type=int
    )
    return parser


def _fault_parser(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", parents=[common])
    add.add_argument("kind")
    add.add_argument("--service", default="*")
    add.add_argument("--method", default="*")
    add.add_argument("--route", default="*", help="a route's name or a pattern of paths")
    add.add_argument("--times", default="1", help="a number, or forever")
    add.add_argument("--after", type=int, default=0, metavar="N", help="lets N requests pass first")
    add.add_argument("--status", type=int, default=500)
    add.add_argument("--retry-after", default=None, metavar="SECONDS")
    add.add_argument("--seconds", type=float, default=60.0)
    add.add_argument(
        "--effect", choices=["before", "after"], default="before", help="silence before or after the effect"
    )
    add.add_argument("--body")
    actions.add_parser("list", parents=[common])
    actions.add_parser("clear", parents=[common]).add_argument("id", nargs="?", type=int)


def _state_or_none(folder: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((folder / "sandbox.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state


def _state(folder: Path) -> dict[str, Any]:
    state = _state_or_none(folder)
    if state is None or not _is_daemon(state["pid"]):
        raise CliError(f"the sandbox in {folder} is not up: run `python -m sandbox up`")
    return state


def _running(folder: Path) -> bool:
    state = _state_or_none(folder)
    return state is not None and _is_daemon(state["pid"])


def _is_daemon(pid: int) -> bool:
    """Whether the process lives and is ours: a number may have been given to another since."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except OSError:
        return False
    return b"sandbox.daemon" in command


def _ask(folder: Path, command: str, body: Any = None) -> Any:
    state = _state(folder)
    parts = urlsplit(state["admin_url"])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        payload = json.dumps(body if body is not None else {})
        headers = {"Authorization": f"Bearer {state['admin_token']}", "Content-Type": "application/json"}
        connection.request("POST", f"/{command}", payload, headers)
        answer = connection.getresponse()
        value = json.loads(answer.read())
    except OSError as error:
        raise CliError(
            f"the sandbox in {folder} does not answer ({error}): run `python -m sandbox down`, then up"
        ) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise CliError(value.get("error", "it refused"))
    return value


def _print(value: Any) -> int:
    print(json.dumps(value, indent=1, ensure_ascii=False))
    return 0


def _lines(values: list[Any]) -> int:
    for value in values:
        print(json.dumps(value, ensure_ascii=False))
    return 0


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
