#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep an incident on a Statuspage.io page."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: statuspage_incident
short_description: Keep an incident on a Statuspage.io page
version_added: 0.1.0
description:
  - Opens one incident on the status page and updates it when there is news.
  - The incident carries a mark in its metadata, and is looked for among the unresolved ones before one is opened.
options:
  page:
    description: Identifier of the page.
    type: str
    required: true
  token:
    description:
      - API key of a user who may manage incidents.
      - If not set, the environment variable E(LAUNCHOPS_STATUSPAGE_TOKEN) is read.
    type: str
  status:
    description: Where the incident stands.
    type: str
    choices: [investigating, identified, monitoring, resolved]
    default: investigating
  components:
    description: Status of components, by their identifier.
    type: dict
    default: {}
  deliver_notifications:
    description: Whether subscribers are told.
    type: bool
    default: true
  api_url:
    description: Address of the manage API. The sandbox has its own.
    type: str
    default: https://api.statuspage.io/v1
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
  fairtradeworker.launchops.statuspage_incident:
    incident: rollback-20261124T030501Z
    revision: mitigated
    title: The shop was rolled back
    lines:
      - "Serving again since 03:05:09 UTC."
    journal_path: ~/.launchops/shop-production.jsonl
    environment: shop-production
    page: kctbh9vrtdwd
    status: monitoring
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
  sample: "p31zjtct2jer"
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
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.statuspage import StatuspageIncident


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Tells the channel once; in check mode nobody."""
    channel = StatuspageIncident(
        params["api_url"],
        needed(params, "token", "LAUNCHOPS_STATUSPAGE_TOKEN", "The Statuspage API key"),
        params["page"],
        status=params["status"],
        components=params["components"],
        deliver_notifications=params["deliver_notifications"],
        timeout=params["api_timeout"],
        patience=params["api_patience"],
    )
    return tell(params, channel, check_mode)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **notice_options(),
        "page": {"type": "str", "required": True},
        "token": secret("LAUNCHOPS_STATUSPAGE_TOKEN"),
        "status": {
            "type": "str",
            "choices": ["investigating", "identified", "monitoring", "resolved"],
            "default": "investigating",
        },
        "components": {"type": "dict", "default": {}},
        "deliver_notifications": {"type": "bool", "default": True},
        "api_url": {"type": "str", "default": "https://api.statuspage.io/v1"},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
