# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No credential of the sandbox in anything that a run writes, at the highest verbosity; and what installs, runs elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import yaml

from tests.conftest import BIN, ROOT, Cloud, Outage

DATABASE_SECRETS = ("supabase_access_token", "database_url", "app_database_url")
SECRETS = ("vercel_token", "slack_token", "statuspage_token")


def secrets(cloud: Cloud) -> list[str]:
    """Every credential, and the part of each webhook that is one."""
    env = cloud.env
    return [
        *(env[name] for name in SECRETS),
        env["slack_url"].rpartition("/")[2],
        env["discord_url"].rpartition("/")[2],
    ]


def test_no_secret_in_anything_that_runs_write(outage: Outage) -> None:
    cloud = outage.cloud
    texts = [cloud.play("rollback.yml", "-vvvv", "--diff", "--check").text]
    cloud.cli("fault", "add", "status", "--service", "slack", "--status", "500", "--times", "forever")
    cloud.cli("fault", "add", "reset-after", "--service", "discord")
    texts.append(cloud.play("rollback.yml", "-vvvv", "--diff").text)
    cloud.cli("fault", "clear")
    texts.append(cloud.play("rollback.yml", "-vvvv", "--diff", variables={"launchops_run_in_controller": False}).text)
    texts.append(cloud.play("playbooks/configure_vercel.yml", "-vvvv", "--diff").text)
    texts.append(cloud.play("rollback.yml", "-vvvv", variables={"launchops_vercel_project": "nope"}).text)
    assert all("Roll" in text for text in texts[:3])
    kept = [
        (str(path), path.read_bytes())
        for folder in (cloud.state, cloud.home)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "sandbox.json"
    ]
    assert any(name.endswith(".jsonl") for name, _ in kept)
    for secret in secrets(cloud):
        for text in texts:
            assert secret not in text
        for name, content in kept:
            assert secret.encode() not in content, name


def test_no_secret_of_the_database_in_anything_that_runs_write(stack: Cloud) -> None:
    word = {name: stack.env[name] for name in DATABASE_SECRETS}
    hidden = [
        word["supabase_access_token"],
        *(word[name].split("//")[1].split("@")[0].split(":")[1] for name in DATABASE_SECRETS[1:]),
    ]
    books = (
        ("scale_up", {"profile": "launch"}),
        ("connections", {"idle_connections_idle_seconds": 1}),
        ("diagnose_database", {}),
        ("configure_database", {}),
        ("verify_replicas", {"read_replica_count": 1}),
        ("resize", {"supabase_compute_size": "ci_4xlarge"}),
    )
    texts = []
    for here in (True, False):
        for name, variables in books:
            texts.append(
                stack.play(
                    f"playbooks/{name}.yml",
                    "-vvvv",
                    "--diff",
                    variables={**variables, "launchops_run_in_controller": here},
                ).text
            )
    wrong = stack.state.parent / "wrong.json"
    wrong.write_text(
        json.dumps({"launchops_database_url": word["database_url"].replace("@127.0.0.1:", "@127.0.0.1:1")})
    )
    texts.append(stack.play("playbooks/connections.yml", "-vvvv", "-e", f"@{wrong}", limit=120).text)
    assert "can't be reached" in texts[-1] or "can't be read" in texts[-1] or "no number" in texts[-1]
    kept = [
        (str(path), path.read_bytes())
        for folder in (stack.state, stack.home)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "sandbox.json" and "postgresql" not in path.parts
    ]
    for secret in hidden:
        for text in texts:
            assert secret not in text
        for name, content in kept:
            assert secret.encode() not in content, name


def test_a_built_tarball_works_from_another_repository(outage: Outage, tmp_path: Path) -> None:
    cloud = outage.cloud
    environment = cloud.environment(ANSIBLE_CONFIG=str(tmp_path / "ansible.cfg"))
    source, elsewhere = tmp_path / "source", tmp_path / "elsewhere"
    source.mkdir()
    elsewhere.mkdir()
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(
        ["tar", "-C", str(ROOT), "-cf", str(tmp_path / "s.tar"), "--null", "-T", "-"], input=files, check=True
    )
    subprocess.run(["tar", "-C", str(source), "-xf", str(tmp_path / "s.tar")], check=True)
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    galaxy = str(BIN / "ansible-galaxy")
    subprocess.run(
        [galaxy, "collection", "build", "--output-path", str(tmp_path)],
        cwd=source,
        env=environment,
        check=True,
        capture_output=True,
    )
    (tarball,) = tmp_path.glob("fairtradeworker-launchops-*.tar.gz")
    names = subprocess.run(["tar", "-tzf", str(tarball)], capture_output=True, text=True, check=True).stdout
    assert not {name.split("/")[0] for name in names.split()} & {
        "sandbox",
        "tests",
        ".venv",
        "inventory",
        "molecule",
        "collections",
    }
    subprocess.run(
        [galaxy, "collection", "install", str(tarball), "-p", str(elsewhere / "collections"), "--offline"],
        cwd=elsewhere,
        env=environment,
        check=True,
        capture_output=True,
    )
    (elsewhere / "ansible.cfg").write_text("[defaults]\ncollections_path = collections\n")
    book = [
        {
            "name": "Use the role from another repository",
            "hosts": "products",
            "gather_facts": False,
            "module_defaults": {
                "group/fairtradeworker.launchops.vercel": {
                    "api_url": "{{ launchops_vercel_api_url }}",
                    "api_token": "{{ launchops_vercel_token }}",
                    "team": "{{ launchops_vercel_team }}",
                }
            },
            "roles": [{"role": "fairtradeworker.launchops.rollback"}],
        }
    ]
    (elsewhere / "site.yml").write_text(yaml.safe_dump(book))
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "site.yml", "-i", str(ROOT / "inventory" / "sandbox")],
        cwd=elsewhere,
        env={**environment, "ANSIBLE_CONFIG": str(elsewhere / "ansible.cfg"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert cloud.production == outage.good


def test_the_journal_is_verified_by_playbook_and_an_edit_is_found(outage: Outage) -> None:
    cloud = outage.cloud
    cloud.play("rollback.yml")
    assert cloud.play("playbooks/verify_journal.yml").code == 0
    text = cloud.journal.read_text()
    cloud.journal.write_text(text.replace("ana@laptop", "eve@laptop", 1))
    run = cloud.play("playbooks/verify_journal.yml")
    assert run.code != 0
    assert "Line 1 (record 1) is not what was written" in run.text
