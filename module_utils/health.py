# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until a Supabase project is healthy again, bounded, with what was seen last."""

from __future__ import annotations

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import (
    DEAD,
    HEALTHY,
    Health,
    SupabaseClient,
)

# A guess: how long after a request that restarts the project may still look healthy, since it has not begun.
BEGINS_SECONDS = 5.0
# `rest` is unhealthy for ever where the Data API is off (supabase/terraform-provider-supabase#304), so nobody waits for it.
AWAITED = ("auth", "db", "pooler", "storage")


def unwell(services: list[Health]) -> list[str]:
    """The services that are not healthy, with their states."""
    return [
        f"{one.name} {one.status}{f' ({one.error})' if one.error else ''}" for one in services if one.status != HEALTHY
    ]


def wait_until_healthy(
    client: SupabaseClient, *, within: float, poll: float, what: str, begins: float = BEGINS_SECONDS
) -> None:
    """Follows the project until it is ACTIVE_HEALTHY and its services answer.

    Args:
        within, poll: seconds in all, and between two looks.
        what: the act that is followed, for the error.
        begins: seconds in which a healthy project is looked at once more, because the act may not have begun.

    Raises:
        LaunchopsError: the project is in a state from which it does not come back, or time is up; with what was seen last.
    """
    budget = client.http.budget(within)
    begun = False
    while True:
        status = client.project().status
        begun = begun or status != HEALTHY
        seen = f"the project is {status}"
        if status in DEAD:
            raise LaunchopsError(
                f"After '{what}', project {client.ref} is {status}",
                service="Supabase",
                operation=what,
                hint="It does not leave this state by itself: open an urgent ticket at supabase.com/dashboard/support.",
            )
        if status == HEALTHY and (begun or budget.elapsed >= min(begins, within / 4)):
            ill = unwell(client.health(AWAITED))
            if not ill:
                return
            seen = f"the project is {status}, {', '.join(ill)}"
        if poll >= budget.left:
            raise LaunchopsError(
                f"After '{what}', project {client.ref} was not healthy within {within:.0f} s; seen last: {seen}",
                service="Supabase",
                operation=what,
                kind=Kind.TIMEOUT,
                hint="Run the same command again to follow it; what was asked for is not asked for again.",
            )
        client.http.pause(poll)
