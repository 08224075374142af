"""How long there is."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("i have 3 weeks", 21),
        ("the exam is in two weeks", 14),
        ("exam in three weeks' time", 21),
        ("within a couple of weeks", 14),
        ("a week left", 7),
        ("1 week to go", 7),
        ("in a week", 7),
        ("only 5 days left", 5),
        ("only a fortnight left", 14),
        ("make me a 6-week plan", 43),
        ("over the next 4 wks", 29),
        ("8wks", 57),
        ("two and a half weeks", 19),
        ("in a month", 31),
        ("in a year", 365),
        ("every day for a week", 8),
        ("20 minutes a day this week", 5),
        # Rates and the past are no spans.
        ("two hours a week", None),
        ("3 days a week", None),
        ("3 times a week until we are done", None),
        ("5 days/week", None),
        ("every 2 days", None),
        ("i missed two weeks of school", None),
        ("i was sick for 2 weeks", None),
        ("the last 3 weeks were hard", None),
        ("it started 2 weeks ago", None),
        ("we've been doing fractions for two weeks now", None),
        ("it's been a month and i still don't get it", None),
        ("i haven't done maths for ten years, taught it for 12 years", None),
        ("this week we learned about limits", None),
        ("my 12 week old puppy", None),
        ("grade 9, week 3 of the unit", None),
        ("one day i want to be an engineer", None),
        # The surest wording counts, wherever it stands.
        ("i missed two weeks and the test is in 3 days", 3),
        ("the test is in 3 days, i was sick for two weeks", 3),
        ("a 2 week unit, exam in 5 weeks", 35),
        ("nothing about time", None),
        (f"in {'9' * 400} weeks", None),
        ("in 999 years", 364877),
    ],
)
def test_spans(text: str, days: int | None) -> None:
    assert read_time(text, WEDNESDAY).days == days


@pytest.mark.parametrize(
    ("text", "weeks"),
    [("for 3 weeks", 3), ("exam in 16 weeks", 16), ("a fortnight", None), ("for a fortnight", 2), ("2 months", 8)],
)
def test_weeks(text: str, weeks: int | None) -> None:
    assert read_time(text, WEDNESDAY).weeks == weeks


def test_days_that_lead_to_an_end_are_a_deadline() -> None:
    assert read_time("test in 10 days", WEDNESDAY).deadline == date(2026, 3, 14)
    assert read_time("for 10 days", WEDNESDAY).deadline is None


def test_a_first_day_beside_a_rhythm_is_not_the_only_one() -> None:
    assert read_time("30 minutes this Saturday, then an hour a week", WEDNESDAY).days is None
