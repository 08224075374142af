"""A plan as Markdown, for people. JSON is the plan's own ``model_dump_json``; ``ics`` has it for calendars."""

from __future__ import annotations

from datetime import timedelta

from .curriculum import Curriculum, curriculum
from .frame import Frame
from .markdown import as_is
from .plan import Activity, Diagnosis, StudyPlan, Week


def to_markdown(plan: StudyPlan, source: Curriculum | None = None) -> str:
    """The plan as Markdown, answers at the end so that they are not read by accident.

    source: the curriculum that it was planned with, for the names of concepts; the built-in one if left out.
    """
    source = curriculum() if source is None else source
    say = Frame(plan.language)
    lines = [f"# {as_is(plan.title)}", ""]
    if when := when_of(plan):
        lines += [f"**When:** {as_is(when)}", ""]
    if goal := goal_of(plan):
        lines += [f"**{say('Goal')}:** {as_is(goal)}", ""]
    for found in plan.diagnosis:
        name = as_is(name_of(found, source))
        lines += [f"**{say('To repair first')}: {name}.** {as_is(found.evidence)}", ""]
    answers: list[str] = []
    for phase in plan.phases:
        lines += [f"## {as_is(say(phase.title))}", "", as_is(phase.objective), ""]
        for week in phase.weeks:
            lines += _week(plan, week, answers, say)
    if plan.practice:
        tasks = [f"{i}. {as_is(p.task)}{_noted(p.answer, answers)}" for i, p in enumerate(plan.practice, 1)]
        lines += [f"## {say('Practice sheet')}", "", *tasks, ""]
    if plan.adaptations:
        lines += [f"## {say('If things go differently')}", ""]
        lines += [
            f"- **{say(f'When {a.when}')}.** *{as_is(a.trigger)}* {as_is(a.action)}" for a in plan.adaptations
        ] + [""]
    for title, notes in notes_of(plan):
        lines += [f"## {say(title)}", "", *(f"- {as_is(note)}" for note in notes), ""]
    if answers:
        lines += [f"## {say('Answers')}", "", *answers, ""]
    return "\n".join(lines).rstrip() + "\n"


_DAYS = {
    "mon": "Mondays", "tue": "Tuesdays", "wed": "Wednesdays", "thu": "Thursdays", "fri": "Fridays", "sat": "Saturdays",
    "sun": "Sundays",
}  # fmt: skip


_PARTS_OF_DAY = {
    "night": "at night",
    "morning": "in the morning",
    "afternoon": "in the afternoon",
    "evening": "in the evening",
}


def when_of(plan: StudyPlan) -> str:
    """The days and hours that the plan keeps to, as far as the learner named any."""
    profile = plan.profile
    if profile is None or not plan.sessions:
        return ""
    days = [name for day, name in _DAYS.items() if day in profile.days]
    named = " and ".join([", ".join(days[:-1]), days[-1]] if len(days) > 1 else days)
    every = {None: "", 1: "", 2: "every other week"}.get(profile.every_weeks, f"every {profile.every_weeks} weeks")
    gone = [f"{a:%d %b}" if a == b else f"{a:%d %b} to {b:%d %b}" for a, b in profile.away]
    once = ", ".join(f"{day:%a %d %b} ({minutes} min)" for day, minutes in sorted(profile.sessions_on.items()))
    parts = [
        once,
        named,
        _PARTS_OF_DAY.get(profile.hours, profile.hours),
        every,
        f"not {', '.join(gone)}" if gone else "",
    ]
    return "; ".join(filter(None, parts))


def goal_of(plan: StudyPlan) -> str:
    """The goal, as a line begins."""
    return plan.goal[:1].upper() + plan.goal[1:]


def name_of(found: Diagnosis, source: Curriculum) -> str:
    """What the concept of a diagnosis is called."""
    return source[found.concept].name if found.concept in source else found.concept


def notes_of(plan: StudyPlan) -> list[tuple[str, list[str]]]:
    """What the plan assumes, leaves out and does not use, each under its heading."""
    unused = [f"“{words}”" for words in plan.unused]
    notes = [("Assumed", plan.assumptions), ("Not planned", plan.omissions), ("Read but not used", unused)]
    return [(title, lines) for title, lines in notes if lines]


def _week(plan: StudyPlan, week: Week, answers: list[str], say: Frame) -> list[str]:
    lines = [f"### {say('Week')} {week.number}: {as_is(week.title)} ({week.minutes} {say('min')})", ""]
    for number, session in enumerate(week.sessions, 1):
        when = f", {say.day(plan.start + timedelta(days=session.day))}" if plan.start else ""
        lines += [f"**{week.number}.{number} {as_is(session.title)}** ({session.minutes} {say('min')}{when})  "]
        lines += [f"*{as_is(session.objective)}*", ""]
        lines += [_activity(activity, answers, say) for activity in session.activities]
        lines += [f"- {say('Why')}: {as_is(session.rationale)}", ""]
    if check := week.checkpoint:
        lines += [f"**{say('Checkpoint')}:** {as_is(check.question)}{_noted(check.answer, answers)}", ""]
    return lines


def _activity(activity: Activity, answers: list[str], say: Frame) -> str:
    line = f"- [ ] {activity.minutes} {say('min')}, {say(activity.kind)}: "
    text, task = as_is(activity.text), as_is(activity.task or "")
    if activity.kind == "example" and task:
        lead, *steps = map(as_is, activity.text.splitlines())
        solved = [*steps, f"{say('Answer')}: {as_is(activity.answer or '')}".rstrip()]
        return "\n".join((f"{line}{task} {lead}", *(f"  - {step}" for step in solved)))
    return f"{line}{task}{_noted(activity.answer, answers)} {text}" if task else f"{line}{text}"


def _noted(answer: str | None, answers: list[str]) -> str:
    """Keep an answer for the list at the end; the number under which it stands there."""
    if answer is None:
        return ""
    answers.append(f"{len(answers) + 1}. {as_is(answer)}")
    return f" [{len(answers)}]"
