# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One notice per incident and channel: told once, updated when there is news, looked for before it is repeated.

The receipts are journal records. `notification.intended` is written before the message is sent and
`notification.delivered` after it, both in the task that sends, so that a killed run leaves a trace of what it may have done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ansible_collections.fairtradeworker.launchops.plugins.module_utils import history
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.journal import Event, Journal, Record

REPEATED = "(repeated: the first one may have arrived)"
ELLIPSIS = "…"


@dataclass(frozen=True)
class Notice:
    """What people are told.

    Attributes:
        incident: which incident it is about.
        revision: changes when there is news; the same one is never told twice.
        title: one line.
        lines: the rest, plain text.
    """

    incident: str
    revision: str
    title: str
    lines: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What makes two notices the same: the incident and the revision, not figures that change from run to run."""
        return hashlib.sha256(f"{self.incident}\n{self.revision}".encode()).hexdigest()[:16]


class Step(StrEnum):
    """What is to be done on one channel."""

    SEND = "sent"
    UPDATE = "updated"
    NOTHING = "unchanged"
    SEND_MARKED = "repeated"


@dataclass(frozen=True)
class Past:
    """What the receipts say.

    Attributes:
        message_id: of the last message known to have arrived; "" where the channel gives none, or none arrived.
        digests: of the notices known to have arrived.
        uncertain: digests that were intended and of which nobody knows whether they arrived.
    """

    message_id: str
    digests: frozenset[str]
    uncertain: frozenset[str]


class Channel(Protocol):
    """Where a notice goes. `can_update` and `can_look` say what it is able to do."""

    name: str
    can_update: bool
    can_look: bool

    def find(self, incident: str) -> tuple[str, str] | None:
        """(message id, digest) of the incident's message, read from the service; None for none."""

    def send(self, notice: Notice, mark: str) -> str:
        """Sends it, with `mark` behind its title; returns the message's id, or ""."""

    def update(self, message_id: str, notice: Notice) -> str:
        """Replaces what the message says, or adds the news to it; returns its id."""


@dataclass(frozen=True)
class Delivery:
    """What was done, and what was known before: the digest of the last notice that arrived."""

    step: Step
    message_id: str
    before: str
    warnings: tuple[str, ...] = ()


def past(receipts: Sequence[Record]) -> Past:
    """What the receipts of one channel and incident add up to, oldest first."""
    message_id = ""
    digests: set[str] = set()
    uncertain: set[str] = set()
    for receipt in receipts:
        digest = str(receipt.data.get("digest") or "")
        if receipt.type == history.INTENDED:
            uncertain.add(digest)
        elif receipt.type == history.DELIVERED:
            uncertain.discard(digest)
            digests.add(digest)
            message_id = str(receipt.data.get("message_id") or "") or message_id
        else:
            uncertain.discard(digest)
    return Past(message_id, frozenset(digests), frozenset(uncertain))


def decide(
    digest: str, known: Past, *, can_update: bool, can_look: bool, found: tuple[str, str] | None
) -> tuple[Step, str]:
    """What to do, and with which message.

    Args:
        found: what looking has shown, (message id, digest); None for nothing, or where the channel can't be looked at.
    """
    if found is not None:
        message_id, standing = found
        return (Step.NOTHING if standing == digest else Step.UPDATE), message_id
    if digest in known.digests and not (can_look and known.uncertain):
        return Step.NOTHING, known.message_id
    if known.message_id and can_update:
        # Sending the same edit once more does no harm, whether or not the first arrived.
        return Step.UPDATE, known.message_id
    if digest in known.uncertain and not can_look:
        return Step.SEND_MARKED, ""
    return Step.SEND, ""


def deliver(channel: Channel, journal: Journal, notice: Notice, *, check_mode: bool) -> Delivery:
    """Brings one channel to the notice, with receipts.

    Raises:
        LaunchopsError: the service refused or could not be reached; a receipt says so.
    """
    reading = journal.read()
    mine = [record for record in reading.records if record.environment == journal.environment]
    known = past(history.receipts(mine, channel.name, notice.incident))
    warnings: tuple[str, ...] = ()
    found = None
    if channel.can_look and not check_mode and (known.uncertain or not known.digests):
        try:
            found = channel.find(notice.incident)
        except LaunchopsError as error:
            # With nothing in doubt telling people comes first; in doubt, a second message would be the harm.
            if known.uncertain:
                raise
            warnings += (f"{error.message}. Sending without having looked.",)
    step, message_id = decide(
        notice.digest, known, can_update=channel.can_update, can_look=channel.can_look, found=found
    )
    before = found[1] if found else next(iter(sorted(known.digests)), "")
    if check_mode:
        return Delivery(step, message_id, before)
    if step is Step.NOTHING:
        if notice.digest not in known.digests:
            _receipt(journal, history.DELIVERED, channel, notice, message_id)
        return Delivery(step, message_id, before)
    warnings += _receipt(journal, history.INTENDED, channel, notice, message_id)
    try:
        if step is Step.UPDATE:
            message_id = channel.update(message_id, notice)
        else:
            message_id = channel.send(notice, REPEATED if step is Step.SEND_MARKED else "")
    except LaunchopsError as error:
        if error.kind is not Kind.UNCERTAIN:
            _receipt(journal, history.FAILED, channel, notice, message_id, reason=error.message)
        raise
    warnings += _receipt(journal, history.DELIVERED, channel, notice, message_id)
    return Delivery(step, message_id, before, warnings)


def _receipt(
    journal: Journal, kind: str, channel: Channel, notice: Notice, message_id: str, reason: str = ""
) -> tuple[str, ...]:
    data = {
        "channel": channel.name,
        "incident": notice.incident,
        "revision": notice.revision,
        "digest": notice.digest,
        "message_id": message_id,
    }
    if reason:
        data["reason"] = reason
    return journal.append([Event(kind, channel.name, data)]).warnings


def cut(text: str, limit: int) -> str:
    """The text, shortened with an ellipsis where it is longer than the service takes, characters."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)] + ELLIPSIS
