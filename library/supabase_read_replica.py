#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a number of read replicas of a Supabase project in a region."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_read_replica
short_description: Keep a number of read replicas of a Supabase project in a region
version_added: 0.1.0
description:
  - Reads which replicas there are, sets up what is missing one after the other, and waits until all are healthy.
  - Asking for a replica gives no identifier and is not idempotent at Supabase, so each is asked for once and then looked
    for. One that
    a killed run has begun counts as there, and is followed.
  - A replica whose setup has failed holds no data; it is removed, and another one is set up.
  - Before anything is asked for, the project's state, the plan, the compute size, the kind of backups and the limit (2,
    from XL on 5) are
    looked at, and every reason against it is said.
options:
  region:
    description: Region of the replicas, an AWS code. That of the project where it is not given.
    type: str
  count:
    description: How many replicas there are to be in this region. 0 is the same as O(state=absent).
    type: int
    default: 1
  state:
    description: Whether there are to be any.
    type: str
    choices: [present, absent]
    default: present
  approve:
    description:
      - The project's name or reference, said back. Needed where a replica that works is to be removed.
    type: str
    default: ""
  approve_hint:
    description: What to type to approve it, for the error; C({name}) stands for the project's name.
    type: str
    default: "approve={name}"
  wait_seconds:
    description:
      - Seconds to wait until all are healthy. It takes minutes to hours, by the size of the database.
      - 0 does not wait; RV(healthy) then says how it stands.
    type: float
    default: 3600.0
  poll_seconds:
    description: Seconds between the first two looks; later pauses grow to 30.
    type: float
    default: 5.0
attributes:
  idempotent:
    description: A second run finds them and asks for nothing. Two runs at the same moment may both ask; a lock is the
      caller's.
    support: full
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.attributes
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: Have one replica beside the primary
  fairtradeworker.launchops.supabase_read_replica:
    project: abcdefghijklmnopqrst
    region: us-east-1
    count: 1
"""

RETURN = r"""
---
replicas:
  description: The replicas of the region, with the address of each one's own pooler.
  returned: success
  type: list
  elements: dict
  contains:
    identifier:
      description: Identifier.
      type: str
      sample: abcdefghijklmnopqrst-rr-us-east-1-abcde
    region:
      description: Region.
      type: str
      sample: us-east-1
    status:
      description: State, as the organisation's list has it.
      type: str
      sample: ACTIVE_HEALTHY
    host:
      description: Host to connect to; empty where the API does not say yet.
      type: str
      sample: aws-0-us-east-1.pooler.supabase.com
    port:
      description: Port to connect to; 0 where the API does not say yet.
      type: int
      sample: 6543
    user:
      description: User to connect as. The password is the primary's.
      type: str
      sample: postgres.abcdefghijklmnopqrst-rr-us-east-1-abcde
healthy:
  description: Whether as many as were wanted are there, and all are healthy.
  returned: success
  type: bool
  sample: true
planned:
  description: What is changed, or in check mode would be, in sentences; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: [set up 1 read replica in us-east-1]
"""

from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.approval import insist
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.replicas import (
    Waits,
    all_well,
    converge,
    decide,
    described,
    insist_it_can_be,
    sentences,
    states,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import HEALTHY


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads, decides, refuses what can't be, acts once, waits."""
    count = 0 if params["state"] == "absent" else params["count"]
    if count < 0:
        raise bad_input(f"There can't be {count} replicas")
    if params["poll_seconds"] <= 0:
        raise bad_input("poll_seconds must be above 0")
    client = supabase_client(params)
    project = client.project()
    region = params["region"] or project.region
    rows = client.databases()
    steps = decide(rows, region, count)
    if steps.setup:
        insist_it_can_be(client, project, rows, steps, region)
    if steps.remove:
        words = f"Removing {', '.join(steps.remove)} takes capacity for reads away at once"
        insist(params["approve"], project, words, params["approve_hint"])
    before = states(rows, region)
    if check_mode:
        after = {key: value for key, value in before.items() if key not in {*steps.remove, *steps.failed}}
        after |= {f"(new {number + 1})": HEALTHY for number in range(steps.setup)}
    else:
        waits = Waits(params["wait_seconds"], params["poll_seconds"])
        rows = converge(client, project, rows, steps, region, count, waits)
        after = states(rows, region)
    values = {
        "replicas": described(client, rows, region),
        "healthy": all_well(rows, region, count),
        "planned": sentences(steps, region),
    }
    return Outcome(not steps.none, values, before, after)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        "region": {"type": "str"},
        "count": {"type": "int", "default": 1},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "approve": {"type": "str", "default": ""},
        "approve_hint": {"type": "str", "default": "approve={name}"},
        "wait_seconds": {"type": "float", "default": 3600.0},
        "poll_seconds": {"type": "float", "default": 5.0},
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
