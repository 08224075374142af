"""Plans as iCalendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from studysmith.programs.flow import plan_study
from studysmith.programs.ics import to_icalendar
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.plan import PracticeTask, StudyPlan
from studysmith.programs.synthetic_learners import learners


@pytest.fixture(scope="module")
def plan(new_oracle: Callable[[], Any], today: date) -> StudyPlan:
    """Of a learner with errors, a goal and a deadline in the text."""
    learner = next(x for x in learners("test") if x.truth.goal and (x.truth.weeks or 0) >= 2)
    return plan_study(learner.given, new_oracle(), today)


def test_icalendar_has_an_event_for_each_session(plan: StudyPlan) -> None:
    raw = to_icalendar(plan)
    events = Calendar.from_ical(raw).walk("VEVENT")
    assert plan.start
    assert plan.deadline
    _, *sessions, last = events
    assert last.decoded("dtstart") == plan.deadline
    assert len({str(e["uid"]) for e in events}) == len(events)
    for event, session in zip(sessions, plan.sessions, strict=True):
        assert str(event["summary"]) == session.title
        day = plan.start + timedelta(days=session.day)
        assert event.decoded("dtstart") == datetime(day.year, day.month, day.day, 17)
        assert event.decoded("duration") == timedelta(minutes=session.minutes)
        description = str(event["description"])
        assert session.objective in description
        assert all((a.task or a.text) in description for a in session.activities)
        assert all(str(a.answer) in description for a in session.activities if a.task)
        assert "None" not in description
    for week in plan.weeks:
        assert week.checkpoint
        place = plan.sessions.index(week.sessions[-1])
        assert f"Checkpoint: {week.checkpoint.question}" in str(sessions[place]["description"])
    other = plan.model_copy(update={"goal": "another one"})
    assert not {str(e["uid"]) for e in Calendar.from_ical(to_icalendar(other)).walk("VEVENT")} & {
        str(e["uid"]) for e in events
    }
    assert raw == to_icalendar(plan)
    assert max(map(len, raw.splitlines())) <= 75


def test_sessions_of_one_day_follow_each_other_after_a_break(plan: StudyPlan) -> None:
    crowded = plan.model_copy(deep=True)
    for session in crowded.weeks[0].sessions:
        session.day = 0
    _, first, second = Calendar.from_ical(to_icalendar(crowded, hour=8)).walk("VEVENT")[:3]
    assert first.decoded("dtstart").hour == 8
    assert second.decoded("dtstart") == first.decoded("dtstart") + first.decoded("duration") + timedelta(minutes=10)


@pytest.mark.parametrize("hours", ["until 6pm", "bis 18 Uhr", "jusqu'à 18h", "hasta las 18"])
def test_the_last_session_of_a_day_ends_when_the_learner_said(hours: str, oracle: Any, today: date) -> None:
    learner = profile_for(topics=["slope"], weeks=2, sessions_per_week=1, minutes_per_week=120, hours=hours)
    _, *events = Calendar.from_ical(to_icalendar(plan_study(learner, oracle, today))).walk("VEVENT")
    assert [event.decoded("dtstart").time() for event in events[:2]] == [time(16), time(17, 5)]
    assert (events[1].decoded("dtstart") + events[1].decoded("duration")).time() == time(18)


def test_an_hour_that_no_day_has_is_refused(plan: StudyPlan) -> None:
    with pytest.raises(ValueError, match="hour"):
        to_icalendar(plan, hour=24)


def test_what_stands_beside_the_sessions_of_a_plan_is_in_its_calendar(plan: StudyPlan) -> None:
    tasks = [PracticeTask(task="What is 4*5?", answer="20"), PracticeTask(task="What is 2*5?", answer="10")]
    notes = {"assumptions": ["An assumption."], "omissions": ["An omission."], "unused": ["a word"], "practice": tasks}
    full = plan.model_copy(update=notes)
    calendar = Calendar.from_ical(to_icalendar(full))
    about, *_, sheet, day = calendar.walk("VEVENT")
    said = str(about["description"])
    assert calendar.to_ical().count(b"An assumption.") == 1
    assert str(about["summary"]) == f"About this plan: {plan.title}"
    assert plan.start
    assert about.decoded("dtstart") == plan.start + timedelta(days=plan.sessions[0].day)
    for heading in ("Assumed:\n- An assumption.", "Not planned:\n- An omission.", "Read but not used:\n- “a word”"):
        assert heading in said
    assert all(f"{a.trigger} {a.action}" in said for a in plan.adaptations)
    assert all(found.evidence in said for found in plan.diagnosis)
    assert str(sheet["description"]) == "1. What is 4·5?\n2. What is 2·5?\n\nAnswers:\n1. 20\n2. 10"
    assert sheet.decoded("dtstart") == plan.start + timedelta(days=plan.sessions[-1].day)
    assert str(day["summary"]) == f"Test or deadline: {plan.title.partition(':')[0]}"


def test_a_calendar_of_no_plan_says_why(today: date, oracle: Any) -> None:
    [about] = Calendar.from_ical(to_icalendar(plan_study(profile_for("something please"), oracle, today))).walk(
        "VEVENT"
    )
    assert str(about["summary"]) == "About this plan: No plan"
    assert "- Nothing in the request names a topic" in str(about["description"])


def begins(plan: StudyPlan) -> set[tuple[int, time]]:
    starts = [e.decoded("dtstart") for e in Calendar.from_ical(to_icalendar(plan)).walk("VEVENT")]
    return {(begin.weekday(), begin.time()) for begin in starts if isinstance(begin, datetime)}


@pytest.mark.parametrize(
    "asked",
    [
        profile_for("slope, Mondays at 5pm and Saturdays at 10am, 3 weeks"),
        profile_for("slope, at 5pm on Mondays and at 10am on Saturdays, 3 weeks"),
        LearnerProfile(topics=["slope"], weeks=3, days=["mon", "sat"], hours="Mon 5pm, Sat 10am"),
        LearnerProfile(topics=["slope"], weeks=3, days=["mon", "sat"], hours="weekdays 17:00, weekends 10:00"),
    ],
)
def test_each_weekday_has_its_own_hour(asked: LearnerProfile, today: date, oracle: Any) -> None:
    plan = plan_study(asked, oracle, today)
    assert begins(plan) == {(0, time(17)), (5, time(10))}
    assert "the sessions stand" not in about_of(plan)


def about_of(plan: StudyPlan, **how: Any) -> str:
    return str(Calendar.from_ical(to_icalendar(plan, **how)).walk("VEVENT")[0]["description"])


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("", "No time of day was named, so the sessions stand at 17:00 here; move them to when they fit."),
        ("before school", "“before school” is no time of the clock, so the sessions stand at 17:00 here"),
    ],
)
def test_hours_that_nobody_named_are_said_to_be_ours(hours: str, said: str, today: date, oracle: Any) -> None:
    plan = plan_study(LearnerProfile(topics=["slope"], weeks=1, hours=hours), oracle, today)
    assert {clock for _, clock in begins(plan)} == {time(17)}
    assert said in about_of(plan)
    assert "the sessions stand" not in about_of(plan, hour=8)


def test_that_only_one_of_several_hours_is_used_is_said(today: date, oracle: Any) -> None:
    plan = plan_study(LearnerProfile(topics=["slope"], days=["mon", "sat"], hours="5pm or 10am"), oracle, today)
    assert begins(plan) == {(0, time(17)), (5, time(17))}
    [about, *_] = Calendar.from_ical(to_icalendar(plan)).walk("VEVENT")
    assert "Of the hours “5pm or 10am”, the first is the one at which" in str(about["description"])
