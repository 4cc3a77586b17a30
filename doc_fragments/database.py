# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by every module that connects to PostgreSQL."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  database_url:
    description:
      - Connection URL with its password, C(postgresql://user:password@host:5432/database). The direct connection or the pooler's
        session mode; what a module needs of the role stands in its notes.
      - If not set, the environment variable E(LAUNCHOPS_DATABASE_URL) is read.
    type: str
  connect_timeout:
    description: Seconds for one attempt to connect; PostgreSQL's library waits at least 2.
    type: float
    default: 10.0
  connect_patience:
    description: Seconds for all attempts to connect together.
    type: float
    default: 20.0
requirements:
  - psycopg >= 3.2
"""
