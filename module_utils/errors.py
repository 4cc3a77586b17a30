# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error family: what is wrong, on which resource, and what to type next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of failure it is, for code that decides and for the `error` key of a failed result."""

    INPUT = "input"  # the caller's values are wrong; nothing was sent
    REFUSED = "refused"  # the service understood and said no, or this project's own rules did
    UNREACHABLE = "unreachable"  # no answer, and the request cannot have changed anything
    UNCERTAIN = "uncertain"  # no usable answer to a write: it may have taken effect
    MALFORMED = "malformed"  # an answer that cannot be read
    TIMEOUT = "timeout"  # a wait that ended before what was awaited


class LaunchopsError(Exception):
    """Every error that shared code raises.

    Args:
        message: one sentence that names the resource and says what is wrong.
        service: the service that was spoken to, as people call it ("Vercel"), or "" for none.
        operation: what was attempted, in words ("request the rollback").
        status: HTTP status, or None where there was no answer.
        code: the service's own error code, where it gave one.
        request_id: the service's identifier of the request, for its support.
        hint: what to do or type next.
        kind: see `Kind`.
        details: more of a module's documented return values, for a failed result.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str = "",
        operation: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        hint: str = "",
        kind: Kind = Kind.REFUSED,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.hint = hint
        self.kind = kind
        self.details = dict(details or {})

    def __str__(self) -> str:
        parts = [self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."]
        if self.request_id:
            parts.append(f"Request id {self.request_id}.")
        if self.hint:
            parts.append(self.hint)
        return " ".join(parts)

    def as_dict(self) -> dict[str, str | int | None]:
        """The same as plain values, for a module's result; the keys are the attributes."""
        return {
            "service": self.service,
            "operation": self.operation,
            "status": self.status,
            "code": self.code,
            "request_id": self.request_id,
            "hint": self.hint,
            "kind": self.kind.value,
        }


def bad_input(message: str, *, hint: str = "") -> LaunchopsError:
    """An error about the caller's own values, raised before anything is sent."""
    return LaunchopsError(message, hint=hint, kind=Kind.INPUT)
