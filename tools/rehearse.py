# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make rehearse`: the local cloud scaled up for launch, then a bad release rolled back, by the commands that production gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("LAUNCHOPS_SANDBOX") or ROOT / ".sandbox").absolute()
PATHS = ("/", "/api/health", "/api/jobs", "/checkout")


class RehearsalError(Exception):
    """What went wrong, for the last line."""


def main() -> int:
    """Rehearses; returns 0 when the public address answers again."""
    print("launchops rehearsal: scaled up, then a bad release, rolled back. Everything is local; no account is used.\n")
    try:
        rehearse()
    except RehearsalError as error:
        print(f"\nThe rehearsal failed: {error}", file=sys.stderr)
        return 1
    return 0


def rehearse() -> None:
    """The story, step by step."""
    sandbox("down")
    sandbox("up")
    env = json.loads(sandbox("env"))
    say("local cloud", f"{env['public_url']} (Vercel, Supabase and the channels are stand-ins; PostgreSQL is real)")
    good = json.loads(sandbox("release", "good"))
    say("good release", f"{good['id']}   {public(env)}")
    play("playbooks/verify_release.yml")
    say("verified", "playbooks/verify_release.yml recorded it as healthy")
    scale_up(env)
    bad = json.loads(sandbox("release", "bad"))
    say("bad release", f"{bad['id']}   {public(env)}")
    print("\n$ ansible-playbook rollback.yml")
    started = time.monotonic()
    play("rollback.yml")
    seconds = time.monotonic() - started
    world = json.loads(sandbox("state"))
    records = journal(STATE)
    finished = next(record for record in reversed(records) if record["type"] == "rollback.finished")
    if world["vercel"]["production"] != good["id"]:
        raise RehearsalError(f"production serves {world['vercel']['production']}, not {good['id']}")
    say("serves now", f"{good['id']}   {public(env)}")
    say(
        "first good answer",
        f"{finished['data']['seconds_to_verified']} s after the command ({seconds:.1f} s until it had recorded and told)",
    )
    told = [f"{name} ({len(held)} message)" for name, held in world["received"].items() if held]
    say("told", ", ".join(told) or "nobody")
    say("record", f"{len(records)} records, {os.path.relpath(journal_path(STATE))}")
    play("rollback.yml")
    moves = [
        line
        for line in sandbox("requests", "--writes").splitlines()
        if json.loads(line)["route"] == "vercel.rollback.request"
    ]
    say("run again", f"nothing to do: {len(moves)} rollback was requested in all")
    if len(moves) != 1:
        raise RehearsalError("the second run asked for another rollback")
    print(f"\nThe whole output of the last run: {os.path.relpath(STATE / 'ansible.log')}")
    print("The sandbox is still up. Play with it: python -m sandbox --help. Stop it: python -m sandbox down")


def scale_up(env: dict[str, str]) -> None:
    """To the launch profile, and once more, which must write nothing."""
    print("\n$ ansible-playbook playbooks/scale_up.yml -e profile=launch")
    play("playbooks/scale_up.yml", "-e", "profile=launch")
    project = json.loads(sandbox("state"))["supabase"]["projects"][env["supabase_project_ref"]]
    replicas = [row["status"] for row in project["databases"] if row["type"] == "READ_REPLICA"]
    if project["pool_size"] != 100 or replicas != ["ACTIVE_HEALTHY"]:
        raise RehearsalError(f"the database has a pool of {project['pool_size']} and replicas {replicas}")
    say("database", f"pool 100 ({env['pooler']} before it), 1 read replica that streams, proven with a marker")
    before = len(sandbox("requests", "--writes").splitlines())
    play("playbooks/scale_up.yml", "-e", "profile=launch")
    written = len(sandbox("requests", "--writes").splitlines()) - before
    say("run again", f"nothing to do: {written} requests that write")
    if written:
        raise RehearsalError("the second run wrote something")
    print()


def sandbox(*arguments: str) -> str:
    """Runs the sandbox's command line; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--state", str(STATE), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RehearsalError(done.stderr.strip() or done.stdout.strip())
    return done.stdout


def play(playbook: str, *arguments: str) -> None:
    """Runs a playbook as a user would, with its output in a file."""
    command = Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **os.environ,
        "LAUNCHOPS_SANDBOX": str(STATE),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
    }
    with (STATE / "ansible.log").open("w", encoding="utf-8") as log:
        line = [str(command), playbook, *arguments]
        done = subprocess.run(line, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
    if done.returncode:
        text = (STATE / "ansible.log").read_text(encoding="utf-8")
        raise RehearsalError(
            f"ansible-playbook {playbook} ended with {done.returncode}; its last lines:\n{text[-2500:]}"
        )


def public(env: dict[str, str]) -> str:
    """What a visitor of the critical paths gets."""
    statuses = []
    for path in PATHS:
        try:
            with urllib.request.urlopen(env["public_url"] + path, timeout=5) as answer:  # noqa: S310 - a loopback address
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
    return "public address answers " + " ".join(map(str, statuses))


def journal_path(state: Path) -> Path:
    """The newest journal in the state folder."""
    return max((state / "journal").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)


def journal(state: Path) -> list[dict[str, Any]]:
    """Its records."""
    return [json.loads(line) for line in journal_path(state).read_text(encoding="utf-8").splitlines()]


def say(what: str, text: str) -> None:
    """One aligned line."""
    print(f"{what:>18}  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
