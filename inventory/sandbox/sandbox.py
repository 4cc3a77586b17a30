#!/usr/bin/env python3
# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of the local cloud: one product, with the addresses and credentials of the sandbox that is up."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "shop-sandbox"


def variables(state: Path) -> dict[str, Any]:
    """The product's variables; without a sandbox only the sentence that says so."""
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "launchops_provider": "sandbox",
    }
    try:
        env = json.loads((state / "sandbox.json").read_text(encoding="utf-8"))["env"]
    except (OSError, ValueError, KeyError):
        return {
            **common,
            "launchops_problem": f"The sandbox in {state} is not up. Type: make rehearse, or python -m sandbox up",
        }
    # A sandbox that was started anew is another world: its journal is another file.
    journal = state / "journal" / f"{HOST}-{env['vercel_project'][4:12]}"
    return {
        **common,
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


def main() -> None:
    """Prints the inventory, as ansible.builtin.script reads it."""
    state = Path(os.environ.get("LAUNCHOPS_SANDBOX") or ROOT / ".sandbox").absolute()
    inventory = {
        "products": {"hosts": [HOST]},
        "_meta": {"hostvars": {HOST: variables(state)}},
    }
    json.dump(inventory, sys.stdout)


if __name__ == "__main__":
    main()
