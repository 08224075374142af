"""Absences that are said of several stretches, after them, or by the exam."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("text", "away"),
    [
        ("away 12-18 January and again 26 January to 1 February", [(12, 1, 18, 1), (26, 1, 1, 2)]),
        ("with her dad 12-18 January and 26-28 January and nothing gets done there", [(12, 1, 18, 1), (26, 1, 28, 1)]),
        ("I'm busy on 3 Feb, 10 Feb and also on 17 February", [(3, 2, 3, 2), (10, 2, 10, 2), (17, 2, 17, 2)]),
        ("I'm away on 3 Feb and on 10 Feb I have a test", [(3, 2, 3, 2)]),
        ("exam on 20 February, and the week before the exam I'm away", [(13, 2, 19, 2)]),
        ("can't do the 3 days before the test, it's in 3 weeks", [(23, 1, 25, 1)]),
        ("exam on 20 February, I'm free the week before the exam", []),
        ("an hour a day, but from Jan 24 until Jan 27 I'm at a conference", [(24, 1, 27, 1)]),
        ("12 to 15 March we're in Rome", [(12, 3, 15, 3)]),
        ("I have guests 3-5 Feb, limits", [(3, 2, 5, 2)]),
        ("between the 2nd and the 6th I'm travelling", [(2, 2, 6, 2)]),
        ("from the 12th to the 15th she's at her dad's", [(12, 1, 15, 1)]),
        ("my in-laws are here, I have visitors from 3 to 6 Feb", [(3, 2, 6, 2)]),
        ("I have exams 3-5 Feb", []),
        ("the test moved from the 16th to the 23rd", []),
    ],
)
def test_absences(text: str, away: list[tuple[int, int, int, int]]) -> None:
    assert read_time(text, MONDAY).away == [(date(2026, m, d), date(2026, n, e)) for d, m, e, n in away]


def test_an_absence_before_an_exam_without_a_day_is_said_not_to_be_used() -> None:
    read = read_time("I'm away the week before the exam", MONDAY)
    [assumption] = read.assumptions
    assert read.away == []
    assert "No date is known for “the week before the exam”" in assumption.sentence
