# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pool fits into the database (O19): a pure sum, said with its parts.

A pool's size counts for every user and database of its own, and Supabase's two poolers apply it independently
(docs: pooling-and-limits). PostgreSQL keeps some of max_connections for superusers (manual, section 19.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError


@dataclass(frozen=True)
class Connections:
    """What the database has, read live.

    Attributes:
        maximum: max_connections.
        reserved: superuser_reserved_connections + reserved_connections.
        direct: client backends now of roles that do not go through the pooler.
        headroom: connections kept free for what comes directly: migrations, people, a platform service that grows.
    """

    maximum: int
    reserved: int
    direct: int
    headroom: int


@dataclass(frozen=True)
class PoolPlan:
    """A wanted pool: its size, for how many pairs of user and database, in how many poolers."""

    size: int
    pairs: int
    poolers: int

    @property
    def backends(self) -> int:
        """The most server connections that the poolers may open together."""
        return self.size * self.pairs * self.poolers


def free_for_pools(have: Connections) -> int:
    """Connections that poolers may use; never negative."""
    return max(0, have.maximum - have.reserved - have.direct - have.headroom)


def largest_size(have: Connections, plan: PoolPlan) -> int:
    """The largest size that fits with the same pairs and poolers."""
    return free_for_pools(have) // max(1, plan.pairs * plan.poolers)


def fits(have: Connections, plan: PoolPlan) -> bool:
    """Whether direct + pooler backends <= max_connections - reserved, with the headroom kept."""
    return plan.backends <= free_for_pools(have)


def arithmetic(have: Connections, plan: PoolPlan) -> str:
    """The sum in words."""
    times = f"{plan.poolers} pooler{'s' if plan.poolers > 1 else ''} x {plan.pairs} role{'s' if plan.pairs > 1 else ''}"
    total = plan.backends + have.direct + have.headroom + have.reserved
    return (
        f"{times} x {plan.size} = {plan.backends}, and {have.direct} direct + {have.headroom} kept free + "
        f"{have.reserved} reserved, is {total} of max_connections {have.maximum}"
    )


def insist_it_fits(have: Connections, plan: PoolPlan, ref: str) -> str:
    """The sum in words. Raises LaunchopsError, with the largest size that fits, where this one does not."""
    words = arithmetic(have, plan)
    if fits(have, plan):
        return words
    largest = largest_size(have, plan)
    raise LaunchopsError(
        f"A pool of {plan.size} does not fit into the database of project {ref}: {words}",
        service="Supabase",
        operation="change the pooler",
        hint=f"The largest that fits is {largest}. Ask for that, or for a larger compute size first.",
        details={"guard": words, "largest": largest},
    )
