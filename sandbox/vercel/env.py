# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

from sandbox.faults import Faults
from sandbox.server import Call, Reply, Route, route
from sandbox.vercel.projects import known, missing
from sandbox.vercel.shapes import error
from sandbox.world import World, identifier, now_ms

TYPES = {"plain", "encrypted", "sensitive", "system"}
TARGETS = {"production", "preview", "development"}
KNOWN = {"key", "value", "type", "target", "gitBranch", "comment", "customEnvironmentIds", "visibility"}


def routes(faults: Faults) -> list[Route]:
    """Everything under .../env."""
    return [
        route("vercel.env.list", "GET", "/projects/{project}/env", listing),
        route("vercel.env.create", "POST", "/projects/{project}/env", partial(create, faults)),
        route("vercel.env.get", "GET", "/projects/{project}/env/{env}", read),
        route("vercel.env.update", "PATCH", "/projects/{project}/env/{env}", update),
        route("vercel.env.delete", "DELETE", "/projects/{project}/env/{env}", delete),
        route("vercel.env.delete-many", "DELETE", "/projects/{project}/env", delete_many),
        route("vercel.env.pull", "GET", "/env/pull/{project}/{target}", pull),
    ]


def _shown(entry: dict[str, Any], *, decrypt: bool) -> dict[str, Any]:
    """As the API gives it: encrypted values are ciphertext unless asked for, sensitive ones are never there."""
    value = entry["value"]
    if entry["type"] == "sensitive":
        value = ""
    elif entry["type"] == "encrypted" and not decrypt:
        value = base64.b64encode(b"sandbox:" + value[::-1].encode()).decode()
    return {**entry, "value": value, "decrypted": decrypt and entry["type"] != "sensitive", "securityIssues": []}


def listing(call: Call) -> Reply:
    """GET /v10/projects/{idOrName}/env."""
    if not known(call):
        return missing()
    decrypt = call.query.get("decrypt", "").lower() == "true"
    target = call.query.get("target")
    entries = [e for e in call.world.env.values() if target is None or target in e["target"]]
    return Reply(data={"envs": [_shown(e, decrypt=decrypt) for e in entries]})


def read(call: Call) -> Reply:
    """GET one, decrypted."""
    entry = call.world.env.get(call.args["env"]) if known(call) else None
    return Reply(data=_shown(entry, decrypt=True)) if entry else error(404, "not_found", "The env var does not exist.")


def create(faults: Faults, call: Call) -> Reply:
    """POST: one or many; 201 with created and failed."""
    if not known(call):
        return missing()
    many = isinstance(call.body, list)
    wanted = call.body if many else [call.body]
    for item in wanted:
        problem = _problem(item)
        if problem:
            return error(400, "bad_request", f"Invalid request: {problem}")
    world: World = call.world
    upsert = call.query.get("upsert", "").lower() == "true"
    fault = faults.fire({"partial-env-failure"}, "vercel", call.method, call.route, call.path)
    created, failed = [], []
    for number, item in enumerate(wanted):
        if fault and number == len(wanted) - 1:
            failed.append(_failure("ENV_UPDATE_FAILED", "The variable could not be written.", item, ""))
            continue
        clash = _clash(world, item)
        if clash and not upsert:
            failed.append(
                _failure(
                    "ENV_CONFLICT",
                    f"Another Environment Variable with the name {item['key']} exists.",
                    item,
                    clash["id"],
                )
            )
            continue
        if clash and clash["target"] != sorted(_targets(item)) and set(clash["target"]) - set(_targets(item)):
            failed.append(_failure("ENV_CONFLICT", f"{item['key']} exists for other targets too.", item, clash["id"]))
            continue
        created.append(_write(world, item, clash))
    if failed and not created and not many and not fault:
        code = failed[0]["error"]["code"]
        return error(
            400,
            code,
            failed[0]["error"]["message"],
            **{k: failed[0]["error"][k] for k in ("key", "target", "envVarId")},
        )
    shown = [_shown(entry, decrypt=False) for entry in created]
    return Reply(
        201, {"created": shown if many else (shown[0] if shown else []), "failed": failed}, effect=bool(created)
    )


def _problem(item: Any) -> str:
    if not isinstance(item, dict):
        return "the body should be an object."
    for key in ("key", "value", "type"):
        if not isinstance(item.get(key), str):
            return f"missing required property `{key}`."
    if not item["key"]:
        return "`key` should NOT be empty."
    unknown = set(item) - KNOWN
    if unknown:
        return f"should NOT have additional property `{min(unknown)}`."
    if item["type"] not in TYPES:
        return "`type` should be equal to one of the allowed values."
    if not _targets(item) and not item.get("customEnvironmentIds"):
        return "missing required property `target`."
    if set(_targets(item)) - TARGETS:
        return "`target` should be equal to one of the allowed values."
    if len(item.get("comment") or "") > 500:
        return "`comment` should NOT be longer than 500 characters."
    if item["type"] == "sensitive" and "development" in _targets(item):
        return "sensitive variables can't have the target development."
    return ""


def _targets(item: dict[str, Any]) -> list[str]:
    target = item.get("target") or []
    return [target] if isinstance(target, str) else list(target)


def _clash(world: World, item: dict[str, Any]) -> dict[str, Any] | None:
    return next(
        (
            e
            for e in world.env.values()
            if e["key"] == item["key"]
            and e.get("gitBranch") == item.get("gitBranch")
            and set(e["target"]) & set(_targets(item))
        ),
        None,
    )


def _write(world: World, item: dict[str, Any], present: dict[str, Any] | None) -> dict[str, Any]:
    now = now_ms()
    entry = {
        "id": present["id"] if present else identifier("", 16),
        "key": item["key"],
        "value": item["value"],
        "type": item["type"],
        "target": sorted(_targets(item)),
        "comment": item.get("comment", ""),
        "gitBranch": item.get("gitBranch"),
        "configurationId": None,
        "createdAt": present["createdAt"] if present else now,
        "updatedAt": now,
        "createdBy": world.user_id,
        "updatedBy": world.user_id if present else None,
        "customEnvironmentIds": item.get("customEnvironmentIds", []),
    }
    if entry["gitBranch"] is None:
        del entry["gitBranch"]
    world.env[entry["id"]] = entry
    return entry


def _failure(code: str, message: str, item: dict[str, Any], identifier_: str) -> dict[str, Any]:
    return {
        "error": {
            "code": code,
            "message": message,
            "key": item["key"],
            "envVarId": identifier_,
            "target": _targets(item),
        }
    }


def update(call: Call) -> Reply:
    """PATCH one."""
    entry = call.world.env.get(call.args["env"]) if known(call) else None
    if entry is None:
        return error(404, "not_found", "The env var does not exist.")
    body = call.body if isinstance(call.body, dict) else {}
    if set(body) - KNOWN:
        return error(
            400,
            "bad_request",
            f"Invalid request: should NOT have additional property `{min(set(body) - KNOWN)}`.",
        )
    merged = {**entry, **body}
    problem = _problem({k: v for k, v in merged.items() if k in KNOWN})
    if problem:
        return error(400, "bad_request", f"Invalid request: {problem}")
    written = _write(call.world, merged, entry)
    return Reply(data=_shown(written, decrypt=False), effect=True)


def delete(call: Call) -> Reply:
    """DELETE one."""
    entry = call.world.env.pop(call.args["env"], None) if known(call) else None
    if entry is None:
        return error(404, "not_found", "The env var does not exist.")
    return Reply(data=_shown(entry, decrypt=False), effect=True)


def delete_many(call: Call) -> Reply:
    """DELETE many by id."""
    if not known(call):
        return missing()
    ids = call.body.get("ids") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= 1000:
        return error(400, "bad_request", "Invalid request: `ids` should have 1 to 1000 items.")
    gone = [i for i in ids if call.world.env.pop(i, None)]
    return Reply(data={"deleted": len(gone), "ids": gone}, effect=bool(gone))


def pull(call: Call) -> Reply:
    """GET /v3/env/pull/{project}/{target}, as the CLI reads it."""
    if not known(call):
        return missing()
    wanted = [e for e in call.world.env.values() if call.args["target"] in e["target"] and e["type"] != "sensitive"]
    return Reply(data={"env": {e["key"]: e["value"] for e in wanted}, "buildEnv": {}})
