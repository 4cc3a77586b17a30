#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the deployments of a Vercel project."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_deployment_info
short_description: List the deployments of a Vercel project
version_added: 0.1.0
description:
  - Lists deployments, newest first, page by page, and says which one production serves.
options:
  project:
    description: Project to look at, by id (C(prj_...)) or name.
    type: str
    required: true
  deployment:
    description: Read this one alone, by id or URL.
    type: str
  target:
    description: List those of this environment; V(any) for all.
    type: str
    default: production
  state:
    description: List those in this state.
    type: str
    choices: [BUILDING, ERROR, INITIALIZING, QUEUED, READY, CANCELED, BLOCKED]
  rollback_candidates:
    description: List only what Vercel offers for a rollback.
    type: bool
    default: false
  limit:
    description: How many to list at the most.
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
- name: Show what the shop can be rolled back to
  fairtradeworker.launchops.vercel_deployment_info:
    project: shop
    rollback_candidates: true
    state: READY
  register: shop_candidates
"""

RETURN = r"""
---
deployments:
  description: The deployments, newest first.
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
production:
  description: Identifier of the deployment that production serves (C(targets.production.id) of the project); empty for none.
  returned: always
  type: str
  sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
held_by_rollback:
  description: Whether a rollback put it there and nothing has been promoted since.
  returned: always
  type: bool
  sample: false
auto_assign:
  description: Whether new production deployments get the domains by themselves (C(autoAssignCustomDomains)).
  returned: always
  type: bool
  sample: true
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input

STATES = ["BUILDING", "ERROR", "INITIALIZING", "QUEUED", "READY", "CANCELED", "BLOCKED"]


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads only, so check mode is the same."""
    del check_mode
    if not 1 <= params["limit"] <= 1000:
        raise bad_input("limit must be between 1 and 1000")
    client = vercel_client(params)
    project = client.project(params["project"])
    if params["deployment"]:
        found = [client.deployment(params["deployment"])]
    else:
        listed = client.deployments(
            project,
            target=None if params["target"] == "any" else params["target"],
            state=params["state"],
            rollback_candidate=True if params["rollback_candidates"] else None,
            limit=params["limit"],
        )
        found = list(listed)
    values = {
        "deployments": [deployment.as_dict() for deployment in found],
        "production": project.production_id,
        "held_by_rollback": project.pinned,
        "auto_assign": project.auto_assign,
    }
    return Outcome(changed=False, values=values)


def main() -> NoReturn:
    """Entry point."""
    options = {
        **vercel_options(),
        **project_option(),
        "deployment": {"type": "str"},
        "target": {"type": "str", "default": "production"},
        "state": {"type": "str", "choices": STATES},
        "rollback_candidates": {"type": "bool", "default": False},
        "limit": {"type": "int", "default": 20},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
