# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify or show a journal from its file alone: python tools/journal.py verify|show PATH."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "collections"))


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 for an intact journal, 1 for a damaged one, 2 for one that can't be read."""
    from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
    from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import parse, verify_file

    parser = argparse.ArgumentParser(description="Verify or show a journal from its file alone.")
    parser.add_argument("act", choices=["verify", "show"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--type", help="show records of this type alone")
    parser.add_argument("--last", type=int, default=20, help="show this many of the newest")
    options = parser.parse_args(arguments)
    try:
        findings = verify_file(options.path)
        lines = options.path.read_text(encoding="utf-8").splitlines()
    except (LaunchopsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.act == "show":
        records = []
        for line in lines:
            try:
                records.append(parse(line))
            except ValueError:
                continue
        for record in [r for r in records if options.type in {None, r.type}][-options.last :]:
            print(
                f"{record.seq:>5}  {record.time}  {record.operator}  {record.type}  {record.subject}  {dict(record.data)}"
            )
    for finding in findings:
        print(finding.sentence)
    if not findings and options.act == "verify":
        print(f"{options.path} is intact: {len(lines)} records.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
