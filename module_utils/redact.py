# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping secrets out of what is written."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "(hidden)"
# Names whose values are credentials, whatever they look like.
_NAMES = re.compile(r"token|secret|passw|authorization|api_?key|webhook_url|credential|cookie", re.IGNORECASE)
# user:password@ of a URL, and the parts of a webhook's path that are its secret.
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_WEBHOOK = re.compile(r"(/services|/api/webhooks)/[^\s\"']+")
_BEARER = re.compile(r"\b(Bearer|OAuth|Basic)\s+[^\s\"']+", re.IGNORECASE)


def scrub_text(text: str) -> str:
    """The text without URL credentials, webhook secrets and Authorization values."""
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    text = _WEBHOOK.sub(rf"\1/{HIDDEN}", text)
    return _BEARER.sub(rf"\1 {HIDDEN}", text)


def scrub(value: Any) -> Any:
    """A copy of plain JSON values in which credentials are replaced, by name and by shape."""
    if isinstance(value, dict):
        return {
            key: HIDDEN
            if isinstance(key, str) and _NAMES.search(key) and isinstance(item, str) and item
            else scrub(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return scrub_text(value) if isinstance(value, str) else value
