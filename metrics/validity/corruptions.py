"""The corruptions of what a plan says to do: detailed, adaptable, grounded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...programs.curriculum import Curriculum
from ...programs.plan import Activity, Session, StudyPlan
from ..dimensions import facts
from ..dimensions.lexicon import OBSERVABLE_VERBS
from .corruption import Context, corrupts
from .phrases import VAGUE_ACTIONS, VAGUE_INSTRUCTIONS, VAGUE_TRIGGERS
from .timetable import scale

_HEAD = re.compile(
    r"(?P<before>(?:^|[.!?,;:(]\s*|\b(?:and|then|or|to|so|please|now|also|next)\s+)+)(?P<verb>[A-Za-z]+)\b"
)


def _prose(plan: StudyPlan) -> list[Activity]:
    return [a for s in plan.sessions for a in s.activities if a.kind in ("study", "review")]


def _tasks(plan: StudyPlan) -> list[Activity]:
    return [a for s in plan.sessions for a in s.activities if a.task]


# --- detailed ---------------------------------------------------------------------------------------------------------


# "Consider three boxes" is not what anybody would be asked to do, and empty words are about no concept.
@corrupts("detailed", touches=("sound",))
def vague_verbs(plan: StudyPlan, context: Context) -> bool:
    """What can be seen becomes what can only be thought: "Draw three boxes" turns into "Consider three boxes"."""

    def soften(match: re.Match[str]) -> str:
        verb = match["verb"]
        if verb.lower() not in OBSERVABLE_VERBS:
            return match[0]
        return match["before"] + ("Consider" if verb[0].isupper() else "consider")

    changed = [a for a in _prose(plan) if _HEAD.sub(soften, a.text) != a.text]
    for activity in context.some(changed):
        activity.text = _HEAD.sub(soften, activity.text)
    return bool(changed)


@corrupts("detailed", touches=("sound",))
def vague_instructions(plan: StudyPlan, context: Context) -> bool:
    """Instructions give way to fluent sentences that ask for nothing."""
    activities = _prose(plan)
    frames = context.rng.sample(VAGUE_INSTRUCTIONS, len(VAGUE_INSTRUCTIONS))
    for activity in context.some(activities):
        activity.text = frames[activities.index(activity) % len(frames)]
    return bool(activities)


@corrupts("detailed")
def strip_tasks(plan: StudyPlan, context: Context) -> bool:
    """Sessions keep their time and their words, but there is nothing to solve."""
    tasks = [a for a in _tasks(plan) if a.kind != "repair"]
    for activity in context.some(tasks):
        activity.task = activity.answer = None
    return bool(tasks)


@corrupts("detailed")
def strip_answers(plan: StudyPlan, context: Context) -> bool:
    """Nobody can check what they have done."""
    tasks = [a for a in _tasks(plan) if a.answer]
    for activity in context.some(tasks):
        activity.answer = None
    return bool(tasks)


@corrupts("detailed")
def one_block(plan: StudyPlan, context: Context) -> bool:
    """A session's steps become one block of time."""
    sessions = [s for s in plan.sessions if len(s.activities) > 1]
    for session in context.some(sessions):
        longest = max(session.activities, key=lambda a: (a.minutes, a.kind == "repair"))
        rest = session.minutes - len(session.activities) + 1
        for activity in session.activities:
            activity.minutes = min(600, rest) if activity is longest else 1
    return bool(sessions)


# --- adaptable --------------------------------------------------------------------------------------------------------


@corrupts("adaptable")
def drop_adaptations(plan: StudyPlan, context: Context) -> bool:
    dropped = context.some(plan.adaptations)
    found = bool(plan.adaptations)
    plan.adaptations = [a for a in plan.adaptations if not any(a is d for d in dropped)]
    return found


@corrupts("adaptable")
def vague_triggers(plan: StudyPlan, context: Context) -> bool:
    for k, adaptation in enumerate(context.some(plan.adaptations)):
        adaptation.trigger = VAGUE_TRIGGERS[k % len(VAGUE_TRIGGERS)]
    return bool(plan.adaptations)


@corrupts("adaptable")
def vague_reactions(plan: StudyPlan, context: Context) -> bool:
    for k, adaptation in enumerate(context.some(plan.adaptations)):
        adaptation.action = VAGUE_ACTIONS[k % len(VAGUE_ACTIONS)]
    return bool(plan.adaptations)


@corrupts("adaptable")
def confused_reactions(plan: StudyPlan, context: Context) -> bool:
    """Whoever runs ahead is told what those who fall behind need; then both are told both; then each the wrong one."""
    behind = next((a for a in plan.adaptations if a.when == "behind"), None)
    ahead = next((a for a in plan.adaptations if a.when == "ahead"), None)
    if not behind or not ahead or behind.action == ahead.action:
        return False
    slower, further = behind.action, ahead.action
    ahead.action = slower if context.strength == 1 else f"{further} {slower}"
    if context.strength > 0.5:
        behind.action = further if context.strength == 1 else f"{slower} {further}"
    return True


@corrupts("adaptable")
def drop_checkpoints(plan: StudyPlan, context: Context) -> bool:
    weeks = [w for w in plan.weeks if w.checkpoint]
    for week in context.some(weeks):
        week.checkpoint = None
    return bool(weeks)


# --- grounded ---------------------------------------------------------------------------------------------------------


def _wrong(task: str, answer: str, source: Curriculum) -> str:
    known = facts.exercise(task, source)
    if known and known[1].wrong != answer:
        return known[1].wrong
    digit = re.search(r"\d", answer)
    return answer.replace(digit[0], str((int(digit[0]) + 3) % 10), 1) if digit else f"not {answer}"


@corrupts("grounded")
def wrong_answers(plan: StudyPlan, context: Context) -> bool:
    stated = [a for a in _tasks(plan) if a.answer] + [
        w.checkpoint for w in plan.weeks if w.checkpoint and w.checkpoint.answer
    ]
    for item in context.some(stated):
        asked = (item.task if isinstance(item, Activity) else item.question) or ""
        item.answer = _wrong(asked, item.answer or "", context.source)
    return bool(stated)


@corrupts("grounded")
def break_prerequisites(plan: StudyPlan, context: Context) -> bool:
    """What builds on others is taught before them; days and minutes stay where they are."""
    sessions = sorted(plan.sessions, key=lambda s: s.day)
    concepts = [facts.resolve(s.concept, context.source) for s in sessions]
    pairs = [(a, b) for i, a in enumerate(concepts) for b in concepts[i + 1 :]]
    if not any(a and b and a in facts.ancestors(b, context.source) for a, b in pairs):
        return False
    n = len(sessions)
    order = list(range(n))
    for k in range(max(1, round(context.strength * (n // 2)))):
        order[k], order[n - 1 - k] = order[n - 1 - k], order[k]
    contents = [sessions[i].model_copy(deep=True) for i in order]
    for session, content in zip(sessions, contents, strict=True):
        minutes = session.minutes
        for name in ("title", "concept", "objective", "rationale", "activities"):
            setattr(session, name, getattr(content, name))
        _fit([session], minutes)
    return True


def _fit(sessions: Sequence[Session], minutes: int) -> None:
    """Scale the activities of each session to ``minutes`` in total."""
    for session in sessions:
        if session.minutes and session.minutes != minutes:
            scale([session], minutes / session.minutes)


@corrupts("grounded")
def invented_concepts(plan: StudyPlan, context: Context) -> bool:
    sessions = plan.sessions
    names = (
        "hyperslope",
        "vector fractions",
        "inverse averaging",
        "triple negation",
        "circular division",
        "soft limits",
    )
    for k, session in enumerate(context.some(sessions)):
        session.concept = names[k % len(names)]
    return bool(sessions)


@corrupts("grounded")
def foreign_tasks(plan: StudyPlan, context: Context) -> bool:
    """Right answers to tasks that have nothing to do with their session."""
    places = [(s, a) for s in plan.sessions for a in s.activities if a.task and a.kind != "repair"]
    if len({c.strand for c in context.source.values()}) < 2:
        return False
    pool = context.rng.sample(list(context.source.values()), min(40, len(context.source)))
    for k, (session, activity) in enumerate(context.some(places)):
        concept = facts.resolve(session.concept, context.source)
        far = [c for c in pool if not concept or c.strand != context.source[concept].strand]
        exercise = far[k % len(far)].practice[0]
        activity.task, activity.answer = exercise.task, exercise.answer
    return bool(places)


@corrupts("grounded")
def wrong_diagnosis(plan: StudyPlan, context: Context) -> bool:
    """The diagnosis names concepts that the errors have nothing to do with, in addition and then instead."""
    named = {facts.resolve(d.concept, context.source) for d in plan.diagnosis}
    strands = {context.source[c].strand for c in named if c}
    far = [c for c in context.source.values() if c.strand not in strands]
    tested = {pair[0] for pair in (facts.exercise(e.problem, context.source) for e in context.profile.errors) if pair}
    near = tested | {p for c in tested for p in context.source[c].prerequisites}
    if not named & near or len(far) < 2:
        return False  # it is wrong already, or nothing would be wrong
    wrong = context.rng.sample(far, 2)
    extra = [plan.diagnosis[0].model_copy(update={"concept": c.id}) for c in wrong]
    keep = plan.diagnosis if context.strength < 1 else []
    plan.diagnosis = [*keep, *extra[: 1 if context.strength < 0.5 else 2]]
    return True
