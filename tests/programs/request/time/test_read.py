"""What a request says about time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.request.time.read import read_time
from studysmith.programs.request.time.stated import StatedTime

WEDNESDAY = date(2026, 3, 4)


def _read(text: str) -> StatedTime:
    return read_time(text, WEDNESDAY)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("i have 3 weeks", 21),
        ("the exam is in two weeks", 14),
        ("within a couple of weeks", 14),
        ("a week left", None),
        ("in a week", 7),
        ("only 5 days left", 5),
        ("make me a 6-week plan", 43),
        ("over the next 4 wks", 29),
        ("in a month", 30),
        ("every day for a week", 8),
        ("half a day", 2),
        # Rates and the past are no spans.
        ("two hours a week", None),
        ("3 days a week", None),
        ("5 days/week", None),
        ("every 2 days", None),
        ("i missed two weeks of school", None),
        ("i was sick for 2 weeks", None),
        ("the last 3 weeks were hard", None),
        ("it started 2 weeks ago", None),
        # The surest wording counts, wherever it stands.
        ("i missed two weeks and the test is in 3 days", 3),
        ("the test is in 3 days, i was sick for two weeks", 3),
        ("a 2 week unit, exam in 5 weeks", 35),
        ("nothing about time", None),
        (f"in {'9' * 400} weeks", None),
    ],
)
def test_spans(text: str, days: int | None) -> None:
    assert _read(text).days == days


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("all of calculus by tomorrow", date(2026, 3, 5)),
        ("my test is today", WEDNESDAY),
        ("i need to learn limits tonight", WEDNESDAY),
        ("test on friday", date(2026, 3, 6)),
        ("the exam is on monday", date(2026, 3, 9)),
        ("on friday i have a quiz", date(2026, 3, 6)),
        ("my friday test", date(2026, 3, 6)),
        ("quiz on wednesday", date(2026, 3, 11)),
        ("exam next week", date(2026, 3, 11)),
        ("exam on may 5", date(2026, 5, 5)),
        ("final is on jun 3rd", date(2026, 6, 3)),
        ("due on 5th of may", date(2026, 5, 5)),
        ("exam on march 1", date(2027, 3, 1)),
        ("until 2026-06-01", date(2026, 6, 1)),
        ("it was on 2026-01-01", date(2026, 1, 1)),
        ("exam on june 5, next week we finish the chapter", date(2026, 6, 5)),
        # Where something begins, nothing ends.
        ("i can start tomorrow", None),
        ("we start integration next week", None),
        ("starting on monday", None),
        ("since 2026-02-01 we do limits, exam 2026-04-01", date(2026, 4, 1)),
        ("today in class we learned about limits", None),
        ("i have time on mondays and thursdays", None),
        ("on 2026-13-45", None),
        ("on feb 30", None),
        ("grade 8 may be too easy", None),
    ],
)
def test_deadlines(text: str, deadline: date | None) -> None:
    read = _read(text)
    assert read.deadline == deadline
    assert read.days == (None if deadline is None else (deadline - WEDNESDAY).days)


def test_the_29th_of_february_is_looked_for_no_further_than_next_year() -> None:
    assert read_time("exam on feb 29", date(2028, 2, 1)).deadline == date(2028, 2, 29)
    assert read_time("exam on feb 29", date(2028, 3, 1)).deadline is None


@pytest.mark.parametrize(
    ("text", "week", "session", "sessions"),
    [
        ("i can do 30 minutes 2 times a week", None, 30, 2),
        ("maybe 20 min, one time a week", None, 20, 1),
        ("2 hours per week", 120, None, None),
        ("2 hours of study per week", 120, None, None),
        ("5 hours weekly", 300, None, None),
        ("half an hour a day", None, 30, 7),
        ("an hour and a half, twice a week", None, 90, 2),
        ("1.5 hours each session", None, 90, None),
        ("30 minutes a day, 5 days a week", None, 30, 5),
        ("10 minutes every day", None, 10, 7),
        ("3x/week, 1h", None, 60, 3),
        ("2x a week", None, None, 2),
        ("20 minutes on weekdays", None, 20, 5),
        ("forty-five minutes, three evenings a week", None, 45, 3),
        ("9 times a week", None, None, 7),
        ("0 minutes", None, None, None),
        ("once in a while", None, None, None),
    ],
)
def test_minutes_and_sessions(text: str, week: int | None, session: int | None, sessions: int | None) -> None:
    read = _read(text)
    assert (read.minutes_per_week, read.minutes_per_session, read.sessions_per_week) == (week, session, sessions)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            "in for a an half 0 1 2 99999 1.5 week weeks day days month hours min per each / x times test due by may "
            "31 feb 30 2026-02-30 today tomorrow next monday friday start since ago left every daily of the and".split()
        ),
        max_size=25,
    ).map(" ".join)
)
def test_any_text_can_be_read(text: str) -> None:
    read = _read(text.lower())
    assert read.days is None or read.deadline or read.days >= 1
    assert read.sessions_per_week in (None, *range(1, 8))
    assert read.deadline is None or read.deadline - WEDNESDAY < timedelta(days=3_000_000)
