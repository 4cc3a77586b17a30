#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell a Slack channel about an incident, once."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: slack_message
short_description: Tell a Slack channel about an incident, once
version_added: 0.1.0
description:
  - Posts one message per incident and updates it when there is news.
  - With a bot token the message is updated in place, and looked for in the channel's history before it is repeated.
  - An incoming webhook can neither update nor be read. News is posted as another message, and a message whose arrival is
    not known is posted again, marked as repeated.
  - Exactly one of O(webhook_url) and O(token) is needed; the token is used where both are there.
options:
  webhook_url:
    description:
      - Incoming webhook. It is a secret as a whole.
      - If not set, the environment variable E(LAUNCHOPS_SLACK_WEBHOOK_URL) is read.
    type: str
  token:
    description:
      - Bot token with the scopes C(chat:write) and C(channels:history).
      - If not set, the environment variable E(LAUNCHOPS_SLACK_TOKEN) is read.
    type: str
  channel:
    description: Channel to post to. A token needs it.
    type: str
    default: ""
  api_url:
    description: Address of Slack's Web API. The sandbox has its own.
    type: str
    default: https://slack.com/api
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
  fairtradeworker.launchops.slack_message:
    incident: rollback-20261124T030501Z
    revision: mitigated
    title: The shop was rolled back
    lines:
      - "Serving again since 03:05:09 UTC."
    journal_path: ~/.launchops/shop-production.jsonl
    environment: shop-production
    webhook_url: "{{ vault_slack_webhook_url }}"
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
  sample: "1764000000.000100"
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
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.notices_edge import (
    notice_options,
    tell,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.slack import (
    SlackBot,
    SlackWebhook,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Tells the channel once; in check mode nobody."""
    limits = {"timeout": params["api_timeout"], "patience": params["api_patience"]}
    if params["token"]:
        return tell(params, SlackBot(params["api_url"], params["token"], params["channel"], **limits), check_mode)
    url = needed(params, "webhook_url", "LAUNCHOPS_SLACK_WEBHOOK_URL", "The Slack webhook URL or bot token")
    return tell(params, SlackWebhook(url, **limits), check_mode)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **notice_options(),
        "webhook_url": secret("LAUNCHOPS_SLACK_WEBHOOK_URL"),
        "token": secret("LAUNCHOPS_SLACK_TOKEN"),
        "channel": {"type": "str", "default": ""},
        "api_url": {"type": "str", "default": "https://slack.com/api"},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
