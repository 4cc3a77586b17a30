# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of PostgreSQL settings: when two spellings are the same, and the rules between timeouts.

Units: PostgreSQL manual, section 19.1.1 (us, ms, s, min, h, d; B, kB, MB, GB, TB with 1024).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$")
TIME = {
    "us": Decimal("0.001"),
    "ms": Decimal(1),
    "s": Decimal(1000),
    "min": Decimal(60_000),
    "h": Decimal(3_600_000),
    "d": Decimal(86_400_000),
}
MEMORY = {
    "B": Decimal(1),
    "kB": Decimal(1024),
    "8kB": Decimal(8192),
    "MB": Decimal(1024**2),
    "GB": Decimal(1024**3),
    "TB": Decimal(1024**4),
}
# The unit of a bare number, by setting (pg_settings.unit of PostgreSQL 17), where it is asked without a server at hand.
UNITS = {
    "checkpoint_timeout": "s",
    "statement_timeout": "ms",
    "wal_sender_timeout": "ms",
    "log_autovacuum_min_duration": "ms",
    "log_startup_progress_interval": "ms",
    "max_standby_archive_delay": "ms",
    "max_standby_streaming_delay": "ms",
    "effective_cache_size": "8kB",
    "shared_buffers": "8kB",
    "logical_decoding_work_mem": "kB",
    "maintenance_work_mem": "kB",
    "work_mem": "kB",
    "autovacuum_work_mem": "kB",
    "log_temp_files": "kB",
    "track_activity_query_size": "B",
    "max_slot_wal_keep_size": "MB",
    "max_wal_size": "MB",
    "wal_keep_size": "MB",
}


def quantity(value: str, unit: str) -> Decimal | None:
    """A value in milliseconds or bytes; `unit` is that of a bare number. None where it is no number with a known unit."""
    found = _NUMBER.match(value)
    if found is None:
        return None
    named = found[2] or unit
    table = TIME if unit in TIME else MEMORY
    factor = table.get(named)
    return None if factor is None else Decimal(found[1]) * factor


def same_value(left: object, right: object, unit: str) -> bool:
    """Whether two spellings of a setting mean the same: "30s" and "30000" of a setting in ms, true and "on".

    Args:
        left, right: what was given and what the server or the API says; None is "not set".
        unit: pg_settings.unit, "" for a setting without one.
    """
    if left is None or right is None:
        return left is right
    first, second = _plain(left), _plain(right)
    if first == second:
        return True
    if unit:
        one, other = quantity(first, unit), quantity(second, unit)
        return one is not None and one == other
    try:
        return Decimal(first) == Decimal(second)
    except ArithmeticError:
        return first.lower() == second.lower()


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    text = str(value).strip()
    return {"true": "on", "false": "off", "yes": "on", "no": "off"}.get(text.lower(), text)


def seconds(value: str, unit: str = "ms") -> float | None:
    """A duration in seconds; None where it is none. 0 and below mean "no limit" to PostgreSQL, which is not a duration."""
    amount = quantity(value, unit)
    return None if amount is None or amount <= 0 else float(amount / 1000)


@dataclass(frozen=True)
class TimeoutChain:
    """How long each side waits, in seconds; None is "no limit" or "not known"."""

    query: float | None
    function: float | None
    client: float | None


def chain_problems(chain: TimeoutChain) -> list[str]:
    """What is wrong with a chain of timeouts (O18): each must end before the one that waits for it.

    A function that ends before its query leaves the query running and its connection taken. Unknown is a problem too.
    """
    problems = []
    pairs = (
        ("the query", chain.query, "the function", chain.function),
        ("the function", chain.function, "the client", chain.client),
    )
    for inner, short, outer, long in pairs:
        if short is None:
            problems.append(f"{inner} has no limit")
        elif long is None:
            problems.append(f"{outer} has no limit")
        elif short >= long:
            problems.append(f"{inner} may take {short:g} s, and {outer} waits only {long:g} s")
    return list(dict.fromkeys(problems))
