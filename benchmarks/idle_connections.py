# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand idle connections ended: ours, in batches that ask again, against a loop that ends each of a list by a statement."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from typing import Any

import psycopg

from benchmarks.common import BIN, ROOT, cloud, environment, row, sandbox

# Behind the line above, which puts the collection on the path.
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgactivity import (  # isort: skip
    IdleRule,
    end_backends,
    idle_backends,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database  # isort: skip

COUNT = 1000
ROUNDS = 3
RULE = IdleRule(1.0, 1.0, ("shop_app",), (), (), ())


@contextlib.contextmanager
def idle(url: str, application: str) -> Any:
    """Sessions that have been idle for more than a second."""
    made = [psycopg.connect(url, application_name=application, autocommit=True) for _ in range(COUNT)]
    for db in made:
        db.execute("SELECT 1")
    time.sleep(1.1)  # the rule's own second: there is no condition to wait for but time
    yield
    for db in made:
        db.close()


def ours(url: str) -> float:
    """Seconds of ending them, until all are gone."""
    with Database(url) as db:
        listed = idle_backends(db, RULE, COUNT)
        done = end_backends(db, RULE, listed, time.monotonic)
    ended = sum(one["outcome"] == "ended" for one in done.backends)
    if ended != COUNT:
        raise RuntimeError(f"{ended} of {COUNT} were ended")
    return done.seconds


def loop(url: str) -> float:
    """Seconds of a loop over the list, until all are gone: what a script does that selects first."""
    with psycopg.connect(url, autocommit=True) as db:
        query = "SELECT pid FROM pg_stat_activity WHERE usename = 'shop_app' AND state = 'idle'"
        pids = [found[0] for found in db.execute(query)]
        started = time.monotonic()
        for pid in pids:
            db.execute("SELECT pg_terminate_backend(%s)", (pid,))
        while db.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop_app'").fetchone() != (0,):
            pass
        return time.monotonic() - started


def main() -> int:
    """Prints both and their ratio."""
    with cloud("--restart-seconds", "0.2") as state:
        values = {"supabase_compute_size": "ci_48xlarge", "supabase_compute_approve": "shop"}
        command = [str(BIN / "ansible-playbook"), "playbooks/resize.yml", "-e", json.dumps(values)]
        subprocess.run(command, cwd=ROOT, env=environment(state), capture_output=True, check=True)
        env = sandbox(state, "env")
        owner = env["database_url"]
        with psycopg.connect(owner, autocommit=True) as db:
            db.execute("ALTER ROLE shop_app PASSWORD 'bench'")
        app = "postgresql://shop_app:bench@" + owner.partition("@")[2]
        print(f"{COUNT} idle connections, seconds of database time until all are gone:")
        seconds: dict[str, list[float]] = {"ours": [], "loop": []}
        for _ in range(ROUNDS):
            for name, end in (("ours", ours), ("loop", loop)):
                with idle(app, name):
                    seconds[name].append(end(owner))
        mine = row("ours, asking again", seconds["ours"])
        theirs = row("a loop over a list", seconds["loop"])
    print(f"  ratio {mine / theirs:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
