# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Critical paths answered right, several times in a row: the probe and its verdict."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import (
    USER_AGENT,
    NoAnswerError,
    Request,
    RequestsTransport,
    Transport,
)

PARALLEL = 8
# How much of a wrong body an observation keeps, characters.
EXCERPT = 80
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Path:
    """One critical path and what counts as right.

    Attributes:
        path: from the public address, with a leading slash.
        status: the only right status.
        text: must be in the body; "" for anything.
        json: every key given here must have this value in the JSON body, dicts by their own keys; None for anything.
        max_latency: seconds until the whole answer is there.
    """

    name: str
    method: str
    path: str
    status: int
    text: str
    json: Any
    max_latency: float


@dataclass(frozen=True)
class Observation:
    """What one request saw. `problem` is "" where all was right."""

    name: str
    path: str
    status: int | None
    seconds: float
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a module's result."""
        return {
            "name": self.name,
            "path": self.path,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Report:
    """The verdict.

    Attributes:
        healthy: every path was right `consecutive` times in a row.
        rounds: how often all paths were asked.
        streak: how many rounds in a row were right at the end.
        first_good_at: epoch seconds of the first round of the final good streak; None where there is none.
        last: what the last round saw.
        last_bad: what the last round with a problem saw, its problems alone; empty where none had any.
    """

    healthy: bool
    rounds: int
    streak: int
    first_good_at: float | None
    seconds: float
    last: tuple[Observation, ...]
    last_bad: tuple[Observation, ...]

    def sentence(self, base_url: str, consecutive: int) -> str:
        """Why it is not healthy, in one sentence."""
        wrong = "; ".join(f"{seen.name} {seen.problem}" for seen in self.last_bad)
        return (
            f"{base_url} did not answer right {consecutive} times in a row within {self.seconds:.0f} s "
            f"({self.rounds} rounds, {self.streak} right at the end). Last seen wrong: {wrong or 'nothing, too few rounds'}"
        )


def parse_paths(raw: Sequence[Mapping[str, Any]]) -> tuple[Path, ...]:
    """Paths from the inventory's list. Raises LaunchopsError (input) for an empty list or a path that can't be meant.

    An empty list would be a check that can't fail.
    """
    if not raw:
        raise bad_input(
            "No critical path is given, so nothing could be verified", hint="List at least one in the inventory."
        )
    paths = []
    for item in raw:
        if not str(item["path"]).startswith("/"):
            raise bad_input(f"The critical path '{item['path']}' must start with /")
        paths.append(
            Path(
                name=item.get("name") or f"{item['method']} {item['path']}",
                method=item["method"],
                path=item["path"],
                status=item["status"],
                text=item.get("text") or "",
                json=item.get("json"),
                max_latency=item["max_latency"],
            )
        )
    return tuple(paths)


def judge(path: Path, status: int, body: bytes, seconds: float) -> str:
    """What is wrong with an answer, or ""."""
    if status != path.status:
        return f"answered {status} instead of {path.status}"
    if path.text and path.text not in body.decode("utf-8", "replace"):
        return f"the body does not contain '{path.text}'"
    if path.json is not None:
        try:
            value = json.loads(body)
        except ValueError:
            return f"the body is not JSON: {body[:EXCERPT].decode('utf-8', 'replace')!r}"
        difference = missing(path.json, value, "")
        if difference:
            return difference
    if seconds > path.max_latency:
        return f"took {seconds:.2f} s, longer than {path.max_latency:g} s"
    return ""


def missing(wanted: Any, value: Any, where: str) -> str:
    """The first difference between what must be there and what is, or "". Dicts are compared by the wanted keys."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return f"the JSON{where} is not an object"
        for key, expected in wanted.items():
            if key not in value:
                return f"the JSON has no {where}.{key}".replace(" .", " ")
            difference = missing(expected, value[key], f"{where}.{key}")
            if difference:
                return difference
        return ""
    if type(wanted) is not type(value) and not _both_numbers(wanted, value):
        return f"the JSON has{where or ' value'} = {value!r}, wanted {wanted!r}".replace("has.", "has ")
    return (
        ""
        if wanted == value
        else f"the JSON has{where or ' value'} = {value!r}, wanted {wanted!r}".replace("has.", "has ")
    )


def _both_numbers(one: Any, other: Any) -> bool:
    return all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other))


def observe(transport: Transport, base_url: str, path: Path, timeout: float, clock: Callable[[], float]) -> Observation:
    """Asks once. No answer is an observation too."""
    started = clock()
    try:
        headers = {"User-Agent": USER_AGENT, "Cache-Control": "no-cache"}
        answer = transport.send(Request(path.method, f"{base_url}{path.path}", headers, None, timeout))
    except NoAnswerError as lost:
        return Observation(path.name, path.path, None, clock() - started, lost.reason)
    seconds = clock() - started
    return Observation(path.name, path.path, answer.status, seconds, judge(path, answer.status, answer.body, seconds))


def probe(
    base_url: str,
    paths: Sequence[Path],
    *,
    consecutive: int,
    within: float,
    interval: float,
    timeout: float,
    transport: Callable[[], Transport] = RequestsTransport,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Asks all paths at once, again and again, until they were all right `consecutive` times in a row or time is up.

    Args:
        within: seconds for all of it; at least one round is always made.
        interval: seconds between two rounds.
        timeout: seconds for one request.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise bad_input(f"'{base_url}' is not a public address: it must start with https://")
    if consecutive < 1 or within <= 0:
        raise bad_input("consecutive must be at least 1, and within more than 0 seconds")
    base = base_url.rstrip("/")
    started = clock()
    streak = rounds = 0
    first_good: float | None = None
    last: tuple[Observation, ...] = ()
    last_bad: tuple[Observation, ...] = ()
    # One connection pool each: requests' sessions are not made for several threads.
    transports = [transport() for _path in paths]
    with ThreadPoolExecutor(max_workers=min(PARALLEL, len(paths))) as pool:
        while True:
            began = now()
            left = max(0.05, min(timeout, within - (clock() - started)))
            jobs = [
                pool.submit(observe, channel, base, path, left, clock)
                for channel, path in zip(transports, paths, strict=True)
            ]
            last = tuple(job.result() for job in jobs)
            rounds += 1
            wrong = tuple(seen for seen in last if seen.problem)
            if wrong:
                streak, first_good, last_bad = 0, None, wrong
            else:
                streak += 1
                first_good = first_good or began + max(seen.seconds for seen in last)
            elapsed = clock() - started
            if streak >= consecutive or elapsed + interval >= within:
                return Report(streak >= consecutive, rounds, streak, first_good, elapsed, last, last_bad)
            sleep(interval)
