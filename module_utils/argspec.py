# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to Ansible: shared options, and the one place where an error becomes a failed result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.postgres import Database
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import SupabaseClient
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import VercelClient

Spec = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What a module's work gives back.

    Attributes:
        changed: whether the world is different now (in check mode: would be).
        values: the module's own return values, as its RETURN documents them.
        before, after: plain dicts of what is managed, for the diff; both None where there is none to show.
        warnings: sentences for the operator that are no failure.
    """

    changed: bool
    values: dict[str, Any]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    warnings: tuple[str, ...] = field(default=())


def run_module(
    options: Spec,
    work: Callable[[dict[str, Any], bool], Outcome],
    **rules: Any,
) -> NoReturn:
    """Validates the options, does the work, and leaves with its result.

    Args:
        options: the module's argument spec.
        work: takes the validated options and whether this is check mode; raises LaunchopsError to fail.
        rules: `required_if`, `mutually_exclusive` and the like, for AnsibleModule.
    """
    module = AnsibleModule(argument_spec=options, supports_check_mode=True, **rules)
    try:
        outcome = work(module.params, module.check_mode)
    except LaunchopsError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), **error.details)
    for sentence in outcome.warnings:
        module.warn(sentence)
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.values}
    if outcome.before is not None and outcome.after is not None:
        result["diff"] = {"before": outcome.before, "after": outcome.after}
    module.exit_json(**result)
    raise AssertionError("exit_json does not return")


def secret(*variables: str) -> dict[str, Any]:
    """An option for a credential: never shown, read from the environment variables where it is not given."""
    return {"type": "str", "no_log": True, "fallback": (env_fallback, list(variables))}


def needed(params: dict[str, Any], option: str, variable: str, what: str) -> str:
    """A credential or name that must be there.

    Returns its text. Raises LaunchopsError (kind input) that says where to put it.
    """
    value = params.get(option)
    if not isinstance(value, str) or not value.strip():
        raise bad_input(
            f"{what} is missing",
            hint=f"Set the option {option} in the inventory, or the environment variable {variable}.",
        )
    return value.strip()


def vercel_options() -> Spec:
    """How to reach Vercel; the doc fragment `vercel` says it in words."""
    return {
        "api_url": {
            "type": "str",
            "default": "https://api.vercel.com",
            "fallback": (env_fallback, ["LAUNCHOPS_VERCEL_API_URL"]),
        },
        "api_token": secret("VERCEL_TOKEN"),
        "team": {"type": "str", "fallback": (env_fallback, ["VERCEL_ORG_ID"])},
        "api_timeout": {"type": "float", "default": 10.0},
        "api_patience": {"type": "float", "default": 30.0},
    }


def project_option() -> Spec:
    """The project that a module acts on."""
    return {"project": {"type": "str", "required": True}}


def vercel_client(params: dict[str, Any]) -> VercelClient:
    """The client that the options of `vercel_options` describe. Raises LaunchopsError where the token is missing."""
    return VercelClient(
        params["api_url"],
        needed(params, "api_token", "VERCEL_TOKEN", "The Vercel token"),
        (params["team"] or "").strip(),
        timeout=params["api_timeout"],
        patience=params["api_patience"],
    )


def supabase_options() -> Spec:
    """How to reach a Supabase project; the doc fragment `supabase` says it in words."""
    return {
        "api_url": {
            "type": "str",
            "default": "https://api.supabase.com",
            "fallback": (env_fallback, ["LAUNCHOPS_SUPABASE_API_URL"]),
        },
        "api_token": secret("SUPABASE_ACCESS_TOKEN"),
        "project": {"type": "str", "fallback": (env_fallback, ["SUPABASE_PROJECT_REF"])},
        "api_timeout": {"type": "float", "default": 10.0},
        "api_patience": {"type": "float", "default": 90.0},
    }


def supabase_client(params: dict[str, Any]) -> SupabaseClient:
    """The client that the options of `supabase_options` describe. Raises LaunchopsError for what is missing."""
    return SupabaseClient(
        params["api_url"],
        needed(params, "api_token", "SUPABASE_ACCESS_TOKEN", "The Supabase access token"),
        needed(params, "project", "SUPABASE_PROJECT_REF", "The reference of the Supabase project"),
        timeout=params["api_timeout"],
        patience=params["api_patience"],
    )


def database_options() -> Spec:
    """How to reach the database; the doc fragment `database` says it in words."""
    return {
        "database_url": secret("LAUNCHOPS_DATABASE_URL"),
        "connect_timeout": {"type": "float", "default": 10.0},
        "connect_patience": {"type": "float", "default": 20.0},
    }


def database(params: dict[str, Any], *, read_only: bool = False, statement_timeout: int = 30_000) -> Database:
    """A connection as the options of `database_options` describe it. Raises LaunchopsError where there is none to be had."""
    return Database(
        needed(params, "database_url", "LAUNCHOPS_DATABASE_URL", "The database URL"),
        connect_timeout=params["connect_timeout"],
        patience=params["connect_patience"],
        read_only=read_only,
        statement_timeout=statement_timeout,
    )
