# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons: what a change means in downtime and money."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import (
    HEALTHY,
    Addons,
    SupabaseClient,
    Variant,
)

WORDS = {"compute_instance": "compute"}


@dataclass(frozen=True)
class Change:
    """From a variant to another; None is none."""

    kind: str
    present: Variant | None
    wanted: Variant | None

    @property
    def before(self) -> str:
        return self.present.id if self.present else ""

    @property
    def after(self) -> str:
        return self.wanted.id if self.wanted else ""

    @property
    def needed(self) -> bool:
        return self.before != self.after

    @property
    def direction(self) -> str:
        """By price, which rises with the size."""
        if not self.needed:
            return ""
        before = self.present.amount if self.present else 0.0
        return "up" if (self.wanted.amount if self.wanted else 0.0) >= before else "down"


def find_variant(addons: Addons, kind: str, name: str) -> Variant:
    """The offered variant of that name. Raises LaunchopsError (input) with what is offered."""
    offered = addons.available.get(kind, ())
    found = next((one for one in offered if one.id == name), None)
    if found is None:
        raise bad_input(
            f"Supabase does not offer {name!r} as {kind} for this project",
            hint=f"It offers {', '.join(one.id for one in offered) or 'none'}.",
        )
    return found


def sentence(change: Change) -> str:
    """The change, its downtime and its price, in one sentence."""
    words = f"{WORDS.get(change.kind, change.kind)} {change.before or 'none'} -> {change.after or 'none'}"
    if change.kind == "compute_instance":
        words += ": the database restarts, usually under 2 minutes"
    old = change.present.price if change.present else "nothing"
    new = change.wanted.price if change.wanted else "nothing"
    return f"{words}; {old} -> {new}"


def consequence(change: Change) -> str:
    """Why a change needs approval; "" for one that neither restarts anything nor costs more nor takes anything away."""
    if change.kind == "compute_instance":
        return f"Changing {sentence(change)}"
    if change.wanted is None and change.kind == "pitr":
        return "Removing point-in-time recovery removes the way back to a second"
    return f"Changing {sentence(change)}" if change.direction == "up" else ""


def ask(client: SupabaseClient, change: Change) -> None:
    """Asks for the change. Where the answer is lost, the world says whether it took effect, and if not it is asked once more."""
    try:
        _ask(client, change)
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN:
            raise
        kept = client.addons().selected.get(change.kind)
        if (kept.id if kept else "") != change.after and client.project().status == HEALTHY:
            _ask(client, change)


def _ask(client: SupabaseClient, change: Change) -> None:
    if change.wanted is None:
        client.remove_addon(change.before)
    else:
        client.set_addon(change.kind, change.wanted.id)
