# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox of one's own for each test, and real `ansible-playbook` runs against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

# How long an example takes is no property: machines are busy.
settings.register_profile("launchops", deadline=None)
settings.load_profile("launchops")

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CALLBACKS = ROOT / "tests" / "support" / "callbacks"
# Short, so that a wait that ends badly ends soon.
FAST = {
    "rollback_api_timeout": 1,
    "rollback_api_patience": 5,
    "rollback_wait_seconds": 6,
    "rollback_verify_within": 6,
    "notification_api_timeout": 1,
    "notification_api_patience": 3,
}


@dataclass(frozen=True)
class Run:
    """One ansible-playbook run: exit code (negative for a signal), everything it printed, seconds."""

    code: int
    text: str
    seconds: float

    @property
    def recap(self) -> dict[str, int]:
        """The host's line of the play recap; empty where there is none."""
        lines = [line for line in self.text.splitlines() if "unreachable=" in line]
        return {k: int(v) for k, v in (pair.split("=") for pair in lines[-1].split(":", 1)[1].split())} if lines else {}


class Cloud:
    """A running sandbox."""

    def __init__(self, state: Path, home: Path) -> None:
        self.state = state
        self.home = home
        self.host = "shop-sandbox"

    def cli(self, *arguments: str) -> str:
        """Runs the sandbox's command line; returns what it printed, or fails the test."""
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--state", str(self.state), *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def env(self) -> dict[str, str]:
        values: dict[str, str] = json.loads((self.state / "sandbox.json").read_text(encoding="utf-8"))["env"]
        return values

    def release(self, kind: str, *arguments: str) -> str:
        """Ships a release; returns its id."""
        identifier: str = json.loads(self.cli("release", kind, *arguments))["id"]
        return identifier

    def requests(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.cli("requests", *arguments).splitlines()]

    def effects(self, route: str) -> int:
        """How many requests of a route have changed something."""
        return sum(1 for entry in self.requests() if entry["route"] == route and entry["effect"])

    def world(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.cli("state"))
        return value

    @property
    def production(self) -> str:
        value: str = self.world()["vercel"]["production"]
        return value

    @property
    def project(self) -> dict[str, Any]:
        """The Supabase project, as the stand-in remembers it."""
        value: dict[str, Any] = self.world()["supabase"]["projects"][self.env["supabase_project_ref"]]
        return value

    def sql(self, query: str, url: str = "database_url") -> list[tuple[Any, ...]]:
        """Rows of a query; `url` names an address of `env`, or is one."""
        with psycopg.connect(self.env.get(url, url), autocommit=True, prepare_threshold=None) as db:
            done = db.execute(query.encode())
            return list(done.fetchall()) if done.description else []

    @property
    def journal(self) -> Path:
        return self.state / "journal" / f"shop-sandbox-{self.env['vercel_project'][4:12]}.jsonl"

    def records(self, *types: str) -> list[dict[str, Any]]:
        """Journal records, of the given types."""
        if not self.journal.exists():
            return []
        found = [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]
        return [record for record in found if not types or record["type"] in types]

    def environment(self, **more: str) -> dict[str, str]:
        """What a run gets: no credential of the machine's own, a home of its own."""
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("LAUNCHOPS_", "VERCEL_", "SUPABASE_", "ANSIBLE_", "XDG_"))
        }
        return {
            **kept,
            "HOME": str(self.home),
            "LAUNCHOPS_SANDBOX": str(self.state),
            "LAUNCHOPS_OPERATOR": "ana@laptop",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": str(self.home / "tmp"),
            **more,
        }

    def command(self, playbook: str, *arguments: str, variables: dict[str, Any] | None = None) -> list[str]:
        """The command line of a run, with waits kept short."""
        values = json.dumps({**FAST, **(variables or {})})
        return [str(BIN / "ansible-playbook"), playbook, "-e", values, *arguments]

    def play(
        self,
        playbook: str,
        *arguments: str,
        variables: dict[str, Any] | None = None,
        limit: float = 90,
        **environment: str,
    ) -> Run:
        """Runs a playbook to its end."""
        started = time.monotonic()
        done = subprocess.run(
            self.command(playbook, *arguments, variables=variables),
            cwd=ROOT,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=limit,
        )
        return Run(done.returncode, done.stdout, time.monotonic() - started)


Starter = Callable[..., Cloud]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Starts sandboxes with options of one's own; they are stopped at the end."""
    clouds: list[Cloud] = []

    def starter(*options: str, database: bool = False) -> Cloud:
        folder = tmp_path / f"cloud{len(clouds)}"
        (folder / "home").mkdir(parents=True)
        cloud = Cloud(folder / "state", folder / "home")
        clouds.append(cloud)
        quick = ("--replica-seconds", "0.2", "--restart-seconds", "0.2") if database else ("--no-database",)
        cloud.cli("up", "--build-seconds", "0.05", "--job-seconds", "0.2", *quick, *options)
        return cloud

    yield starter
    for cloud in clouds:
        cloud.cli("down")


@pytest.fixture
def cloud(start: Starter) -> Cloud:
    """A fresh sandbox with nothing deployed."""
    return start()


@pytest.fixture
def stack(start: Starter) -> Cloud:
    """A fresh sandbox with a database, and a release that serves."""
    cloud = start(database=True)
    cloud.release("good")
    return cloud


@dataclass(frozen=True)
class Outage:
    """A sandbox in which a good release was followed by a bad one."""

    cloud: Cloud
    good: str
    bad: str


@pytest.fixture
def outage(cloud: Cloud) -> Outage:
    """Two good releases, then a bad one; `good` is the newer of the two."""
    cloud.release("good")
    return Outage(cloud, cloud.release("good"), cloud.release("bad"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have counted and want people to see: their property `note`."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "note":
                terminalreporter.write_line(str(text))
