"""Sessions that happen once are no rhythm: just those days, with those minutes."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2 hours this weekend", {10: 60, 11: 60}),
        ("an hour this weekend", {10: 60}),
        ("this weekend only, an hour each day", {10: 60, 11: 60}),
        ("90 minutes. today only", {5: 90}),
        ("20 minutes tonight", {5: 20}),
        ("4 hrs this Saturday and that's it", {10: 240}),
        ("3 hours on Sunday, and that is all i have", {11: 180}),
        ("One 60-minute tutoring session on 9 January", {9: 60}),
        ("a one-hour revision session on Thursday", {8: 60}),
        ("my tutor comes on 8, 10 and 12 January for an hour", {8: 60, 10: 60, 12: 60}),
        ("20 minutes today and 30 minutes tomorrow", {5: 20, 6: 30}),
        ("tonight and tomorrow, 30 min each", {5: 30, 6: 30}),
        ("I have like 20 min tonight, 20 tmrw and 20 on wed", {5: 20, 6: 20, 7: 20}),
        ("today 1 hr, tomorrow 2 hrs, wed off, thu-sun 30 mins", {5: 60, 6: 120, 8: 30, 9: 30, 10: 30, 11: 30}),
        ("tomorrow an hour, Wednesday 30 min, exam on Friday", {6: 60, 7: 30}),
        ("i've got 45 min rn before my test", {5: 45}),
        ("Saturday 10th and Sunday 11th January, 90 minutes each day", {10: 90, 11: 90}),
        ("sessions of an hour on the 9th and the 10th", {9: 60, 10: 60}),
        ("an hour this evening and another tomorrow evening", {5: 60, 6: 60}),
        ("test on Wednesday, today 1 hour and tomorrow 2", {5: 60, 6: 120}),
        ("two 20 minute sessions this weekend", {10: 20, 11: 20}),
        ("2 sessions of 20 minutes this weekend", {10: 20, 11: 20}),
        ("2 x 20 minutes this weekend", {10: 20, 11: 20}),
        ("20 minutes twice this weekend", {10: 20, 11: 20}),
        ("this weekend: 3 sessions of 30 min", {10: 60, 11: 30}),
        ("this weekend only, two 30-minute sessions each day", {10: 60, 11: 60}),
        ("two 45 min sessions tomorrow", {6: 90}),
        ("2 x 20 minutes a week", {}),
    ],
)
def test_what_happens_once_is_on_its_days(text: str, days: dict[int, int]) -> None:
    assert read_time(text, MONDAY).sessions_on == {date(2026, 1, day): minutes for day, minutes in days.items()}


@pytest.mark.parametrize(
    "text",
    [
        "can start tomorrow, 30 min a day",
        "2 hours tomorrow, then 30 minutes a day",
        "30 minutes this Saturday, then an hour a week",
        "today we had a quiz. 20 min 3x a week",
        "exam tomorrow, 2 hours",
        "30 minutes a day, test on 9 January",
        "an hour on Tuesdays and Thursdays",
        "yesterday I did 2 hours. 20 minutes on Mondays",
        "lessons on Fridays, 45 minutes",
        "there are only Monday and Thursday evenings, ninety minutes each",
        "Saturday only, an hour",
        "40 mins tomorrow then 20 mins each weekday until 30 Jan",
        "until my night class starts on 2/9",
    ],
)
def test_a_rhythm_or_a_deadline_is_not_read_as_once(text: str) -> None:
    assert read_time(text, MONDAY).sessions_on == {}


@pytest.mark.parametrize(
    ("text", "start", "days", "sessions"),
    [
        ("2 evenings this week, an hour each", None, 7, 2),
        ("Mon-Fri, next week only, 30 minutes", date(2026, 1, 12), 14, 5),
        ("3 evenings next week, 40 minutes each", date(2026, 1, 12), 14, 3),
        ("30 minutes a day this week only", None, 7, 7),
        ("week of 12 January, 30 minutes every day", date(2026, 1, 12), 14, 7),
    ],
)
def test_the_only_week_there_is_begins_and_ends(text: str, start: date | None, days: int, sessions: int) -> None:
    read = read_time(text, MONDAY)
    assert (read.start, read.days, read.sessions_per_week) == (start, days, sessions)


def test_evenings_that_are_counted_are_all_there_is() -> None:
    read = read_time("I have 4 evenings, an hour and a half each", MONDAY)
    assert (read.total_minutes, read.minutes_per_session, read.sessions_per_week) == (360, 90, 4)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("40 min tonight and that's all", "tonight"),
        ("an hour this evening and another tomorrow evening", "evening"),
        ("an hour today and two hours tomorrow morning", ""),
    ],
)
def test_a_part_of_the_day_that_all_such_sessions_have_is_their_hour(text: str, hours: str) -> None:
    assert read_time(text, MONDAY).hours == hours


ALONE = "is read as Sunday, 11 January 2026, alone; say “every Sunday” if each one is meant."
EVERY = "is read as every Sunday; say “this Sunday” if only the next one is meant."


@pytest.mark.parametrize(
    ("language", "text", "once", "said"),
    [
        # How much there is on the only day: that day alone, and said to be so
        ("en", "3 hours on Sunday only", True, f"“Sunday only” {ALONE}"),
        ("en", "I have 3 hours only on Sunday", True, f"“Sunday” {ALONE}"),
        ("en", "3 hours Sunday evening only", True, f"“Sunday evening only” {ALONE}"),
        ("es", "3 horas solo el domingo", True, f"“domingo” {ALONE}"),
        ("fr", "3 heures dimanche seulement", True, f"“dimanche seulement” {ALONE}"),
        ("de", "3 Stunden nur am Sonntag", True, f"“Sonntag” {ALONE}"),
        # Nothing is open
        ("en", "3 hours this Sunday only", True, ""),
        ("en", "3 hours on one Sunday only", True, ""),
        ("en", "just one session of 3 hours on Sunday", True, ""),
        ("en", "3 hours on Sunday only, test on Monday 12 January", True, ""),
        ("en", "3 hours on Sundays only", False, ""),
        ("en", "3 hours every Sunday", False, ""),
        ("en", "3 hours on Sunday only, 4 weeks", False, ""),
        ("en", "test on 30 January, 3 hours on Sunday only", False, ""),
        ("es", "3 horas los domingos", False, ""),
        ("fr", "3 heures le dimanche seulement", False, ""),
        ("de", "nur sonntags 3 Stunden", False, ""),
        # The day of the lessons: each week's, and said to be so
        ("en", "3 hours on Sunday", False, f"“Sunday” {EVERY}"),
        ("en", "Sunday only, 3 hours", False, f"“Sunday” {EVERY}"),
        ("en", "I only have Sunday, 3 hours", False, f"“Sunday” {EVERY}"),
    ],
)
def test_one_weekday_is_the_next_one_or_each_and_what_is_open_is_said(
    language: str, text: str, once: bool, said: str
) -> None:
    read = read_time(text, MONDAY, language)
    assert read.sessions_on == ({date(2026, 1, 11): 180} if once else {})
    assert (read.on, read.minutes_per_session) == ((None, None) if once else (frozenset({6}), 180))
    assert [a.sentence for a in read.assumptions] == ([said] if said else [])
