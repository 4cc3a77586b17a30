# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the three notice modules share at the edge to Ansible."""

from __future__ import annotations

from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Outcome, Spec
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal_edge import (
    journal_options,
    open_journal,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices import Channel, Notice, Step, deliver


def notice_options() -> Spec:
    """The options that the doc fragment `notice` documents."""
    return {
        **journal_options(),
        "incident": {"type": "str", "required": True},
        "revision": {"type": "str", "required": True},
        "title": {"type": "str", "required": True},
        "lines": {"type": "list", "elements": "str", "default": []},
        "api_timeout": {"type": "float", "default": 5.0},
        "api_patience": {"type": "float", "default": 10.0},
    }


def tell(params: dict[str, Any], channel: Channel, check_mode: bool) -> Outcome:
    """Delivers the notice that the options describe."""
    for option in ("incident", "revision", "title"):
        if not params[option].strip():
            raise bad_input(f"{option} is empty")
    notice = Notice(params["incident"], params["revision"], params["title"], tuple(params["lines"]))
    done = deliver(channel, open_journal(params), notice, check_mode=check_mode)
    changed = done.step is not Step.NOTHING
    values = {"action": done.step.value, "message_id": done.message_id, "digest": notice.digest}
    after = {"notice": notice.digest, "title": notice.title} if changed else {"notice": done.before}
    return Outcome(changed, values, {"notice": done.before}, after, done.warnings)
