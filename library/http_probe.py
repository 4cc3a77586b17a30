#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until critical paths answer right several times in a row."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: http_probe
short_description: Wait until critical paths answer right several times in a row
version_added: 0.1.0
description:
  - Asks every path at once, again and again, until all of them were right O(consecutive) times in a row.
  - Fails with what it saw when that does not happen O(within) the time given.
  - Only reads. Point it at the public domain, not at a deployment's immutable address, or it proves nothing about what
    visitors see.
options:
  url:
    description: Public address, with its scheme.
    type: str
    required: true
  paths:
    description: The critical paths. At least one.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What people call it. Method and path where it is left out.
        type: str
      method:
        description: HTTP method. Only those that change nothing.
        type: str
        choices: [GET, HEAD, OPTIONS]
        default: GET
      path:
        description: Path and query, with a leading slash.
        type: str
        required: true
      status:
        description: The only right status.
        type: int
        default: 200
      text:
        description: Text that must be in the body.
        type: str
      json:
        description: Keys, nested ones too, that must be in the JSON body with these values. Other keys do not matter.
        type: dict
      max_latency:
        description: Seconds until the whole answer is there.
        type: float
        default: 1.5
  consecutive:
    description: How often in a row.
    type: int
    default: 3
  within:
    description: Seconds for all of it.
    type: float
    default: 60.0
  interval:
    description: Seconds between two rounds.
    type: float
    default: 0.1
  timeout:
    description: Seconds for one request.
    type: float
    default: 5.0
extends_documentation_fragment:
  - fairtradeworker.launchops.attributes.info
requirements:
  - requests >= 2.32
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Prove that visitors are served
  fairtradeworker.launchops.http_probe:
    url: https://shop.example
    consecutive: 3
    within: 60
    paths:
      - path: /
        text: Add to basket
      - path: /api/health
        json:
          status: ok
"""

RETURN = r"""
---
healthy:
  description: Whether every path was right O(consecutive) times in a row.
  returned: always
  type: bool
  sample: true
rounds:
  description: How often all paths were asked.
  returned: success
  type: int
  sample: 3
first_good_at:
  description: Epoch seconds of the first right round of the final row.
  returned: success
  type: float
  sample: 1764000000.25
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 0.61
since_command:
  description:
    - Seconds from the start of the ansible-playbook command to RV(first_good_at).
    - V(none) where the callback run_identity is not enabled.
  returned: success
  type: float
  sample: 2.31
observations:
  description: What the last round saw.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The path's name.
      returned: always
      type: str
      sample: GET /api/health
    path:
      description: Path and query.
      returned: always
      type: str
      sample: /api/health
    status:
      description: HTTP status; V(none) where there was no answer.
      returned: always
      type: int
      sample: 200
    seconds:
      description: Until the whole answer was there.
      returned: always
      type: float
      sample: 0.012
    problem:
      description: What was wrong; empty where all was right.
      returned: always
      type: str
      sample: ""
"""

import os
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import Outcome, run_module
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.probe import (
    SAFE_METHODS,
    parse_paths,
    probe,
)


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads only, so check mode is the same."""
    del check_mode
    report = probe(
        params["url"],
        parse_paths(params["paths"]),
        consecutive=params["consecutive"],
        within=params["within"],
        interval=params["interval"],
        timeout=params["timeout"],
    )
    if not report.healthy:
        raise LaunchopsError(
            report.sentence(params["url"], params["consecutive"]),
            operation="probe the critical paths",
            kind=Kind.TIMEOUT,
            details={"healthy": False, "observations": [seen.as_dict() for seen in report.last]},
        )
    values = {
        "healthy": True,
        "rounds": report.rounds,
        "first_good_at": report.first_good_at,
        "seconds": round(report.seconds, 3),
        "since_command": _since_command(report.first_good_at),
        "observations": [seen.as_dict() for seen in report.last],
    }
    return Outcome(changed=False, values=values)


def _since_command(moment: float | None) -> float | None:
    started = os.environ.get("LAUNCHOPS_RUN_STARTED")
    return round(moment - float(started), 3) if started and moment else None


def main() -> NoReturn:
    """Entry point."""
    path = {
        "name": {"type": "str"},
        "method": {"type": "str", "choices": list(SAFE_METHODS), "default": "GET"},
        "path": {"type": "str", "required": True},
        "status": {"type": "int", "default": 200},
        "text": {"type": "str"},
        "json": {"type": "dict"},
        "max_latency": {"type": "float", "default": 1.5},
    }
    options = {
        "url": {"type": "str", "required": True},
        "paths": {"type": "list", "elements": "dict", "required": True, "options": path},
        "consecutive": {"type": "int", "default": 3},
        "within": {"type": "float", "default": 60.0},
        "interval": {"type": "float", "default": 0.1},
        "timeout": {"type": "float", "default": 5.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
