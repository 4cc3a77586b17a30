# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client and stand-in, each against Supabase's OpenAPI document: every request that we send, every answer that the sandbox gives."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Request, Response
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.replicas import set_up_one, wait_until
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import SERVICES, SupabaseClient

from tests.conftest import Cloud
from tests.support.specification import SPECS, Specification, Watched

DOCUMENT = SPECS / "supabase-management.json"
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason=f"Supabase's OpenAPI document is not at {DOCUMENT}; set LAUNCHOPS_SPECS"
)


class Supabase(Specification):
    """Errors are {"message": ...}."""

    def check_error(self, body: dict[str, Any]) -> None:
        assert isinstance(body["message"], str)

    def check_answer(self, request: Any, response: Any) -> None:
        # 400 is hardly ever listed, and validation is answered with it (supabase/supabase#40910).
        if response.status == 400:
            self.check_error(json.loads(response.body))
            return
        super().check_answer(request, response)


@pytest.fixture(scope="session")
def specification() -> Specification:
    return Supabase(DOCUMENT)


@pytest.fixture
def watched(specification: Specification) -> Watched:
    return Watched(specification)


@pytest.fixture
def client(stack: Cloud, watched: Watched) -> SupabaseClient:
    env = stack.env
    return SupabaseClient(
        env["supabase_api_url"], env["supabase_access_token"], env["supabase_project_ref"], transport=watched
    )


def test_everything_that_the_client_does(client: SupabaseClient, watched: Watched) -> None:
    assert client.project().status == "ACTIVE_HEALTHY"
    assert [one.name for one in client.health()] == list(SERVICES)
    assert [row.replica for row in client.databases()] == [False]
    assert client.entitlements()["instances.read_replicas"].access
    assert client.primary_pooler().size is None
    client.set_pooler({"default_pool_size": 30})
    client.set_pooler({"default_pool_size": None, "pool_mode": "transaction"})
    client.set_postgres_config({"statement_timeout": "30s", "max_wal_size": "128MB"}, (), restart=False)
    client.set_postgres_config({}, ("max_wal_size",), restart=False)
    assert client.postgres_config() == {"statement_timeout": "30s"}
    assert client.addons().selected["compute_instance"].connections == 380
    client.set_addon("pitr", "pitr_7")
    client.remove_addon("pitr_7")
    client.backups()
    new = set_up_one(client, "eu-west-1")

    def healthy(rows: Any) -> bool:
        return any(row.identifier == new and row.status == "ACTIVE_HEALTHY" for row in rows)

    wait_until(client, healthy, what="it", within=20, poll=0.05)
    client.remove_replica(new)
    client.restart()
    assert len(watched.seen) >= 15, watched.seen


class Answers(Watched):
    """Holds answers alone against the document: these requests are wrong on purpose."""

    def send(self, request: Request) -> Response:
        response = self.real.send(request)
        self.specification.check_answer(request, response)
        return response


def test_refusals_have_the_real_shape(stack: Cloud, specification: Specification) -> None:
    watched = Answers(specification)
    env = stack.env
    client = SupabaseClient(
        env["supabase_api_url"], env["supabase_access_token"], env["supabase_project_ref"], transport=watched
    )
    with pytest.raises(LaunchopsError, match="read_replica_region"):
        client.setup_replica("mars-1")
    with pytest.raises(LaunchopsError, match="default_pool_size"):
        client.set_pooler({"default_pool_size": 5000})
    with pytest.raises(LaunchopsError, match="statement_timeout"):
        client.set_postgres_config({"statement_timeout": "soon"}, (), restart=False)
    for token in ("", "sbp_wrong"):
        other = SupabaseClient(env["supabase_api_url"], token, client.ref, transport=watched)
        with pytest.raises(LaunchopsError) as caught:
            other.project()
        assert caught.value.status == 401
    viewer = SupabaseClient(
        env["supabase_api_url"], env["supabase_access_token_readonly"], client.ref, transport=watched
    )
    assert viewer.project().name == "shop"
    with pytest.raises(LaunchopsError, match="not allowed") as refused:
        viewer.restart()
    assert refused.value.status == 403
    nobody = SupabaseClient(env["supabase_api_url"], env["supabase_access_token"], "a" * 20, transport=watched)
    with pytest.raises(LaunchopsError, match="Project not found"):
        nobody.project()


READS = (
    "/v1/projects",
    "/v1/organizations",
    "/v1/organizations/{slug}",
    "/v1/projects/{ref}/config/database/pgbouncer",
)


@pytest.mark.parametrize("path", READS)
def test_what_others_read(stack: Cloud, watched: Watched, path: str) -> None:
    env = stack.env
    named = path.format(slug=env["supabase_organization"], ref=env["supabase_project_ref"])
    headers = {"Authorization": f"Bearer {env['supabase_access_token']}"}
    answer = watched.send(Request("GET", env["supabase_api_url"] + named, headers, None, 5))
    assert answer.status == 200
    assert answer.headers["x-ratelimit-limit"] == "120"
    assert 0 <= int(answer.headers["x-ratelimit-reset"]) <= 60


def test_a_used_up_limit_is_waited_for(stack: Cloud, client: SupabaseClient) -> None:
    stack.cli("set", "supabase_rate_limit", "3")
    stack.cli("set", "supabase_window_seconds", "1")
    started = time.monotonic()
    for _ in range(5):
        client.project()
    assert time.monotonic() - started > 0.5
    assert any(entry["status"] == 429 for entry in stack.requests())
