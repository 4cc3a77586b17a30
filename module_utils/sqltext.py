# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL as text: its statements, a form in which two spellings of the same are equal, and a form that shows no data.

The lexical rules are those of the PostgreSQL manual, section 4.1: comments nest, strings may be doubled, escaped or
dollar-quoted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<line>--[^\n]*)
    | (?P<block>/\*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)
    | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*(?:'|$))
    | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$))
    | (?P<name>[uU]&"(?:[^"]|"")*(?:"|$)|"(?:[^"]|"")*(?:"|$))
    | (?P<word>[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*)
    | (?P<parameter>\$\d+)
    | (?P<number>(?:0[xXoObB][0-9a-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
LITERALS = frozenset({"escape", "string", "dollar", "number"})


@dataclass(frozen=True)
class Token:
    """One token: its kind (string, number, name, word, ...) and its text."""

    kind: str
    text: str


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of a text, without comments; white space is one token of kind `space`."""
    place = 0
    while place < len(sql):
        found = _TOKEN.match(sql, place)
        if found is None:  # every character matches `other`; the type checker can't know
            return
        kind, text = str(found.lastgroup), found.group()
        place = found.end()
        if kind == "block":
            place = _after_comment(sql, place)
            yield Token("space", " ")
        elif kind == "line":
            yield Token("space", " ")
        elif kind == "dollar":
            end = sql.find(text, place)
            stop = len(sql) if end < 0 else end + len(text)
            yield Token(kind, text + sql[place:stop])
            place = stop
        else:
            yield Token(kind, text)


def _after_comment(sql: str, place: int) -> int:
    """The place behind a block comment, which may hold others."""
    depth = 1
    for mark in _COMMENT.finditer(sql, place):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)


def statements(sql: str) -> list[str]:
    """The statements of a text, each canonical: words in lower case, one blank between tokens, no comments, no semicolon."""
    found: list[str] = []
    current: list[str] = []
    for token in tokens(sql):
        if token.kind == "space":
            continue
        if token.text == ";":
            found.append(" ".join(current))
            current = []
        else:
            current.append(token.text.lower() if token.kind == "word" else token.text)
    found.append(" ".join(current))
    return [one for one in found if one]


def content_hash(parts: Iterable[str]) -> str:
    """SHA-256 (hex) of statements, whatever their white space, comments and case of keywords are."""
    canonical = [one for part in parts for one in statements(part)]
    return hashlib.sha256(";\n".join(canonical).encode()).hexdigest()


def without_literals(sql: str, *, longest: int = 400) -> str:
    """A query for people to see: every literal is `?`, comments are gone, white space is one blank; cut at `longest` characters.

    What the server has cut off in the middle of a string (track_activity_query_size) is a literal to its end.
    """
    shown = "".join(
        "?" if token.kind in LITERALS else (" " if token.kind == "space" else token.text) for token in tokens(sql)
    )
    text = re.sub(r"\s+", " ", shown).strip()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@dataclass(frozen=True)
class Index:
    """An index as a migration names it: schema ("" where it is not said), table, its columns or expressions in order."""

    name: str
    schema: str
    table: str
    method: str
    columns: tuple[str, ...]
    unique: bool


_CREATE = re.compile(
    r"""^create\s+(?P<unique>unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?
        (?P<name>"(?:[^"]|"")*"|[^\s(]+)\s+on\s+(?:only\s+)?
        (?P<table>(?:"(?:[^"]|"")*"|[^\s(]+)(?:\s\.\s(?:"(?:[^"]|"")*"|[^\s(]+))?)\s*(?:using\s+(?P<method>\w+)\s*)?
        \((?P<columns>.*)$""",
    re.VERBOSE | re.DOTALL,
)
_ORDER = re.compile(r"\s+(?:asc|desc|nulls\s+first|nulls\s+last)\b", re.IGNORECASE)


def indexes(sql: str) -> list[Index]:
    """The indexes that a text creates, in order. An index without a name has none that could be looked for: it is left out."""
    found = []
    for statement in statements(sql):
        made = _CREATE.match(statement)
        if made is None or made["name"] == "on":
            continue
        schema, _dot, table = made["table"].replace(" ", "").rpartition(".")
        found.append(
            Index(
                name=_identifier(made["name"]),
                schema=_identifier(schema),
                table=_identifier(table),
                method=made["method"] or "btree",
                columns=tuple(canonical_column(part) for part in _parts(made["columns"])),
                unique=bool(made["unique"]),
            )
        )
    return found


def _identifier(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _parts(text: str) -> list[str]:
    """What stands between the commas of a list, up to its closing bracket."""
    parts, depth, current = [], 0, ""
    for token in tokens(text):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            break
        if token.text == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += token.text
    return [*parts, current]


def canonical_column(text: str) -> str:
    """A column or expression of an index, without order, casts to text, outer brackets and white space.

    The server writes `lower(email)` and `(data ->> 'a'::text)` where a migration says it more shortly.
    """
    plain = _ORDER.sub("", f" {text} ")
    plain = re.sub(r"::\s*(?:text|character varying)(?:\s*\(\d+\))?", "", plain)
    plain = re.sub(r"\s+", "", plain).lower()
    while plain.startswith("(") and plain.endswith(")") and _closes_at_end(plain):
        plain = plain[1:-1]
    return plain


def _closes_at_end(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return place == len(text) - 1
    return False
