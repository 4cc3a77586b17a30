# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock: who may take it, and that one taker wins."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.lock import (
    Decision,
    Holder,
    LockFile,
    acquire,
    decide,
    owns,
)
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
MINE = Holder("ana@laptop", "rollback", "r2", "laptop", os.getpid(), 100.0, 200.0, "n2")
HERS = replace(MINE, owner="ben@desk", run="r1", host="desk", pid=1, nonce="n1")


@pytest.mark.parametrize(
    ("present", "takeover", "alive", "decision"),
    [
        (None, False, None, Decision.TAKE),
        (MINE, False, True, Decision.KEEP),
        (HERS, False, None, Decision.REFUSE),
        (HERS, True, None, Decision.TAKE_OVER),
        (replace(HERS, expires_at=100.0), False, True, Decision.EXPIRED),
        (replace(MINE, run="r1"), False, False, Decision.RESUME),
        (replace(MINE, run="r1"), False, True, Decision.REFUSE),
        (replace(MINE, run="r1"), False, None, Decision.REFUSE),
    ],
)
def test_decision(present: Holder | None, takeover: bool, alive: bool | None, decision: Decision) -> None:
    assert decide(present, MINE, now=100.0, takeover=takeover, alive=lambda _: alive) is decision


@given(st.booleans(), st.sampled_from([True, False, None]), st.floats(0, 300))
def test_another_living_holder_is_never_passed_over_in_silence(takeover: bool, alive: bool | None, now: float) -> None:
    decision = decide(HERS, MINE, now=now, takeover=takeover, alive=lambda _: alive)
    assert decision is not Decision.TAKE
    if now < HERS.expires_at and not takeover:
        assert decision is Decision.REFUSE


def test_taken_refused_taken_over_and_released(tmp_path: Path) -> None:
    file = LockFile(tmp_path / "deep" / "lock")
    assert acquire(file, HERS, takeover=False, hint="", check_mode=False).changed
    with pytest.raises(LaunchopsError, match="ben@desk has held it since 1970-01-01 00:01:40 UTC"):
        acquire(file, MINE, takeover=False, hint="type this", check_mode=False)
    taken = acquire(file, MINE, takeover=True, hint="", check_mode=False)
    assert "ben@desk" in taken.over_from
    assert file.read() == MINE
    assert not owns(file.read(), HERS)
    assert file.release(HERS) is False
    assert file.release(MINE) is True
    assert file.release(MINE) is False
    assert file.read() is None
    assert {path.name for path in file.path.parent.iterdir()} == {"lock.guard"}


def test_check_mode_takes_nothing(tmp_path: Path) -> None:
    file = LockFile(tmp_path / "new" / "lock")
    assert acquire(file, MINE, takeover=False, hint="", check_mode=True).changed
    assert not file.path.parent.exists()


def test_a_file_that_makes_no_sense_is_held_by_somebody(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("{half")
    holder = LockFile(path).read()
    assert holder is not None
    assert holder.owner == "somebody unknown"


def test_what_another_has_taken_meanwhile_stays_theirs(tmp_path: Path) -> None:
    file = LockFile(tmp_path / "lock")
    assert file.take(HERS)
    assert file.replace(replace(HERS, nonce="older"), MINE) is False
    assert file.read() == HERS
    assert {path.name for path in tmp_path.iterdir()} == {"lock", "lock.guard"}


def test_of_many_takers_one_wins(tmp_path: Path) -> None:
    script = (
        f'import sys; sys.path[:0] = ["{ROOT}/collections"]\n'
        "from pathlib import Path\n"
        "from ansible_collections.fairtradeworker.launchops.plugins.module_utils.lock import Holder, LockFile\n"
        "old = Holder('ben', 'x', 'r0', 'desk', 1, 1.0, 2.0, 'n0')\n"
        "mine = Holder(sys.argv[2], 'x', 'r' + sys.argv[2], 'desk', 1, 1.0, 2.0, sys.argv[2])\n"
        "sys.stdin.read(1)\n"
        "print(LockFile(Path(sys.argv[1])).replace(old, mine))\n"
    )
    for _ in range(3):
        path = tmp_path / "lock"
        path.unlink(missing_ok=True)
        assert LockFile(path).take(Holder("ben", "x", "r0", "desk", 1, 1.0, 2.0, "n0"))
        takers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(path), str(n)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(4)
        ]
        for taker in takers:
            assert taker.stdin is not None
            taker.stdin.write("g")
            taker.stdin.flush()
        answers = [taker.communicate()[0].strip() for taker in takers]
        assert answers.count("True") == 1, answers
        holder = LockFile(path).read()
        assert holder is not None
        assert holder.owner == str(answers.index("True"))
