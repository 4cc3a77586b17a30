# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice of a rollback target: its rules one by one, and what must hold in every world."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import LaunchopsError
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.rollback import Rule, World, choose
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.vercel import Deployment
from hypothesis import given
from hypothesis import strategies as st


def deployment(
    number: int, *, state: str = "READY", target: str | None = "production", candidate: bool | None = True
) -> Deployment:
    return Deployment(
        id=f"dpl_{number}",
        url=f"shop-{number}.vercel.app",
        state=state,
        target=target,
        created_at=number,
        rollback_candidate=candidate,
    )


def world(
    *numbers: int,
    current: int = 3,
    held: bool = False,
    healthy: tuple[str, ...] = (),
    bad: dict[str, str] | None = None,
    unfinished: str = "",
) -> World:
    listed = [deployment(n, candidate=n != current) for n in sorted(numbers, reverse=True)]
    return World(
        current=f"dpl_{current}",
        suspect=f"dpl_{current}",
        held=held,
        candidates=listed,
        healthy=healthy,
        bad=bad or {},
        unfinished=unfinished,
    )


def test_the_one_before_the_current() -> None:
    choice = choose(world(1, 2, 3))
    assert (choice.deployment.id, choice.rule) == ("dpl_2", Rule.BEFORE)


def test_the_last_healthy_before_the_newest() -> None:
    choice = choose(world(1, 2, 3, healthy=("dpl_3", "dpl_1")))
    assert (choice.deployment.id, choice.rule) == ("dpl_1", Rule.HEALTHY)


def test_one_that_is_newer_is_not_gone_forward_to() -> None:
    assert choose(world(1, 2, 3, current=2)).deployment.id == "dpl_1"


def test_a_bad_one_is_passed_over_even_when_it_was_healthy_once() -> None:
    choice = choose(world(1, 2, 3, healthy=("dpl_2",), bad={"dpl_2": "slow"}))
    assert choice.deployment.id == "dpl_1"


def test_stays_where_a_rollback_has_put_it() -> None:
    choice = choose(world(1, 2, 3, current=2, held=True))
    assert (choice.deployment.id, choice.rule) == ("dpl_2", Rule.HELD)


def test_back_from_a_promotion_even_to_a_newer_build() -> None:
    there = replace(world(1, 2, 3, current=1), promoted_from="dpl_3")
    choice = choose(there)
    assert (choice.deployment.id, choice.rule) == ("dpl_3", Rule.PREVIOUS)
    assert (
        choose(replace(world(1, 2, 3, current=2, bad={"dpl_3": "slow"}), promoted_from="dpl_3")).deployment.id
        == "dpl_1"
    )


def test_goes_on_with_an_unfinished_rollback() -> None:
    choice = choose(world(1, 2, 3, healthy=("dpl_2",), unfinished="dpl_1"))
    assert (choice.deployment.id, choice.rule) == ("dpl_1", Rule.UNFINISHED)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (deployment(1, state="ERROR"), "its state is ERROR"),
        (deployment(1, target=None), "not a production deployment"),
        (deployment(1, candidate=False), "does not offer it"),
        (deployment(3), "in production now"),
    ],
)
def test_a_named_one_that_can_not_be_is_refused_with_the_reason(wrong: Deployment, words: str) -> None:
    there = World(current="dpl_3", suspect="dpl_3", held=False, candidates=[deployment(3)], bad={})
    if wrong.id == "dpl_3":
        assert choose(there, wrong).rule is Rule.NAMED
        return
    with pytest.raises(LaunchopsError, match=words):
        choose(there, wrong)


def test_a_candidate_that_vercel_says_nothing_about_is_not_chosen_unasked() -> None:
    unknown = World(
        current="dpl_2",
        suspect="dpl_2",
        held=False,
        candidates=[deployment(2, candidate=False), deployment(1, candidate=None)],
    )
    with pytest.raises(LaunchopsError, match="does not say whether"):
        choose(unknown)


def test_the_base_of_a_rolling_release_is_a_target_although_it_is_current() -> None:
    there = World(
        current="dpl_2", suspect="dpl_3", held=False, candidates=[deployment(3), deployment(2, candidate=False)]
    )
    assert choose(there).deployment.id == "dpl_2"


numbers = st.sets(st.integers(1, 12), min_size=1, max_size=8)
states = st.sampled_from(["READY", "READY", "READY", "ERROR", "BUILDING"])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ids = sorted(draw(numbers), reverse=True)
    listed = [
        deployment(
            n,
            state=draw(states),
            target=draw(st.sampled_from(["production", "production", None])),
            candidate=draw(st.sampled_from([True, True, False, None])),
        )
        for n in ids
    ]
    names = [d.id for d in listed]
    current = draw(st.sampled_from(names))
    return World(
        current=current,
        suspect=draw(st.sampled_from([current, current, names[0]])),
        held=draw(st.booleans()),
        candidates=listed,
        healthy=tuple(draw(st.permutations(names)))[: draw(st.integers(0, 4))],
        bad={name: "why" for name in names if draw(st.booleans()) and draw(st.booleans())},
        unfinished=draw(st.sampled_from(["", "", names[-1]])),
    )


@given(worlds())
def test_whatever_is_chosen_is_ready_and_not_bad(there: World) -> None:
    try:
        choice = choose(there)
    except LaunchopsError as error:
        for candidate in there.candidates:
            assert candidate.id in error.message
        return
    assert choice.deployment.id not in there.bad
    assert choice.deployment.state == "READY"
    if choice.rule in {Rule.BEFORE, Rule.HEALTHY}:
        assert choice.deployment.id != there.suspect
        assert choice.deployment.target == "production"


@given(worlds())
def test_a_second_choice_after_the_first_was_carried_out_stays(there: World) -> None:
    try:
        first = choose(there).deployment
    except LaunchopsError:
        return
    after = World(
        current=first.id,
        suspect=first.id,
        held=True,
        candidates=there.candidates,
        healthy=(first.id, *there.healthy),
        bad={**there.bad, **({there.suspect: "rolled back"} if there.suspect != first.id else {})},
    )
    assert choose(after).deployment.id == first.id


@given(worlds())
def test_the_order_of_the_list_is_all_that_time_means(there: World) -> None:
    ids = [candidate.id for candidate in there.candidates]
    try:
        choice = choose(there)
    except LaunchopsError:
        return
    if choice.rule is Rule.BEFORE and choice.deployment.id != there.current:
        anchor = there.current
        assert ids.index(choice.deployment.id) > ids.index(anchor)
