# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox by itself: its command line, its faults, its states and its receivers, over real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT, Cloud, Starter


def ask(
    url: str, method: str = "GET", body: Any = None, *, timeout: float = 5, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """One request: status, headers in lower case, decoded JSON or text."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, json.dumps(body) if body is not None else None, names)
        answer = connection.getresponse()
        raw = answer.read()
    finally:
        connection.close()
    try:
        value = json.loads(raw) if raw else None
    except ValueError:
        value = raw.decode(errors="replace")
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, value


def vercel(
    cloud: Cloud, path: str, method: str = "GET", body: Any = None, token: str = "", **more: Any
) -> tuple[int, dict[str, str], Any]:
    env = cloud.env
    mark = "&" if "?" in path else "?"
    url = f"{env['vercel_api_url']}{path}{mark}teamId={env['vercel_team']}"
    return ask(url, method, body, Authorization=f"Bearer {token or env['vercel_token']}", **more)


def command(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments, "--state", str(state)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_up_twice_side_by_side_down_twice_and_no_process_left(start: Starter) -> None:
    one, two = start(), start()
    assert one.env["vercel_api_url"] != two.env["vercel_api_url"]
    assert "up already" in one.cli("up")
    pid = json.loads((one.state / "sandbox.json").read_text())["pid"]
    assert alive(pid)
    one.cli("down")
    assert not alive(pid)
    one.cli("down")
    assert ask(two.env["public_url"])[0] == 404


def test_a_dead_one_is_replaced_and_a_strange_folder_refused(start: Starter, tmp_path: Path) -> None:
    cloud = start()
    pid = json.loads((cloud.state / "sandbox.json").read_text())["pid"]
    os.kill(pid, 9)
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "is up" in cloud.cli("up")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "file").write_text("")
    refused = command(tmp_path / "strange", "up")
    assert refused.returncode == 1
    assert "not a sandbox's" in refused.stderr


def test_not_up_says_what_to_type(tmp_path: Path) -> None:
    done = command(tmp_path / "none", "env")
    assert done.returncode == 1
    assert "python -m sandbox up" in done.stderr
    assert command(tmp_path / "none", "release", "strange").returncode == 2


def test_it_listens_on_loopback_alone_and_keeps_its_secrets_to_itself(cloud: Cloud) -> None:
    assert all(urlsplit(v).hostname == "127.0.0.1" for v in cloud.env.values() if v.startswith("http"))
    assert cloud.state.stat().st_mode & 0o077 == 0
    assert (cloud.state / "sandbox.json").stat().st_mode & 0o077 == 0


def test_releases_change_what_the_public_address_serves(cloud: Cloud) -> None:
    assert ask(cloud.env["public_url"])[1]["x-vercel-error"] == "DEPLOYMENT_NOT_FOUND"
    good = cloud.release("good", "--commit", "abc")
    status, _, health = ask(cloud.env["public_url"] + "/api/health")
    assert (status, health["deployment"], health["commit"]) == (200, good, "abc")
    cloud.release("bad")
    assert ask(cloud.env["public_url"] + "/api/health")[0] == 500
    url = cloud.world()["vercel"]["deployments"][good]["url"]
    assert ask(cloud.env["public_url"] + "/api/health", Host=url)[2]["deployment"] == good
    cloud.release("broken-build")
    assert ask(cloud.env["public_url"] + "/")[0] == 500


def test_authentication_roles_and_teams(cloud: Cloud) -> None:
    good = cloud.release("good")
    project = cloud.env["vercel_project"]
    assert ask(f"{cloud.env['vercel_api_url']}/v9/projects/shop")[0] == 401
    assert vercel(cloud, "/v9/projects/shop", token="wrong")[0] == 403
    viewer = cloud.env["vercel_token_readonly"]
    assert vercel(cloud, "/v9/projects/shop", token=viewer)[0] == 200
    assert vercel(cloud, f"/v1/projects/{project}/rollback/{good}", "POST", token=viewer)[0] == 403
    other = ask(
        f"{cloud.env['vercel_api_url']}/v9/projects/shop?teamId=team_x",
        Authorization=f"Bearer {cloud.env['vercel_token']}",
    )
    assert other[0] == 403
    assert vercel(cloud, "/v9/projects/strange")[0] == 404
    assert vercel(cloud, "/v9/nowhere")[0] == 404
    assert vercel(cloud, "/v9/projects/shop", "PUT")[0] == 405


def wait_for(cloud: Cloud, status: str) -> list[str]:
    """Polls lastAliasRequest to a status; returns the statuses seen."""
    seen: list[str] = []
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        job = vercel(cloud, "/v9/projects/shop?rollbackInfo=true")[2]["lastAliasRequest"]
        if not seen or seen[-1] != job["jobStatus"]:
            seen.append(job["jobStatus"])
        if seen[-1] == status:
            return seen
        time.sleep(0.005)
    raise AssertionError(seen)


def test_a_rollback_goes_through_its_states_and_pins(cloud: Cloud) -> None:
    good = cloud.release("good")
    cloud.release("bad")
    path = f"/v9/projects/{cloud.env['vercel_project']}/rollback/{good}"
    assert vercel(cloud, path, "POST", {})[0] == 201
    assert vercel(cloud, path, "POST", {})[0] == 409
    assert wait_for(cloud, "succeeded") == ["pending", "in-progress", "succeeded"]
    project = vercel(cloud, "/v9/projects/shop")[2]
    assert project["autoAssignCustomDomains"] is False
    assert "lastAliasRequest" not in project
    cloud.release("good")
    assert cloud.production == good


def test_what_can_not_be_rolled_back_to(cloud: Cloud, start: Starter) -> None:
    base = f"/v1/projects/{cloud.env['vercel_project']}/rollback"
    cloud.release("good")
    assert vercel(cloud, f"{base}/dpl_none", "POST")[0] == 404
    assert vercel(cloud, f"{base}/{cloud.release('preview')}", "POST")[0] == 422
    assert vercel(cloud, f"{base}/{cloud.release('broken-build')}", "POST")[0] == 422
    hobby = start("--plan", "hobby")
    oldest = hobby.release("good")
    hobby.release("good")
    hobby.release("good")
    assert vercel(hobby, f"/v1/projects/{hobby.env['vercel_project']}/rollback/{oldest}", "POST")[0] == 402


@pytest.mark.parametrize(
    ("kind", "status"), [("job-fails", "failed"), ("job-skipped", "skipped"), ("job-never-ends", "in-progress")]
)
def test_faults_of_jobs(cloud: Cloud, kind: str, status: str) -> None:
    good = cloud.release("good")
    cloud.release("bad")
    cloud.cli("fault", "add", kind)
    vercel(cloud, f"/v1/projects/{cloud.env['vercel_project']}/rollback/{good}", "POST")
    wait_for(cloud, status)
    failed = vercel(cloud, f"/v9/projects/{cloud.env['vercel_project']}/rollback/aliases?failedOnly=true")[2]["aliases"]
    assert bool(failed) is (kind != "job-never-ends")


def test_faults_of_answers(cloud: Cloud) -> None:
    path = "/v9/projects/shop"
    cloud.cli("fault", "add", "status", "--route", "vercel.project.get", "--status", "429", "--retry-after", "3")
    status, headers, body = vercel(cloud, path)
    assert (status, headers["retry-after"], body["error"]["code"]) == (429, "3", "rate_limited")
    assert body["error"]["limit"]["remaining"] == 0
    cloud.cli("fault", "add", "malformed", "--service", "vercel")
    assert isinstance(vercel(cloud, path)[2], str)
    cloud.cli("fault", "add", "html", "--service", "vercel")
    assert "text/html" in vercel(cloud, path)[1]["content-type"]
    cloud.cli("fault", "add", "empty", "--service", "vercel")
    assert vercel(cloud, path)[2] is None
    cloud.cli("fault", "add", "silence", "--service", "vercel")
    with pytest.raises(TimeoutError):
        vercel(cloud, path, timeout=0.2)
    assert vercel(cloud, path)[0] == 200
    assert [json.loads(line)["fired"] for line in cloud.cli("fault", "list").splitlines()] == [1] * 5
    cloud.cli("fault", "clear")
    assert cloud.cli("fault", "list") == ""


@pytest.mark.parametrize(("kind", "effects"), [("reset-before", 0), ("reset-after", 1)])
def test_resets_before_and_after_the_effect(cloud: Cloud, kind: str, effects: int) -> None:
    good = cloud.release("good")
    cloud.release("bad")
    cloud.cli("fault", "add", kind, "--method", "POST")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        vercel(cloud, f"/v1/projects/{cloud.env['vercel_project']}/rollback/{good}", "POST")
    assert cloud.effects("vercel.rollback.request") == effects


def test_stale_reads_answer_the_past(cloud: Cloud) -> None:
    cloud.cli("fault", "add", "stale", "--route", "vercel.deployments.list", "--times", "2")
    cloud.release("good")
    assert vercel(cloud, "/v6/deployments")[2]["deployments"] == []
    assert vercel(cloud, "/v6/deployments")[2]["deployments"] == []
    assert len(vercel(cloud, "/v6/deployments")[2]["deployments"]) == 1


def test_a_small_rate_limit_is_kept_for_real(cloud: Cloud) -> None:
    cloud.cli("set", "rate_limit", "2")
    answers = [vercel(cloud, "/v9/projects/shop") for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert [headers["x-ratelimit-remaining"] for _, headers, _ in answers] == ["1", "0", "0"]
    assert int(answers[2][1]["retry-after"]) <= 60


def test_pages_hold_each_deployment_once(cloud: Cloud) -> None:
    shipped = [cloud.release("good") for _ in range(5)]
    seen: list[str] = []
    until = ""
    while True:
        page = vercel(cloud, f"/v6/deployments?limit=2{until}")[2]
        seen += [item["uid"] for item in page["deployments"]]
        if page["pagination"]["next"] is None:
            break
        until = f"&until={page['pagination']['next']}"
    assert seen == shipped[::-1]
    assert vercel(cloud, "/v6/deployments?limit=101")[0] == 400
    candidates = vercel(cloud, "/v6/deployments?rollbackCandidate=true&target=production&state=READY")[2]["deployments"]
    assert [item["uid"] for item in candidates] == shipped[:4][::-1]


def test_environment_variables(cloud: Cloud) -> None:
    path = "/v10/projects/shop/env"
    body = {"key": "A", "value": "s3cret", "type": "sensitive", "target": ["production"]}
    status, _, made = vercel(cloud, path, "POST", body)
    assert (status, made["failed"]) == (201, [])
    assert vercel(cloud, path, "POST", body)[0] == 400
    assert vercel(cloud, f"{path}?upsert=true", "POST", body)[0] == 201
    shown = json.dumps(vercel(cloud, f"{path}?decrypt=true")[2])
    assert "s3cret" not in shown
    assert "s3cret" not in (cloud.state / "requests.jsonl").read_text()
    assert vercel(cloud, path, "POST", {**body, "strange": 1})[0] == 400
    cloud.cli("fault", "add", "partial-env-failure")
    failed = vercel(cloud, f"{path}?upsert=true", "POST", body)[2]["failed"]
    assert failed[0]["error"]["key"] == "A"
    good = cloud.release("good")
    assert ask(cloud.env["public_url"] + "/api/env-check")[2] == {"keys": ["A"], "deployment": good}


@pytest.mark.parametrize(
    "change",
    [
        {"minInstances": 8},
        {"resourceConfig": {"minInstances": 8}},
        {"resourceConfig": {"functionDefaultTimeout": 901}},
        {"fluid": True},
    ],
)
def test_settings_that_do_not_exist_are_refused(cloud: Cloud, change: dict[str, Any]) -> None:
    assert vercel(cloud, "/v9/projects/shop", "PATCH", change)[0] == 400


def test_pausing_answers_503_to_visitors(cloud: Cloud) -> None:
    cloud.release("good")
    assert vercel(cloud, "/v1/projects/shop/pause", "POST")[0] == 400
    assert vercel(cloud, f"/v1/projects/{cloud.env['vercel_project']}/pause", "POST")[0] == 200
    assert ask(cloud.env["public_url"])[1]["x-vercel-error"] == "DEPLOYMENT_PAUSED"


def test_the_log_tells_writes_from_reads(cloud: Cloud) -> None:
    good = cloud.release("good")
    vercel(cloud, "/v9/projects/shop")
    vercel(cloud, f"/v10/projects/{cloud.env['vercel_project']}/promote/{good}", "POST", {}, User_Agent="tester")
    (entry,) = cloud.requests("--writes")
    assert (entry["service"], entry["method"], entry["status"], entry["who"], entry["agent"]) == (
        "vercel",
        "POST",
        201,
        "launchops",
        "tester",
    )
    assert entry["time"].endswith("Z")
    assert len(cloud.requests("--since", str(entry["n"]))) == 0


def test_slack_keeps_to_its_limits(cloud: Cloud) -> None:
    url = cloud.env["slack_url"]
    assert ask(url, "POST", {"text": "hi"})[2] == "ok"
    assert ask(url, "POST", {})[2] == "no_text"
    assert ask(url + "x", "POST", {"text": "hi"})[0] == 404
    api = cloud.env["slack_api_url"]
    bearer = {"Authorization": f"Bearer {cloud.env['slack_token']}"}
    channel = cloud.env["slack_channel"]
    assert ask(f"{api}/chat.postMessage", "POST", {"channel": channel, "text": "a"})[2] == {
        "ok": False,
        "error": "not_authed",
    }
    posted = ask(f"{api}/chat.postMessage", "POST", {"channel": channel, "text": "a"}, **bearer)[2]
    assert ask(f"{api}/chat.update", "POST", {"channel": channel, "ts": posted["ts"], "text": "b"}, **bearer)[2]["ok"]
    assert (
        ask(f"{api}/chat.postMessage", "POST", {"channel": channel, "text": "x" * 40_001}, **bearer)[2]["error"]
        == "msg_too_long"
    )
    cloud.cli("set", "slack_per_second", "1")
    assert 429 in [ask(url, "POST", {"text": "hi"})[0] for _ in range(2)]


def test_discord_keeps_to_its_limits(cloud: Cloud) -> None:
    url = cloud.env["discord_url"]
    assert ask(url, "POST", {"content": "hi"})[0] == 204
    message = ask(f"{url}?wait=true", "POST", {"content": "@everyone"})[2]
    assert message["mention_everyone"] is True
    assert (
        ask(f"{url}?wait=true", "POST", {"content": "@everyone", "allowed_mentions": {"parse": []}})[2][
            "mention_everyone"
        ]
        is False
    )
    assert ask(f"{url}/messages/{message['id']}", "PATCH", {"content": "new"})[2]["content"] == "new"
    assert ask(f"{url}/messages/1", "PATCH", {"content": "new"})[2]["code"] == 10008
    assert ask(url, "POST", {"content": "x" * 2001})[2]["code"] == 50035
    assert ask(url[:-1], "POST", {"content": "x"})[2]["code"] == 10015


def test_statuspage_keeps_to_its_limits(cloud: Cloud) -> None:
    env = cloud.env
    base = f"{env['statuspage_api_url']}/pages/{env['statuspage_page']}/incidents"
    oauth = {"Authorization": f"OAuth {env['statuspage_token']}"}
    assert ask(base, "POST", {"incident": {"name": "x"}})[0] == 401
    status, _, incident = ask(base, "POST", {"incident": {"name": "x", "metadata": {"a": {"b": 1}}}}, **oauth)
    assert status == 201
    assert ask(f"{base}/unresolved", **oauth)[2][0]["metadata"] == {"a": {"b": 1}}
    assert ask(base, "POST", {"incident": {"name": "x" * 256}}, **oauth)[0] == 422
    assert ask(base, "POST", {"incident": {"name": "x", "metadata": {"a": 1}}}, **oauth)[0] == 422
    components = {env["statuspage_component"]: "operational"}
    done = ask(
        f"{base}/{incident['id']}",
        "PATCH",
        {"incident": {"status": "resolved", "body": "b", "components": components}},
        **oauth,
    )
    assert done[2]["resolved_at"]
    assert ask(f"{base}/unresolved", **oauth)[2] == []
    cloud.cli("set", "statuspage_per_minute", "1")
    assert ask(f"{base}/unresolved", **oauth)[0] == 420


def test_routes_have_names_and_unknown_faults_are_refused(cloud: Cloud) -> None:
    names = {json.loads(line)["name"] for line in cloud.cli("routes").splitlines()}
    assert {"vercel.rollback.request", "slack.webhook", "statuspage.unresolved", "product.health"} <= names
    done = command(cloud.state, "fault", "add", "strange")
    assert done.returncode == 1
    assert "no such fault" in done.stderr
