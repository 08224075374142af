"""What a request says about time, as a person reads it: 80 wordings, and what holds of any text."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.request.time.read import read_time
from studysmith.programs.request.time.stated import StatedTime

MONDAY = date(2026, 1, 5)
"""The day on which all these are written."""


def _said(read: StatedTime) -> dict[str, Any]:
    """What was read, without what follows from it and without the account."""
    days = "mon tue wed thu fri sat sun".split()
    said = {
        "by": str(read.deadline or "")[5:] or None,
        "days": read.days if read.deadline is None else None,
        "weeks": read.weeks,
        "week": read.minutes_per_week,
        "minutes": read.minutes_per_session,
        "times": read.sessions_per_week,
        "total": read.total_minutes,
        "on": " ".join(days[d] for d in sorted(read.on or ())),
        "off": " ".join(days[d] for d in sorted(read.not_on)),
        "away": " ".join(f"{str(first)[5:]}..{str(last)[5:]}" for first, last in read.away),
        "hours": read.hours,
        "once": {str(day)[5:]: minutes for day, minutes in read.sessions_on.items()} or None,
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


WORDINGS: list[tuple[str, dict[str, Any]]] = [
    # Sessions and minutes
    ("30 mins/day for 2wks", {"days": 15, "weeks": 2, "minutes": 30, "times": 7}),
    ("quarter of an hour each night", {"minutes": 15, "times": 7, "hours": "night"}),
    ("an hour and a half, three times weekly", {"minutes": 90, "times": 3}),
    ("1hr30 twice a week", {"minutes": 90, "times": 2}),
    ("forty five mins x3 weekly", {"minutes": 45, "times": 3}),
    ("2x30min pw", {"minutes": 30, "times": 2}),
    ("3*30 min per week", {"minutes": 30, "times": 3}),
    ("4 per week, 30 min", {"minutes": 30, "times": 4}),
    ("45 min sessions, 3 per week", {"minutes": 45, "times": 3}),
    ("1 lesson per week of 1 hour", {"minutes": 60, "times": 1}),
    ("three 50-minute lessons per week for 2 weeks", {"days": 15, "weeks": 2, "minutes": 50, "times": 3}),
    ("half an hour to 45 minutes daily", {"minutes": 30, "times": 7}),
    ("an hour or two a week", {"week": 60}),
    ("no more than 15 minutes at a time, every day", {"minutes": 15, "times": 7}),
    ("15 mins twice a day", {"minutes": 15, "times": 7, "week": 210}),
    ("every third day, 40 minutes", {"minutes": 40, "times": 2}),
    ("alternate days 25 min", {"minutes": 25, "times": 4}),
    ("about 20 minutes most evenings", {"minutes": 20, "times": 5, "hours": "evenings"}),
    ("every two weeks 2 hours", {"week": 60}),
    ("4 hours per month", {"week": 55}),
    ("30 minutes a day, at most 2 hours a week", {"minutes": 30, "times": 4, "week": 120}),
    ("2 hours a week in sessions of 40 minutes", {"minutes": 40, "times": 3, "week": 120}),
    (
        "I work 40 hours a week so only an hour on Sunday evenings",
        {"minutes": 60, "times": 1, "on": "sun", "hours": "evenings"},
    ),
    ("Algebra 2, 45 minutes a day", {"minutes": 45, "times": 7}),
    ("Calculus 1 30 min x 5 a week", {"minutes": 30, "times": 5}),
    ("geometry 3 times a week", {"times": 3}),
    # Days
    ("MWF, 50 minutes", {"minutes": 50, "times": 3, "on": "mon wed fri"}),
    ("Monday 30 min, Tuesday 45 min, Friday 1 hour", {"week": 135, "times": 3, "on": "mon tue fri"}),
    ("30 min Monday and Wednesday, 45 min Friday", {"week": 105, "times": 3, "on": "mon wed fri"}),
    (
        "2 hours on Saturdays and 30 minutes on every school night",
        {"week": 270, "times": 6, "on": "mon tue wed thu fri sat", "hours": "night"},
    ),
    ("either Saturday or Sunday, 2 hours", {"minutes": 120, "times": 1, "on": "sat sun"}),
    (
        "Weekends only, about 3 hours each weekend",
        {"minutes": 180, "times": 1, "on": "sat sun", "off": "mon tue wed thu fri"},
    ),
    ("no maths on Wednesdays please (football), otherwise 15 minutes a day", {"minutes": 15, "times": 6, "off": "wed"}),
    ("daily except Sunday 25 min", {"minutes": 25, "times": 6, "off": "sun"}),
    (
        "i have netball tues + thurs so can only do mon wed fri, 45 mins",
        {"minutes": 45, "times": 3, "on": "mon wed fri", "off": "tue thu"},
    ),
    (
        "40 minutes every weekday evening apart from Wednesdays",
        {"minutes": 40, "times": 4, "on": "mon tue thu fri", "off": "wed", "hours": "evening"},
    ),
    ("I have exactly an hour, Sundays off", {"minutes": 60, "off": "sun"}),
    ("taking the SAT Math, sat mornings 1 hour", {"minutes": 60, "times": 1, "on": "sat", "hours": "mornings"}),
    # Times of day
    (
        "Can do Tuesdays 4-5pm and Thursdays 6-7pm",
        {"minutes": 60, "times": 2, "on": "tue thu", "hours": "Tue 4-5pm, Thu 6-7pm"},
    ),
    (
        "from 7pm to 8:30pm on weekdays",
        {"minutes": 90, "times": 5, "on": "mon tue wed thu fri", "hours": "from 7pm to 8:30pm"},
    ),
    ("Saturday mornings, 9 till 11", {"minutes": 120, "times": 1, "on": "sat", "hours": "mornings, 9 till 11"}),
    ("evenings and weekends", {"hours": "evenings and weekends"}),
    ("Good morning! I work nights, 20 min at 7 am", {"minutes": 20, "hours": "at 7 am"}),
    # Absences
    ("skiing 7-14 Feb, test on 3 March", {"by": "03-03", "away": "02-07..02-14"}),
    ("we're in Spain from 3 to 10 April", {"away": "04-03..04-10"}),
    ("I'm away the week of 9 February", {"away": "02-09..02-15"}),
    ("on holiday until 12 January", {"away": "01-05..01-12"}),
    ("not available 14 Feb, gone next week", {"away": "02-14..02-14 01-12..01-18"}),
    ("spring break March 9-13 no work", {"away": "03-09..03-13"}),
    # All the time there is
    ("ten hours total before the test on 2/20", {"by": "02-20", "total": 600}),
    ("two hours tonight, test tomorrow", {"by": "01-06", "once": {"01-05": 120}, "hours": "tonight"}),
    ("test on Friday, I have 2 hours", {"by": "01-09", "total": 120}),
    ("a total of 6 hours over 3 weeks", {"days": 22, "weeks": 3, "total": 360}),
    ("8 lessons, 40 minutes each, over 4 weeks", {"days": 29, "weeks": 4, "minutes": 40, "times": 2, "total": 320}),
    ("crash course this weekend, 3 hours", {"once": {"01-10": 90, "01-11": 90}}),
    # The end
    ("finals are the second week of May", {"by": "05-11"}),
    ("mocks start on 19th January", {"by": "01-19"}),
    ("paper 2 on Thursday 4 June", {"by": "06-04"}),
    ("test on Friday the 16th at 10:30", {"by": "01-16"}),
    ("2026/03/14 is my exam", {"by": "03-14"}),
    ("exam right after Easter", {"by": "04-05"}),
    ("my exam was moved to 3 March", {"by": "03-03"}),
    ("on Wednesday next week, class test", {"by": "01-14"}),
    ("exam friday week", {"by": "01-16"}),
    ("school starts on 1 September and I want to be ready", {"by": "09-01"}),
    ("from 12 January to 20 February I have time to study", {"by": "02-20"}),
    ("until the summer holidays, 1 hour a week", {"by": "06-01", "week": 60}),
    ("need to be ready by mid-March", {"by": "03-15"}),
    ("thirty minutes, twice weekly, for the next month", {"days": 32, "weeks": 4, "minutes": 30, "times": 2}),
    # Nothing of the kind: the past, trouble, mathematics
    ("I've been stuck on this for a month", {}),
    ("failed my test two weeks ago, retake in 12 days", {"by": "01-17"}),
    ("I was off sick for three weeks in November and missed everything about vectors", {}),
    ("I have been out of school for 3 years and need a plan for 8 weeks", {"days": 57, "weeks": 8}),
    ("failed on 3 October, have done no maths since 2019 and left school in 1994", {}),
    ("on Tuesday we got our test back, I got 40%, and I spent the whole weekend on it", {}),
    ("it took me 40 minutes to do one problem, and the exam lasts 3 hours", {}),
    ("she struggles with 2 digit numbers, 3D shapes and polynomials of degree 2", {}),
    ("1/2 + 1/3 = 2/5, quiz on fractions like 1/2", {}),
    ("find f(2h) and 3x + 4; a car travels 120 miles in 2 hours", {}),
    ("my 7 year old needs telling time to the nearest 5 minutes on a 24 hour clock", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WORDINGS)
def test_wordings(text: str, said: dict[str, Any]) -> None:
    assert _said(read_time(text, MONDAY)) == said


def test_the_account_names_the_words_that_were_used() -> None:
    text = "¾ of an hour on Tuesdays,  test\n on 3/14; I’m away 1–5 February and have 2½ hours in all"
    used = [(text[s.start : s.end], s.slot) for s in read_time(text, MONDAY).used]
    assert used == [
        ("¾ of an hour", "rhythm"),
        ("Tuesdays", "days"),
        ("3/14", "deadline"),
        ("1–5 February", "away"),
        ("2½ hours", "total"),
        ("in all", "total"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("retake is 3/14", "“3/14” is read as 14 March 2026, month first."),
        ("test on 3/4", "“3/4” is read as 4 March 2026, month first."),
        ("test is on 3/4, GCSE maths", "“3/4” is read as 3 April 2026, day first."),
        ("exam in May", "“in May” is read as 1 May 2026, its first day."),
        ("Next Friday's test", "“Next Friday” is read as 9 January 2026, the first to come."),
        ("exam next week", "“next week” is read as 12 January 2026, its first day."),
        ("30 to 45 minutes", "Of 30 to 45 minutes, 30 are planned."),
        ("20 min, 4-5 nights a week", "Of 4 to 5 sessions, 4 are planned."),
        ("4 to 6 weeks", "Of 4 to 6 weeks, 4 are planned."),
        ("90 minutes every other day", "“every other day” is read as 4 sessions a week."),
        ("6 hours a month", "What is named “a month” comes to 83 minutes a week."),
        ("12 minutes, 2 goes a day, 5 days a week", "2 sessions a day are planned as one of 24 minutes."),
        ("exam on 2025-12-01", "The date 2025-12-01 has passed, so it is ignored."),
    ],
)
def test_open_wordings_are_accounted_for(text: str, sentence: str) -> None:
    assert [a.sentence for a in read_time(text, MONDAY).assumptions] == [sentence]


def test_what_is_said_outright_needs_no_assumption() -> None:
    assert (
        read_time("exam on 12 March, 30 minutes on Mondays and Thursdays, away 1-5 February", MONDAY).assumptions == []
    )


_WORDS = (
    "in for a an half 0 1 2 99999 1.5 1/2 ½ week weeks day days month months hours min per each every / x times test "
    "due by until may 31 feb 30 2026-02-30 the 21st today tomorrow next monday mon friday sat SAT start since ago left "
    "daily of and or not except away holiday from to - , . ; ( evenings 5pm 17:30 2-3pm total lessons once twice "
    "few school weekend end early christmas other most only"
).split()


@given(st.text(max_size=200) | st.lists(st.sampled_from(_WORDS), max_size=30).map(" ".join))
def test_any_text_can_be_read(text: str) -> None:
    for language in ("en", "es", "de", "fr", "pt", "xx"):
        read = read_time(text, MONDAY, language)
        assert read.deadline is None or read.deadline >= MONDAY
        assert read.days is None or read.days >= 0
        for number in (read.weeks, read.minutes_per_week, read.minutes_per_session, read.total_minutes):
            assert number is None or number >= 1
        assert read.sessions_per_week in (None, *range(1, 8))
        assert read.on is None or (read.on and not read.on & read.not_on)
        assert all(last >= MONDAY and first <= last for first, last in read.away)
        assert len(read.hours) <= 40
        assert all(0 <= s.start < s.end <= len(text) for s in read.used)


def test_reading_is_quick() -> None:
    text = " ".join(text for text, _ in WORDINGS)[:4000]
    read_time(text, MONDAY)
    start = time.perf_counter()
    for wording, _ in WORDINGS:
        read_time(wording, MONDAY)
    assert time.perf_counter() - start < 0.2 * len(WORDINGS) / 4
    start = time.perf_counter()
    read_time(text, MONDAY)
    assert time.perf_counter() - start < 1
