# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by every module that reads or writes the journal."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  journal_path:
    description: The journal's file. Its folder is made, readable by its owner alone, where it is missing.
    type: path
    required: true
  journal_spool:
    description:
      - Where records wait while the journal can't be reached.
      - A file below C($XDG_STATE_HOME/launchops/spool) where it is left out.
    type: path
  environment:
    description: Name of the product's environment, as in the inventory. Records of others are not looked at.
    type: str
    required: true
"""
