"""The first day for study, rhythms of every other week, and times of the clock."""

from __future__ import annotations

from datetime import date, time

import pytest
from studysmith.programs.request.time.hours import clock_of
from studysmith.programs.request.time.read import read_time

WEDNESDAY = date(2026, 1, 7)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("slope, starting 12 January, 3 weeks", "2026-01-12"),
        ("slope, start on Monday, twice a week", "2026-01-12"),
        ("slope, from 15 January on", "2026-01-15"),
        ("slope, beginning next week", "2026-01-12"),
        ("slope, starting in February, exam in May", "2026-02-01"),
        ("I can't start before the 15th of January, exam on 30 January", "2026-01-15"),
        ("I'm not free until 20 January", "2026-01-20"),
        ("slope from February", "2026-02-01"),
        ("we begin the week after next", "2026-01-19"),
        ("I'm off school next week, so 2h a day then", "2026-01-12"),
        ("slope after Easter", "2026-04-06"),
        ("we start tomorrow, test on 30 January", "2026-01-08"),
        ("I can study from 12 January to 30 January", "2026-01-12"),
    ],
)
def test_the_first_day_is_read(text: str, start: str) -> None:
    read = read_time(text, WEDNESDAY)
    assert read.start == date.fromisoformat(start)
    assert [text[s.start : s.end] for s in read.used if s.slot in ("duration", "deadline")]


@pytest.mark.parametrize(
    "text",
    [
        "school starts on 12 January",
        "test starting on 12 January on slope",
        "I started on 3 October, test on 30 January",
        "my exam is from 12 to 16 January",
        "30 minutes from Monday to Friday",
        "I have been stuck since Monday",
        "I'm starting university on 12 September",
        "slope in two weeks from Monday",
        "slope, start today",
    ],
)
def test_what_begins_otherwise_is_no_first_day(text: str) -> None:
    assert read_time(text, WEDNESDAY).start is None


def test_a_span_counts_from_the_first_day() -> None:
    read = read_time("slope, starting 12 January, 3 weeks", WEDNESDAY)
    assert (read.weeks, read.days) == (3, 5 + 21)
    assert read_time("exam in 3 weeks, I start on Monday", WEDNESDAY).days == 21


@pytest.mark.parametrize(
    ("text", "sessions", "minutes", "every"),
    [
        ("slope, every other week on Saturday for an hour", 1, 60, 2),
        ("once a fortnight for 45 minutes", 1, 45, 2),
        ("an hour every other Tuesday", 1, 60, 2),
        ("every second Saturday, 2 hours", 1, 120, 2),
        ("fortnightly sessions of 50 minutes", 1, 50, 2),
        ("twice every other week, 30 minutes", 2, 30, 2),
        ("once a month for 90 minutes", 1, 90, 4),
        ("twice a week, 30 minutes", 2, 30, None),
    ],
)
def test_every_other_week_is_a_rhythm(text: str, sessions: int, minutes: int, every: int | None) -> None:
    read = read_time(text, WEDNESDAY)
    assert (read.sessions_per_week, read.minutes_per_session, read.every_weeks) == (sessions, minutes, every)
    assert read.minutes_per_week is None


def test_a_quiz_every_other_week_is_no_rhythm() -> None:
    assert read_time("we have a quiz every other week", WEDNESDAY).every_weeks is None


@pytest.mark.parametrize("noun", ["lessons", "classes", "periods", "sessions", "blocks"])
@pytest.mark.parametrize(
    "said", ["3 {} of 45 minutes a week", "3 {} a week of 45 minutes", "three 45-minute {} a week"]
)
def test_lessons_of_a_length_a_week(noun: str, said: str) -> None:
    read = read_time(f"I teach grade 7. We have {said.format(noun)}, 4 weeks.", WEDNESDAY)
    assert (read.sessions_per_week, read.minutes_per_session, read.minutes_per_week) == (3, 45, None)


def test_hours_until_a_day_are_all_there_are_on_the_days_that_are_named() -> None:
    read = read_time("10 hours until 28 February, Mon/Wed/Fri evenings", WEDNESDAY)
    assert (read.total_minutes, read.minutes_per_session, read.on) == (600, None, {0, 2, 4})
    assert read_time("4 hours on Saturdays until 28 February", WEDNESDAY).minutes_per_session == 240


def test_more_sessions_than_named_days_are_said() -> None:
    read = read_time("5 times a week, only on Mondays and Tuesdays", WEDNESDAY)
    assert read.sessions_per_week == 2
    assert [a.sentence for a in read.assumptions] == ["Of 5 sessions a week, 2 are planned, one a day."]
    assert not read_time("30 minutes every day but not on Sundays", WEDNESDAY).assumptions


@pytest.mark.parametrize(
    ("hours", "clock"),
    [
        ("at 5 pm", "17:00"), ("17:30", "17:30"), ("before school", None), ("between 4 and 6 pm", "16:00"),
        ("before 8am", "07:15"), ("evenings", None), ("evenings at 7", "19:00"), ("after 6pm", "18:00"),
        ("at 5", "17:00"), ("at 10", "10:00"), ("noon", "12:00"), ("16.30 - 18.00", "16:30"), ("11 to 1pm", "11:00"),
        ("by 8 pm", "19:15"), ("not before 10 am", "10:00"), ("17 Uhr", "17:00"), ("99:99", None), ("", None),
    ],
)  # fmt: skip
def test_a_time_of_the_clock_begins_a_session_of_45_minutes(hours: str, clock: str | None) -> None:
    assert clock_of(hours, 45) == (time.fromisoformat(clock) if clock else None)
