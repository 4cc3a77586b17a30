# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by every module that talks to Supabase's Management API."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of Supabase's Management API. The sandbox has its own.
      - If not set, the environment variable E(LAUNCHOPS_SUPABASE_API_URL) is read.
    type: str
    default: https://api.supabase.com
  api_token:
    description:
      - Personal access token (C(sbp_...)). Read replicas and add-ons can't be reached with an OAuth token.
      - If not set, the environment variable E(SUPABASE_ACCESS_TOKEN) is read.
    type: str
  project:
    description:
      - Reference of the project, the twenty letters in its address.
      - If not set, the environment variable E(SUPABASE_PROJECT_REF) is read.
    type: str
  api_timeout:
    description: Seconds for connecting and for each read of one attempt.
    type: float
    default: 10.0
  api_patience:
    description:
      - Seconds for one API operation with all its repeats.
      - A used-up rate limit (120 requests a minute for a project or organisation) takes up to a minute to come back.
    type: float
    default: 90.0
requirements:
  - requests >= 2.32
"""
