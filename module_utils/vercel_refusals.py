# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each refusal of Vercel in a sentence of our own, with what to do next; Vercel's words stay behind it."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError


def explain_refusal(error: LaunchopsError, kind: str, project: str, deployment_id: str) -> LaunchopsError:
    """Gives each refusal of a rollback or promotion its own sentence and next step.

    Codes are those of POST /v1/projects/{projectId}/rollback/{deploymentId}; Vercel does not document their texts, so
    Vercel's words are kept behind ours.
    """
    sentences = {
        400: (
            f"Vercel does not accept {deployment_id} as a {kind} target of {project}",
            "Choose another: ansible-playbook rollback.yml --check lists the candidates.",
        ),
        402: (
            f"The Vercel plan of {project} does not allow this {kind} (Hobby goes back one deployment only)",
            "Upgrade the plan in Vercel's dashboard, or roll back to the immediately previous production deployment.",
        ),
        403: (
            f"The Vercel token may not {kind} {project}",
            "Use a token of a team member who may deploy to production, and check the team in the inventory.",
        ),
        404: (
            f"Vercel does not know {deployment_id} in project {project} (deleted, or of another team)",
            "Choose another: ansible-playbook rollback.yml --check lists the candidates.",
        ),
        409: (
            f"Vercel is already moving the domains of {project}, or the project is being transferred",
            "Wait a minute, then run the same command again: it follows what is there.",
        ),
        410: (
            f"{deployment_id} no longer exists at Vercel",
            "Choose another: ansible-playbook rollback.yml --check lists the candidates.",
        ),
        422: (
            f"{deployment_id} can't be put into production for {project} (never was, or is not ready)",
            "Choose another: ansible-playbook rollback.yml --check lists the candidates.",
        ),
    }
    return _reworded(error, sentences)


def explain(error: LaunchopsError, what: str) -> LaunchopsError:
    """The same for reads and redeploys of one resource."""
    sentences = {
        402: (f"The Vercel plan does not allow {what}", "Look at the plan and its billing in Vercel's dashboard."),
        403: (
            f"The Vercel token may not touch {what}",
            "Check that the token is valid, and that the team in the inventory owns the project.",
        ),
        404: (
            f"Vercel does not know {what}",
            "Check the name, and that the team in the inventory owns it (another team's things look absent).",
        ),
        409: (f"Vercel can't change {what} now: the project is being transferred", "Wait for the transfer to end."),
    }
    return _reworded(error, sentences)


def _reworded(error: LaunchopsError, sentences: Mapping[int, tuple[str, str]]) -> LaunchopsError:
    if error.status is None or error.status not in sentences:
        return error
    sentence, hint = sentences[error.status]
    return LaunchopsError(
        f"{sentence}. {error.message}",
        service=error.service,
        operation=error.operation,
        status=error.status,
        code=error.code,
        request_id=error.request_id,
        hint=hint,
        kind=error.kind,
    )
