"""Hours in the forms in which people write them."""

from __future__ import annotations

from datetime import date, time

import pytest
from studysmith.programs.request.time.hours import clock_of
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("language", "text", "hours", "minutes", "begins"),
    [
        ("es", "los lunes de 17 a 19h", "de 17 a 19h", 120, time(17)),
        ("pt", "às terças das 16h às 17h30", "das 16h às 17h30", 90, time(16)),
        ("fr", "le mardi à 17h30", "à 17h30", None, time(17, 30)),
        ("fr", "le jeudi entre 18h et 19h", "entre 18h et 19h", 60, time(18)),
        ("de", "montags ab 18 Uhr", "ab 18 Uhr", None, time(18)),
        ("de", "montags um 18: Brüche", "um 18:", None, time(18)),
        ("de", "jeden Montag um 16.30 Uhr", "um 16.30 Uhr", None, time(16, 30)),
        ("en", "every day 12:30-1:15", "12:30-1:15", 45, time(12, 30)),
        ("en", "on Mondays between 4 and 6", "4 and 6", 120, time(16)),
        ("en", "from 7 till 8 every evening", "from 7 till 8, evening", 60, time(19)),
        ("en", "8 to 9 in the evening", "8 to 9, evening", 60, time(20)),
        ("en", "mon 10-11", "10-11", 60, time(10)),
        ("zh", "每天八点到九点", "八点到九点", 60, None),
        ("en", "I can work after 8pm", "after 8pm", None, time(20)),
        ("en", "on weekdays, 5ish", "5ish", None, time(17)),
        ("en", "around 5:30-ish every tuesday", "around 5:30-ish", None, time(17, 30)),
        ("en", "on Fridays at half past four", "at half past four", None, time(16, 30)),
        ("en", "Sundays at quarter to 6", "at quarter to 6", None, time(17, 45)),
        ("es", "los lunes a las 5 de la tarde", "a las 5 de la tarde", None, time(17)),
        ("fr", "le lundi à 18 heures", "à 18 heures", None, time(18)),
    ],
)
def test_a_time_of_the_clock_is_read_and_begins_the_session(
    language: str, text: str, hours: str, minutes: int | None, begins: time | None
) -> None:
    read = read_time(text, MONDAY, language)
    assert (read.hours, read.minutes_per_session) == (hours, minutes)
    assert clock_of(read.hours, 30) == begins


@pytest.mark.parametrize(
    "text",
    ["20ish minutes on fractions", "half of 8", "I work after school", "from 7 to 8 weeks", "a grade 5ish level",
     "Grade 5: fractions on Mondays",
     "algebra 1: factoring", "Klasse 7: Brüche, 18 Wochen"],
)  # fmt: skip
def test_what_is_no_time_of_the_clock_is_none(text: str) -> None:
    assert not any(letter.isdigit() for letter in read_time(text, MONDAY).hours)


def test_hours_that_last_stay_durations() -> None:
    read = read_time("1h30 le mercredi et 1h le dimanche", MONDAY, "fr")
    assert (read.minutes_on, read.hours) == ({2: 90, 6: 60}, "")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "every day until 6pm"),
        ("en", "every day, no later than 6pm"),
        ("en", "on Mondays until 6"),
        ("de", "jeden Tag bis 18 Uhr"),
        ("de", "montags, bis spätestens 18h"),
        ("de", "montags, spätestens um 18.00 Uhr"),
        ("fr", "chaque jour jusqu'à 18h"),
        ("fr", "chaque jour jusqu’à 18 heures"),
        ("fr", "le lundi avant 18 heures"),
        ("fr", "le lundi jusqu'à 18 heures au plus tard"),
        ("es", "todos los días hasta las 18"),
        ("es", "los lunes hasta las 18h"),
        ("es", "los lunes antes de las 18 horas"),
        ("es", "los lunes hasta las 6 de la tarde"),
        ("pt", "todos os dias até as 18h"),
    ],
)
def test_what_must_be_over_by_an_hour_ends_then(language: str, text: str) -> None:
    read = read_time(text, MONDAY, language)
    assert [text[s.start : s.end] for s in read.used if s.slot == "hours"] == [read.hours]
    assert clock_of(read.hours, 30) == time(17, 30)
    assert (read.minutes_per_session, read.deadline) == (None, None)


@pytest.mark.parametrize(
    ("language", "text", "minutes"),
    [
        ("fr", "jusqu'à 2 heures par semaine", 120),
        ("fr", "de 2 à 3 heures par semaine", 180),
        ("fr", "jusqu'à 18 heures en tout", 18 * 60),
        ("es", "hasta 2 horas a la semana", 120),
    ],
)
def test_hours_up_to_a_number_of_them_last(language: str, text: str, minutes: int) -> None:
    read = read_time(text, MONDAY, language)
    assert (read.hours, read.total_minutes or read.minutes_per_week) == ("", minutes)
