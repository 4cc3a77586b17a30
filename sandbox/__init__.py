# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox: a local cloud that answers as the real services do, for rehearsals and tests."""
