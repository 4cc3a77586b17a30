#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep an environment variable of a Vercel project."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_env
short_description: Keep an environment variable of a Vercel project
version_added: 0.1.0
description:
  - Sets or removes one environment variable on the targets that are given, and never touches an entry of others.
  - A sensitive value can't be read back. What was last set is remembered as a salted scrypt digest in the entry's
    comment, and
    a value whose digest is not there is written again.
  - A trailing newline is taken off, because it is nearly always a mistake of the shell.
  - Takes effect only in deployments made afterwards.
options:
  project:
    description: Project to set it in, by id (C(prj_...)) or name.
    type: str
    required: true
  key:
    description: Name of the variable.
    type: str
    required: true
  value:
    description: Its value. Never shown. Needed where O(state) is V(present).
    type: str
  targets:
    description: Environments that get it.
    type: list
    elements: str
    choices: [production, preview, development]
    default: [production]
  type:
    description: How Vercel keeps it. Only V(plain) and V(encrypted) can be read back.
    type: str
    choices: [plain, encrypted, sensitive]
    default: sensitive
  git_branch:
    description: Only for previews of this branch.
    type: str
    default: ""
  comment:
    description: What it is for. At most 430 characters.
    type: str
    default: ""
  allow_empty:
    description: Whether an empty value is meant.
    type: bool
    default: false
  state:
    description: Whether it must be there.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fairtradeworker.launchops.vercel
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Switch the checkout on in the next deployment
  fairtradeworker.launchops.vercel_env:
    project: shop
    key: CHECKOUT_ENABLED
    value: "true"
    type: plain
"""

RETURN = r"""
---
action:
  description: What was done. V(created), V(updated), V(removed) or V(unchanged).
  returned: success
  type: str
  sample: created
env_id:
  description: Vercel's identifier of the entry; empty where there is none.
  returned: success
  type: str
  sample: XMbOEya1gUUO1ir4
needs_redeploy:
  description: Whether the change takes effect only in the next deployment.
  returned: success
  type: bool
  sample: true
stripped_newline:
  description: Whether a trailing newline was taken off the value.
  returned: success
  type: bool
  sample: false
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_env import (
    Entry,
    Wanted,
    check,
    check_place,
    find,
    is_as_wanted,
    read_all,
    remove,
    write,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads, compares, writes one entry at the most."""
    given = params["value"] or ""
    value = given.rstrip("\r\n")
    targets = frozenset(params["targets"])
    wanted = Wanted(params["key"], value, params["type"], targets, params["git_branch"], params["comment"])
    present_is_wanted = params["state"] == "present"
    if present_is_wanted:
        check(wanted, allow_empty=params["allow_empty"])
    else:
        check_place(wanted.key, targets, wanted.branch)
    client = vercel_client(params)
    project = client.project(params["project"])
    present = find(read_all(client, project), wanted.key, targets, wanted.branch)
    if present_is_wanted:
        right = present is not None and is_as_wanted(present, wanted, f"{project.id}/{wanted.key}")
        action = "unchanged" if right else ("updated" if present else "created")
        if not right and not check_mode:
            write(client, project, wanted, present)
            present = find(read_all(client, project), wanted.key, targets, wanted.branch)
    else:
        action = "removed" if present else "unchanged"
        if present and not check_mode:
            remove(client, project, present)
    changed = action != "unchanged"
    values = {
        "action": action,
        "env_id": present.id if present and action != "removed" else "",
        "needs_redeploy": changed,
        "stripped_newline": value != given,
    }
    before = {} if action == "created" else _shown(wanted, "(as it was)")
    after = {} if action == "removed" else _shown(wanted, "(set)" if changed else "(as it was)")
    if not present and not present_is_wanted:
        before = after = {}
    return Outcome(changed, values, before, after)


def _shown(entry: Entry | Wanted, value: str) -> dict[str, Any]:
    """For the diff: everything but the value."""
    return {"key": entry.key, "targets": sorted(entry.targets), "type": entry.type, "value": value}


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **vercel_options(),
        **project_option(),
        "key": {"type": "str", "required": True, "no_log": False},
        "value": {"type": "str", "no_log": True},
        "targets": {
            "type": "list",
            "elements": "str",
            "choices": ["production", "preview", "development"],
            "default": ["production"],
        },
        "type": {"type": "str", "choices": ["plain", "encrypted", "sensitive"], "default": "sensitive"},
        "git_branch": {"type": "str", "default": ""},
        "comment": {"type": "str", "default": ""},
        "allow_empty": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
    run_module(options, work, required_if=[("state", "present", ("value",))])


if __name__ == "__main__":
    main()
