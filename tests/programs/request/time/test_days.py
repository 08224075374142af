"""Weekdays, times of day, absences."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)
WEEKEND, SCHOOL = {5, 6}, {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("on Mon, Wed and Fri", {0, 2, 4}, set()),
        ("mon wed fri", {0, 2, 4}, set()),
        ("tues & thurs", {1, 3}, set()),
        ("Tues/Thurs", {1, 3}, set()),
        ("Mon-Thu", {0, 1, 2, 3}, set()),
        ("Monday to Friday", SCHOOL, set()),
        ("Fri to Mon", {4, 5, 6, 0}, set()),
        ("20 mins on school days, nothing at weekends", SCHOOL, WEEKEND),
        ("weekends only", WEEKEND, SCHOOL),
        ("only on Saturdays", {5}, {0, 1, 2, 3, 4, 6}),
        ("not on Mondays or Fridays", None, {0, 4}),
        ("any day but Tuesday", None, {1}),
        ("two hrs on saturday, sunday off", {5}, {6}),
        ("I can't do Mondays", None, {0}),
        ("track practice Tues/Thurs so not those, 45 minutes on the other school days", {0, 2, 4}, {1, 3}),
        ("he has training on Wednesdays", None, {2}),
        ("1.5 hours a day incl. weekends", None, set()),
        ("every day of the week", None, set()),
        # No days for study
        ("we have a quiz every Friday", None, set()),
        ("class on Monday was about limits", None, set()),
        ("we start the new unit on monday", None, set()),
        ("the sun is shining and he sat there", None, set()),
        ("I take the SAT", None, set()),
    ],
)
def test_days(text: str, on: set[int] | None, off: set[int]) -> None:
    read = read_time(text, MONDAY)
    assert (read.on, read.not_on) == (on, off)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon and Thu at 17:30", "at 17:30"),
        ("Mornings before 8am, never on Wednesdays", "Mornings before 8am"),
        ("10 mins a day after tea", "after tea"),
        ("16:00 sharp", "16:00"),
        ("i can only study 2pm to 3pm", "2pm to 3pm"),
        ("each evening from 8 to 9", "evening from 8 to 9"),
        ("before school and during lunch", "before school and during lunch"),
        # No times for study
        ("good evening", ""),
        ("exam at 9am on 12 March", ""),
        ("by tomorrow morning", ""),
        ("i work nights", ""),
        ("a ratio of 12:30", ""),
        ("the night before the test", ""),
    ],
)
def test_hours(text: str, hours: str) -> None:
    assert read_time(text, MONDAY).hours == hours


@pytest.mark.parametrize(
    ("text", "away"),
    [
        ("I'm away 1-5 February", [(date(2026, 2, 1), date(2026, 2, 5))]),
        ("on vacation from 14 feb till 22 feb", [(date(2026, 2, 14), date(2026, 2, 22))]),
        ("away from 1 to 5 December", [(date(2026, 12, 1), date(2026, 12, 5))]),
        ("no time between 3 and 7 Feb", [(date(2026, 2, 3), date(2026, 2, 7))]),
        ("from 1 to 5 Feb I'm away", [(date(2026, 2, 1), date(2026, 2, 5))]),
        ("away from 20 December to 10 January", [(MONDAY, date(2026, 1, 10))]),
        ("half term is 16-20 February", [(date(2026, 2, 16), date(2026, 2, 20))]),
        ("on holiday in August", [(date(2026, 8, 1), date(2026, 8, 31))]),
        ("any day except 14 Feb", [(date(2026, 2, 14), date(2026, 2, 14))]),
        ("I was away 1-5 December", []),
        ("break starts on 12 Feb", []),
        ("until half term (13 Feb)", []),
    ],
)
def test_absences(text: str, away: list[tuple[date, date]]) -> None:
    assert read_time(text, MONDAY).away == away


@pytest.mark.parametrize(
    ("language", "text", "not_on"),
    [
        ("en", "30 mins every day except when I have football (tues, thurs)", {1, 3}),
        ("en", "slope, on tuesdays she has ballet", {1}),
        ("en", "saturdays i have work, 20 min a day", {5}),
        ("de", "2x pro Woche 45 min, dienstags nicht", {1}),
        ("fr", "3 séances de 25 minutes par semaine, pas le dimanche", {6}),
    ],
)
def test_excluded_weekdays_are_not_the_only_ones(language: str, text: str, not_on: set[int]) -> None:
    read = read_time(text, MONDAY, language)
    assert (read.on, read.not_on) == (None, not_on)


def test_days_off_work_are_days_for_study() -> None:
    read = read_time("I'm off work Fridays. 4 hrs each Friday.", MONDAY)
    assert (read.on, read.minutes_per_session, read.sessions_per_week) == ({4}, 240, 1)


def test_a_range_that_runs_backwards_month_first_is_read_day_first() -> None:
    read = read_time("slope. I'm travelling from 1/2 to 8/2", MONDAY)
    assert read.away == [(date(2026, 2, 1), date(2026, 2, 8))]
    assert [a.sentence for a in read.assumptions if "day first" in a.sentence]


def test_a_german_range_of_numbers_is_an_absence() -> None:
    read = read_time("Brüche, vom 30.3. bis 10.4. bin ich weg", MONDAY, "de")
    assert (read.away, read.deadline) == ([(date(2026, 3, 30), date(2026, 4, 10))], None)


@pytest.mark.parametrize(
    "text", ["evenings only, never on a friday", "3 mornings a week but not a Friday, that is library day"]
)
def test_a_day_that_is_never_one_is_left_out(text: str) -> None:
    assert read_time(text, MONDAY).not_on == {4}


@pytest.mark.parametrize(
    ("text", "hours"), [("after dinner on school nights", "after dinner"), ("on work nights at 8pm", "at 8pm")]
)
def test_nights_that_are_days_are_no_second_time_of_day(text: str, hours: str) -> None:
    assert read_time(text, MONDAY).hours == hours


def test_a_team_practises_on_days_that_are_not_free() -> None:
    read = read_time("I have school till 4 and swim practice mon + wed", MONDAY)
    assert (read.on, read.not_on) == (None, {0, 2})
