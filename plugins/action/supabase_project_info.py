# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module supabase_project_info in the controller."""

from __future__ import annotations

from ansible_collections.fairtradeworker.launchops.plugins.modules import supabase_project_info
from ansible_collections.fairtradeworker.launchops.plugins.plugin_utils.controller_action import ControllerAction


class ActionModule(ControllerAction):
    """See the module's documentation."""

    MODULE = supabase_project_info
