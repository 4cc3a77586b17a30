#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the current production commit of a Vercel project again."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_redeploy
short_description: Build the current production commit of a Vercel project again
version_added: 0.1.0
description:
  - Makes a new production build of the same commit with today's environment variables and settings, and follows it.
  - This is what restarts a serverless application; there are no instances to restart.
  - Give each wish for a redeploy its own O(redeploy_id). A build that carries it is followed, not repeated.
  - While a rollback holds the domains a new build does not get them; RV(assigned) says so.
options:
  project:
    description: Project to redeploy, by id (C(prj_...)) or name.
    type: str
    required: true
  deployment:
    description: What to build again, by id or URL. The one that production serves where it is empty.
    type: str
    default: ""
  redeploy_id:
    description: Names this wish. It travels in the build's C(meta), and makes a second run follow instead of build.
    type: str
    required: true
  wait_seconds:
    description: Seconds for everything, the build at Vercel included. When they are over the error says what was last seen.
    type: float
    default: 900.0
extends_documentation_fragment:
  - fairtradeworker.launchops.vercel
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Build production again after an environment variable has changed
  fairtradeworker.launchops.vercel_redeploy:
    project: shop
    redeploy_id: raise-concurrency-2026-11-24
"""

RETURN = r"""
---
deployment:
  description: The new build.
  returned: when there is one
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
source:
  description: Identifier of the deployment that was built again.
  returned: always
  type: str
  sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
requested:
  description: Whether this run asked for the build.
  returned: always
  type: bool
  sample: true
assigned:
  description: Whether the production domains point to the new build.
  returned: always
  type: bool
  sample: true
seconds:
  description: From the request to the end.
  returned: always
  type: float
  sample: 61.4
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_builds import (
    find_redeploy,
    follow_build,
    request_redeploy,
    source_of,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import refuse_other_project


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Looks for a build of this wish first; asks for one at the most."""
    client = vercel_client(params)
    project = client.project(params["project"])
    budget = client.http.budget(params["wait_seconds"])
    found = find_redeploy(client, project, params["redeploy_id"])
    source = source_of(client, project, params["deployment"])
    refuse_other_project(source, project)
    before = {"production": project.production_id, "build": found.id if found else ""}
    values: dict[str, Any] = {"source": source.id, "requested": False, "assigned": False, "seconds": 0.0}
    if check_mode:
        if found:
            values |= {"deployment": found.as_dict(), "assigned": project.production_id == found.id}
        after = before if found else {"production": "(a new build)", "build": "(a new build)"}
        return Outcome(changed=found is None, values=values, before=before, after=after)
    build = found or request_redeploy(client, project, source, params["redeploy_id"])
    built, assigned = follow_build(client, project, build, budget)
    values |= {
        "deployment": built.as_dict(),
        "requested": found is None,
        "assigned": assigned,
        "seconds": round(budget.elapsed, 3),
    }
    warnings: tuple[str, ...] = ()
    if not assigned:
        warnings = (
            f"{built.id} is built, but a rollback holds the domains of {project.name}. To put it into production: "
            f"ansible-playbook playbooks/promote.yml -e promote_deployment={built.id}",
        )
    after = {"production": built.id if assigned else project.production_id, "build": built.id}
    return Outcome(changed=found is None, values=values, before=before, after=after, warnings=warnings)


def main() -> NoReturn:
    """Entry point."""
    options = {
        **vercel_options(),
        **project_option(),
        "deployment": {"type": "str", "default": ""},
        "redeploy_id": {"type": "str", "required": True},
        "wait_seconds": {"type": "float", "default": 900.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
