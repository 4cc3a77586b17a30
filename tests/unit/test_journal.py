# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: intact after anything, and every change of a line is found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils import journal as module
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import (
    Event,
    Journal,
    read_head,
    verify,
    verify_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]


def journal(folder: Path, name: str = "j.jsonl") -> Journal:
    return Journal(
        folder / name, environment="shop", run="r", operator="ana", spool=folder / "spool.jsonl", lock_timeout=2
    )


def events(count: int) -> list[Event]:
    return [Event("note", f"s{n}", {"n": n}) for n in range(count)]


def test_appends_chain_and_read_back(tmp_path: Path) -> None:
    book = journal(tmp_path)
    done = book.append(events(3))
    assert (done.stored, len(done.records), done.records[-1].seq) == ("journal", 3, 3)
    assert book.read().records == done.records
    assert verify_file(book.path) == []
    assert book.path.stat().st_mode & 0o777 == 0o600


def test_the_same_key_is_written_once(tmp_path: Path) -> None:
    book = journal(tmp_path)
    event = Event("incident.opened", "i1", {}, key="k")
    assert book.append([event]).skipped == 0
    again = book.append([event])
    assert (again.skipped, again.stored) == (1, "unchanged")
    assert len(book.read().records) == 1


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(1, 12))
def test_every_edit_drop_and_swap_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, count: int
) -> None:
    book = journal(tmp_path_factory.mktemp("j"))
    book.append(events(count))
    lines = book.path.read_text().splitlines(keepends=True)
    head = read_head(book.path)
    how = data.draw(
        st.sampled_from(
            ["edit", "drop", "swap", "double", "space"] if count > 1 else ["edit", "drop", "double", "space"]
        )
    )
    at = data.draw(st.integers(0, count - 1))
    if how == "edit":
        place = data.draw(st.integers(0, len(lines[at]) - 2))
        letter = "x" if lines[at][place] != "x" else "y"
        lines[at] = lines[at][:place] + letter + lines[at][place + 1 :]
    elif how == "drop":
        del lines[at]
    elif how == "double":
        lines.insert(at, lines[at])
    elif how == "space":
        lines[at] = lines[at].replace(":", ": ", 1)
    else:
        other = data.draw(st.integers(0, count - 1).filter(lambda n: n != at))
        lines[at], lines[other] = lines[other], lines[at]
    assert verify("".join(lines), head), how


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.booleans(), max_size=3),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_recorded_verifies(
    tmp_path_factory: pytest.TempPathFactory, batch: list[dict[str, object]]
) -> None:
    book = journal(tmp_path_factory.mktemp("j"))
    for item in batch:
        book.append([Event("note", "s", item)])
    if batch:
        assert verify_file(book.path) == []
        assert len(book.read().records) == len(batch)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_line_rewritten_with_a_hash_of_its_own_is_found_by_its_neighbour_or_the_head(tmp_path: Path, at: int) -> None:
    book = journal(tmp_path)
    records = list(book.append(events(3)).records)
    records[at] = replace(records[at], operator="eve").sealed()
    assert verify("".join(f"{record.line()}\n" for record in records), read_head(book.path))


def test_a_torn_line_is_set_aside_and_said_and_nothing_is_lost(tmp_path: Path) -> None:
    book = journal(tmp_path)
    book.append(events(2))
    with book.path.open("a") as file:
        file.write('{"seq":3,"half')
    assert [finding.kind for finding in verify_file(book.path)] == ["torn"]
    done = book.append(events(1))
    assert done.warnings
    assert verify_file(book.path) == []
    assert [record.type for record in book.read().records] == ["note", "note", "journal.repaired", "note"]
    assert "half" in (tmp_path / "j.jsonl.torn").read_text()


@pytest.mark.parametrize("obstacle", ["parent is a file", "is a folder"])
def test_out_of_reach_it_is_spooled_and_pushed_later_once(tmp_path: Path, obstacle: str) -> None:
    blocked = tmp_path / "b"
    book = Journal(
        blocked / "j.jsonl" if obstacle == "parent is a file" else blocked,
        environment="shop",
        run="r",
        operator="ana",
        spool=tmp_path / "s.jsonl",
    )
    blocked.write_text("") if obstacle == "parent is a file" else blocked.mkdir()
    done = book.append(events(2))
    assert (done.stored, len(done.records)) == ("spool", 2)
    assert not book.read().reachable
    assert len(book.read().records) == 2
    blocked.unlink() if obstacle == "parent is a file" else blocked.rmdir()
    later = book.append([Event("note", "later")])
    assert later.stored == "journal"
    records = book.read().records
    assert [record.subject for record in records] == ["s0", "s1", "later"]
    assert "spooled_at" in records[0].data
    assert verify_file(book.path) == []
    assert not book.spool.exists()


def test_with_nowhere_to_write_it_says_so_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    book = Journal(tmp_path / "f" / "j", environment="e", run="r", operator="o", spool=tmp_path / "f" / "s")
    done = book.append(events(1))
    assert done.stored == "nowhere"
    assert "not recorded" in done.warnings[0]


def test_secrets_are_not_recorded(tmp_path: Path) -> None:
    book = journal(tmp_path)
    secret = "vcp_123456789"
    book.append(
        [
            Event(
                "note", "s", {"api_token": secret, "text": f"https://a:{secret}@h/x", "deep": [{"password": secret}]}
            ),
            Event("note", "s", {"url": f"https://hooks.slack.com/services/T/B/{secret}", "header": f"Bearer {secret}"}),
        ]
    )
    assert secret not in book.path.read_text()


WRITER = """
import sys
sys.path[:0] = ["{root}/collections", "{root}"]
import os, signal
from pathlib import Path
from ansible_collections.fairtradeworker.launchops.plugins.module_utils import journal as j
stop, calls = int(sys.argv[2]), 0
def guard(function):
    def wrapped(*a, **k):
        global calls
        calls += 1
        if calls == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*a, **k)
    return wrapped
folder = Path(sys.argv[1])
for name in ("open", "write", "fsync", "close", "unlink"):
    setattr(j.os, name, guard(getattr(os, name)))
Path.replace = guard(Path.replace)
book = j.Journal(folder / "j.jsonl", environment="e", run="r", operator="o", spool=folder / "s.jsonl")
book.append([j.Event("note", "second", {{"x": "y" * 200}}, key="second")])
print(calls)
"""


def test_killed_at_every_system_call_and_run_again(tmp_path: Path) -> None:
    """The points are counted in an uninterrupted run, then each is tried."""
    script = WRITER.format(root=ROOT)

    def run(folder: Path, stop: int) -> subprocess.CompletedProcess[str]:
        folder.mkdir()
        with (folder / "s.jsonl").open("w") as spool:
            seed = Journal(folder / "seed", environment="e", run="r", operator="o", spool=folder / "none")
            seed.append([Event("note", "spooled")])
            spool.write((folder / "seed").read_text())
        journal_ = Journal(folder / "j.jsonl", environment="e", run="r", operator="o", spool=folder / "none")
        journal_.append([Event("note", "first")])
        return subprocess.run(
            [sys.executable, "-c", script, str(folder), str(stop)], capture_output=True, text=True, check=False
        )

    points = int(run(tmp_path / "whole", 0).stdout)
    assert points > 5
    for stop in range(1, points + 1):
        folder = tmp_path / f"at{stop}"
        assert run(folder, stop).returncode == -signal.SIGKILL
        book = Journal(folder / "j.jsonl", environment="e", run="r2", operator="o", spool=folder / "s.jsonl")
        book.append([Event("note", "second", {"x": "y" * 200}, key="second")])
        assert verify_file(book.path) == [], stop
        subjects = [record.subject for record in book.read().records if record.type == "note"]
        assert sorted(subjects) == ["first", "second", "spooled"], (stop, subjects)


def test_two_writers_at_once(tmp_path: Path) -> None:
    script = (
        f'import sys; sys.path[:0] = ["{ROOT}/collections"]\n'
        "from pathlib import Path\n"
        "from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Event, Journal\n"
        "book = Journal(Path(sys.argv[1]), environment='e', run='r', operator='o', spool=Path(sys.argv[1] + '.s'), lock_timeout=60)\n"
        "for n in range(60): assert book.append([Event('note', str(n))]).stored == 'journal'\n"
    )
    path = tmp_path / "j.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert verify_file(path) == []
    assert len(path.read_text().splitlines()) == 120


def test_it_needs_nothing_of_ansible() -> None:
    assert "ansible.module_utils" not in Path(str(module.__file__)).read_text()


def test_the_command_line_verifies_from_the_file_alone(tmp_path: Path) -> None:
    book = journal(tmp_path)
    book.append(events(3))

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "tools/journal.py", "verify", str(book.path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert check().returncode == 0
    lines = book.path.read_text().splitlines()
    record = json.loads(lines[1])
    record["operator"] = "eve"
    book.path.write_text(
        "\n".join([lines[0], json.dumps(record, sort_keys=True, separators=(",", ":")), lines[2]]) + "\n"
    )
    done = check()
    assert done.returncode == 1
    assert "Line 2" in done.stdout
    assert os.access(book.path, os.R_OK)
