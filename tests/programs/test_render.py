"""Plans as Markdown, iCalendar and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from studysmith.programs.flow import plan_study
from studysmith.programs.frame import SPOKEN, language_data
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_icalendar, to_markdown
from studysmith.programs.steps import Call
from studysmith.programs.synthetic_learners import learners


@pytest.fixture(scope="module")
def plan(new_oracle: Callable[[], Any], today: date) -> StudyPlan:
    """Of a learner with errors, a goal and a deadline in the text."""
    learner = next(x for x in learners("test") if x.truth.goal and (x.truth.weeks or 0) >= 2)
    return plan_study(learner.given, new_oracle(), today)


def test_markdown_shows_all_and_keeps_answers_for_the_end(plan: StudyPlan) -> None:
    text = to_markdown(plan)
    body, answers = text.split("## Answers\n")
    assert text.startswith(f"# {plan.title}\n")
    assert f"**Goal:** {plan.goal.capitalize()}" in body
    assert [line[3:] for line in body.splitlines() if line.startswith("## ")][: len(plan.phases)] == [
        phase.title for phase in plan.phases
    ]
    assert body.count("\n### Week ") == len(plan.weeks)
    assert body.count("- [ ] ") == sum(len(s.activities) for s in plan.sessions)
    for session in plan.sessions:
        assert session.title in body
        assert session.rationale in body
    numbered = [line.split(". ", 1) for line in answers.strip().splitlines()]
    assert [int(number) for number, _ in numbered] == list(range(1, len(numbered) + 1))
    hidden = [a for s in plan.sessions for a in s.activities if a.kind in ("practice", "repair")]
    assert len(numbered) == len(hidden) + len(plan.weeks)
    for activity in hidden:
        [number] = re.findall(rf"{re.escape(activity.task or '')} \[(\d+)\] {re.escape(activity.text)}", body)[:1]
        assert [number, activity.answer] in numbered
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_markdown_names_days_of_the_calendar(plan: StudyPlan) -> None:
    assert plan.start
    first = plan.start + timedelta(days=plan.sessions[0].day)
    assert f"{first:%a %d %b}" in to_markdown(plan)


def test_markdown_of_no_plan_says_why(today: date, oracle: Any) -> None:
    text = to_markdown(plan_study(profile_for("something please"), oracle, today))
    assert text.startswith("# No plan\n\n## Not planned\n\n- Nothing in the request names a topic")
    assert "Answers" not in text


def test_icalendar_has_an_event_for_each_session(plan: StudyPlan) -> None:
    raw = to_icalendar(plan)
    events = Calendar.from_ical(raw).walk("VEVENT")
    assert plan.start
    assert plan.deadline
    *sessions, last = events
    assert str(last["summary"]) == f"The day: {plan.title}"
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


def test_sessions_of_one_day_follow_each_other(plan: StudyPlan) -> None:
    crowded = plan.model_copy(deep=True)
    for session in crowded.weeks[0].sessions:
        session.day = 0
    first, second = Calendar.from_ical(to_icalendar(crowded, hour=8)).walk("VEVENT")[:2]
    assert first.decoded("dtstart").hour == 8
    assert second.decoded("dtstart") == first.decoded("dtstart") + first.decoded("duration")


def test_an_hour_that_no_day_has_is_refused(plan: StudyPlan) -> None:
    with pytest.raises(ValueError, match="hour"):
        to_icalendar(plan, hour=24)


def test_json_comes_back_as_it_was(plan: StudyPlan) -> None:
    assert StudyPlan.model_validate_json(plan.model_dump_json(indent=1)) == plan
    with pytest.raises(ValueError, match="colour"):
        StudyPlan.model_validate(plan.model_dump() | {"colour": "red"})


@pytest.mark.parametrize(
    ("language", "headings", "day"),
    [
        ("de", ("## Lösungen", "### Woche 1", "**Kontrollfrage:**", "## Angenommen"), "Di 6. Jan."),
        ("es", ("## Respuestas", "### Semana 1", "- Por qué:"), "mar 6 ene"),
        ("fr", ("## Réponses", "### Semaine 1", "- Pourquoi:"), "mar. 6 janv."),
        ("pt", ("## Respostas", "### Semana 1", "- Por quê:"), "ter 6 jan"),
        ("zh", ("## 答案", "### 周次 1", "- 原因:"), "1月6日 周二"),
        ("en", ("## Answers", "### Week 1", "- Why:", "## Assumed"), "Tue 06 Jan"),
        ("it", ("## Answers", "### Week 1"), "Tue 06 Jan"),
    ],
)
def test_the_frame_of_a_plan_is_in_its_language(language: str, headings: tuple[str, ...], day: str) -> None:
    def first(calls: Sequence[Call]) -> list[dict[str, Any]]:
        return [{name: choices[0] for name, choices in call.options.items()} for call in calls]

    plan = plan_study(LearnerProfile(text="slope, 3 weeks"), first, date(2026, 1, 5))
    shown = to_markdown(plan.model_copy(update={"language": language}))
    for words in (*headings, day):
        assert words in shown, words


def test_each_language_says_every_phrase_of_the_frame() -> None:
    phrases = [set(language_data(language)["frame"]) for language in SPOKEN]
    assert all(said == phrases[0] for said in phrases)
    for language in SPOKEN:
        frame = language_data(language)["frame"]
        assert (len(frame["days"]), len(frame["months"])) == (7, 12)
