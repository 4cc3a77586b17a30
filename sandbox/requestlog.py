# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of every request: what tests prove by, so it is written before the answer is sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SECRET_KEYS = re.compile(r"token|secret|password|authorization|^value$", re.IGNORECASE)


def scrub(value: Any) -> Any:
    """A copy without credentials."""
    if isinstance(value, dict):
        return {k: "(hidden)" if _SECRET_KEYS.search(k) and isinstance(v, str) else scrub(v) for k, v in value.items()}
    return [scrub(item) for item in value] if isinstance(value, list) else value


class RequestLog:
    """JSON lines in the state folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = sum(1 for _ in path.open(encoding="utf-8")) if path.exists() else 0

    def add(self, entry: dict[str, Any]) -> None:
        """Appends one; the number and the time are added here."""
        self._count += 1
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"n": self._count, "time": stamp, **entry}, ensure_ascii=False) + "\n")

    def clear(self) -> None:
        """Empties it."""
        self.path.write_text("", encoding="utf-8")
        self._count = 0
