"""A plan as iCalendar: its sessions as events, and whatever else it says where a calendar shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from .curriculum import Curriculum, curriculum
from .frame import Frame
from .markdown import with_dots
from .plan import Checkpoint, Session, StudyPlan
from .render import goal_of, name_of, notes_of, when_of
from .request.breaks import BREAK, time_of
from .request.time.hours import clock_of, is_open

if TYPE_CHECKING:
    from icalendar import Calendar

HOUR = time(17)
"""When a session begins where nobody named an hour."""
_LENGTH = re.compile(r": \d+ (?:day|week)s?(?: for .*)?$")


def to_icalendar(plan: StudyPlan, hour: int | None = None, source: Curriculum | None = None) -> bytes:
    """One event a session, with what to do, the answers, and in the last session of a week its checkpoint. Beside
    them, as events of a whole day: what the plan assumes, leaves out and advises, on its first day; the practice sheet,
    on the last day of study; and the day that the plan leads to.

    hour: the time of day in the reader's own time zone; left out, the one that the learner named, each weekday its own
    where it has one, or five o'clock. source: the curriculum that it was planned with; the built-in one if left out.

    Raises ValueError for an hour outside 0 to 23.
    """
    from icalendar import Calendar, vText

    source, say = curriculum() if source is None else source, Frame(plan.language)
    start = plan.start or date.today() + timedelta(days=1)
    calendar = Calendar()
    calendar.add("prodid", "-//studysmith//study plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(plan.title))
    days = [start + timedelta(days=session.day) for session in plan.sessions]
    write = _Events(calendar, plan, start)
    about = _about(plan, hour, source, say)
    write.day("about", f"{say('About this plan')}: {plan.title}", min(days, default=start), about)
    for week in plan.weeks:
        number = 0
        for day, those in groupby(week.sessions, key=lambda session: start + timedelta(days=session.day)):
            sessions = list(those)
            begin = _begin(plan, sessions, day, hour)
            for session in sessions:
                number += 1
                check = week.checkpoint if number == len(week.sessions) else None
                length = {"duration": timedelta(minutes=max(1, session.minutes))}
                write.event(f"{week.number}-{number}", session.title, begin, _session(session, check, say), length)
                begin += timedelta(minutes=session.minutes + BREAK)
    if plan.practice:
        sheet = [f"{number}. {task.task}" for number, task in enumerate(plan.practice, 1)]
        answers = [f"{number}. {task.answer}" for number, task in enumerate(plan.practice, 1)]
        text = "\n".join([*sheet, "", f"{say('Answers')}:", *answers])
        write.day("practice", f"{say('Practice sheet')}: {_topic(plan)}", max(days, default=start), text)
    if plan.deadline:
        write.day("deadline", f"{say('Test or deadline')}: {_topic(plan)}", plan.deadline, goal_of(plan))
    return bytes(calendar.to_ical())


class _Events:
    """Writes events into a calendar. The same plan made again replaces its own events."""

    def __init__(self, calendar: Calendar, plan: StudyPlan, start: date):
        self.calendar, self.start = calendar, start
        # Two plans of the same day differ in more than their title.
        self.mark = sha256(plan.model_dump_json().encode()).hexdigest()[:12]

    def event(self, name: str, summary: str, begin: date, text: str, also: Mapping[str, object]) -> None:
        from icalendar import Event

        event = Event()
        event.add("uid", f"{name}-{self.start:%Y%m%d}-{self.mark}@studysmith")
        event.add("dtstamp", datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC))
        event.add("summary", summary)
        event.add("dtstart", begin)
        if text:
            event.add("description", with_dots(text))
        for field, value in also.items():
            event.add(field, value)
        self.calendar.add_component(event)

    def day(self, name: str, summary: str, day: date, text: str) -> None:
        """An event of a whole day, which leaves its hours free."""
        self.event(name, summary, day, text, {"transp": "TRANSPARENT"})


def _topic(plan: StudyPlan) -> str:
    """The title of the plan without its length."""
    return _LENGTH.sub("", plan.title)


def _begin(plan: StudyPlan, sessions: Sequence[Session], day: date, hour: int | None) -> datetime:
    """When the first session of a day begins, so that the last one ends when the learner said, if they did."""
    if hour is not None:
        return datetime.combine(day, time(hour))
    minutes = time_of([session.minutes for session in sessions])
    clock = clock_of(plan.profile.hours, minutes, day.weekday()) if plan.profile else None
    return datetime.combine(day, clock or HOUR)


def _about(plan: StudyPlan, hour: int | None, source: Curriculum, say: Frame) -> str:
    """All that the plan says beside its sessions."""
    lines = [plan.title]
    if when := when_of(plan):
        lines.append(f"When: {when}")
    if goal := goal_of(plan):
        lines.append(f"{say('Goal')}: {goal}")
    lines += [f"{say('To repair first')}: {name_of(found, source)}. {found.evidence}" for found in plan.diagnosis]
    hours = plan.profile.hours if plan.profile else ""
    if plan.sessions and hour is None:
        lines += _hours_said(hours)
    advice = [f"{say(f'When {a.when}')}. {a.trigger} {a.action}" for a in plan.adaptations]
    for title, notes in [*([("If things go differently", advice)] if advice else []), *notes_of(plan)]:
        lines += ["", f"{say(title)}:", *(f"- {note}" for note in notes)]
    return "\n".join(lines)


def _hours_said(hours: str) -> list[str]:
    """What of the hours at which sessions stand is not as the learner said it."""
    if is_open(hours):
        return [f"Of the hours “{hours}”, the first is the one at which the sessions stand here."]
    if clock_of(hours, minutes=0) is not None:
        return []
    named = f"“{hours}” is no time of the clock" if hours else "No time of day was named"
    return [f"{named}, so the sessions stand at {HOUR:%H:%M} here; move them to when they fit."]


def _session(session: Session, check: Checkpoint | None, say: Frame) -> str:
    answers: list[str] = []

    def noted(answer: str | None) -> str:
        if answer is None:
            return ""
        answers.append(f"{len(answers) + 1}. {answer}")
        return f" [{len(answers)}]"

    todo = []
    for a in session.activities:
        example = f" {say('Answer')}: {a.answer}" if a.kind == "example" and a.answer else ""
        task = f"{a.task}{'' if example else noted(a.answer)} " if a.task else ""
        todo.append(f"{a.minutes} {say('min')}: {task}{a.text}{example}")
    checked = [f"{say('Checkpoint')}: {check.question}{noted(check.answer)}"] if check else []
    given = [f"{say('Answers')}:", *answers] if answers else []
    return "\n".join([session.objective, *todo, *checked, f"{say('Why')}: {session.rationale}", *given])
