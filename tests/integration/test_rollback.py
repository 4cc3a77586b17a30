# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback as its user meets it: real runs against a sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.conftest import BIN, ROOT, Cloud, Outage, Starter


def health(cloud: Cloud) -> dict[str, str]:
    with urllib.request.urlopen(cloud.env["public_url"] + "/api/health", timeout=5) as answer:
        value: dict[str, str] = json.load(answer)
    return value


def test_goes_back_to_the_release_before_and_serves_it(outage: Outage) -> None:
    run = outage.cloud.play("rollback.yml")
    assert run.code == 0, run.text
    assert outage.cloud.production == outage.good
    assert health(outage.cloud)["deployment"] == outage.good
    assert "first good answer" in run.text
    types = [record["type"] for record in outage.cloud.records()]
    for wanted in (
        "incident.opened",
        "rollback.started",
        "deployment.bad",
        "freeze.set",
        "rollback.finished",
        "incident.mitigated",
    ):
        assert types.count(wanted) == 1, types
    received = outage.cloud.world()["received"]
    assert [len(received[name]) for name in ("slack", "discord", "statuspage")] == [1, 1, 1]
    assert received["statuspage"][0]["status"] == "monitoring"


def test_a_second_run_changes_nothing_and_never_goes_back_two(outage: Outage) -> None:
    outage.cloud.play("rollback.yml")
    before = outage.cloud.world()
    records = outage.cloud.journal.read_text()
    writes = len(outage.cloud.requests("--writes"))
    run = outage.cloud.play("rollback.yml")
    assert run.code == 0
    assert run.recap["changed"] == 0, run.text
    assert outage.cloud.world()["vercel"] == before["vercel"]
    assert outage.cloud.world()["received"] == before["received"]
    assert len(outage.cloud.requests("--writes")) == writes
    assert outage.cloud.journal.read_text() == records
    assert "Nothing had to be done" in run.text


def test_a_second_run_stays_even_when_the_journal_is_lost(outage: Outage) -> None:
    outage.cloud.play("rollback.yml")
    for path in outage.cloud.journal.parent.iterdir():
        path.unlink()
    run = outage.cloud.play("rollback.yml")
    assert run.code == 0
    assert outage.cloud.production == outage.good
    assert outage.cloud.effects("vercel.rollback.request") == 1


def test_prefers_what_the_journal_records_as_healthy(cloud: Cloud) -> None:
    proven = cloud.release("good")
    assert cloud.play("playbooks/verify_release.yml").code == 0
    cloud.release("good")
    cloud.release("bad")
    run = cloud.play("rollback.yml")
    assert run.code == 0, run.text
    assert cloud.production == proven
    assert "last recorded as healthy" in run.text


def test_goes_to_the_named_one_by_url(outage: Outage) -> None:
    world = outage.cloud.world()["vercel"]
    oldest = min(world["deployments"].values(), key=lambda d: d["created"])
    run = outage.cloud.play("rollback.yml", variables={"rollback_to": f"https://{oldest['url']}/"})
    assert run.code == 0, run.text
    assert outage.cloud.production == oldest["id"]


def test_never_goes_to_one_that_is_recorded_as_bad(outage: Outage) -> None:
    outage.cloud.play("rollback.yml")
    run = outage.cloud.play("rollback.yml", variables={"rollback_to": outage.bad})
    assert run.code != 0
    assert "recorded as bad" in run.text
    assert outage.cloud.production == outage.good


def test_without_a_target_it_lists_the_candidates_and_why_not(cloud: Cloud) -> None:
    bad = cloud.release("bad")
    run = cloud.play("rollback.yml")
    assert run.code != 0
    assert "No deployment to roll back to" in run.text
    assert bad in run.text
    assert "it is the one in production now" in run.text
    assert "-e rollback_to=" in run.text
    assert not cloud.requests("--writes")


def test_check_mode_shows_from_what_to_what_and_writes_nothing_anywhere(outage: Outage) -> None:
    before = snapshot(outage.cloud.state, outage.cloud.home)
    run = outage.cloud.play("rollback.yml", "--check", "--diff")
    assert run.code == 0, run.text
    assert f"-    production: {outage.bad}" in run.text
    assert f"+    production: {outage.good}" in run.text
    assert outage.cloud.requests("--writes") == []
    assert snapshot(outage.cloud.state, outage.cloud.home) == before


def snapshot(*folders: Path) -> dict[str, bytes]:
    """Every file but the request log and Ansible's temporary ones."""
    return {
        str(path): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "requests.jsonl" and "tmp" not in path.parts[-3:]
    }


def test_a_release_that_does_not_answer_right_fails_and_leaves_the_incident_open(cloud: Cloud) -> None:
    cloud.release("good")
    broken = cloud.release("bad")
    cloud.release("bad")
    run = cloud.play("rollback.yml", variables={"rollback_verify_within": 1})
    assert run.code != 0
    assert "answered 500 instead of 200" in run.text
    assert "stays open" in run.text
    assert "rollback_to=" in run.text
    assert cloud.production == broken
    assert not cloud.records("incident.mitigated")
    assert not [r for r in cloud.records("deployment.healthy") if r["subject"] == broken]
    assert cloud.world()["received"]["statuspage"][0]["status"] == "identified"


def test_the_way_out_of_an_unverified_rollback(cloud: Cloud) -> None:
    good = cloud.release("good")
    cloud.release("bad")
    cloud.release("bad")
    assert cloud.play("rollback.yml", variables={"rollback_verify_within": 1}).code != 0
    run = cloud.play("rollback.yml", variables={"rollback_to": good})
    assert run.code == 0, run.text
    assert cloud.production == good
    received = cloud.world()["received"]
    assert len(received["statuspage"]) == 1
    assert received["statuspage"][0]["status"] == "monitoring"
    assert len(received["discord"]) == 1


def test_promotion_is_frozen_until_waived_and_undoes_the_rollback(outage: Outage) -> None:
    cloud = outage.cloud
    cloud.play("rollback.yml")
    fixed = cloud.release("good")
    assert cloud.production == outage.good
    refused = cloud.play("playbooks/promote.yml", variables={"promote_deployment": fixed})
    assert refused.code != 0
    assert "frozen" in refused.text
    assert cloud.effects("vercel.promote.request") == 0
    run = cloud.play(
        "playbooks/promote.yml", variables={"promote_deployment": fixed, "promote_freeze_waiver": "fixed in 8c5ab9d"}
    )
    assert run.code == 0, run.text
    assert cloud.production == fixed
    assert cloud.world()["vercel"]["auto_assign"] is True
    assert cloud.records("freeze.waived")[0]["data"]["reason"] == "fixed in 8c5ab9d"
    again = cloud.play(
        "playbooks/promote.yml", variables={"promote_deployment": fixed, "promote_freeze_waiver": "again"}
    )
    assert again.code == 0
    assert cloud.effects("vercel.promote.request") == 1


def test_a_promotion_of_a_bad_release_says_how_to_go_back(cloud: Cloud) -> None:
    cloud.release("bad")
    good = cloud.release("good")
    bad = next(d["id"] for d in cloud.world()["vercel"]["deployments"].values() if d["kind"] == "bad")
    run = cloud.play("playbooks/promote.yml", variables={"promote_deployment": bad, "promote_verify_within": 1})
    assert run.code != 0
    assert "To go back: ansible-playbook rollback.yml" in run.text
    assert not cloud.records("deployment.healthy")
    assert cloud.play("rollback.yml").code == 0
    assert cloud.production == good


def test_redeploy_is_frozen_too_and_builds_once_per_wish(outage: Outage) -> None:
    cloud = outage.cloud
    cloud.play("rollback.yml")
    refused = cloud.play("playbooks/redeploy.yml", variables={"redeploy_id": "w1"})
    assert refused.code != 0
    assert "frozen" in refused.text
    assert cloud.play("playbooks/resolve_incident.yml", variables={"incident_cause": "a typo"}).code == 0
    for _ in range(2):
        run = cloud.play("playbooks/redeploy.yml", variables={"redeploy_id": "w1"})
        assert run.code == 0, run.text
    assert cloud.effects("vercel.deployment.create") == 1
    assert "a rollback holds the domains" in run.text


def test_resolving_needs_a_cause_and_lifts_the_freeze_once(outage: Outage) -> None:
    cloud = outage.cloud
    cloud.play("rollback.yml")
    assert "when its cause is known" in cloud.play("playbooks/resolve_incident.yml").text
    run = cloud.play("playbooks/resolve_incident.yml", variables={"incident_cause": "a typo in the checkout"})
    assert run.code == 0, run.text
    assert cloud.world()["received"]["statuspage"][0]["status"] == "resolved"
    again = cloud.play("playbooks/resolve_incident.yml", variables={"incident_cause": "a typo in the checkout"})
    assert again.recap["changed"] == 0
    assert len(cloud.records("incident.resolved")) == 1


def test_a_second_operator_is_told_who_since_when_and_how_to_take_over(outage: Outage) -> None:
    cloud = outage.cloud
    lock = cloud.journal.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    holder = {
        "owner": "ben@desk",
        "reason": "rollback of shop-sandbox",
        "run": "r1",
        "host": "desk",
        "pid": 1,
        "acquired_at": 1.0,
        "expires_at": 9e9,
        "nonce": "n",
    }
    lock.write_text(json.dumps(holder))
    run = cloud.play("rollback.yml")
    assert run.code != 0
    for words in ("ben@desk", "1970-01-01 00:00:01 UTC", "-e rollback_lock_takeover=true"):
        assert words in run.text
    assert cloud.production == outage.bad
    taken = cloud.play("rollback.yml", variables={"rollback_lock_takeover": True})
    assert taken.code == 0, taken.text
    assert "ben@desk" in cloud.records("lock.taken_over")[0]["data"]["from"]
    assert not lock.exists()


def test_goes_on_when_journal_and_lock_are_out_of_reach_and_pushes_the_records_later(outage: Outage) -> None:
    cloud = outage.cloud
    cloud.journal.parent.mkdir(parents=True, exist_ok=True)
    blocked = cloud.home / "file"
    blocked.write_text("")
    variables = {
        "launchops_journal_path": str(blocked / "j.jsonl"),
        "launchops_lock_path": str(blocked / "l.lock"),
        "launchops_journal_spool": str(cloud.home / "spool" / "s.jsonl"),
    }
    run = cloud.play("rollback.yml", variables=variables)
    assert run.code == 0, run.text
    assert cloud.production == outage.good
    assert "can't be reached" in run.text or "can't be written" in run.text
    blocked.unlink()
    again = cloud.play("rollback.yml", variables={**variables, "launchops_journal_path": str(blocked / "j.jsonl")})
    assert again.code == 0, again.text
    later = cloud.play("playbooks/verify_release.yml", variables=variables)
    assert later.code == 0, later.text
    types = [json.loads(line)["type"] for line in (blocked / "j.jsonl").read_text().splitlines()]
    assert types.count("rollback.finished") == 1
    assert not (cloud.home / "spool" / "s.jsonl").exists()


def test_a_bad_canary_is_aborted_and_said_so(start: Starter) -> None:
    cloud = start()
    good = cloud.release("good")
    canary = cloud.release("bad", "--no-wait")
    cloud.cli("rolling-release", "start", "--deployment", canary, "--percentage", "50")
    run = cloud.play("rollback.yml", variables={"rollback_to": good})
    assert run.code == 0, run.text
    assert "rolling release" in run.text
    world = cloud.world()["vercel"]
    assert world["rolling"]["state"] == "ABORTED"
    assert world["production"] == good
    assert cloud.records("deployment.bad")[0]["subject"] == canary


def test_on_hobby_the_plan_limit_has_its_own_sentence(start: Starter) -> None:
    cloud = start("--plan", "hobby")
    oldest = cloud.release("good")
    cloud.release("good")
    cloud.release("bad")
    run = cloud.play("rollback.yml", variables={"rollback_to": oldest})
    assert run.code != 0
    assert "plan" in run.text
    assert "immediately previous" in run.text
    assert cloud.production != oldest


def test_a_failed_channel_does_not_stop_the_rollback(outage: Outage) -> None:
    outage.cloud.cli("fault", "add", "status", "--service", "slack", "--status", "404", "--times", "forever")
    run = outage.cloud.play("rollback.yml")
    assert run.code == 0, run.text
    assert outage.cloud.production == outage.good
    assert "Not told: slack" in run.text
    assert outage.cloud.records("notification.failed")[0]["data"]["channel"] == "slack"


def test_an_empty_token_is_said_before_anything_is_sent(outage: Outage) -> None:
    run = outage.cloud.play("rollback.yml", variables={"launchops_vercel_token": ""})
    assert run.code != 0
    assert "The Vercel token is missing" in run.text
    assert not outage.cloud.requests("--service", "vercel")


def test_without_a_sandbox_it_says_what_to_type(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "none", tmp_path)
    run = cloud.play("rollback.yml")
    assert run.code != 0
    assert "make rehearse" in run.text


def test_the_default_inventory_is_the_checkouts_own_sandbox(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "none", tmp_path)
    environment = {key: value for key, value in cloud.environment().items() if key != "LAUNCHOPS_SANDBOX"}
    command = [str(BIN / "ansible-inventory"), "--host", "shop-sandbox"]
    for folder in (ROOT, tmp_path):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
        values = json.loads(done.stdout)
        place = values.get("launchops_problem") or values["launchops_journal_path"]
        assert str(ROOT / ".sandbox") in place


def test_the_rehearsal_fits_on_a_screen(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "state", tmp_path)
    done = subprocess.run(
        [sys.executable, "tools/rehearse.py"],
        cwd=ROOT,
        env=cloud.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(done.stdout.splitlines()) <= 24
        assert "first good answer" in done.stdout
    finally:
        cloud.cli("down")
