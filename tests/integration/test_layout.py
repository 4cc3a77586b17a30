# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout holds: links, one action per module, documentation equal to the argument spec, one action group."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from tests.conftest import BIN, ROOT

COLLECTION = "fairtradeworker.launchops"
PLUGINS = "ansible_collections.fairtradeworker.launchops.plugins"
VIEW = ROOT / "collections" / "ansible_collections" / "fairtradeworker" / "launchops"
LINKS = {
    ROOT / "plugins" / "modules": "../library",
    ROOT / "plugins" / "module_utils": "../module_utils",
    ROOT / "plugins" / "doc_fragments": "../doc_fragments",
    **{
        VIEW / name: f"../../../../{name}"
        for name in ("galaxy.yml", "meta", "plugins", "roles", "playbooks", "README.md", "LICENSE", "CHANGELOG.md")
    },
}
MODULES = sorted(path.stem for path in (ROOT / "library").glob("*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
HEADER = (ROOT / "library" / "http_probe.py").read_text().splitlines()[1:4]


class SpecError(Exception):
    """Carries the spec out of main()."""


def spec_of(name: str) -> dict[str, Any]:
    """The argument spec that a module gives to AnsibleModule."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    argspec = importlib.import_module(f"{PLUGINS}.module_utils.argspec")
    with mock.patch.object(
        argspec, "AnsibleModule", side_effect=lambda **kwargs: (_ for _ in ()).throw(SpecError(kwargs))
    ):
        try:
            module.main()
        except SpecError as error:
            value: dict[str, Any] = error.args[0]
            return value
    raise AssertionError("main() made no AnsibleModule")


def documentation(name: str) -> dict[str, Any]:
    """What ansible-doc says, fragments included."""
    done = subprocess.run(
        [str(BIN / "ansible-doc"), "--json", f"{COLLECTION}.{name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    value: dict[str, Any] = json.loads(done.stdout)[f"{COLLECTION}.{name}"]
    return value


def test_links() -> None:
    for link, target in LINKS.items():
        assert link.is_symlink(), link
        assert str(link.readlink()) == target
        assert link.exists(), f"{link} points nowhere"


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_its_action(name: str) -> None:
    action = importlib.import_module(f"{PLUGINS}.action.{name}")
    assert action.ActionModule.MODULE.__name__.endswith(f".{name}")


def test_each_action_has_its_module() -> None:
    assert sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py")) == MODULES


def test_what_talks_to_vercel_is_in_the_action_group() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    groups = runtime["action_groups"]
    assert groups["vercel"] == [name for name in MODULES if name.startswith("vercel_")]
    assert groups["supabase"] == [name for name in MODULES if name.startswith("supabase_")]
    assert groups["database"] == [name for name in MODULES if "database_url" in spec_of(name)["argument_spec"]]


@pytest.mark.parametrize("name", MODULES)
def test_documentation_equals_the_argument_spec(name: str) -> None:
    documented = documentation(name)["doc"]["options"]
    spec = spec_of(name)
    assert spec["supports_check_mode"] is True
    compare(documented, spec["argument_spec"], name)


def compare(documented: dict[str, Any], spec: dict[str, Any], where: str) -> None:
    assert set(documented) == set(spec), where
    for option, rules in spec.items():
        words = documented[option]
        place = f"{where}.{option}"
        assert words.get("type", "str") == rules.get("type", "str"), place
        assert words.get("required", False) == rules.get("required", False), place
        assert words.get("default") == rules.get("default"), place
        assert words.get("choices") == rules.get("choices"), place
        assert words.get("elements") == rules.get("elements"), place
        if "options" in rules:
            compare(words["suboptions"], rules["options"], place)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_thin_and_says_its_three_attributes(name: str) -> None:
    text = (ROOT / "library" / f"{name}.py").read_text()
    code = text.split('RETURN = r"""', 1)[1].split('"""', 1)[1]
    assert len([line for line in code.splitlines() if line.strip()]) <= 90
    assert set(documentation(name)["doc"]["attributes"]) == {"check_mode", "diff_mode", "idempotent"}


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_no_log(name: str) -> None:
    for option, rules in spec_of(name)["argument_spec"].items():
        if re.search(r"token|webhook_url|password|secret", option) or (name == "vercel_env" and option == "value"):
            assert rules.get("no_log") is True, option


@pytest.mark.parametrize("name", ROLES)
def test_each_role_is_complete(name: str) -> None:
    role = ROOT / "roles" / name
    for part in ("README.md", "meta/main.yml", "meta/argument_specs.yml", "defaults/main.yml", "tasks/main.yml"):
        assert (role / part).exists(), part
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    defaults = set(yaml.safe_load((role / "defaults" / "main.yml").read_text()) or {})
    documented = {option for entry in specs.values() for option in entry["options"]}
    assert defaults <= documented
    assert all(option.startswith(f"{name}_") for option in documented)
    readme = (role / "README.md").read_text()
    assert all(f"`{option}`" in readme for option in documented)
    assert any(f"launchops.{name}\n" in text for text in map(converged, (ROOT / "molecule").glob("*/converge.yml"))), (
        f"no molecule scenario converges {name}"
    )


def converged(path: Path) -> str:
    """A converge playbook with the playbooks that it imports."""
    text = path.read_text()
    imported = re.findall(r"import_playbook: (\S+)", text)
    return text + "".join((path.parent / name).resolve().read_text() for name in imported)


def test_each_playbook_is_short_and_parses() -> None:
    books = [*sorted((ROOT / "playbooks").glob("*.yml")), ROOT / "rollback.yml"]
    for book in books:
        assert len(book.read_text().splitlines()) <= 40, book
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "--syntax-check", *map(str, books)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sandbox_and_the_client_do_not_know_each_other() -> None:
    for folder, stranger in (("sandbox", "ansible_collections"), ("library", "sandbox"), ("module_utils", "sandbox")):
        for path in (ROOT / folder).rglob("*.py"):
            names = [
                name
                for node in ast.walk(ast.parse(path.read_text()))
                for name in (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [a.name for a in node.names]
                    if isinstance(node, ast.Import)
                    else []
                )
            ]
            assert not any(name.split(".")[0] == stranger for name in names), path


def test_only_the_edge_knows_ansible() -> None:
    edge = {"argspec.py"}
    for path in (ROOT / "module_utils").glob("*.py"):
        if path.name not in edge:
            assert not re.search(r"^(from|import) ansible[. ]", path.read_text(), re.MULTILINE), path


def test_headers() -> None:
    for folder in ("library", "module_utils", "plugins", "sandbox", "tools", "tests", "benchmarks", "doc_fragments"):
        for path in (ROOT / folder).rglob("*.py"):
            lines = path.read_text().splitlines()
            if lines:
                assert lines[int(lines[0].startswith("#!")) :][:3] == HEADER, path


def test_one_version_everywhere() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert f'version = "{galaxy}"' in (ROOT / "pyproject.toml").read_text()
    assert sys.version_info >= (3, 11)
    assert Path(ROOT / "CHANGELOG.md").exists()
