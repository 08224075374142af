"""The day by which it must be done."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.time.read import read_time

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("all of calculus by tomorrow", date(2026, 3, 5)),
        ("teacher is checking tmrw", date(2026, 3, 5)),
        ("exam the day after tomorrow", date(2026, 3, 6)),
        ("my test is today", WEDNESDAY),
        ("i need to learn limits tonight", WEDNESDAY),
        ("test on friday", date(2026, 3, 6)),
        ("the exam is on monday", date(2026, 3, 9)),
        ("on friday i have a quiz", date(2026, 3, 6)),
        ("my friday test", date(2026, 3, 6)),
        ("quizz thrusday on limits", date(2026, 3, 5)),
        ("quiz on wednesday", date(2026, 3, 11)),
        ("due weds", date(2026, 3, 11)),
        ("2 sessions before Friday's lab", date(2026, 3, 6)),
        ("a week on friday there's an assessment", date(2026, 3, 13)),
        ("exam next week", date(2026, 3, 9)),
        ("by the end of next week", date(2026, 3, 13)),
        ("by the end of the month", date(2026, 3, 31)),
        ("test this week", date(2026, 3, 6)),
        ("exam on may 5", date(2026, 5, 5)),
        ("final is on jun 3rd", date(2026, 6, 3)),
        ("due on 5th of may", date(2026, 5, 5)),
        ("the retake is on the 21st", date(2026, 3, 21)),
        ("exam on the 2nd, help", date(2026, 4, 2)),
        ("exam on march 1", date(2027, 3, 1)),
        ("until 2026-06-01", date(2026, 6, 1)),
        ("class starts March 12", date(2026, 3, 12)),
        ("before class begins on March 12", date(2026, 3, 12)),
        ("exam on the 3rd of next month", date(2026, 4, 3)),
        ("exam the 15th", date(2026, 3, 15)),
        ("test a week tomorrow", date(2026, 3, 12)),
        ("exam in T minus 10 days", date(2026, 3, 14)),
        ("exam 2 weeks today", date(2026, 3, 18)),
        ("the exam's a week from tomorrow", date(2026, 3, 12)),
        ("the test got moved from the 16th to the 23rd", date(2026, 3, 23)),
        ("quiz postponed to Friday", date(2026, 3, 6)),
        ("we break up on 13 March, done by then", date(2026, 3, 13)),
        ("by the time we go back on March 12", date(2026, 3, 12)),
        ("in 48 hours I have a calculus exam", date(2026, 3, 6)),
        ("2 hours in total, tonight", WEDNESDAY),
        ("45 min on Monday and on Thursday, test next Friday", date(2026, 3, 6)),
        ("exam D-10", date(2026, 3, 14)),
        ("on Saturday from 2pm to 5:30pm, test on 12 April", date(2026, 4, 12)),
        ("I can work on Saturday, exam is next Friday", date(2026, 3, 6)),
        ("Saturday 2 hours, exam 28 March", date(2026, 3, 28)),
        ("on Friday I have a test, Monday off", date(2026, 3, 6)),
        ("until half term (29 May)", date(2026, 5, 29)),
        ("test 12.3.", date(2026, 3, 12)),
        ("exam 13/06/26", date(2026, 6, 13)),
        ("exam in march", date(2026, 3, 31)),
        ("derivatives next month", date(2026, 4, 1)),
        ("on the 27th there is a quiz", date(2026, 3, 27)),
        ("off sick since before Easter, quiz on wednesday week", date(2026, 3, 18)),
        ("Wednesdays only, the last one on 25 March", date(2026, 3, 25)),
        ("our final session is 2 April", date(2026, 4, 2)),
        ("my BSc in physics starts on 20 April", date(2026, 4, 20)),
        ("Foundation GCSE resit in June", date(2026, 6, 1)),
        ("June 2026 exam series", date(2026, 6, 1)),
        ("by christmas", date(2026, 12, 25)),
        ("before new year's eve", date(2026, 12, 31)),
        ("before thanksgiving", date(2026, 11, 26)),
        ("til easter", date(2026, 4, 5)),
        ("exam on june 5, next week we finish the chapter", date(2026, 6, 5)),
        ("I start a master's on 1 September", date(2026, 9, 1)),
        # Where something begins, nothing ends.
        ("i can start tomorrow", None),
        ("we start integration next week", None),
        ("starting on monday", None),
        ("no internet from april on", None),
        ("since 2026-02-01 we do limits, exam 2026-04-01", date(2026, 4, 1)),
        ("today in class we learned about limits", None),
        ("i have time on mondays and thursdays", None),
        ("half an hour on tuesday and friday, test soon", None),
        ("on 2026-13-45", None),
        ("on feb 30", None),
        ("grade 8 may be too easy", None),
        ("an end of year exam", None),
        ("quiz on 1/2 and 1/4", None),
        # The past
        ("it was on 2026-01-01", None),
        ("failed on 3 October", None),
        ("scored 580 last time (nov 8)", None),
        ("we had a test on friday", None),
        ("since september", None),
    ],
)
def test_deadlines(text: str, deadline: date | None) -> None:
    read = read_time(text, WEDNESDAY)
    assert read.deadline == deadline
    assert read.days == (None if deadline is None else (deadline - WEDNESDAY).days)


def test_the_29th_of_february_is_looked_for_no_further_than_next_year() -> None:
    assert read_time("exam on feb 29", date(2028, 2, 1)).deadline == date(2028, 2, 29)
    assert read_time("exam on feb 29", date(2028, 3, 1)).deadline is None


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("exam 2/6", date(2027, 2, 6)),
        ("exam 2/6, Year 10", date(2026, 6, 2)),
        ("A-level paper on 3/6/2026", date(2026, 6, 3)),
        ("maths exam on 6/20", date(2026, 6, 20)),
        ("exam 20/6", date(2026, 6, 20)),
    ],
)
def test_the_month_stands_first_unless_the_text_is_british(text: str, deadline: date) -> None:
    assert read_time(text, WEDNESDAY).deadline == deadline


def test_the_surest_day_is_the_deadline() -> None:
    read = read_time("We meet on 20 March and the exam is on 3 April", WEDNESDAY)
    assert read.deadline == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("language", "text", "deadline"),
    [
        ("fr", "contrôle sur les fractions le 12/02", date(2026, 2, 12)),
        ("pt", "a prova do dia 15/02 é sobre frações", date(2026, 2, 15)),
        ("de", "12.02.2026 Klausur Logarithmen", date(2026, 2, 12)),
        ("en", "matrix inverse today, determinants tomorrow, exam wednesday", date(2026, 1, 7)),
        ("en", "JEE mains in april", date(2026, 4, 1)),
        ("en", "HSC trial in August", date(2026, 8, 1)),
        ("en", "maths A level in june", date(2026, 6, 1)),
        ("en", "integrals between now and easter", date(2026, 4, 5)),
        ("fr", "bac en juin", date(2026, 6, 1)),
        ("fr", "le samedi de 14h à 17h30, contrôle le 12 février", date(2026, 2, 12)),
        ("es", "examen en junio", date(2026, 6, 1)),
        ("pt", "ENEM em novembro", date(2026, 11, 1)),
    ],
)
def test_the_day_of_an_exam_as_it_is_written_elsewhere(language: str, text: str, deadline: date) -> None:
    assert read_time(text, date(2026, 1, 5), language).deadline == deadline


@pytest.mark.parametrize(
    "text", ["He turns 14 next month. Angles please", "we are moving house next month, so fractions"]
)
def test_what_is_told_of_next_month_is_no_deadline(text: str) -> None:
    assert read_time(text, WEDNESDAY).deadline is None


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("GMAT 4/18. Combinations please", date(2026, 4, 18)),
        ("SAT 3/14, 20 min a day", date(2026, 3, 14)),
        ("slope, ASVAB (20 Feb)", date(2026, 2, 20)),
        ("I planned on 2 March, but AP Calc May 12", date(2026, 5, 12)),
        ("GMAT 3/4 of the questions are hard", None),
        ("GRE: 1/2 + 1/3", None),
        ("series before Calc 2 starts on Feb 16", date(2026, 2, 16)),
        ("90 minutes a week until half term, which starts on 16 Feb", date(2026, 2, 16)),
        ("before the course begins on 2 March", date(2026, 3, 2)),
        ("logs until my night class starts on 2/9", date(2026, 2, 9)),
        ("I can't study before term starts on 12 January", None),
    ],
)
def test_the_name_of_an_exam_and_what_begins_end_the_work(text: str, deadline: date | None) -> None:
    assert read_time(text, date(2026, 1, 5)).deadline == deadline


@pytest.mark.parametrize(
    "text", ["my exam was on 2 January", "I failed my test on 12 December", "the quiz was on Monday"]
)
def test_a_test_that_is_over_is_said_to_be_and_ends_nothing(text: str) -> None:
    read = read_time(text, date(2026, 1, 5))
    assert (read.deadline, read.days) == (None, None)
    assert [a.sentence for a in read.assumptions if a.sentence.endswith("is over, so it is no deadline.")]


@pytest.mark.parametrize(("text", "days"), [("EXAM IN 48 HOURS", 2), ("exam in 36 hours", 2), ("test in 20 hours", 1)])
def test_hours_until_an_exam_are_days(text: str, days: int) -> None:
    assert read_time(text, date(2026, 1, 5)).days == days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Quiz on scatter plots and correlation this Thursday", date(2026, 1, 8)),
        ("test about area and perimeter Wednesday", date(2026, 1, 7)),
        ("unit test friday the 16th: similar figures", date(2026, 1, 16)),
        ("midterm on Tuesday 20th", date(2026, 1, 20)),
        ("exam on a Tuesday in three weeks", date(2026, 1, 27)),
        ("exam's this afternoon, I've got 45 minutes", date(2026, 1, 5)),
        ("half term is 16-20 February, an hour each day then", date(2026, 2, 20)),
    ],
)
def test_the_day_of_a_test_is_found_behind_its_topics_and_by_its_date(text: str, day: date) -> None:
    assert read_time(text, date(2026, 1, 5)).deadline == day


@pytest.mark.parametrize(
    "text",
    [
        "quiz on limits and derivatives, this Thursday I can study",
        "exams on fractions and I study every Monday",
        "3 hours on Saturday the 10th and one hour on each of the next three days",
        "5 hours a week from now on",
    ],
)
def test_a_day_for_study_behind_a_test_is_no_deadline(text: str) -> None:
    assert read_time(text, date(2026, 1, 5)).deadline is None


def test_of_a_weekday_and_a_date_that_differ_the_date_counts_and_it_is_said() -> None:
    read = read_time("test on Friday the 17th", date(2026, 1, 5))
    assert read.deadline == date(2026, 1, 17)
    assert read.assumptions[0].sentence == "“Friday the 17th” is read as 17 January 2026, a Saturday."
