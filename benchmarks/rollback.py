# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the command to a verified good answer: `ansible-playbook rollback.yml` against Vercel's CLI, in one run, one sandbox.

The peer is `vercel rollback` of npm's vercel 60.1.3 followed by a curl of the same critical paths. Ours is the time from the
start of the process to the end of the verification (three rounds of all paths), and also to the end of the run, when it has
recorded everything and told three channels. The CLI is looked for at LAUNCHOPS_VERCEL_CLI (dist/index.js or a command), then on
PATH; without it this says so and ends.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from benchmarks.common import BIN, ROOT, cloud, environment, row, sandbox

PEER = "60.1.3"
ROUNDS = 7
PATHS = ("/", "/api/health", "/api/jobs", "/checkout")


def peer() -> list[str]:
    """The CLI's command line; empty where it is not installed."""
    named = os.environ.get("LAUNCHOPS_VERCEL_CLI") or shutil.which("vercel")
    if not named:
        return []
    return ["node", named] if named.endswith(".js") else [named]


def with_cli(command: list[str], state: Path, good: str) -> float:
    """Seconds of the CLI's rollback and the curl after it."""
    env = sandbox(state, "env")
    home = state.parent / "vercel"
    (home / ".vercel").mkdir(parents=True, exist_ok=True)
    link = {"projectId": env["vercel_project"], "orgId": env["vercel_team"], "projectName": env["vercel_project_name"]}
    (home / ".vercel" / "project.json").write_text(json.dumps(link))
    flags = ["--scope", env["vercel_team_slug"], "--api", env["vercel_api_url"], "--token", env["vercel_token"]]
    where = ["--global-config", str(home / "config"), "--cwd", str(home)]
    clean = {**os.environ, "HOME": str(home), "VERCEL_TELEMETRY_DISABLED": "1", "CI": "1"}
    started = time.monotonic()
    subprocess.run(
        [*command, "rollback", good, "--yes", *flags, *where], env=clean, capture_output=True, check=True, cwd=home
    )
    urls = [part for path in PATHS for part in ("-o", os.devnull, env["public_url"] + path)]
    subprocess.run(["curl", "-fsS", *urls], check=True)
    return time.monotonic() - started


def with_playbook(state: Path) -> tuple[float, float]:
    """Seconds to the end of the verification, and to the end of the run."""
    sandbox(state, "requests", "--clear")
    began = time.time()
    started = time.monotonic()
    command = [str(BIN / "ansible-playbook"), "rollback.yml"]
    subprocess.run(command, cwd=ROOT, env=environment(state), capture_output=True, check=True)
    whole = time.monotonic() - started
    lines = (state / "requests.jsonl").read_text().splitlines()
    answers = [entry for entry in map(json.loads, lines) if entry["service"] == "product" and entry["status"] == 200]
    last = max(_epoch(entry["time"]) for entry in answers)
    return last - began, whole


def _epoch(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def world(state: Path) -> str:
    """Ships a good release and then a bad one; returns the good one's id."""
    sandbox(state, "set", "auto_assign", "true")
    good = sandbox(state, "release", "good")["id"]
    sandbox(state, "release", "bad")
    return str(good)


def main() -> int:
    """Measures in turns, so that whatever else the machine does hits both alike."""
    command = peer()
    if not command or not shutil.which("node") or not shutil.which("curl"):
        print(
            f"benchmarks/rollback skipped: npm's vercel@{PEER}, node or curl is not installed; see LAUNCHOPS_VERCEL_CLI."
        )
        return 0
    theirs, verified, whole = [], [], []
    for _ in range(ROUNDS):
        with cloud() as state:
            theirs.append(with_cli(command, state, world(state)))
        with cloud() as state:
            world(state)
            ours = with_playbook(state)
            verified.append(ours[0])
            whole.append(ours[1])
    print("From the command to a verified good answer (a rollback takes 0.6 s at the sandbox):")
    base = row(f"vercel rollback {PEER}, then curl", theirs)
    mine = row("ansible-playbook rollback.yml, verified", verified)
    all_ = row("the same, recorded and told", whole)
    print(f"  ratio verified {mine / base:.2f}, recorded and told {all_ / base:.2f} (below 1 is faster than the CLI)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
