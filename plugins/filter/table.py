# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as a table that people read in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: table
short_description: Write rows as a table for a terminal
version_added: 0.1.0
description:
  - Writes a list of dictionaries as lines of text, with a head, numbers to the right and the rest to the left.
  - Text that is longer than O(widest) is cut, with an ellipsis.
positional: columns
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  columns:
    description: Keys of the columns, in order.
    type: list
    elements: str
    required: true
  widest:
    description: Most characters in one cell.
    type: int
    default: 72
author:
  - FairTradeWorker Operations (@fairtradeworker)
"""

EXAMPLES = r"""
lines: "{{ activity.groups | fairtradeworker.launchops.table(['connections', 'state', 'role']) }}"
"""

RETURN = r"""
_value:
  description: The table, lines separated by newlines; C((none)) where there is no row.
  type: str
"""


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], widest: int = 72) -> str:
    """The table. Raises AnsibleFilterError where rows are no list of dictionaries."""
    if isinstance(rows, str | Mapping) or not all(isinstance(row, Mapping) for row in rows):
        raise AnsibleFilterError("table wants a list of dictionaries")
    if not rows:
        return "(none)"
    cells = [[_cell(row.get(column), widest) for column in columns] for row in rows]
    numbers = [all(isinstance(row.get(column), int | float) for row in rows) for column in columns]
    head = [column.replace("_", " ") for column in columns]
    widths = [max(len(line[place]) for line in [head, *cells]) for place in range(len(columns))]

    def written(line: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, numbers, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([written(head), "  ".join("-" * width for width in widths), *(written(line) for line in cells)])


def _cell(value: Any, widest: int) -> str:
    if isinstance(value, list | tuple):
        value = " ".join(str(one) for one in value)
    if isinstance(value, float):
        value = f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    text = "" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= widest else f"{text[: widest - 1]}…"


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        """The filters of this file."""
        return {"table": table}
