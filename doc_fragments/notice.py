# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by the modules that tell people about an incident."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  incident:
    description: Identifier of the incident. There is one message of it on the channel.
    type: str
    required: true
  revision:
    description:
      - Changes when there is news. The same revision is never told twice, whatever the rest of the text says.
    type: str
    required: true
  title:
    description: First line.
    type: str
    required: true
  lines:
    description: The rest, plain text. What is longer than the service takes is shortened.
    type: list
    elements: str
    default: []
  api_timeout:
    description: Seconds for connecting and for each read of one attempt.
    type: float
    default: 5.0
  api_patience:
    description: Seconds for one API operation with all its repeats.
    type: float
    default: 10.0
requirements:
  - requests >= 2.32
"""
