#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell a Discord channel about an incident, once."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: discord_message
short_description: Tell a Discord channel about an incident, once
version_added: 0.1.0
description:
  - Posts one message per incident through a webhook, and edits it when there is news.
  - A message whose arrival is not known can't be looked for; it is posted again, marked as repeated.
  - Nobody is mentioned, whatever the text says.
options:
  webhook_url:
    description:
      - The channel's webhook. It is a secret as a whole.
      - If not set, the environment variable E(LAUNCHOPS_DISCORD_WEBHOOK_URL) is read.
    type: str
extends_documentation_fragment:
  - fairtradeworker.launchops.notice
  - fairtradeworker.launchops.journal
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Tell the war room
  fairtradeworker.launchops.discord_message:
    incident: rollback-20261124T030501Z
    revision: mitigated
    title: The shop was rolled back
    lines:
      - "Serving again since 03:05:09 UTC."
    journal_path: ~/.launchops/shop-production.jsonl
    environment: shop-production
    webhook_url: "{{ vault_discord_webhook_url }}"
"""

RETURN = r"""
---
action:
  description: What was done. V(sent), V(updated), V(unchanged), or V(repeated) where it may have arrived before.
  returned: success
  type: str
  sample: sent
message_id:
  description: The service's identifier of the message; empty where it gives none.
  returned: success
  type: str
  sample: "207571591559457155"
digest:
  description: What was told, as the receipt in the journal has it.
  returned: success
  type: str
  sample: 6b86b273ff34fce1
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    needed,
    run_module,
    secret,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.discord import DiscordWebhook
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices_edge import (
    notice_options,
    tell,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Tells the channel once; in check mode nobody."""
    url = needed(params, "webhook_url", "LAUNCHOPS_DISCORD_WEBHOOK_URL", "The Discord webhook URL")
    channel = DiscordWebhook(url, timeout=params["api_timeout"], patience=params["api_patience"])
    return tell(params, channel, check_mode)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **notice_options(),
        "webhook_url": secret("LAUNCHOPS_DISCORD_WEBHOOK_URL"),
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
