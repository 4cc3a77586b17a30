# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of the local cloud: one product, with the addresses and credentials of the sandbox that is up."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sandbox
short_description: The local cloud as an inventory
version_added: 0.1.0
description:
  - Gives one host, C(shop-sandbox) in the group C(products), with the addresses and credentials of the sandbox that is up.
  - Where none is up the host carries C(launchops_problem), which the role preflight stops at.
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [fairtradeworker.launchops.sandbox]
  state:
    description:
      - The sandbox's state folder. C(.sandbox) in the checkout, two folders above this inventory's file's own, where it is empty.
    type: str
    default: ""
    env:
      - name: LAUNCHOPS_SANDBOX
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
---
plugin: fairtradeworker.launchops.sandbox
"""

import json
from pathlib import Path
from typing import Any

from ansible.plugins.inventory import BaseInventoryPlugin

HOST = "shop-sandbox"
GROUP = "products"


class InventoryModule(BaseInventoryPlugin):
    """Reads the sandbox's state file; asks nothing of the network."""

    NAME = "fairtradeworker.launchops.sandbox"

    def verify_file(self, path: str) -> bool:
        """Any YAML file that names this plugin."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Adds the host and its variables."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        named = str(self.get_option("state"))
        state = Path(named) if named else Path(path).resolve().parents[2] / ".sandbox"
        inventory.add_group(GROUP)
        inventory.add_host(HOST, group=GROUP)
        for name, value in variables(state.resolve()).items():
            inventory.set_variable(HOST, name, value)


def variables(state: Path) -> dict[str, Any]:
    """The product's variables; without a sandbox only the sentence that says so."""
    common = {"ansible_connection": "local", "launchops_provider": "sandbox"}
    try:
        env = json.loads((state / "sandbox.json").read_text(encoding="utf-8"))["env"]
    except (OSError, ValueError, KeyError):
        problem = f"The sandbox in {state} is not up. Type: make rehearse, or python -m sandbox up"
        return {**common, "launchops_problem": problem}
    # A sandbox that was started anew is another world: its journal is another file.
    journal = state / "journal" / f"{HOST}-{env['vercel_project'][4:12]}"
    return {
        **common,
        **database(env),
        "launchops_vercel_api_url": env["vercel_api_url"],
        "launchops_vercel_token": env["vercel_token"],
        "launchops_vercel_team": env["vercel_team"],
        "launchops_vercel_project": env["vercel_project_name"],
        "launchops_public_url": env["public_url"],
        "launchops_journal_path": f"{journal}.jsonl",
        "launchops_journal_spool": f"{journal}.spool.jsonl",
        "launchops_lock_path": f"{journal}.lock",
        "launchops_slack_webhook_url": env["slack_url"],
        "launchops_discord_webhook_url": env["discord_url"],
        "launchops_statuspage_api_url": env["statuspage_api_url"],
        "launchops_statuspage_token": env["statuspage_token"],
        "launchops_statuspage_page": env["statuspage_page"],
        "launchops_statuspage_components": {env["statuspage_component"]: "major_outage"},
    }


def database(env: dict[str, str]) -> dict[str, Any]:
    """The Supabase project's variables; without a database only the sentence that says so."""
    if "supabase_project_ref" not in env:
        return {
            "launchops_database_problem": "This sandbox was started without a database: python -m sandbox down, then up"
        }
    return {
        "launchops_supabase_api_url": env["supabase_api_url"],
        "launchops_supabase_token": env["supabase_access_token"],
        "launchops_supabase_project": env["supabase_project_ref"],
        "launchops_database_url": env["database_url"],
        "launchops_app_database_url": env["app_database_url"],
    }
