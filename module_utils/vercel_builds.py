# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A redeploy: one build for one wish, followed to its end."""

from __future__ import annotations

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import Budget
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import (
    Deployment,
    Project,
    VercelClient,
)

# Key in the build's meta that carries the wish; also what a killed run is recognised by.
WISH = "launchopsRedeploy"
FAILED = frozenset({"ERROR", "CANCELED", "BLOCKED", "DELETED"})
# A build takes a minute or more: reads every second, later every five (the deployment read is limited to 500 a minute).
POLL_SCHEDULE = ((3.0, 0.25), (60.0, 1.0))
SLOWEST_POLL = 5.0
SETTLE_SECONDS = 3.0
# How far back a build of the same wish is looked for, deployments.
LOOK_BACK = 40


def find_redeploy(client: VercelClient, project: Project, wish: str) -> Deployment | None:
    """The newest production build of this wish that has not failed, or None. Raises LaunchopsError for an empty wish."""
    if not wish.strip():
        raise bad_input("redeploy_id is empty, so a second run could not know this wish from another")
    for deployment in client.deployments(project, limit=LOOK_BACK):
        if deployment.wish == wish and deployment.state not in FAILED:
            return deployment
    return None


def source_of(client: VercelClient, project: Project, named: str) -> Deployment:
    """The deployment to build again: the named one, else the one that production serves."""
    if named.strip():
        return client.deployment(named)
    if not project.production_id:
        raise bad_input(f"Nothing of {project.name} is in production, so there is nothing to build again")
    return client.deployment(project.production_id)


def request_redeploy(client: VercelClient, project: Project, source: Deployment, wish: str) -> Deployment:
    """Asks for the build. A lost answer is looked for by the wish before anything is said."""
    try:
        return client.redeploy(source, project, meta={WISH: wish})
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN:
            raise
        moment = client.http.budget(SETTLE_SECONDS)
        while True:
            found = find_redeploy(client, project, wish)
            if found:
                return found
            if moment.left <= 0:
                raise
            client.http.pause(min(0.25, moment.left))


def follow_build(client: VercelClient, project: Project, build: Deployment, budget: Budget) -> tuple[Deployment, bool]:
    """Waits until it is READY and, unless a rollback holds them, has the domains: (the build, whether it has them).

    Raises:
        LaunchopsError: the build or its checks failed, the domains did not move, or the wait ended.
    """
    while True:
        seen = client.deployment(build.id)
        if seen.state in FAILED or seen.checks == "failed" or seen.alias_error:
            why = seen.alias_error or (f"its state is {seen.state}" if seen.state in FAILED else "its checks failed")
            raise LaunchopsError(
                f"The redeploy {seen.id} of {project.name} failed: {why}. Production still serves what it served",
                service="Vercel",
                operation="redeploy",
                hint=f"Read its build log: https://{seen.url}/_logs",
            )
        if seen.state == "READY":
            now = client.project(project.id)
            if now.production_id == seen.id:
                return seen, True
            if now.pinned or now.auto_assign is False:
                return seen, False
        if budget.left <= 0:
            raise LaunchopsError(
                f"The redeploy {seen.id} of {project.name} did not end in {budget.seconds:.0f} s; last seen: {seen.state}, "
                f"{'with' if seen.alias_assigned else 'without'} its domains",
                service="Vercel",
                operation="redeploy",
                kind=Kind.TIMEOUT,
                hint="Run the same command again: it follows this build, it starts no other.",
            )
        pause = next((step for until, step in POLL_SCHEDULE if budget.elapsed < until), SLOWEST_POLL)
        client.http.pause(min(pause, max(0.01, budget.left)))
