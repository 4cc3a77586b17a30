#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll a Vercel project back to a deployment."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vercel_rollback
short_description: Roll a Vercel project back to a deployment
version_added: 0.1.0
description:
  - Points the production domains at an earlier deployment, without a build, and follows the job until Vercel says it is done.
  - Where production serves it already nothing is sent. A job to the same deployment that is running is followed, not
    repeated.
  - A job that failed or was skipped is a failure that names the domains that did not move.
  - A request whose answer was lost is looked for in the project before it is repeated.
  - An active rolling release is aborted by the rollback, and said so.
  - Afterwards Vercel no longer assigns the domains to new production deployments, until one is promoted.
options:
  project:
    description: Project to roll back, by id (C(prj_...)) or name.
    type: str
    required: true
  deployment:
    description: Where to go back to, by id or URL. Choose it with M(fairtradeworker.launchops.vercel_rollback_target).
    type: str
    required: true
  description:
    description: Why, for Vercel's own record. Cut at 250 characters.
    type: str
    default: ""
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
- name: Roll the shop back to the last healthy deployment
  fairtradeworker.launchops.vercel_rollback:
    project: shop
    deployment: dpl_2euZBFqxYdDMDG1jTrHFnNZ2eUVa
    description: Checkout answers 500 since 02:51
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
rolling_release_aborted:
  description: Identifier of the canary whose rolling release the rollback aborted; empty where none was active.
  returned: always
  type: str
  sample: ""
undo:
  description: The command that undoes the rollback.
  returned: when a deployment was in production before
  type: str
  sample: ansible-playbook playbooks/promote.yml -e promote_deployment=dpl_BadBadBadBadBadBadBadBadBad0
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
    is_done,
    job_values,
    refuse_other_project,
    run_job,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads first; sends one request at the most, and only where production does not serve the deployment."""
    client = vercel_client(params)
    project = client.project(params["project"])
    target = client.deployment(params["deployment"])
    refuse_other_project(target, project)
    release = client.active_rolling_release(project) if project.rolling_release_configured else None
    abort = release if release and release.canary_id != target.id else None
    changed = abort is not None or not is_done(project, JobKind.ROLLBACK, target.id)
    result = None
    if changed and not check_mode:
        result = run_job(
            client,
            project,
            JobKind.ROLLBACK,
            target.id,
            description=params["description"],
            wait=params["wait_seconds"],
            force=abort is not None,
        )
    values = job_values(project, target, result)
    values["rolling_release_aborted"] = abort.canary_id if abort else ""
    left = abort.canary_id if abort else project.production_id
    if left and left != target.id:
        values["undo"] = f"ansible-playbook playbooks/promote.yml -e promote_deployment={left}"
    warnings = []
    if abort:
        warnings.append(
            f"The rolling release of {abort.canary_id} ({abort.percentage:g} % of the visitors) is aborted by this rollback."
        )
    before = {"production": project.production_id, "rolling_release": abort.canary_id if abort else ""}
    after = {"production": target.id, "rolling_release": ""} if changed else before
    return Outcome(changed=changed, values=values, before=before, after=after, warnings=tuple(warnings))


def main() -> NoReturn:
    """Entry point."""
    options = {
        **vercel_options(),
        **project_option(),
        "deployment": {"type": "str", "required": True},
        "description": {"type": "str", "default": ""},
        "wait_seconds": {"type": "float", "default": 180.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
