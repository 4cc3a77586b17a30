# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and environment variables: what is refused before anything is sent, and when nothing has to be written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sync import sync
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_env import (
    Entry,
    Wanted,
    check,
    find,
    is_as_wanted,
    seal,
    sealed_is,
    without_mark,
)
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel_settings import body, equal, wanted
from hypothesis import given, settings
from hypothesis import strategies as st

PRODUCTION = frozenset({"production"})


def entry(key: str = "A", *targets: str, value: str | None = "v", kind: str = "encrypted", comment: str = "") -> Entry:
    return Entry("e1", key, kind, frozenset(targets or ("production",)), "", comment, value)


def asked(
    value: str = "v", *, kind: str = "encrypted", targets: frozenset[str] = PRODUCTION, comment: str = ""
) -> Wanted:
    return Wanted("A", value, kind, targets, "", comment)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"min_instances": 8}, "no minimum or maximum number of instances"),
        ({"max_instances": 50}, "no minimum or maximum number of instances"),
        ({"function_default_timeout": 0}, "1 to 900"),
        ({"function_default_timeout": 901}, "1 to 900"),
        ({"function_default_regions": []}, "at least one region"),
        ({"function_default_regions": ["iad1", "iad1"]}, "each once"),
        ({"function_default_regions": ["frankfurt"]}, "iad1"),
    ],
)
def test_settings_that_can_not_be(params: dict[str, Any], words: str) -> None:
    with pytest.raises(LaunchopsError, match=words) as caught:
        wanted(params)
    assert caught.value.kind is Kind.INPUT


def test_the_body_holds_the_change_alone() -> None:
    assert body({"fluid": True, "auto_assign_custom_domains": False}) == {
        "resourceConfig": {"fluid": True},
        "autoAssignCustomDomains": False,
    }


def test_regions_are_a_set() -> None:
    assert equal("function_default_regions", ["a", "b"], ["b", "a"])
    assert not equal("function_default_regions", ["a"], None)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=1),
    st.booleans(),
)
def test_sync_touches_what_was_given_and_twice_is_once(
    present: dict[str, int], given_: dict[str, int], check_mode: bool
) -> None:
    world = dict(present)
    writes: list[dict[str, Any]] = []

    def act(change: dict[str, Any]) -> None:
        writes.append(change)
        world.update(change)

    def run() -> bool:
        return sync(what="x", read=lambda: world, wanted=given_, act=act, check_mode=check_mode).changed

    changed = run()
    assert changed is any(present.get(key) != value for key, value in given_.items())
    if check_mode:
        assert world == present
        return
    assert world == {**present, **given_}
    assert all(set(change) <= set(given_) for change in writes)
    assert run() is False
    assert len(writes) == int(changed)


def test_a_change_that_is_not_kept_is_a_failure() -> None:
    with pytest.raises(LaunchopsError, match="read back a is not as wanted"):
        sync(what="x", read=lambda: {"a": 1}, wanted={"a": 2}, act=lambda _: None, check_mode=False)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Wanted("1A", "v", "plain", PRODUCTION, "", ""), "not a name"),
        (Wanted("A", "v", "plain", frozenset(), "", ""), "targets of A is empty"),
        (Wanted("A", "", "plain", PRODUCTION, "", ""), "is empty"),
        (Wanted("A", "v", "sensitive", frozenset({"development"}), "", ""), "can't be sensitive"),
        (Wanted("A", "v", "plain", PRODUCTION, "main", ""), "preview alone"),
        (Wanted("A", "v", "plain", PRODUCTION, "", "x" * 431), "comment"),
    ],
)
def test_variables_that_can_not_be(bad: Wanted, words: str) -> None:
    with pytest.raises(LaunchopsError, match=words):
        check(bad, allow_empty=False)


def test_when_nothing_has_to_be_written() -> None:
    assert is_as_wanted(entry(), asked(), "p/A")
    assert not is_as_wanted(entry(value="other"), asked(), "p/A")
    assert not is_as_wanted(entry(kind="plain"), asked(), "p/A")
    assert not is_as_wanted(entry(comment="x"), asked(), "p/A")
    sealed = seal("v", "p/A")
    assert is_as_wanted(
        entry(kind="sensitive", value=None, comment=f"why{sealed}"), asked(kind="sensitive", comment="why"), "p/A"
    )
    assert not is_as_wanted(entry(kind="sensitive", value=None, comment=sealed), asked("w", kind="sensitive"), "p/A")
    assert not is_as_wanted(entry(kind="sensitive", value=None), asked(kind="sensitive"), "p/A")


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), st.text(alphabet="abc []:", max_size=10))
def test_a_seal_is_of_one_value_in_one_place(value: str, other: str, words: str) -> None:
    comment = words + seal(value, "p/A")
    assert sealed_is(comment, value, "p/A")
    assert sealed_is(comment, other, "p/A") is (value == other)
    assert not sealed_is(comment, value, "p/B")
    assert without_mark(comment) == words.rstrip()
    assert not value or len(value) < 4 or value not in comment.removeprefix(words)


def test_entries_of_other_targets_are_not_touched() -> None:
    entries = [entry("A", "preview"), entry("B", "production")]
    assert find(entries, "A", PRODUCTION, "") is None
    with pytest.raises(LaunchopsError, match="can't be changed for production alone"):
        find([entry("A", "production", "preview")], "A", PRODUCTION, "")
    two = [entry("A", "production"), entry("A", "preview")]
    with pytest.raises(LaunchopsError, match="exists for the targets"):
        find(two, "A", frozenset({"production", "preview"}), "")
