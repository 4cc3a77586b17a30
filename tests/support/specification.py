# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenAPI document, and whether requests and answers keep to it. Documents are found at LAUNCHOPS_SPECS, else ../shared/specs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Request, RequestsTransport, Response
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.conftest import ROOT

SPECS = Path(os.environ.get("LAUNCHOPS_SPECS") or ROOT.parent / "shared" / "specs")


class Specification:
    """The document, and whether a request or an answer keeps to it."""

    def __init__(self, path: Path, *, undocumented: frozenset[str] = frozenset()) -> None:
        self.undocumented = undocumented
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
            if key in self.undocumented:
                continue
            assert key in known, f"{request.method} {name} has no query parameter {key}"
            schema = known[key].get("schema", {})
            if schema.get("type") == "number":
                assert value.lstrip("-").replace(".", "").isdigit(), f"{key}={value} is no number"
            if schema.get("type") == "boolean":
                assert value in {"true", "false"}, f"{key}={value} is no boolean"
            allowed = schema.get("enum") or schema.get("items", {}).get("enum")
            assert not allowed or value in allowed, f"{key}={value}"
        body = json.loads(request.body) if request.body else None
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and body is not None:
            assert not self.problems(body, content["schema"]), (name, self.problems(body, content["schema"]))

    def check_error(self, body: dict[str, Any]) -> None:
        """An error's shape; another service overrides it."""
        assert isinstance(body["error"]["code"], str)
        assert isinstance(body["error"]["message"], str)

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
            self.check_error(json.loads(response.body))


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
