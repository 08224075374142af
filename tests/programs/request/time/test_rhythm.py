"""Minutes and sessions."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

WEDNESDAY = date(2026, 3, 4)


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
        ("trig,30 mins", None, 30, None),
        ("30 min.\na week is short", None, 30, None),
        ("30 minutes\na day", None, 30, 7),
        ("1 hour a week split in 3", None, 20, 3),
        ("2 free periods of 45 minutes a week plus Sunday 1 hour", 150, None, 3),
        ("we meet once a week for an hour, and he'll do two lots of 20 min in between", 100, None, 3),
        ("20 min a day, or 2 hours a week", 120, 20, 6),
    ],
)
def test_minutes_and_sessions(text: str, week: int | None, session: int | None, sessions: int | None) -> None:
    read = read_time(text, WEDNESDAY)
    assert (read.minutes_per_week, read.minutes_per_session, read.sessions_per_week) == (week, session, sessions)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("½ hour", 30),
        ("1½ hrs", 90),
        ("1 1/2 hours", 90),
        ("2.5 h", 150),
        ("1,5 h", 90),
        ("¾ of an hour", 45),
        ("three quarters of an hour", 45),
        ("hour and a half", 90),
        ("two and a half hours", 150),
        ("1 hour 20 minutes", 80),
        ("1h15", 75),
        ("1h 15m", 75),
        ("1:30 hours", 90),
        ("twenty-five minutes", 25),
        ("an hour-long session", 60),
        ("between 30 and 45 minutes", 30),
        ("an hour to an hour and a half", 60),
        ("20 or 30 mins", 20),
        ("grade 5 - 20 min", 20),
        ("15-minute bites", 15),
        # What lasts, and is no time for study
        ("a 2 hour exam", None),
        ("the paper is 90 minutes", None),
        ("it takes me 40 minutes", None),
        ("$15 an hour", None),
        ("an hour ago", None),
        ("a 24 hour clock", None),
        ("60 miles in 2 hours", None),
        ("2h + 3", None),
    ],
)
def test_durations(text: str, minutes: int | None) -> None:
    assert read_time(text, WEDNESDAY).minutes_per_session == minutes


def test_hours_in_which_to_learn_are_all_there_is() -> None:
    read = read_time("can i learn integration in 3 hrs?", date(2026, 1, 5))
    assert (read.total_minutes, read.minutes_per_session) == (180, None)
    assert read_time("in 30 minute sessions", date(2026, 1, 5)).minutes_per_session == 30


@pytest.mark.parametrize(
    ("text", "minutes_on"),
    [
        ("slope: Mon 1h, Wed 30 min, Sat 2h", {0: 60, 2: 30, 5: 120}),
        ("weekdays 20 min, weekends 1 hour", {0: 20, 1: 20, 2: 20, 3: 20, 4: 20, 5: 60, 6: 60}),
        ("30 min on Mon and Wed, 1 hour on Saturday", {0: 30, 2: 30, 5: 60}),
        ("15 minutes every school day and 45 min on Sundays", {0: 15, 1: 15, 2: 15, 3: 15, 4: 15, 6: 45}),
        ("30 min on Mondays and 30 min on Fridays", {}),
        ("an hour once a week and half an hour on Sunday", {}),
    ],
)
def test_each_day_has_the_minutes_that_are_named_for_it(text: str, minutes_on: dict[int, int]) -> None:
    assert read_time(text, date(2026, 1, 5)).minutes_on == minutes_on


def test_sessions_of_several_lengths_without_days_are_said_to_be_evened_out() -> None:
    read = read_time("an hour once a week and 30 minutes twice a week", date(2026, 1, 5))
    assert "equally long" in " ".join(a.sentence for a in read.assumptions)


def test_sessions_over_weeks_are_so_many_a_week_where_they_come_out_even() -> None:
    read = read_time("6 sessions over 3 weeks", date(2026, 1, 5))
    assert (read.sessions_per_week, read.weeks) == (2, 3)
    assert read_time("5 lessons in 3 weeks", date(2026, 1, 5)).sessions_per_week is None


def test_a_long_session_before_a_near_day_is_no_time_in_all() -> None:
    read = read_time("1.5h sessions before thursday", date(2026, 1, 5))
    assert (read.minutes_per_session, read.total_minutes) == (90, None)


@pytest.mark.parametrize(
    "text", ["four sessions of 50 minutes altogether", "four sessions altogether, 50 minutes each"]
)
def test_sessions_in_all_have_the_length_that_was_named(text: str) -> None:
    read = read_time(text, date(2026, 1, 5))
    assert (read.minutes_per_session, read.total_minutes, read.sessions_per_week) == (50, 200, None)


def test_a_time_a_week_is_one_even_where_it_is_said_to_be_all() -> None:
    read = read_time("2 hours a week altogether", date(2026, 1, 5))
    assert (read.total_minutes, read.minutes_per_week) == (None, 120)


def test_a_rhythm_beside_the_time_in_all_is_kept() -> None:
    read = read_time("10 hours in total, 3 times a week", date(2026, 1, 5))
    assert (read.total_minutes, read.sessions_per_week) == (600, 3)
    read = read_time("10 hours in all in 4 sessions", date(2026, 1, 5))
    assert (read.total_minutes, read.minutes_per_session, read.sessions_per_week) == (600, 150, None)
    read = read_time("10 hours in all, 4 sessions a week", date(2026, 1, 5))
    assert (read.total_minutes, read.minutes_per_session, read.sessions_per_week) == (600, None, 4)


@pytest.mark.parametrize(
    "text", ["3 times a week for 20 minuets", "twenty mintues, three times a week", "3 sesions a week of 20 minites"]
)
def test_slips_in_a_unit_are_read(text: str) -> None:
    read = read_time(text, date(2026, 1, 5))
    assert (read.minutes_per_session, read.sessions_per_week) == (20, 3)


@pytest.mark.parametrize(
    ("text", "minutes_on"),
    [
        ("1 hour a day but 3 hours on saturdays", {**dict.fromkeys(range(7), 60), 5: 180}),
        ("30 min daily except Sundays when I can do an hour", {**dict.fromkeys(range(7), 30), 6: 60}),
        ("15 minutes on school days and 30 at weekends", {**dict.fromkeys(range(5), 15), 5: 30, 6: 30}),
        ("an hour every weekday and two on Saturday", {**dict.fromkeys(range(5), 60), 5: 120}),
        ("from 4pm to 5:30pm on Mondays and from 6 to 7 on Fridays", {0: 90, 4: 60}),
        ("weekdays 6-6:45pm, Saturday 10-12", {**dict.fromkeys(range(5), 45), 5: 120}),
    ],
)
def test_a_day_with_its_own_time_keeps_it_beside_the_time_of_the_others(text: str, minutes_on: dict[int, int]) -> None:
    read = read_time(text, date(2026, 1, 5))
    assert read.minutes_on == minutes_on
    assert read.assumptions == []


@pytest.mark.parametrize("text", ["0 minutes a day", "zero hours per week", "100 hours a day", "200 hours a week"])
def test_as_much_time_as_there_cannot_be_is_said(text: str) -> None:
    assert read_time(text, WEDNESDAY).impossible.startswith(f"A plan is impossible: {'' if text[0] in '0z' else 'a '}")


@pytest.mark.parametrize("text", ["24 hours a week", "no hours on Mondays, 30 min on Fridays", "20 minutes a day"])
def test_time_that_there_can_be_is_not_impossible(text: str) -> None:
    assert read_time(text, WEDNESDAY).impossible == ""


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2 h 15 on Sundays", 135),
        ("1 hour 30 every Saturday", 90),
        ("4 x 25 a week", 25),
        ("45m on Mondays and Wednesdays", 45),
        ("exam on Friday, hour a day", 60),
        ("90' every Saturday", 90),
        ("90 minutes a week, sessions of 15", 15),
    ],
)
def test_lengths_are_read_in_short_forms(text: str, minutes: int) -> None:
    assert read_time(text, date(2026, 1, 5)).minutes_per_session == minutes


@pytest.mark.parametrize(
    ("text", "sessions", "on"),
    [
        ("it came back when I got it right. an hour every saturday", 1, {5}),
        ("quarter of an hour, Mondays to Thursdays", 4, {0, 1, 2, 3}),
        ("20min/day 5days/wk", 5, None),
        ("two hours every other weekend", 1, {5, 6}),
        ("ten 30-minute lessons, one every other day", 4, None),
        ("6 sessions total, one hour each, two per week", 2, None),
        ("10 minutes every morning and 10 every night", 7, None),
    ],
)
def test_sessions_a_week_are_counted_by_days(text: str, sessions: int, on: set[int] | None) -> None:
    read = read_time(text, date(2026, 1, 5))
    assert (read.sessions_per_week, read.on) == (sessions, on)


def test_a_number_that_is_too_large_counts_no_sessions() -> None:
    read = read_time("30 a week, that is my average", date(2026, 1, 5))
    assert read.sessions_per_week is None


def test_two_sessions_of_every_day_are_planned_as_one() -> None:
    read = read_time("10 minutes every morning and 20 every night", date(2026, 1, 5))
    assert read.minutes_per_week == 210
    assert [a.sentence for a in read.assumptions] == ["2 sessions a day are planned as one of 30 minutes."]


@pytest.mark.parametrize(
    ("text", "by_day"),
    [
        ("an hour on Sunday, double that on Saturday", {6: 60, 5: 120}),
        ("2 hours on Sundays and half that on Wednesdays", {6: 120, 2: 60}),
        ("2 hours on Sunday. double that on Saturday", {6: 120, 5: 180}),
    ],
)
def test_a_length_may_be_told_by_another(text: str, by_day: dict[int, int]) -> None:
    assert read_time(text, date(2026, 1, 5)).minutes_on == by_day


@pytest.mark.parametrize("text", ["fractions, -5 minutes a day", "I have -20 min", "only -1 hour a week"])
def test_less_than_no_time_is_impossible(text: str) -> None:
    assert "is no time" in read_time(text, date(2026, 1, 5)).impossible


def test_a_dash_before_minutes_is_no_minus() -> None:
    read = read_time("fractions -20 min a day", date(2026, 1, 5))
    assert (read.impossible, read.minutes_per_session) == ("", 20)
