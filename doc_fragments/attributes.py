# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module here says of check mode, diff mode and idempotence."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what would change, without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or in check mode would change, as before and after.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same options, the second run changes nothing.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Nothing changes, so there is nothing to show.
    support: N/A
  idempotent:
    description: Only reads.
    support: full
"""
