# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing destructive, costly or interrupting without the target's name said back."""

from __future__ import annotations

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import Project


def insist(said: str, project: Project, consequence: str, hint: str) -> None:
    """Lets pass who has said the project's name or reference.

    Args:
        said: what the operator gave as approval.
        project: the project, as the service names it.
        hint: what to type, with `{name}` where the project's name goes.
        consequence: what will happen, as a sentence without its full stop.

    Raises:
        LaunchopsError: it was not said, or another name was.
    """
    if said.strip() in {project.name, project.ref}:
        return
    wrong = f" {said.strip()!r} is another name." if said.strip() else ""
    raise LaunchopsError(
        f"{consequence}. Project {project.name} ({project.ref}) was not approved for it.{wrong}",
        service="Supabase",
        operation="ask for approval",
        hint=f"To go on, say its name back: {hint.replace('{name}', project.name)}",
        details={"consequence": consequence},
    )
