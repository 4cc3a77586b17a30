#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose the deployment that a rollback goes back to."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_rollback_target
short_description: Choose the deployment that a rollback goes back to
version_added: 0.1.0
description:
  - Reads the project and its production deployments and chooses. Changes nothing.
  - In this order. The one named in O(rollback_to); the target of an unfinished rollback; the one that a finished rollback has
    put into production, so that a second run never goes back two; the last one recorded as healthy; the one that served
    until the
    current one was promoted; the newest READY
    production deployment before the current one that Vercel offers as a rollback candidate.
  - One recorded as bad is never chosen, not even when it is named.
  - Fails with the candidates and why each was refused where none can be chosen.
options:
  project:
    description: Project to roll back, by id (C(prj_...)) or name.
    type: str
    required: true
  rollback_to:
    description: The operator's own choice, by id or URL. Empty for none.
    type: str
    default: ""
  healthy:
    description: Deployments recorded as healthy, newest record first, as M(fairtradeworker.launchops.journal_info)
      returns them.
    type: list
    elements: str
    default: []
  bad:
    description: Deployments recorded as bad, id to reason, as M(fairtradeworker.launchops.journal_info) returns them.
    type: dict
    default: {}
  unfinished:
    description:
      - A rollback that the journal shows begun and not finished, with the keys C(from) and C(to).
      - It counts only while production is at one of the two.
    type: dict
    default: {}
  limit:
    description: How many production deployments to look at.
    type: int
    default: 20
extends_documentation_fragment:
  - fairtradeworker.launchops.vercel
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Choose what to go back to
  fairtradeworker.launchops.vercel_rollback_target:
    project: shop
    healthy: "{{ shop_journal.healthy }}"
    bad: "{{ shop_journal.bad }}"
  register: shop_target
"""

RETURN = r"""
---
target:
  description: The deployment to go back to.
  returned: always
  type: dict
  contains:
    id:
      description: Identifier.
      returned: always
      type: str
      sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
    url:
      description: Immutable address, without the scheme.
      returned: always
      type: str
      sample: shop-9jaeg38me-acme.vercel.app
    state:
      description: C(readyState) at Vercel.
      returned: always
      type: str
      sample: READY
    target:
      description: Environment; V(none) for a preview.
      returned: always
      type: str
      sample: production
    created_at:
      description: Epoch milliseconds.
      returned: always
      type: int
      sample: 1764000000000
    rollback_candidate:
      description: Whether Vercel offers it for a rollback; V(none) where it does not say.
      returned: always
      type: bool
      sample: true
    commit:
      description: Commit it was built from, from the deployment's C(meta); empty where unknown.
      returned: always
      type: str
      sample: 8c5ab9d1e0f84f0a
    branch:
      description: Branch it was built from; empty where unknown.
      returned: always
      type: str
      sample: main
    message:
      description: Commit message; empty where unknown.
      returned: always
      type: str
      sample: Show prices with tax
suspect:
  description: The deployment to get away from. It is the canary of an active rolling release, else the current one.
  returned: when production serves something
  type: dict
  contains:
    id:
      description: Identifier.
      returned: always
      type: str
      sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
    url:
      description: Immutable address, without the scheme.
      returned: always
      type: str
      sample: shop-9jaeg38me-acme.vercel.app
    state:
      description: C(readyState) at Vercel.
      returned: always
      type: str
      sample: READY
    target:
      description: Environment; V(none) for a preview.
      returned: always
      type: str
      sample: production
    created_at:
      description: Epoch milliseconds.
      returned: always
      type: int
      sample: 1764000000000
    rollback_candidate:
      description: Whether Vercel offers it for a rollback; V(none) where it does not say.
      returned: always
      type: bool
      sample: true
    commit:
      description: Commit it was built from, from the deployment's C(meta); empty where unknown.
      returned: always
      type: str
      sample: 8c5ab9d1e0f84f0a
    branch:
      description: Branch it was built from; empty where unknown.
      returned: always
      type: str
      sample: main
    message:
      description: Commit message; empty where unknown.
      returned: always
      type: str
      sample: Show prices with tax
current:
  description: Identifier of the deployment that production serves; empty for none.
  returned: always
  type: str
  sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
rule:
  description: Why the target was chosen, in words.
  returned: always
  type: str
  sample: last recorded as healthy
already_there:
  description: Whether production serves the target already, so that a rollback would write nothing.
  returned: always
  type: bool
  sample: false
candidates:
  description: Every production deployment looked at, newest first, with what speaks against it.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Identifier.
      returned: always
      type: str
      sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
    url:
      description: Immutable address, without the scheme.
      returned: always
      type: str
      sample: shop-9jaeg38me-acme.vercel.app
    why_not:
      description: The reason against it; empty where it can be chosen.
      returned: always
      type: str
      sample: it is the one in production now
project_id:
  description: Identifier of the project.
  returned: always
  type: str
  sample: prj_9jaeg38me
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.rollback import (
    choose,
    look,
    verdicts,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import JobKind
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import is_done


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads only, so check mode is the same."""
    del check_mode
    client = vercel_client(params)
    project = client.project(params["project"])
    world = look(client, project, params["healthy"], params["bad"], params["unfinished"], params["limit"])
    named = client.deployment(params["rollback_to"]) if params["rollback_to"].strip() else None
    choice = choose(world, named)
    target = choice.deployment
    values: dict[str, Any] = {
        "target": target.as_dict(),
        "current": world.current,
        "rule": choice.rule.value,
        "already_there": is_done(project, JobKind.ROLLBACK, target.id) and world.suspect == world.current,
        "candidates": [{"id": v.deployment.id, "url": v.deployment.url, "why_not": v.why_not} for v in verdicts(world)],
        "project_id": project.id,
    }
    if world.suspect:
        listed = (candidate for candidate in world.candidates if candidate.id == world.suspect)
        values["suspect"] = (next(listed, None) or client.deployment(world.suspect)).as_dict()
    return Outcome(changed=False, values=values)


def main() -> NoReturn:
    """Entry point."""
    options = {
        **vercel_options(),
        **project_option(),
        "rollback_to": {"type": "str", "default": ""},
        "healthy": {"type": "list", "elements": "str", "default": []},
        "bad": {"type": "dict", "default": {}},
        "unfinished": {"type": "dict", "default": {}},
        "limit": {"type": "int", "default": 20},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
