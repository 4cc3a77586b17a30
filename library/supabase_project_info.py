#!/usr/bin/python
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See how a Supabase project is: its state, the health of each service, its databases, and what its plan allows."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: supabase_project_info
short_description: See how a Supabase project is, service by service
version_added: 0.1.0
description:
  - Reads the project's state, the health of its services, its databases (the primary and the replicas), its add-ons, and
    what its
    organisation's plan allows.
  - A service that Supabase does not answer for is C(UNHEALTHY), never left out.
options:
  gather:
    description: What to read; each is one request, and C(databases) and C(entitlements) count against the organisation's
      limit.
    type: list
    elements: str
    choices: [health, databases, addons, entitlements]
    default: [health, databases]
  services:
    description: Services to ask for.
    type: list
    elements: str
    choices: [auth, db, db_postgres_user, pooler, realtime, rest, storage, pg_bouncer]
    default: [auth, db, pooler, realtime, rest, storage]
extends_documentation_fragment:
  - fairtradeworker.launchops.supabase
  - fairtradeworker.launchops.attributes.info
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
- name: See how the project is
  fairtradeworker.launchops.supabase_project_info:
    project: abcdefghijklmnopqrst
  register: supabase
"""

RETURN = r"""
---
project_info:
  description: The project (GET /v1/projects/{ref}).
  returned: success
  type: dict
  contains:
    ref:
      description: Reference.
      type: str
      sample: abcdefghijklmnopqrst
    name:
      description: Name.
      type: str
      sample: shop
    region:
      description: Region.
      type: str
      sample: us-east-1
    organization:
      description: Slug of its organisation.
      type: str
      sample: acme
    status:
      description: State. C(ACTIVE_HEALTHY) is the good one.
      type: str
      sample: ACTIVE_HEALTHY
    postgres_version:
      description: Version of its database.
      type: str
      sample: 17.6.1.011
healthy:
  description: Whether the project and every service that was asked for is C(ACTIVE_HEALTHY); V(none) where health was
    not read.
  returned: success
  type: bool
  sample: true
services:
  description: Health by service.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Service.
      type: str
      sample: db
    status:
      description: C(ACTIVE_HEALTHY), C(COMING_UP) or C(UNHEALTHY).
      type: str
      sample: ACTIVE_HEALTHY
    error:
      description: What is wrong; empty where nothing is.
      type: str
      sample: ""
databases:
  description: The primary and the read replicas.
  returned: success
  type: list
  elements: dict
  contains:
    identifier:
      description: Identifier.
      type: str
      sample: abcdefghijklmnopqrst
    replica:
      description: Whether it is a read replica.
      type: bool
      sample: false
    region:
      description: Region.
      type: str
      sample: us-east-1
    status:
      description: State.
      type: str
      sample: ACTIVE_HEALTHY
    compute:
      description: Compute size without its prefix; empty where the API does not say.
      type: str
      sample: 2xlarge
addons:
  description: Selected add-ons, variant by type.
  returned: success
  type: dict
  sample: {compute_instance: ci_2xlarge}
entitlements:
  description: Whether the plan allows it, by key.
  returned: success
  type: dict
  sample: {instances.read_replicas: true}
"""

from dataclasses import asdict
from typing import Any, NoReturn

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.argspec import (
    Outcome,
    Spec,
    run_module,
    supabase_client,
    supabase_options,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.health import unwell
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.supabase import HEALTHY

SERVICES = ["auth", "db", "db_postgres_user", "pooler", "realtime", "rest", "storage", "pg_bouncer"]


def work(params: dict[str, Any], check_mode: bool) -> Outcome:
    """Reads what is asked for."""
    del check_mode
    gather = set(params["gather"])
    client = supabase_client(params)
    project = client.project()
    services = client.health(tuple(params["services"])) if "health" in gather else []
    values = {
        "project_info": asdict(project),
        "healthy": (project.status == HEALTHY and not unwell(services)) if "health" in gather else None,
        "services": [asdict(one) for one in services],
        "databases": [asdict(row) for row in client.databases()] if "databases" in gather else [],
        "addons": {kind: one.id for kind, one in client.addons().selected.items()} if "addons" in gather else {},
        "entitlements": {key: one.access for key, one in client.entitlements().items()}
        if "entitlements" in gather
        else {},
    }
    return Outcome(False, values)


def main() -> NoReturn:
    """Entry point."""
    options: Spec = {
        **supabase_options(),
        "gather": {
            "type": "list",
            "elements": "str",
            "choices": ["health", "databases", "addons", "entitlements"],
            "default": ["health", "databases"],
        },
        "services": {
            "type": "list",
            "elements": "str",
            "choices": SERVICES,
            "default": ["auth", "db", "pooler", "realtime", "rest", "storage"],
        },
    }
    run_module(options, work)


if __name__ == "__main__":
    main()
