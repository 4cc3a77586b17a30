# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client and stand-in, each against Vercel's OpenAPI document: every request that we send, every answer that the sandbox gives.

The document is looked for at LAUNCHOPS_SPECS, then at ../shared/specs; where it is absent these tests are skipped, saying so.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils import vercel_env
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Request, RequestsTransport, Response
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import JobKind, VercelClient
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_builds import (
    follow_build,
    request_redeploy,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import run_job
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.conftest import ROOT, Cloud

SPECS = Path(os.environ.get("LAUNCHOPS_SPECS") or ROOT.parent / "shared" / "specs")
DOCUMENT = SPECS / "vercel.json"
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason=f"Vercel's OpenAPI document is not at {DOCUMENT}; set LAUNCHOPS_SPECS"
)
# Sent by the CLI, in no document: rollbackInfo asks for lastAliasRequest.
UNDOCUMENTED = {"rollbackInfo"}


class Specification:
    """The document, and whether a request or an answer keeps to it."""

    def __init__(self, path: Path) -> None:
        # The document's alternatives overlap (a limited user is one form of a user), so oneOf is read as anyOf.
        self.document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8").replace('"oneOf":', '"anyOf":'))
        self.registry: Registry[Any] = Registry().with_resource(
            "urn:vercel", Resource(contents=self.document, specification=DRAFT4)
        )
        self.paths = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in self.document["paths"]
        ]

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        """The operation with the most literal path that matches."""
        found = sorted((name.count("{"), name) for pattern, name in self.paths if pattern.match(path))
        for _, name in found:
            if method.lower() in self.document["paths"][name]:
                operation: dict[str, Any] = self.document["paths"][name][method.lower()]
                return name, operation
        raise AssertionError(f"{method} {path} is in no document")

    def problems(self, value: Any, schema: dict[str, Any]) -> list[str]:
        """What a value breaks."""
        absolute = json.loads(json.dumps(schema).replace('"#/components', '"urn:vercel#/components'))
        validator = OAS30Validator(absolute, registry=self.registry)
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator.iter_errors(value)
        ]

    def check_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        name, operation = self.operation(request.method, parts.path)
        known = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        for key, value in parse_qsl(parts.query):
            if key in UNDOCUMENTED:
                continue
            assert key in known, f"{request.method} {name} has no query parameter {key}"
            schema = known[key].get("schema", {})
            if schema.get("type") == "number":
                assert value.lstrip("-").replace(".", "").isdigit(), f"{key}={value} is no number"
            if schema.get("type") == "boolean":
                assert value in {"true", "false"}, f"{key}={value} is no boolean"
            if "enum" in schema:
                assert value in schema["enum"], f"{key}={value}"
        body = json.loads(request.body) if request.body else None
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and body is not None:
            assert not self.problems(body, content["schema"]), (name, self.problems(body, content["schema"]))

    def check_answer(self, request: Request, response: Response) -> None:
        name, operation = self.operation(request.method, urlsplit(request.url).path)
        answers = operation["responses"]
        # An error that the operation does not list may come from the gateway before it: those shapes are the same everywhere.
        assert str(response.status) in answers or response.status in {401, 403, 404, 429, 500}, (
            f"{request.method} {name}: {response.status}"
        )
        schema = answers.get(str(response.status), {}).get("content", {}).get("application/json", {}).get("schema")
        if schema and response.body:
            found = self.problems(json.loads(response.body), schema)
            assert not found, f"{request.method} {name} {response.status}: {found[:5]}"
        if response.status >= 400:
            error = json.loads(response.body)["error"]
            assert isinstance(error["code"], str)
            assert isinstance(error["message"], str)


@pytest.fixture(scope="session")
def specification() -> Specification:
    return Specification(DOCUMENT)


class Watched:
    """The real transport, with every request and answer held against the document."""

    def __init__(self, specification: Specification) -> None:
        self.real = RequestsTransport()
        self.specification = specification
        self.seen: set[str] = set()

    def send(self, request: Request) -> Response:
        self.specification.check_request(request)
        response = self.real.send(request)
        self.specification.check_answer(request, response)
        self.seen.add(f"{request.method} {self.specification.operation(request.method, urlsplit(request.url).path)[0]}")
        return response


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
