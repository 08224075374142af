"""One value as people type it into an option."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.programs.errors import InputError
from studysmith.programs.request.values import away_of, course_of, day_of, hours_of, minutes_of, weekdays_of

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("1 December", date(2026, 12, 1)),
        ("by Christmas", date(2026, 12, 25)),
        ("next friday", date(2026, 11, 27)),
        ("the 21st", date(2026, 12, 21)),
        ("27.1.", date(2027, 1, 27)),
        ("May", date(2027, 5, 1)),
        ("in 3 weeks", date(2026, 12, 16)),
        ("1 décembre", date(2026, 12, 1)),
        ("2020-01-01", date(2020, 1, 1)),
    ],
)
def test_a_day_is_read_in_any_usual_form(typed: str, meant: date) -> None:
    assert day_of(typed, TODAY, "deadline")[0] == meant


def test_an_open_date_is_read_by_the_rule_of_the_request_and_says_so() -> None:
    american = "“12/03” is read as 3 December 2026, month first."
    british = "“12/03” is read as 12 March 2027, day first."
    assert day_of("12/03", TODAY, "deadline") == (date(2026, 12, 3), american)
    assert day_of("12/03", TODAY, "deadline", "my GCSE maths exam") == (date(2027, 3, 12), british)
    assert day_of("3 December", TODAY, "deadline")[1] == ""
    assert away_of("12/03..12/05", TODAY)[1].startswith(american)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-12-01..2026-12-05", 1, 5),
        ("1 to 5 December", 1, 5),
        ("1 December..5 December", 1, 5),
        ("2026-12-03", 3, 3),
    ],
)
def test_an_absence_has_a_first_and_a_last_day(typed: str, first: int, last: int) -> None:
    assert away_of(typed, TODAY) == ((date(2026, 12, first), date(2026, 12, last)), "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mon,wed", "mon wed"),
        ("Friday, Monday and Wednesdays", "mon wed fri"),
        ("weekends", "sat sun"),
        ("fri-mon", "mon fri sat sun"),
        ("sat sat", "sat"),
    ],
)
def test_weekdays_are_named_or_abbreviated(typed: str, meant: str) -> None:
    assert weekdays_of(typed) == meant.split()


@pytest.mark.parametrize(("typed", "meant"), [("10h", 600), ("90", 90), ("10 hours", 600), ("1h30", 90), ("2½ h", 150)])
def test_an_amount_of_time_is_minutes(typed: str, meant: int) -> None:
    assert minutes_of(typed, "total") == meant


def test_times_of_day_stay_as_they_were_typed() -> None:
    assert [hours_of(typed) for typed in ("5 to 6 pm", " after school ")] == ["5 to 6 pm", "after school"]


@pytest.mark.parametrize(
    ("read", "typed", "accepted"),
    [
        (lambda v: day_of(v, TODAY, "deadline"), "soon", "deadline: a date, such as 2026-12-01"),
        (lambda v: day_of(v, TODAY, "deadline"), "1-5 December", "deadline: a date"),
        (lambda v: day_of(v, TODAY, "deadline"), "2026-13-45", "deadline: a date"),
        (lambda v: day_of(v, TODAY, "deadline"), "10 hours", "deadline: a date"),
        (lambda v: away_of(v, TODAY), "5..1", "away: a day or two with two dots between them"),
        (lambda v: away_of(v, TODAY), "2026-12-05..2026-12-01", "away: the last day is not before the first"),
        (weekdays_of, "mon,moonday", "days: weekdays with commas between them, such as mon,wed (got 'moonday')"),
        (weekdays_of, " , ", "days: weekdays"),
        (lambda v: minutes_of(v, "total"), "lots", "total: minutes, or an amount such as 10h or 1h30 (got 'lots')"),
        (lambda v: minutes_of(v, "total"), "1-2 hours", "total: minutes"),
        (hours_of, "25 o'clock", "hours: times of day, such as 5 to 6 pm or after school (got"),
        (hours_of, "17:75", "hours: times of day, such as 5 to 6 pm or after school (got '17:75')"),
        (
            course_of,
            "banana",
            "course: a course, an exam or a grade, such as Calculus 1, GCSE or Grade 7 (got 'banana')",
        ),
        (hours_of, "banana", "hours: times of day, such as 5 to 6 pm or after school (got 'banana')"),
    ],
)
def test_what_is_no_value_is_one_line(read: Callable[[str], Any], typed: str, accepted: str) -> None:
    with pytest.raises(InputError) as caught:
        read(typed)
    assert str(caught.value).startswith(accepted)
    assert "\n" not in str(caught.value)
