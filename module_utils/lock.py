# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One operator at a time: a lock file with an owner, a reason and an expiry.

Taking it is a hard link of a finished file to the lock's name, which the file system does for one taker alone; taking over
and releasing read the holder again under a guard, and act only where it is still the same.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError

# How often a taker who lost a race looks again.
RACES = 5


@dataclass(frozen=True)
class Holder:
    """Who holds the lock. Times are epoch seconds; `pid` is 0 where the run's process is not known."""

    owner: str
    reason: str
    run: str
    host: str
    pid: int
    acquired_at: float
    expires_at: float
    nonce: str

    def sentence(self) -> str:
        """Who, since when, why, until when."""
        return (
            f"{self.owner} has held it since {stamp(self.acquired_at)} for '{self.reason}' (run {self.run}); "
            f"it expires at {stamp(self.expires_at)}"
        )


class Decision(StrEnum):
    """What a taker may do."""

    TAKE = "take"
    KEEP = "keep"
    RESUME = "resume"
    EXPIRED = "expired"
    TAKE_OVER = "take over"
    REFUSE = "refuse"


def stamp(seconds: float) -> str:
    """Epoch seconds as `2026-11-24 03:05:07 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def decide(
    present: Holder | None, mine: Holder, *, now: float, takeover: bool, alive: Callable[[Holder], bool | None]
) -> Decision:
    """What the taker `mine` may do with the lock that is `present`.

    Args:
        alive: whether a holder's process lives; None where that can't be known (another machine, no pid).
    """
    if present is None:
        return Decision.TAKE
    if present.run == mine.run and present.owner == mine.owner:
        return Decision.KEEP
    if present.expires_at <= now:
        return Decision.EXPIRED
    if present.owner == mine.owner and present.host == mine.host and alive(present) is False:
        return Decision.RESUME
    return Decision.TAKE_OVER if takeover else Decision.REFUSE


def process_alive(holder: Holder, host: str) -> bool | None:
    """Whether the holder's process lives; None where it runs elsewhere or its pid is not known."""
    if holder.host != host or holder.pid <= 0:
        return None
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def owns(present: Holder | None, mine: Holder) -> bool:
    """Whether a lock is this run's, or is left over from a run of the same owner that has ended."""
    if present is None or present.owner != mine.owner:
        return False
    return present.run == mine.run or process_alive(present, mine.host) is False


class LockFile:
    """The lock's file. Every method may raise OSError; what that means is the caller's to decide."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Holder | None:
        """Who holds it; None for nobody. A file that can't be understood is held by somebody unknown until it expires."""
        try:
            text = self.path.read_text(encoding="utf-8")
            modified = self.path.stat().st_mtime
        except FileNotFoundError:
            return None
        try:
            return _holder(json.loads(text))
        except (ValueError, TypeError, KeyError):
            return Holder("somebody unknown", "the lock file can't be read", "", "", 0, modified, modified + 3600, "")

    def take(self, mine: Holder) -> bool:
        """Makes the lock where there is none. False where another was first."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._write(mine)
        try:
            os.link(fresh, self.path)
        except FileExistsError:
            return False
        finally:
            fresh.unlink()
        return True

    def replace(self, old: Holder, mine: Holder) -> bool:
        """Takes the lock that `old` holds. False where it is no longer `old`'s."""
        with self._guarded():
            if self.read() != old:
                return False
            self._write(mine).replace(self.path)
            return True

    def release(self, mine: Holder) -> bool:
        """Removes the lock where it is this run's, or a dead run's of the same owner. False where it is not."""
        if self.read() is None:
            return False
        with self._guarded():
            if not owns(self.read(), mine):
                return False
            self.path.unlink(missing_ok=True)
            return True

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Keeps two processes from reading the same holder and both acting on it; the system frees it when one is killed."""
        descriptor = os.open(self.path.with_name(f"{self.path.name}.guard"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write(self, mine: Holder) -> Path:
        fresh = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(mine), file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        return fresh


def _holder(value: Mapping[str, Any]) -> Holder:
    return Holder(
        owner=str(value["owner"]),
        reason=str(value["reason"]),
        run=str(value["run"]),
        host=str(value["host"]),
        pid=int(value["pid"]),
        acquired_at=float(value["acquired_at"]),
        expires_at=float(value["expires_at"]),
        nonce=str(value["nonce"]),
    )


@dataclass(frozen=True)
class Taken:
    """A lock that is held now. `over_from` says in a sentence who lost it; "" for nobody."""

    holder: Holder
    before: Holder | None
    changed: bool
    over_from: str


def acquire(file: LockFile, mine: Holder, *, takeover: bool, hint: str, check_mode: bool) -> Taken:
    """Takes the lock.

    Args:
        hint: what to type to take it over.
        check_mode: decide alike, write nothing.

    Raises:
        LaunchopsError: somebody else holds it.
        OSError: its place can't be reached.
    """
    for _attempt in range(RACES):
        present = file.read()
        decision = decide(
            present,
            mine,
            now=mine.acquired_at,
            takeover=takeover,
            alive=lambda holder: process_alive(holder, mine.host),
        )
        if decision is Decision.KEEP and present is not None:
            return Taken(present, present, False, "")
        if decision is Decision.REFUSE and present is not None:
            raise LaunchopsError(
                f"Another operator is at work: {present.sentence()}"
                if present.owner != mine.owner
                else f"Another run of yours (process {present.pid}) is at work: {present.sentence()}",
                operation="take the operator's lock",
                hint=f"Speak to them first. To take it over: {hint}",
            )
        over = present.sentence() if present and decision in {Decision.TAKE_OVER, Decision.EXPIRED} else ""
        if check_mode or (file.take(mine) if present is None else file.replace(present, mine)):
            return Taken(mine, present, True, over)
    raise LaunchopsError(
        "Others keep taking the operator's lock at the same moment",
        operation="take the operator's lock",
        hint="Agree who acts, then run the command again.",
    )
