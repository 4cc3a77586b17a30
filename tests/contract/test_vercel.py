# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client and stand-in, each against Vercel's OpenAPI document: every request that we send, every answer that the sandbox gives.

The document is looked for at LAUNCHOPS_SPECS, then at ../shared/specs; where it is absent these tests are skipped, saying so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils import vercel_env
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Request
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import JobKind, VercelClient
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_builds import (
    follow_build,
    request_redeploy,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import run_job

from tests.conftest import Cloud
from tests.support.specification import SPECS, Specification, Watched

DOCUMENT = SPECS / "vercel.json"
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason=f"Vercel's OpenAPI document is not at {DOCUMENT}; set LAUNCHOPS_SPECS"
)
# Sent by the CLI, in no document: rollbackInfo asks for lastAliasRequest.
UNDOCUMENTED = frozenset({"rollbackInfo"})


@pytest.fixture(scope="session")
def specification() -> Specification:
    return Specification(DOCUMENT, undocumented=UNDOCUMENTED)


@pytest.fixture
def watched(specification: Specification) -> Watched:
    return Watched(specification)


@pytest.fixture
def client(cloud: Cloud, watched: Watched) -> VercelClient:
    env = cloud.env
    return VercelClient(env["vercel_api_url"], env["vercel_token"], env["vercel_team"], transport=watched)


def test_everything_that_the_client_does(cloud: Cloud, client: VercelClient, watched: Watched) -> None:
    for _ in range(3):
        cloud.release("good")
    cloud.release("bad")
    project = client.project("shop")
    listed = list(client.deployments(project, limit=3, state="READY", rollback_candidate=True))
    assert len(listed) == 3
    target = client.deployment(listed[0].url)
    run_job(client, project, JobKind.ROLLBACK, target.id, description="why")
    assert client.unmoved_aliases(JobKind.ROLLBACK, project) == []
    run_job(client, client.project("shop"), JobKind.PROMOTE, listed[1].id)
    client.unmoved_aliases(JobKind.PROMOTE, project)
    assert client.active_rolling_release(project) is None
    build = request_redeploy(client, project, target, "w")
    assert follow_build(client, project, build, client.http.budget(20))[1]
    client.update_project(project, {"resourceConfig": {"functionDefaultTimeout": 60}})
    wanted = vercel_env.Wanted("A", "v", "encrypted", frozenset({"production"}), "", "c")
    vercel_env.write(client, project, wanted, None)
    (entry,) = vercel_env.read_all(client, project)
    vercel_env.write(client, project, wanted, entry)
    vercel_env.remove(client, project, entry)
    cloud.cli("rolling-release", "start", "--deployment", build.id)
    assert client.active_rolling_release(project) is not None
    assert len(watched.seen) >= 13, watched.seen


REFUSALS: tuple[tuple[str, Callable[[VercelClient], Any]], ...] = (
    ("no such project", lambda client: client.project("nope")),
    ("no such deployment", lambda client: client.deployment("dpl_none")),
    ("a rollback to nothing", lambda client: client.request_job(JobKind.ROLLBACK, client.project("shop"), "dpl_none")),
    ("a promotion of nothing", lambda client: client.request_job(JobKind.PROMOTE, client.project("shop"), "dpl_none")),
)


@pytest.mark.parametrize(("name", "act"), REFUSALS, ids=[name for name, _ in REFUSALS])
def test_refusals_have_the_documents_codes(
    cloud: Cloud, client: VercelClient, name: str, act: Callable[[VercelClient], Any]
) -> None:
    del cloud, name
    try:
        act(client)
    except LaunchopsError as error:
        assert error.status in {400, 403, 404, 422}
        assert error.hint


# What the CLI and others read besides: answers only.
READS = (
    "/v2/user",
    "/v2/teams",
    "/v10/projects",
    "/v9/projects/shop/domains",
    "/v9/projects/shop/custom-environments",
    "/v6/deployments",
    "/v7/deployments",
    "/v4/aliases",
    "/v10/projects/shop/env",
    "/v1/projects/shop/rolling-release/config",
    "/v1/projects/shop/rolling-release/billing",
    "/v1/projects/shop/rolling-release",
    "/v9/projects/shop",
    "/v13/deployments/{bad}",
    "/v2/deployments/{bad}/aliases",
    "/v3/deployments/{bad}/events",
)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("state", ["settled", "building", "rolling"])
def test_what_others_read(cloud: Cloud, watched: Watched, path: str, state: str) -> None:
    cloud.release("good")
    if state == "building":
        cloud.cli("set", "build_ms", "30000")
    bad = cloud.release("bad", *(["--no-wait"] if state == "building" else []))
    if state == "rolling":
        cloud.cli("rolling-release", "start", "--deployment", bad)
    env = cloud.env
    team = "" if path in {"/v2/user", "/v2/teams"} else f"?teamId={env['vercel_team']}"
    url = f"{env['vercel_api_url']}{path.format(bad=bad)}{team}"
    headers = {"Authorization": f"Bearer {env['vercel_token']}"}
    answer = watched.send(Request("GET", url, headers, None, 5))
    assert answer.status == 200, answer.body
    assert int(answer.headers["x-ratelimit-reset"]) >= time.time() - 60
