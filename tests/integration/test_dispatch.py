# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One implementation, two ways in: in the controller and as a module process, the result is the same; and RETURN is true.

Each module runs in a world of its own, once each way, against the same kind of sandbox; what differs by nature (identifiers,
times, addresses) is replaced before the two are compared.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Cloud, Starter

SUPABASE = {
    "api_url": "{{ launchops_supabase_api_url }}",
    "api_token": "{{ launchops_supabase_token }}",
    "project": "{{ launchops_supabase_project }}",
}
DATABASE = {"database_url": "{{ launchops_database_url }}"}
SETTINGS = {"role": "shop_app", "settings": {"statement_timeout": "30s"}}
API = "{api_url: '{{ launchops_vercel_api_url }}', api_token: '{{ launchops_vercel_token }}', team: '{{ launchops_vercel_team }}'}"
JOURNAL = {"journal_path": "{{ launchops_journal_path }}", "environment": "shop-sandbox"}
NOTICE = {**JOURNAL, "incident": "i1", "revision": "r1", "title": "t", "lines": ["a"]}


@dataclass(frozen=True)
class Case:
    """One call of a module; `fails` says that it must."""

    module: str
    arguments: dict[str, Any]
    fails: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.module}{'-fails' if self.fails else ''}"


PATHS = [{"path": "/api/health", "json": {"status": "ok"}}]
CASES = (
    Case("vercel_deployment_info", {"project": "shop"}),
    Case("vercel_deployment_info", {"project": "nope"}, fails=True),
    Case("vercel_rollback_target", {"project": "shop"}),
    Case("vercel_rollback", {"project": "shop", "deployment": "{{ good }}"}),
    Case("vercel_rollback", {"project": "shop", "deployment": "dpl_none"}, fails=True),
    Case("vercel_promote", {"project": "shop", "deployment": "{{ good }}"}),
    Case("vercel_redeploy", {"project": "shop", "redeploy_id": "w1"}),
    Case(
        "vercel_project",
        {"project": "shop", "function_default_timeout": 60, "function_default_regions": ["fra1", "iad1"]},
    ),
    Case("vercel_project", {"project": "shop", "min_instances": 8}, fails=True),
    Case("vercel_env", {"project": "shop", "key": "A", "value": "a-long-value", "type": "encrypted"}),
    Case("vercel_env", {"project": "shop", "key": "A", "value": ""}, fails=True),
    Case(
        "http_probe",
        {
            "url": "{{ launchops_public_url }}",
            "paths": [{"path": "/nowhere", "status": 500}],
            "consecutive": 2,
            "within": 5,
        },
    ),
    Case("http_probe", {"url": "{{ launchops_public_url }}", "paths": PATHS, "within": 1}, fails=True),
    Case("journal_record", {**JOURNAL, "records": [{"type": "note", "subject": "s"}]}),
    Case("journal_info", dict(JOURNAL)),
    Case("operator_lock", {"path": "{{ launchops_lock_path }}", "reason": "x"}),
    Case("slack_message", {**NOTICE, "webhook_url": "{{ launchops_slack_webhook_url }}"}),
    Case(
        "discord_message",
        {**NOTICE},
        environment={"LAUNCHOPS_DISCORD_WEBHOOK_URL": "{{ launchops_discord_webhook_url }}"},
    ),
    Case(
        "statuspage_incident",
        {
            **NOTICE,
            "api_url": "{{ launchops_statuspage_api_url }}",
            "token": "{{ launchops_statuspage_token }}",
            "page": "{{ launchops_statuspage_page }}",
        },
    ),
    Case(
        "statuspage_incident",
        {**NOTICE, "page": "p", "token": "", "api_url": "{{ launchops_statuspage_api_url }}"},
        fails=True,
    ),
    Case("supabase_project_info", {"gather": ["health", "databases", "addons", "entitlements"]}),
    Case("supabase_project_info", {"project": "short"}, fails=True),
    Case("supabase_pooler", {"pool_size": 100, "pooled_roles": ["shop_app"]}),
    Case("supabase_pooler", {"pool_size": 1000, "pooled_roles": ["shop_app"]}, fails=True),
    Case("supabase_postgres_config", {"settings": {"statement_timeout": "30s"}}),
    Case("supabase_postgres_config", {"settings": {"idle_session_timeout": "30s"}}, fails=True),
    Case("supabase_read_replica", {"count": 1, "poll_seconds": 0.1}),
    Case("supabase_read_replica", {"count": 6}, fails=True),
    Case("supabase_addon", {"type": "pitr", "variant": "pitr_7", "approve": "shop", "poll_seconds": 0.1}),
    Case("supabase_addon", {"variant": "ci_4xlarge"}, fails=True),
    Case("supabase_restart", {"approve": "shop", "unless_started_since": "{{ moment }}", "poll_seconds": 0.1}),
    Case("supabase_restart", {}, fails=True),
    Case("postgres_role_settings", {**SETTINGS, "verify_url": "{{ launchops_app_database_url }}"}),
    Case("postgres_role_settings", {**SETTINGS, "role": "nobody"}, fails=True),
    Case("postgres_idle_connections", {"idle_seconds": 300}),
    Case("postgres_activity_info", {}),
    Case(
        "postgres_activity_info",
        {"database_url": "postgresql://a:b@127.0.0.1:1/c", "connect_patience": 0.1},
        fails=True,
    ),
    Case("postgres_statements_info", {"most": 1}),
    Case(
        "postgres_migrations_info",
        {"path": str(ROOT / "sandbox/seed/migrations"), "indexes_of": ["010_scale_400k_indexes.sql"]},
    ),
    Case("postgres_replica_probe", {"replica_url": "{{ launchops_database_url }}", "required": False, "within": 0.1}),
    Case("postgres_replica_probe", {}, fails=True),
)
# They look at the world as it is at that moment, or write each time.
VOLATILE = {
    "postgres_activity_info": ("groups",),
    "postgres_statements_info": ("by_mean", "by_total", "by_calls", "since"),
}


def play(cloud: Cloud, case: Case, *, here: bool, check: bool = False, moment: str = "") -> dict[str, Any]:
    """Runs one task; returns its result."""
    moment = moment or datetime.now(UTC).isoformat()
    good = min(cloud.world()["vercel"]["deployments"].values(), key=lambda d: d["created"])["id"]
    out = cloud.state.parent / "result.json"
    book = [
        {
            "name": "One module",
            "hosts": "products",
            "gather_facts": False,
            "vars": {"good": good, "launchops_run_in_controller": here, "moment": moment},
            "module_defaults": {
                "group/fairtradeworker.launchops.vercel": yaml.safe_load(API),
                "group/fairtradeworker.launchops.supabase": SUPABASE,
                "group/fairtradeworker.launchops.database": DATABASE,
            },
            "tasks": [
                {
                    "name": "Run it",
                    f"fairtradeworker.launchops.{case.module}": case.arguments,
                    "environment": case.environment,
                    "register": "result",
                    "failed_when": False,
                },
                {
                    "name": "Keep its result",
                    "ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(out), "mode": "0600"},
                    "check_mode": False,
                },
            ],
        }
    ]
    path = cloud.state.parent / "one.yml"
    path.write_text(yaml.safe_dump(book))
    run = cloud.play(str(path), "--diff", *(["--check"] if check else []))
    assert run.code == 0, run.text
    value: dict[str, Any] = json.loads(out.read_text())
    value["was_in_controller"] = "AnsiballZ" not in run.text
    return value


def world(start: Starter, case: Case) -> Cloud:
    cloud = start(database=case.module.startswith(("supabase_", "postgres_")))
    cloud.release("good")
    cloud.release("bad")
    return cloud


def plain(value: Any, cloud: Cloud) -> str:
    """The result as text, without what differs by nature."""
    text = json.dumps(value, sort_keys=True)
    for pattern, name in (
        (re.escape(str(cloud.state)), "STATE"),
        (r"(dpl|prj|team)_[A-Za-z0-9]+", r"\1"),
        (r"shop-[a-z0-9]{9}-acme", "URL"),
        (r"shop-sandbox-[A-Za-z0-9]{8}", "JOURNAL"),
        (r"127\.0\.0\.1:\d+", "ADDRESS"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z?", "TIME"),
        (r"\b\d{13}\b", "MILLISECONDS"),
        (r"\b\d{17,19}\b", "SNOWFLAKE"),
        (r"\b[0-9a-f]{12,64}\b", "HASH"),
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
        (r"fra1::[a-z0-9]+-[A-Z0-9a-z]+-sandbox", "REQUEST"),
        (r"\"env_id\": \"[A-Za-z0-9]{16}\"", "ENV"),
        (r"(seconds|since_command|first_good_at|acquired_at|expires_at)\": [0-9.e]+", r"\1"),
        (r"\(\d+ rounds", "(N rounds"),
        (r"[a-z]{20}(-rr-us-east-1-[a-z]{5})?", "PROJECT"),
        (r"\"(port|pid|lag_bytes)\": \d+", r"\1"),
        (r"postgresql://[^\"@]+@", "postgresql://"),
        (r"port \d+", "port N"),
        (r"2026-\d\d-\d\dT[0-9:.+]+", "TIME"),
        (r"within \d+ s", "within N s"),
    ):
        text = re.sub(pattern, name, text)
    return text


IGNORED = {"was_in_controller", "failed_when_result", "failed_when_suppressed_exception", "exception", "invocation"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_ways_give_the_same_result(start: Starter, case: Case) -> None:
    results = []
    for here in (True, False):
        cloud = world(start, case)
        result = play(cloud, case, here=here)
        arguments = (result.get("invocation") or {}).get("module_args")
        ignored = {*IGNORED, *VOLATILE.get(case.module, ())}
        kept = {key: value for key, value in result.items() if key not in ignored}
        results.append((plain(kept, cloud), plain(arguments, cloud)))
    assert results[0] == results[1]


@pytest.mark.parametrize("case", [case for case in CASES if not case.fails], ids=lambda case: case.name)
def test_return_is_what_is_returned(start: Starter, case: Case) -> None:
    documented = yaml.safe_load(
        (ROOT / "library" / f"{case.module}.py").read_text().split('RETURN = r"""', 1)[1].split('"""', 1)[0]
    )
    result = play(world(start, case), case, here=True)
    returned = set(result) - IGNORED - {"changed", "diff", "warnings", "failed"}
    assert returned <= set(documented), f"undocumented: {returned - set(documented)}"
    promised = {key for key, words in documented.items() if words["returned"] in {"always", "success"}}
    assert promised <= returned, f"promised and not returned: {promised - returned}"
    for key in returned:
        check(result[key], documented[key], key)


def check(value: Any, words: dict[str, Any], where: str) -> None:
    kinds: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}
    if value is None:
        assert "V(none)" in str(words["description"]), f"{where} is none, which its description does not say"
        return
    assert isinstance(value, kinds[words["type"]]), where
    assert "sample" in words or "contains" in words, where
    for item in value if isinstance(value, list) else [value]:
        if "contains" in words:
            assert set(item) == set(words["contains"]), where
            for key, inner in words["contains"].items():
                check(item[key], inner, f"{where}.{key}")


@pytest.mark.parametrize("case", [case for case in CASES if not case.fails], ids=lambda case: case.name)
def test_check_mode_predicts_and_writes_nothing(start: Starter, case: Case) -> None:
    cloud = world(start, case)
    moment = datetime.now(UTC).isoformat()
    predicted = play(cloud, case, here=True, check=True, moment=moment)
    assert cloud.requests("--writes") == []
    assert not Path(cloud.state / "journal").exists()
    real = play(cloud, case, here=True, moment=moment)
    assert predicted["changed"] == real["changed"]
    again = play(cloud, case, here=True, moment=moment)
    # A record without a key is another one each time; a lock of a run that has ended is taken anew.
    assert again["changed"] is (case.module in {"journal_record", "operator_lock"}), again
