# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify notification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_each_channel_holds_one_message_and_pings_nobody(sandbox: Callable[[str], Any]) -> None:
    received = sandbox("received")
    slack = [m for m in received["slack"] if "A drill" in m["body"]["text"]]
    discord = [m for m in received["discord"] if "A drill" in m["content"]]
    incidents = [
        i for i in received["statuspage"] if i["metadata"].get("launchops", {}).get("incident") == "molecule-1"
    ]
    assert (len(slack), len(discord), len(incidents)) == (1, 1, 1)
    assert "<!channel>" not in slack[0]["body"]["text"]
    assert discord[0]["mention_everyone"] is False
    assert incidents[0]["status"] == "identified"
