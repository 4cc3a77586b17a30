#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promote a production deployment of a Vercel project."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_promote
short_description: Promote a production deployment of a Vercel project
version_added: 0.1.0
description:
  - Points the production domains at a deployment that was built for production, without a build, and follows the job.
  - This undoes a rollback; Vercel assigns the domains to new production deployments again afterwards.
  - A preview is refused, because Vercel would build it anew with other environment variables.
  - While a rolling release is active Vercel queues the promotion; RV(queued) says so and the job is not awaited.
options:
  project:
    description: Project to change, by id (C(prj_...)) or name.
    type: str
    required: true
  deployment:
    description: What to promote, by id or URL.
    type: str
    required: true
  wait_seconds:
    description: Seconds for everything, the job at Vercel included. When they are over the error says what was last seen.
    type: float
    default: 180.0
extends_documentation_fragment:
  - fairtradeworker.launchops.vercel
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Put the repaired release into production
  fairtradeworker.launchops.vercel_promote:
    project: shop
    deployment: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
"""

RETURN = r"""
---
requested:
  description:
    - Whether this run sent the request. False where production served the deployment already, or where a job that another
      run had begun was followed.
  returned: always
  type: bool
  sample: true
recognised:
  description: Whether the answer to the request was lost and reading showed that it had taken effect.
  returned: always
  type: bool
  sample: false
seconds:
  description: From the request to the end of the job.
  returned: always
  type: float
  sample: 1.9
aliases:
  description: Domains that production serves now (C(targets.production.alias) of the project).
  returned: always
  type: list
  elements: str
  sample: [shop.example, www.shop.example]
auto_assign:
  description: Whether new production deployments get the domains by themselves now (C(autoAssignCustomDomains)).
  returned: always
  type: bool
  sample: false
from:
  description: Identifier of the deployment that production served before; empty for none.
  returned: always
  type: str
  sample: dpl_BadBadBadBadBadBadBadBadBad0
to:
  description: Identifier of the deployment that production serves now (in check mode, would serve).
  returned: always
  type: str
  sample: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
queued:
  description: Whether the promotion waits behind an active rolling release.
  returned: always
  type: bool
  sample: false
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    project_option,
    run_module,
    vercel_client,
    vercel_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import JobKind
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_jobs import (
    is_promoted,
    job_values,
    refuse_other_project,
    refuse_unpromotable,
    run_job,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads first; sends one request at the most."""
    client = vercel_client(params)
    project = client.project(params["project"])
    target = client.deployment(params["deployment"])
    refuse_other_project(target, project)
    refuse_unpromotable(target)
    changed = not is_promoted(project, target.id)
    result = None
    if changed and not check_mode:
        result = run_job(client, project, JobKind.PROMOTE, target.id, wait=params["wait_seconds"], force=project.pinned)
    values = job_values(project, target, result)
    values["queued"] = result is not None and result.queued
    warnings: tuple[str, ...] = ()
    if values["queued"]:
        warnings = ("Vercel queued the promotion: it begins when the active rolling release has ended.",)
    before = {"production": project.production_id, "auto_assign": project.auto_assign}
    after = {"production": target.id, "auto_assign": values["auto_assign"]} if changed else before
    return Outcome(changed=changed, values=values, before=before, after=after, warnings=warnings)


def main() -> NoReturn:
    """Entry point."""
    options = {
        **vercel_options(),
        **project_option(),
        "deployment": {"type": "str", "required": True},
        "wait_seconds": {"type": "float", "default": 180.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
