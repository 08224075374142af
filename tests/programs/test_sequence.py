"""The timetable: prerequisites first, within the time there is."""

from __future__ import annotations

from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.calendar import session_days
from studysmith.programs.curriculum import curriculum
from studysmith.programs.sequence import (
    MOST_FOUNDATIONS,
    NEAR,
    PhaseName,
    Slot,
    SlotKind,
    focus_of,
    foundations,
    phase_of,
    split_minutes,
    timetable,
)

SOURCE = curriculum()


def weekly(weeks: int, sessions: int) -> list[list[int]]:
    return [session_days(sessions, range(7 * week, 7 * week + 7)) for week in range(weeks)]


CONCEPTS = st.sampled_from(sorted(SOURCE))
SETS = st.lists(CONCEPTS, max_size=8, unique=True)


def _slots(*kinds: tuple[str, SlotKind, PhaseName]) -> list[Slot]:
    return [Slot(*kind) for kind in kinds]


@given(
    topics=st.lists(CONCEPTS, min_size=1, max_size=20, unique=True),
    shaky=SETS,
    known=SETS,
    calendar=st.lists(st.integers(1, 7).map(lambda n: list(range(n))), min_size=1, max_size=8).map(
        lambda weeks: [[7 * number + day for day in week] for number, week in enumerate(weeks)]
    ),
    long=st.booleans(),
)
def test_any_timetable_is_in_order_and_in_time(
    topics: list[str], shaky: list[str], known: list[str], calendar: list[list[int]], long: bool
) -> None:
    table = timetable(topics, shaky, known, calendar, SOURCE, long)
    slots = [slot for week in table.weeks for slot in week]
    first = {slot.concept: place for place, slot in reversed(list(enumerate(slots)))}

    # Prerequisites precede what needs them, and a concept is learned before it is practised.
    for concept, place in first.items():
        assert slots[place].kind == "learn"
        assert all(first[p] < place for p in SOURCE.ancestors(concept) if p in first)
    # Within the time.
    assert len(table.weeks) + table.weeks_spared == len(calendar)
    assert all(1 <= len(week) <= len(days) for week, days in zip(table.weeks, calendar, strict=False))
    # Every topic is planned or named as cut, and nothing else is planned but what they rest on.
    assert set(topics) - set(first) == set(table.omitted)
    assert first
    base = set(first) - set(topics)
    assert base <= {p for t in topics for p in SOURCE[t].prerequisites} | set(shaky)
    assert not (base - set(shaky)) & set(known)
    # Topics get a session each before any gets a second one.
    if table.omitted:
        assert all(slot.kind == "learn" for slot in slots if slot.concept in topics)
    phases = [slot.phase for slot in slots]
    assert phases == sorted(phases, key=("foundations", "core", "consolidation").index)


DAYS = st.lists(st.integers(0, 4), min_size=1, max_size=5).filter(any)


@given(
    topics=st.lists(CONCEPTS, min_size=1, max_size=6, unique=True),
    weeks=st.lists(DAYS, min_size=1, max_size=6),
    long=st.booleans(),
    test=st.booleans(),
)
def test_no_topic_is_reviewed_on_the_day_of_its_work(
    topics: list[str], weeks: list[list[int]], long: bool, test: bool
) -> None:
    calendar = [[7 * n + day for day, times in enumerate(week) for _ in range(times)] for n, week in enumerate(weeks)]
    table = timetable(topics, [], [], calendar, SOURCE, long, test=test)
    taught: set[str] = set()
    for week, days in zip(table.weeks, calendar, strict=False):
        for day in sorted(set(days)):
            slots = [slot for slot, on in zip(week, session_days(len(week), days), strict=True) if on == day]
            work = {slot.concept for slot in slots if slot.kind != "review"}
            opened = {slot.concept for slot in takewhile(lambda slot: slot.kind == "review", slots)}
            reviewed = [c for slot in slots if slot.kind == "review" for c in (slot.concept, *slot.also)]
            # All that a test asks for may have been learned on the day before it.
            if taught & set(topics) or not any(slot.also for slot in slots):
                assert len(set(reviewed)) == len(reviewed)
                assert set(reviewed) <= taught
                assert not work & (set(reviewed) - opened)
            taught |= work


@pytest.mark.parametrize(
    ("calendar", "long", "kinds"),
    [
        ([[0, 0], [7, 7]], False, ["learn", "practise", "review", "apply"]),
        ([[0, 0, 0, 0]], True, ["learn", "practise", "apply", "practise"]),
        ([[0, 0, 0], [7]], False, ["learn", "practise", "apply", "review"]),
    ],
)
def test_a_review_opens_the_next_day_or_is_more_work(calendar: list[list[int]], long: bool, kinds: list[str]) -> None:
    table = timetable(["counting-and-comparing"], [], [], calendar, SOURCE, long)
    assert [slot.kind for week in table.weeks for slot in week] == kinds


def test_a_review_before_a_test_takes_up_what_earlier_days_have_taught() -> None:
    topics = ["mean-and-median", "ratios", "telling-time"]
    known = [p for t in topics for p in SOURCE[t].prerequisites]
    table = timetable(topics, [], known, [[0, 2, 4, 4], [7, 7]], SOURCE, test=True, ordered=True)
    *_, last, review = table.weeks[-1]
    assert (last.concept, last.kind) == ("telling-time", "learn")
    assert (review.concept, review.also) == ("ratios", ("mean-and-median",))


def test_u_substitution_in_three_weeks() -> None:
    table = timetable(["u-substitution"], ["chain-rule"], [], weekly(3, 3), SOURCE)
    assert [(s.concept, s.kind) for s in table.weeks[0][:2]] == [("chain-rule", "learn"), ("chain-rule", "practise")]
    assert [s.kind for week in table.weeks for s in week if s.phase == "core"] == ["learn", "practise", "apply"]


@pytest.mark.parametrize(("sessions", "about_topic"), [(1, 1), (2, 1), (3, 2), (6, 4)])
def test_short_plans_get_to_their_topic(sessions: int, about_topic: int) -> None:
    table = timetable(["u-substitution"], [], [], weekly(1, sessions), SOURCE)
    assert sum(slot.concept == "u-substitution" for slot in table.weeks[0]) == about_topic


def test_a_shaky_prerequisite_is_kept_when_time_is_short() -> None:
    topics = ["limits-by-substitution", "power-rule", "product-rule"]
    table = timetable(topics, ["function-notation"], [], weekly(1, 2), SOURCE)
    assert [slot.concept for slot in table.weeks[0]] == ["function-notation", "limits-by-substitution"]
    assert table.omitted == ["power-rule", "product-rule"]


def test_a_shaky_topic_that_comes_in_as_foundation_is_not_cut() -> None:
    topics = ["power-rule", "product-rule", "quotient-rule"]
    table = timetable(topics, ["quotient-rule", "function-notation"], [], weekly(1, 3), SOURCE)
    assert {slot.concept for slot in table.weeks[0]} == set(topics)
    assert table.omitted == []


def test_weeks_that_are_not_needed_stay_free() -> None:
    table = timetable(["slope"], [], [], weekly(10, 3), SOURCE)
    assert len(table.weeks) < 5
    assert table.weeks_spared == 10 - len(table.weeks)


@given(topics=st.lists(CONCEPTS, min_size=1, max_size=3, unique=True), shaky=SETS, known=SETS)
def test_foundations_are_shaky_or_near(topics: list[str], shaky: list[str], known: list[str]) -> None:
    base = foundations(topics, shaky, known, SOURCE)
    assert len(base) == len(set(base)) <= max(MOST_FOUNDATIONS, len(shaky))
    lowest = min(SOURCE[t].level for t in topics)
    for concept in set(base) - set(shaky):
        assert SOURCE[concept].level >= lowest - NEAR
        assert concept not in known
    assert not set(base) & set(topics)


def test_a_week_is_about_what_most_of_its_sessions_are_about() -> None:
    week = _slots(("slope", "learn", "foundations"), ("ratios", "learn", "core"), ("slope", "practise", "core"))
    assert focus_of(week) == "slope"
    assert focus_of(week[:2]) == "ratios"
    assert phase_of(week) == "core"
    assert phase_of(week[:2]) == "core"
    reviews = [("slope", "review", "consolidation")] * 2
    assert phase_of(_slots(("slope", "practise", "core"), *reviews)) == "consolidation"
    # What is new keeps a week from being called a repetition.
    assert phase_of(_slots(("slope", "learn", "core"), *reviews)) == "core"


@given(total=st.integers(10, 600), shares=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_minutes_add_up(total: int, shares: list[int]) -> None:
    minutes = split_minutes(total, shares)
    assert sum(minutes) == total
    assert min(minutes) >= 1


def test_topics_in_the_order_that_was_asked_for_come_in_that_order() -> None:
    asked = ["mean-and-median", "ratios", "telling-time"]
    plan = timetable(asked, [], [], [[0, 2, 4], [7, 9, 11], [14, 16, 18]], SOURCE, ordered=True)
    core = list(dict.fromkeys(s.concept for week in plan.weeks for s in week if s.concept in asked))
    assert core == asked
