"""Double periods of a school are as long as two."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("language", "text", "minutes", "sessions", "on"),
    [
        ("en", "double periods of 45 minutes", 90, None, None),
        ("en", "two double periods of 45 minutes a week", 90, 2, None),
        ("en", "2 x double period a week", 90, 2, None),
        ("en", "a double period on Tuesdays", 90, 1, {1}),
        ("en", "double maths on Mondays", 90, 1, {0}),
        ("en", "double lessons twice a week", 90, 2, None),
        ("en", "a double lesson of 90 minutes on Fridays", 90, 1, {4}),
        ("en", "double lesson Tuesdays 80 minutes", 80, 1, {1}),
        ("en", "90-minute double periods on Tuesdays and Thursdays", 90, 2, {1, 3}),
        ("en", "a double class of 50 min on Mondays", 100, 1, {0}),
        ("en", "one double period (2 x 40 min) each week", 80, 1, None),
        ("en", "a double period on Mondays, periods are 40 minutes", 80, 1, {0}),
        ("de", "Doppelstunden von 45 Minuten", 90, None, None),
        ("de", "montags eine Doppelstunde", 90, 1, {0}),
        ("de", "zwei Doppelstunden à 90 Minuten pro Woche", 90, 2, None),
        ("fr", "deux cours doubles de 45 minutes par semaine", 90, 2, None),
        ("es", "clases dobles de 45 minutos los martes", 90, 1, {1}),
        ("pt", "duas aulas duplas por semana", 90, 2, None),
    ],
)
def test_a_double_period_has_the_minutes_of_two(
    language: str, text: str, minutes: int, sessions: int | None, on: set[int] | None
) -> None:
    read = read_time(text, MONDAY, language)
    assert (read.minutes_per_session, read.sessions_per_week, read.on) == (minutes, sessions, on)
    assert read.minutes_per_week in (None, minutes * (sessions or 1))


def test_single_periods_beside_them_are_half_as_long() -> None:
    read = read_time("a double period on Mondays and a single period on Thursdays, periods are 40 minutes", MONDAY)
    assert read.minutes_on == {0: 80, 3: 40}
    read = read_time("a double period on Mondays (100 min) and a single on Thursdays (50 min)", MONDAY)
    assert (read.minutes_on, read.assumptions) == ({0: 100, 3: 50}, [])
    read = read_time("one double period (90 minutes) and one single period (45 minutes) a week", MONDAY)
    assert (read.sessions_per_week, read.minutes_per_week) == (2, 135)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("double periods of 45 minutes", "“double periods of 45 minutes” is read as 90 minutes, two periods of 45."),
        (
            "a double period on Tuesdays and a double period on Fridays",
            "“double period” is read as 90 minutes, two periods of 45; say how long it is if it is not.",
        ),
        ("double period on Mondays, 40 minutes a period", "“double period” is read as 80 minutes, two periods of 40."),
        ("a double lesson of 90 minutes on Fridays", ""),
        ("the double angle formula, 40 minutes a day", ""),
    ],
)
def test_how_long_a_double_period_is_taken_to_be_is_said_once(text: str, said: str) -> None:
    assert [a.sentence for a in read_time(text, MONDAY).assumptions] == ([said] if said else [])


def test_all_of_it_is_read() -> None:
    text = "two double periods of 45 minutes a week"
    read = {place for span in read_time(text, MONDAY).used for place in range(span.start, span.end)}
    assert {text[place] for place in range(len(text)) if place not in read} <= {" "}
