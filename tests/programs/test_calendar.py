"""The days of a plan: only open ones, at most one session on each."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.calendar import open_weeks, session_days, start_of, study_days

START = date(2026, 1, 7)
DAYS = st.dates(date(2025, 12, 20), date(2026, 4, 1))


def test_the_day_of_the_test_is_not_for_study() -> None:
    assert [study_days(days) for days in (None, 0, 1, 2, 3, 4, 14)] == [None, 1, 1, 2, 3, 3, 13]
    assert [study_days(14, start) for start in (0, 1, 5, 14, 20)] == [14, 13, 9, 0, 0]
    assert start_of(START, 3) == START
    assert start_of(START, 4) == start_of(START) == START + timedelta(days=1)


@given(
    length=st.integers(0, 80),
    weekdays=st.frozensets(st.integers(0, 6)),
    away=st.lists(st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair))), max_size=4),
    every=st.integers(1, 3),
)
def test_open_days_are_all_days_that_nothing_rules_out(
    length: int, weekdays: frozenset[int], away: list[tuple[date, date]], every: int
) -> None:
    found = list(open_weeks(START, START + timedelta(days=length), weekdays, away, every))
    expected = []
    for day in range(length):
        when = START + timedelta(days=day)
        gone = any(first <= when <= last for first, last in away)
        if when.weekday() in weekdays and not gone and day // 7 % every == 0:
            expected.append(day)
    assert list(chain(*found)) == expected
    assert all(week and len({day // 7 for day in week}) == 1 for week in found)


@given(sessions=st.integers(1, 9), free=st.lists(st.integers(0, 60), min_size=1, max_size=7, unique=True).map(sorted))
def test_sessions_lie_on_open_days_one_a_day(sessions: int, free: list[int]) -> None:
    found = session_days(sessions, free)
    assert len(found) == min(sessions, len(free))
    assert found == sorted(set(found))
    assert set(found) <= set(free)


def test_sessions_are_spread_over_the_week() -> None:
    assert session_days(3, range(7)) == [0, 2, 4]
    assert session_days(2, range(7, 14)) == [7, 10]
