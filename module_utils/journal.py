# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: append-only JSON lines, each carrying the hash of the one before.

A record is one line of canonical JSON (sorted keys, no spaces). `hash` is the SHA-256 of the line without `hash`;
`prev` is the hash of the record before. Beside the file, `<path>.head` holds the last sequence number and hash, so that
dropped last lines are found too. What can't be written to the journal's own place goes to a spool on this machine, and is
pushed by the next append that reaches the journal. What a hash chain can't show is said in docs/journal.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.redact import scrub

GENESIS = "0" * 64
REPAIRED = "journal.repaired"
FIELDS = ("seq", "id", "time", "environment", "run", "operator", "type", "subject", "key", "data", "prev", "hash")
LOCK_PAUSE = 0.02


@dataclass(frozen=True)
class Event:
    """What is to be recorded.

    Attributes:
        type: what happened ("deployment.healthy").
        subject: the resource ("dpl_...").
        data: plain JSON values; secrets are scrubbed before they are written.
        key: with one, an equal (type, subject, key) that is in the journal already is not written again.
    """

    type: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class Record:
    """One line of the journal. `time` is ISO 8601 in UTC, with milliseconds."""

    seq: int
    id: str
    time: str
    environment: str
    run: str
    operator: str
    type: str
    subject: str
    key: str
    data: Mapping[str, Any]
    prev: str
    hash: str = ""

    def line(self) -> str:
        """The line in the file, without its newline."""
        return canonical({**asdict(self), "data": dict(self.data)})

    def sealed(self) -> Record:
        """The same with its hash."""
        body = {**asdict(self), "data": dict(self.data)}
        del body["hash"]
        return Record(**{**body, "hash": hashlib.sha256(canonical(body).encode()).hexdigest()})


@dataclass(frozen=True)
class Appended:
    """What became of an append: `stored` is journal, spool, nowhere, or unchanged where all was there already."""

    records: tuple[Record, ...]
    skipped: int
    stored: str
    head: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What could be read. `reachable` is False where only the spool could be."""

    records: tuple[Record, ...]
    reachable: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a journal. `line` counts from 1; 0 stands for the head file."""

    line: int
    kind: str
    sentence: str


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse(line: str) -> Record:
    """A record from its line. Raises ValueError where it is none."""
    value = json.loads(line)
    if not isinstance(value, dict) or set(value) != set(FIELDS) or not isinstance(value["data"], dict):
        raise ValueError("not a journal record")
    if not isinstance(value["seq"], int) or not all(
        isinstance(value[k], str) for k in FIELDS if k not in {"seq", "data"}
    ):
        raise ValueError("not a journal record")
    return Record(**value)


def verify(text: str, head: Mapping[str, Any] | None) -> list[Finding]:
    """Everything wrong with a journal.

    Args:
        text: the whole file.
        head: content of the head file; None where there is none.

    Returns:
        Findings in the order of lines; empty for an intact journal. Kinds: torn, unreadable, edited, broken-chain, dropped.
    """
    findings: list[Finding] = []
    lines = text.split("\n")
    if lines.pop():
        findings.append(Finding(len(lines) + 1, "torn", "The last line is incomplete: its writer was killed."))
    prev, expected = GENESIS, 1
    hashes: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        try:
            record = parse(line)
        except ValueError:
            findings.append(Finding(number, "unreadable", f"Line {number} is not a journal record."))
            prev, expected = "", expected + 1
            continue
        if record.sealed().hash != record.hash or record.line() != line:
            findings.append(Finding(number, "edited", f"Line {number} (record {record.seq}) is not what was written."))
        if record.prev != prev or record.seq != expected:
            findings.append(
                Finding(
                    number,
                    "broken-chain",
                    f"Line {number} holds record {record.seq} where record {expected} must follow: "
                    "lines were dropped, inserted or reordered here, or the line before was edited.",
                )
            )
        hashes[record.seq] = record.hash
        prev, expected = record.hash, record.seq + 1
    findings += _verify_head(head, hashes, expected - 1)
    return findings


def _verify_head(head: Mapping[str, Any] | None, hashes: Mapping[int, str], last: int) -> list[Finding]:
    if head is None:
        if not hashes:
            return []
        return [Finding(0, "dropped", "The head file is missing, so dropped last lines would not be found.")]
    seq = head.get("seq")
    if not isinstance(seq, int) or seq > last:
        return [Finding(0, "dropped", f"The head file knows record {seq}, the journal ends at record {last}.")]
    if seq and hashes.get(seq) != head.get("hash"):
        return [Finding(0, "edited", f"Record {seq} is not the one that the head file knows.")]
    return []


def read_head(path: Path) -> Mapping[str, Any] | None:
    """Content of the head file beside a journal; None where there is none. One that can't be read is an empty head."""
    try:
        value = json.loads(_beside(path, "head").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def verify_file(path: Path) -> list[Finding]:
    """`verify` of a file and its head. Raises LaunchopsError where it can't be read."""
    try:
        # newline="" keeps a carriage return that somebody's editor put there visible as an edit.
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            text = file.read()
        return verify(text, read_head(path))
    except OSError as error:
        raise LaunchopsError(
            f"The journal {path} can't be read: {error.strerror}",
            operation="verify the journal",
            hint="Check the path.",
        ) from error


class Journal:
    """A journal file and its spool.

    Args:
        path: the file. Its folder is made (mode 0700) where it is missing.
        environment: inventory name of the product's environment.
        run, operator: identity of this run and of who started it.
        spool: where records wait while the file can't be reached; a file of the user's state folder unless given.
        lock_timeout: seconds to wait for another writer.
    """

    def __init__(
        self,
        path: Path,
        *,
        environment: str,
        run: str,
        operator: str,
        spool: Path | None = None,
        lock_timeout: float = 5.0,
    ) -> None:
        self.path = path
        self.spool = spool or default_spool(path)
        self.environment = environment
        self._run = run
        self._operator = operator
        self._lock_timeout = lock_timeout

    def append(self, events: Sequence[Event]) -> Appended:
        """Writes events in order. Never raises for a file that can't be reached: see `Appended.stored`."""
        try:
            return self._append_to(self.path, events, push=True)
        except OSError as error:
            first = f"The journal {self.path} can't be written ({error.strerror or error})"
        try:
            spooled = self._append_to(self.spool, events, push=False)
        except OSError as error:
            sentence = f"{first}, nor can the spool {self.spool} ({error.strerror or error}): this is not recorded."
            return Appended((), 0, "nowhere", "", (sentence,))
        if not spooled.records:
            return spooled
        sentence = f"{first}: kept in {self.spool}, and pushed to the journal by the next run that reaches it."
        return Appended(spooled.records, spooled.skipped, "spool", spooled.head, (*spooled.warnings, sentence))

    def read(self) -> Reading:
        """Every record of the journal and, after them, what waits in the spool."""
        warnings: list[str] = []
        records: list[Record] = []
        reachable = True
        try:
            records = _load(self.path, warnings)
        except FileNotFoundError:
            reachable = _could_be_made(self.path)
            if not reachable:
                warnings.append(f"The journal {self.path} can't be reached.")
        except OSError as error:
            reachable = False
            warnings.append(f"The journal {self.path} can't be read ({error.strerror or error}).")
        known = {record.id for record in records}
        with suppress(OSError):
            records += [record for record in _load(self.spool, warnings) if record.id not in known]
        return Reading(tuple(records), reachable, tuple(warnings))

    def _append_to(self, path: Path, events: Sequence[Event], *, push: bool) -> Appended:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        warnings: list[str] = []
        with _locked(_beside(path, "flock"), self._lock_timeout):
            torn = _set_torn_line_aside(path)
            try:
                present = _load(path, warnings)
            except FileNotFoundError:
                present = []
            pending = self._pending(present, warnings) if push else []
            seen = {(record.type, record.subject, record.key) for record in (*present, *pending) if record.key}
            new = [event for event in events if not (event.key and (event.type, event.subject, event.key) in seen)]
            if torn:
                new.insert(0, Event(REPAIRED, path.name, {"torn_bytes": torn}))
                warnings.append(
                    f"The journal {path} ended in an incomplete line; it is kept in {_beside(path, 'torn')}."
                )
            last = present[-1] if present else None
            written = self._chain(last, pending, new)
            head = written[-1] if written else last
            if written:
                _write(path, "".join(f"{record.line()}\n" for record in written))
            if head is not None and (written or read_head(path) is None):
                _replace(_beside(path, "head"), canonical({"seq": head.seq, "hash": head.hash}) + "\n")
            if pending:
                self._clear_spool()
        own = tuple(written[len(pending) :])
        stored = "journal" if own else "unchanged"
        return Appended(own, len(events) - len(own) + bool(torn), stored, head.hash if head else "", tuple(warnings))

    def _pending(self, present: Sequence[Record], warnings: list[str]) -> list[Record]:
        known = {record.id for record in present}
        try:
            return [record for record in _load(self.spool, warnings) if record.id not in known]
        except OSError:
            return []

    def _clear_spool(self) -> None:
        for path in (self.spool, _beside(self.spool, "head")):
            path.unlink(missing_ok=True)

    def _chain(self, last: Record | None, pending: Sequence[Record], events: Sequence[Event]) -> list[Record]:
        written: list[Record] = []
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        items: list[Record | Event] = [*pending, *events]
        for item in items:
            seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
            if isinstance(item, Record):
                data = {**item.data, "spooled_at": item.time}
                body = {**asdict(item), "seq": seq, "prev": prev, "data": data, "hash": ""}
                last = Record(**body).sealed()
            else:
                last = Record(
                    seq=seq,
                    id=uuid.uuid4().hex,
                    time=now,
                    environment=self.environment,
                    run=self._run,
                    operator=self._operator,
                    type=item.type,
                    subject=item.subject,
                    key=item.key,
                    data=_plain(item.data),
                    prev=prev,
                ).sealed()
            written.append(last)
        return written


def default_spool(path: Path) -> Path:
    """The spool of a journal: `$XDG_STATE_HOME/launchops/spool/<hash of its path>.jsonl`, `~/.local/state` by default."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
    return state / "launchops" / "spool" / f"{name}.jsonl"


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(canonical(scrub(dict(data))))
    except (TypeError, ValueError) as error:
        raise bad_input(f"A journal record's data must be plain JSON values: {error}") from error
    return plain


def _load(path: Path, warnings: list[str]) -> list[Record]:
    """Readable records of a file; a line that can't be read is skipped and said."""
    records = []
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            try:
                records.append(parse(line.rstrip("\n")))
            except ValueError:
                warnings.append(f"Line {number} of the journal {path} can't be read; verify_journal.yml says more.")
    return records


def _could_be_made(path: Path) -> bool:
    """Whether a journal that does not exist yet is merely new, rather than out of reach."""
    folder = path.parent
    while not folder.exists():
        if folder == folder.parent:
            return False
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _set_torn_line_aside(path: Path) -> int:
    """Moves an incomplete last line to `<path>.torn`; returns its length in bytes, 0 for none."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return 0
    with os.fdopen(descriptor, "rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        torn = content[whole:]
        if not torn:
            return 0
        # The copy is safe on disk before the journal is cut.
        _write(_beside(path, "torn"), torn.decode("utf-8", "replace") + "\n")
        file.truncate(whole)
        os.fsync(file.fileno())
    return len(torn)


def _write(path: Path, text: str) -> None:
    """Appends in one write, and returns when it is on disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        content = text.encode()
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    """Replaces a file in one step: a reader sees the old or the new, never half of one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _locked(path: Path, timeout: float) -> Iterator[None]:
    """Holds an advisory lock. Raises TimeoutError (an OSError) where another writer keeps it too long."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"another process has held {path} for {timeout:g} s") from None
                time.sleep(LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)
