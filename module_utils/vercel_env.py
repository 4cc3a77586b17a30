# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables of a Vercel project: one entry per key, targets and branch.

A sensitive value can't be read back, so what was last set is remembered as a salted scrypt digest in the entry's comment.
Scrypt makes guessing dear; a value that is easy to guess can still be found by trying (docs/modules.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import Project, VercelClient

COMMENT_LIMIT = 500
BRANCH_LIMIT = 250
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MARK = re.compile(r"\s*\[launchops:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})\]$")
# RFC 7914's parameters for interactive use: about 50 ms and 16 MiB a guess.
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
SETTLE_TRIES = 3


@dataclass(frozen=True)
class Entry:
    """One environment variable as Vercel has it. `value` is None where it can't be read."""

    id: str
    key: str
    type: str
    targets: frozenset[str]
    branch: str
    comment: str
    value: str | None


@dataclass(frozen=True)
class Wanted:
    """What the user gave."""

    key: str
    value: str
    type: str
    targets: frozenset[str]
    branch: str
    comment: str


def check(wanted: Wanted, *, allow_empty: bool) -> None:
    """Raises LaunchopsError (input) for what must not be sent."""
    check_place(wanted.key, wanted.targets, wanted.branch)
    if not wanted.value and not allow_empty:
        raise bad_input(
            f"The value of {wanted.key} is empty", hint="A lost secret looks like this. Set allow_empty if it is meant."
        )
    if wanted.type == "sensitive" and "development" in wanted.targets:
        raise bad_input(f"{wanted.key} can't be sensitive in development", hint="Use type encrypted for development.")
    if len(wanted.comment) > COMMENT_LIMIT - 70:
        raise bad_input(f"The comment of {wanted.key} is longer than {COMMENT_LIMIT - 70} characters")


def check_place(key: str, targets: frozenset[str], branch: str) -> None:
    """Raises LaunchopsError (input) for a key, targets or branch that can't be."""
    if not KEY.fullmatch(key):
        raise bad_input(f"'{key}' is not a name that an environment variable can have")
    if not targets:
        raise bad_input(f"targets of {key} is empty, so nothing would be set")
    if branch and targets != {"preview"}:
        raise bad_input(f"git_branch of {key} goes with the target preview alone")
    if len(branch) > BRANCH_LIMIT:
        raise bad_input(f"git_branch of {key} is longer than {BRANCH_LIMIT} characters")


def seal(value: str, place: str, *, salt: bytes | None = None) -> str:
    """The mark for a comment: ` [launchops:salt:digest]`. `place` binds it to one project and key."""
    salt = salt if salt is not None else secrets.token_bytes(16)
    digest = hashlib.scrypt(value.encode(), salt=salt + place.encode(), **SCRYPT)
    return f" [launchops:{_text(salt)}:{_text(digest)}]"


def sealed_is(comment: str, value: str, place: str) -> bool:
    """Whether a comment's mark is of this value. False where there is no mark."""
    match = MARK.search(comment)
    if not match:
        return False
    return hmac.compare_digest(seal(value, place, salt=_bytes(match[1])), f" [launchops:{match[1]}:{match[2]}]")


def without_mark(comment: str) -> str:
    """The user's own part of a comment."""
    return MARK.sub("", comment)


def is_as_wanted(entry: Entry, wanted: Wanted, place: str) -> bool:
    """Whether nothing has to be written."""
    if (entry.type, entry.targets, entry.branch) != (wanted.type, wanted.targets, wanted.branch):
        return False
    if without_mark(entry.comment) != wanted.comment:
        return False
    if wanted.type == "sensitive":
        return sealed_is(entry.comment, wanted.value, place)
    return entry.value == wanted.value


def find(entries: Sequence[Entry], key: str, targets: frozenset[str], branch: str) -> Entry | None:
    """The entry of a key on these targets; None for none.

    Raises:
        LaunchopsError: the present entries are cut otherwise (one covers more targets, or several cover these).
    """
    touching = [e for e in entries if e.key == key and e.branch == branch and e.targets & targets]
    if not touching:
        return None
    if len(touching) == 1 and touching[0].targets <= targets:
        return touching[0]
    present = "; ".join(", ".join(sorted(entry.targets)) for entry in touching)
    raise bad_input(
        f"{key} exists for the targets {present}, which can't be changed for {', '.join(sorted(targets))} alone",
        hint="Give the same targets as there are, or remove the present entry first (state: absent with its targets).",
    )


def read_all(client: VercelClient, project: Project) -> list[Entry]:
    """GET /v10/projects/{id}/env, decrypted where Vercel can."""
    operation = f"list the environment variables of {project.name}"
    data = client.call(operation, "GET", f"/v10/projects/{project.id}/env", params={"decrypt": True}).data
    items = data.get("envs") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise LaunchopsError(
            f"Vercel answered '{operation}' without a list", service="Vercel", operation=operation, kind=Kind.MALFORMED
        )
    return [_entry(item) for item in items if isinstance(item, dict)]


def write(client: VercelClient, project: Project, wanted: Wanted, present: Entry | None) -> None:
    """POST .../env?upsert=true for a new one, PATCH by id for a present one: the id says which entry is meant.

    A lost answer is looked for by reading before it is repeated. `failed` in a 201 is a failure.
    """
    place = f"{project.id}/{wanted.key}"
    comment = wanted.comment + (seal(wanted.value, place) if wanted.type == "sensitive" else "")
    body: dict[str, Any] = {
        "key": wanted.key,
        "value": wanted.value,
        "type": wanted.type,
        "target": sorted(wanted.targets),
        "comment": comment,
    }
    if wanted.branch:
        body["gitBranch"] = wanted.branch
    operation = f"set the environment variable {wanted.key} of {project.name}"
    for attempt in range(1, SETTLE_TRIES + 1):
        try:
            if present is None:
                path, params = f"/v10/projects/{project.id}/env", {"upsert": "true"}
                data = client.call(operation, "POST", path, params=params, body=body, expected={200, 201}).data
                _refuse_failed(data, wanted.key, operation)
            else:
                client.call(operation, "PATCH", f"/v9/projects/{project.id}/env/{present.id}", body=body)
        except LaunchopsError as error:
            # 400 is also what Vercel answers while another update of the variables runs.
            busy = error.status == 400 and "another" in error.message.lower() and attempt < SETTLE_TRIES
            if not busy and (error.kind is not Kind.UNCERTAIN or attempt == SETTLE_TRIES):
                raise
            client.http.pause(0.5)
            present = find(read_all(client, project), wanted.key, wanted.targets, wanted.branch)
            if present is not None and is_as_wanted(present, wanted, place):
                return
        else:
            return


def remove(client: VercelClient, project: Project, entry: Entry) -> None:
    """DELETE by id; one that is gone already is removed."""
    operation = f"remove the environment variable {entry.key} of {project.name}"
    try:
        client.call(operation, "DELETE", f"/v9/projects/{project.id}/env/{entry.id}")
    except LaunchopsError as error:
        if error.status == 404:
            return
        if error.kind is Kind.UNCERTAIN and all(e.id != entry.id for e in read_all(client, project)):
            return
        raise


def _refuse_failed(data: Any, key: str, operation: str) -> None:
    failed = data.get("failed") if isinstance(data, dict) else None
    if not failed:
        return
    first = failed[0].get("error", {}) if isinstance(failed[0], dict) else {}
    raise LaunchopsError(
        f"Vercel accepted the request but did not set {key}: {first.get('code', '')} {first.get('message', '')}".rstrip(),
        service="Vercel",
        operation=operation,
        code=str(first.get("code", "")),
        hint="Look at the project's environment variables in Vercel's dashboard, then run it again.",
    )


def _entry(item: dict[str, Any]) -> Entry:
    target = item.get("target") or []
    kind = str(item.get("type", ""))
    value = item.get("value")
    return Entry(
        id=str(item.get("id", "")),
        key=str(item.get("key", "")),
        type=kind,
        targets=frozenset([target] if isinstance(target, str) else target),
        branch=str(item.get("gitBranch") or ""),
        comment=str(item.get("comment") or ""),
        value=value if isinstance(value, str) and kind != "sensitive" and item.get("decrypted") is not False else None,
    )


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
