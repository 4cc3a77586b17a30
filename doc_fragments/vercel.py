# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by every module that talks to Vercel."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of Vercel's REST API. The sandbox has its own.
      - If not set, the environment variable E(LAUNCHOPS_VERCEL_API_URL) is read.
    type: str
    default: https://api.vercel.com
  api_token:
    description:
      - Access token. Give it the scope of the team that owns the project and no other.
      - If not set, the environment variable E(VERCEL_TOKEN) is read.
    type: str
  team:
    description:
      - The team that owns the project, by id (C(team_...)) or slug. Leave it out for a personal account.
      - If not set, the environment variable E(VERCEL_ORG_ID) is read.
    type: str
  api_timeout:
    description: Seconds for connecting and for each read of one attempt.
    type: float
    default: 10.0
  api_patience:
    description: Seconds for one API operation with all its repeats.
    type: float
    default: 30.0
requirements:
  - requests >= 2.32
"""
