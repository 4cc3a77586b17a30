# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-test sanity` on the collection as it is built: links followed, root-only files left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("CHANGELOG.md", "LICENSE", "README.md", "galaxy.yml", "meta", "playbooks", "plugins", "roles")
# ansible-test fetches this bootstrap script from a host that a closed network does not reach; Python's own does the same.
BOOTSTRAP = "get_pip_24_2.py"
PIP = "import ensurepip\n\nensurepip.bootstrap()\n"
CONFIG = 'modules:\n  python_requires: ">=3.11"\n'


def main() -> int:
    """Stages, runs every test on this interpreter's version, returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="launchops-sanity-") as folder:
        place = Path(folder) / "ansible_collections" / "fairtradeworker" / "launchops"
        stage(place)
        home = ROOT / ".cache" / "ansible-test"
        cache = home / ".ansible" / "test" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        (cache / BOOTSTRAP).write_text(PIP, encoding="utf-8")
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "LAUNCHOPS_"))
        }
        # pip's own settings of the user stay, although the home is another.
        for setting in (Path.home() / ".config" / "pip" / "pip.conf", Path.home() / ".pip" / "pip.conf"):
            if setting.exists():
                environment.setdefault("PIP_CONFIG_FILE", str(setting))
        environment |= {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        command = [
            str(Path(sys.executable).with_name("ansible-test")),
            "sanity",
            "--python",
            version,
            "--color",
            "no",
            *sys.argv[1:],
        ]
        return subprocess.run(command, cwd=place, env=environment, check=False).returncode


def stage(place: Path) -> None:
    """Copies what git knows, and what is new and not ignored, with links followed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    known = {ROOT / name for name in listing.split("\0") if name}
    links = {ROOT / "plugins" / "modules": ROOT / "library", ROOT / "plugins" / "module_utils": ROOT / "module_utils"}
    links[ROOT / "plugins" / "doc_fragments"] = ROOT / "doc_fragments"
    for path in sorted(known):
        if path in links:
            for source in sorted(name for name in known if links[path] in name.parents):
                copy(source, place / path.relative_to(ROOT) / source.relative_to(links[path]))
        elif path.relative_to(ROOT).parts[0] in PARTS and path.is_file():
            copy(path, place / path.relative_to(ROOT))
    config = place / "tests" / "config.yml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    subprocess.run(["git", "add", "-A"], cwd=place, check=True)


def copy(source: Path, target: Path) -> None:
    """Copies one file, its mode included."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main())
