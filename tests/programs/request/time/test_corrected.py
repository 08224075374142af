"""What is taken back, and days that no calendar has or that only the learner knows."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("exam in 3 weeks, oh wait its in 2 weeks", 14),
        ("test is on Tuesday, no sorry, Thursday", 3),
        ("exam on 12 March - actually it's 19 March", 73),
        ("exam friday... sorry i meant monday", 7),
        ("i have 3 weeks, no, 4 weeks until the exam", 28),
        ("exam in 3 weeks, no wait, on friday", 4),
        ("the test is not on Tuesday but on Thursday", 3),
    ],
)
def test_of_two_days_the_later_counts_and_both_are_read(text: str, days: int) -> None:
    read = read_time(text, MONDAY)
    assert (read.days, read.on) == (days, None)
    [used] = [words for span in read.used if (words := text[span.start : span.end].lower()) not in ("exam", "test")]
    assert sum(word in used for word in ("3", "tues", "12", "friday", "4", "thurs"))


def test_a_rhythm_is_corrected_too() -> None:
    assert read_time("20 min, sorry, 30 min a day", MONDAY).minutes_per_session == 30
    assert read_time("3 times, actually 2 times a week", MONDAY).sessions_per_week == 2


@pytest.mark.parametrize(
    ("text", "week", "session", "weeks"),
    [
        ("2 hrs a week, wait sorry I meant 3 hrs a week", 180, None, None),
        ("2 hours a week, actually 3", 180, None, None),
        ("20 mins a day, no make it 30", None, 30, None),
        ("I was going to take 6 weeks but now I only have 2", None, None, 2),
        ("used to do an hour a day, now only 20 minutes", None, 20, None),
        ("an hour on Tuesdays - actually 45 min on Tuesdays", None, 45, None),
        ("not 30 minutes a day but 20 minutes a day", None, 20, None),
    ],
)
def test_a_later_amount_takes_the_place_of_the_earlier(
    text: str, week: int | None, session: int | None, weeks: int | None
) -> None:
    read = read_time(text, MONDAY)
    assert (read.minutes_per_week, read.minutes_per_session, read.weeks) == (week, session, weeks)


def test_what_was_meant_and_is_kept_is_no_correction() -> None:
    assert read_time("I wanted to study 3 hours a week for 6 weeks", MONDAY).weeks == 6


@pytest.mark.parametrize("text", ["on Mondays, no Tuesdays", "Tuesday and, sorry, I am in a hurry, Thursday"])
def test_what_is_no_correction_stays(text: str) -> None:
    assert read_time(text, MONDAY).on


@pytest.mark.parametrize("text", ["exam on 31 February", "test on 2026-02-30", "quiz june 31st", "due 30th of feb"])
def test_a_day_that_no_calendar_has_is_said_and_is_no_other_day(text: str) -> None:
    read = read_time(text, MONDAY)
    assert (read.deadline, read.days) == (None, None)
    assert [a.sentence for a in read.assumptions if "no day of the calendar" in a.sentence]


@pytest.mark.parametrize("text", ["by the end of term", "before half term", "after the holidays", "end of semester"])
def test_a_day_that_only_the_learner_knows_is_said_not_to_be_used(text: str) -> None:
    read = read_time(f"fractions {text}", MONDAY)
    assert (read.deadline, read.start) == (None, None)
    assert text in read.assumptions[0].sentence


@pytest.mark.parametrize("text", ["the retake is 4 weeks later", "exam 2 weeks after the trip"])
def test_weeks_after_an_unknown_day_are_no_deadline(text: str) -> None:
    assert read_time(text, MONDAY).days is None


def test_what_was_said_before_gives_way_to_what_it_is() -> None:
    read = read_time("I said 3 hours a week before but it's more like 2", MONDAY)
    assert read.minutes_per_week == 120
