# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One way to be declarative: read, compare what the user gave, act unless this is check mode, read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError


@dataclass(frozen=True)
class Synced:
    """How it went: plain dicts of the managed fields before and after (in check mode: as it would be)."""

    changed: bool
    before: dict[str, Any]
    after: dict[str, Any]


def differences(
    wanted: Mapping[str, Any], present: Mapping[str, Any], equal: Callable[[str, Any, Any], bool]
) -> dict[str, Any]:
    """The wanted fields that are not as they are wanted. A field that is not wanted is not looked at."""
    return {key: value for key, value in wanted.items() if not equal(key, value, present.get(key))}


def same(key: str, wanted: Any, present: Any) -> bool:
    """Plain equality; true and 1 are not the same, 60 and 60.0 are."""
    del key
    return wanted == present and isinstance(wanted, bool) == isinstance(present, bool)


def sync(
    *,
    what: str,
    read: Callable[[], Mapping[str, Any]],
    wanted: Mapping[str, Any],
    act: Callable[[dict[str, Any]], object],
    check_mode: bool,
    equal: Callable[[str, Any, Any], bool] = same,
) -> Synced:
    """Brings a resource to what is wanted.

    Args:
        what: names the resource, for the error.
        read: its managed fields, as they are.
        wanted: the fields that the user gave, and nothing else.
        act: writes the differences.
        equal: whether a wanted value and a present one are the same; knows about orders and spellings.

    Raises:
        LaunchopsError: the service took the change and did not keep it; and what `read` and `act` raise.
    """
    present = read()
    change = differences(wanted, present, equal)
    before = {key: present.get(key) for key in wanted}
    if not change:
        return Synced(False, before, before)
    if check_mode:
        return Synced(True, before, {**before, **change})
    kept = _carefully(act, change, read, wanted, equal)
    lost = differences(wanted, kept, equal)
    if lost:
        raise LaunchopsError(
            f"{what} was changed without an error, but read back {', '.join(sorted(lost))} is not as wanted",
            operation=f"change {what}",
            hint="Somebody else may be changing it at the same time. Run it again.",
        )
    return Synced(True, before, {key: kept.get(key) for key in wanted})


def _carefully(
    act: Callable[[dict[str, Any]], object],
    change: dict[str, Any],
    read: Callable[[], Mapping[str, Any]],
    wanted: Mapping[str, Any],
    equal: Callable[[str, Any, Any], bool],
) -> Mapping[str, Any]:
    """Writes and reads back. Where the answer to the write is lost, what is then still missing is written once more."""
    try:
        act(change)
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN:
            raise
        missing = differences(wanted, read(), equal)
        if missing:
            act(missing)
    return read()
