"""A plan as Markdown for people and as iCalendar for their calendars. JSON is the plan's own ``model_dump_json``."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from .curriculum import Curriculum, curriculum
from .frame import Frame
from .plan import Activity, Checkpoint, Session, StudyPlan, Week
from .request.time.hours import clock_of


def to_markdown(plan: StudyPlan, source: Curriculum | None = None) -> str:
    """The plan as Markdown, answers at the end so that they are not read by accident.

    source: the curriculum that it was planned with, for the names of concepts; the built-in one if left out.
    """
    source = curriculum() if source is None else source
    say = Frame(plan.language)
    lines = [f"# {plan.title}", ""]
    if when := _when(plan):
        lines += [f"**When:** {when}", ""]
    if plan.goal:
        lines += [f"**{say('Goal')}:** {plan.goal[0].upper()}{plan.goal[1:]}", ""]
    for found in plan.diagnosis:
        name = source[found.concept].name if found.concept in source else found.concept
        lines += [f"**{say('To repair first')}: {name}.** {found.evidence}", ""]
    answers: list[str] = []
    for phase in plan.phases:
        lines += [f"## {say(phase.title)}", "", phase.objective, ""]
        for week in phase.weeks:
            lines += _week(plan, week, answers, say)
    if plan.practice:
        tasks = [f"{i}. {p.task}{_noted(p.answer, answers)}" for i, p in enumerate(plan.practice, 1)]
        lines += [f"## {say('Practice sheet')}", "", *tasks, ""]
    if plan.adaptations:
        lines += [f"## {say('If things go differently')}", ""]
        lines += [f"- **{say(f'When {a.when}')}.** *{a.trigger}* {a.action}" for a in plan.adaptations] + [""]
    for title, notes in (("Assumed", plan.assumptions), ("Not planned", plan.omissions)):
        if notes:
            lines += [f"## {say(title)}", "", *(f"- {note}" for note in notes), ""]
    if plan.unused:
        lines += [f"## {say('Read but not used')}", "", *(f"- “{words}”" for words in plan.unused), ""]
    if answers:
        lines += [f"## {say('Answers')}", "", *answers, ""]
    return "\n".join(lines).rstrip() + "\n"


_DAYS = {
    "mon": "Mondays", "tue": "Tuesdays", "wed": "Wednesdays", "thu": "Thursdays", "fri": "Fridays", "sat": "Saturdays",
    "sun": "Sundays",
}  # fmt: skip


def _when(plan: StudyPlan) -> str:
    """The days and hours that the plan keeps to, as far as the learner named any."""
    profile = plan.profile
    if profile is None or not plan.sessions:
        return ""
    days = [name for day, name in _DAYS.items() if day in profile.days]
    named = " and ".join([", ".join(days[:-1]), days[-1]] if len(days) > 1 else days)
    every = {None: "", 1: "", 2: "every other week"}.get(profile.every_weeks, f"every {profile.every_weeks} weeks")
    gone = [f"{a:%d %b}" if a == b else f"{a:%d %b} to {b:%d %b}" for a, b in profile.away]
    parts = [named, profile.hours, every, f"not {', '.join(gone)}" if gone else ""]
    return "; ".join(filter(None, parts))


def _week(plan: StudyPlan, week: Week, answers: list[str], say: Frame) -> list[str]:
    lines = [f"### {say('Week')} {week.number}: {week.title} ({week.minutes} {say('min')})", ""]
    for number, session in enumerate(week.sessions, 1):
        when = f", {say.day(plan.start + timedelta(days=session.day))}" if plan.start else ""
        lines += [f"**{week.number}.{number} {session.title}** ({session.minutes} {say('min')}{when})  "]
        lines += [f"*{session.objective}*", ""]
        lines += [_activity(activity, answers, say) for activity in session.activities]
        lines += [f"- {say('Why')}: {session.rationale}", ""]
    if week.checkpoint:
        lines += [f"**{say('Checkpoint')}:** {week.checkpoint.question}{_noted(week.checkpoint.answer, answers)}", ""]
    return lines


def _activity(activity: Activity, answers: list[str], say: Frame) -> str:
    line = f"- [ ] {activity.minutes} {say('min')}, {say(activity.kind)}: "
    if activity.kind == "example" and activity.task:
        return f"{line}{activity.task} {activity.text} {say('Answer')}: {activity.answer}"
    task = f"{activity.task}{_noted(activity.answer, answers)} " if activity.task else ""
    return f"{line}{task}{activity.text}"


def _noted(answer: str | None, answers: list[str]) -> str:
    """Keep an answer for the list at the end; the number under which it stands there."""
    if answer is None:
        return ""
    answers.append(f"{len(answers) + 1}. {answer}")
    return f" [{len(answers)}]"


def to_icalendar(plan: StudyPlan, hour: int | None = None) -> bytes:
    """One event a session, with what to do, the answers, and in the last session of a week its checkpoint; and the day
    that the plan leads to.

    hour: the time of day in the reader's own time zone; left out, the one that the learner named, or five o'clock.

    Raises ValueError for an hour outside 0 to 23.
    """
    from icalendar import Calendar, Event

    start = plan.start or date.today() + timedelta(days=1)
    # Two plans of the same day differ in more than their title; the same plan made again replaces its own events.
    mark = _fingerprint(plan.model_dump_json())
    calendar = Calendar()
    calendar.add("prodid", "-//studysmith//study plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", plan.title)
    for week in plan.weeks:
        taken: dict[date, int] = {}
        for number, session in enumerate(week.sessions, 1):
            day = start + timedelta(days=session.day)
            begin = datetime.combine(day, _clock(plan, session, hour)) + timedelta(minutes=taken.get(day, 0))
            taken[day] = taken.get(day, 0) + session.minutes
            event = Event()
            event.add("uid", f"{week.number}-{number}-{start:%Y%m%d}-{mark}@studysmith")
            event.add("dtstamp", datetime(start.year, start.month, start.day, tzinfo=UTC))
            event.add("summary", session.title)
            event.add("dtstart", begin)
            event.add("duration", timedelta(minutes=max(1, session.minutes)))
            check = week.checkpoint if number == len(week.sessions) else None
            event.add("description", _description(session, check))
            calendar.add_component(event)
    if plan.deadline:
        event = Event()
        event.add("uid", f"deadline-{plan.deadline:%Y%m%d}-{mark}@studysmith")
        event.add("dtstamp", datetime(start.year, start.month, start.day, tzinfo=UTC))
        event.add("summary", f"The day: {plan.title}")
        event.add("dtstart", plan.deadline)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _clock(plan: StudyPlan, session: Session, hour: int | None) -> time:
    if hour is not None:
        return time(hour)
    named = clock_of(plan.profile.hours, session.minutes) if plan.profile else None
    return named or time(17)


def _description(session: Session, check: Checkpoint | None) -> str:
    answers: list[str] = []
    todo = []
    for a in session.activities:
        example = f" Answer: {a.answer}" if a.kind == "example" and a.answer else ""
        task = f"{a.task}{'' if example else _noted(a.answer, answers)} " if a.task else ""
        todo.append(f"{a.minutes} min: {task}{a.text}{example}")
    checked = [f"Checkpoint: {check.question}{_noted(check.answer, answers)}"] if check else []
    given = ["Answers:", *answers] if answers else []
    return "\n".join([session.objective, *todo, *checked, f"Why: {session.rationale}", *given])


def _fingerprint(text: str) -> str:
    """A few characters that are the same for the same text in every process."""
    return sha256(text.encode()).hexdigest()[:12]
