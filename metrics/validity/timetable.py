"""The corruptions of a plan's shape: hierarchical and feasible."""

from __future__ import annotations

from collections.abc import Sequence

from ...programs.plan import Session, StudyPlan
from ..dimensions import facts
from .corruption import Context, corrupts
from .phrases import VAGUE_OBJECTIVES

# --- hierarchical -----------------------------------------------------------------------------------------------------


@corrupts("hierarchical")
def shuffle_weeks(plan: StudyPlan, context: Context) -> bool:
    """The weeks stand in the wrong order on the page; their numbers and days go with them."""
    weeks = plan.weeks
    if len(weeks) < 2:
        return False
    order = list(range(len(weeks)))
    for k in range(max(1, round(context.strength * (len(weeks) // 2)))):
        order[k], order[-1 - k] = order[-1 - k], order[k]
    shuffled = iter([weeks[i] for i in order])
    for phase in plan.phases:
        phase.weeks = [next(shuffled) for _ in phase.weeks]
    return True


@corrupts("hierarchical")
def shuffle_sessions(plan: StudyPlan, context: Context) -> bool:
    """Within weeks the sessions are listed backwards."""
    weeks = [w for w in plan.weeks if len(w.sessions) > 1]
    for week in context.some(weeks):
        week.sessions = week.sessions[::-1]
    return bool(weeks)


@corrupts("hierarchical")
def vague_objectives(plan: StudyPlan, context: Context) -> bool:
    sessions = plan.sessions
    frames = context.rng.sample(VAGUE_OBJECTIVES, len(VAGUE_OBJECTIVES))
    for session in context.some(sessions):
        session.objective = frames[sessions.index(session) % len(frames)]
    return bool(sessions)


@corrupts("hierarchical")
def foreign_objectives(plan: StudyPlan, context: Context) -> bool:
    """Well-worded objectives of other concepts: they have nothing to do with their session."""
    sessions = plan.sessions
    if len({c.strand for c in context.source.values()}) < 2:
        return False
    others = context.rng.sample(list(context.source.values()), min(60, len(context.source)))
    for session in context.some(sessions):
        concept = facts.resolve(session.concept, context.source)
        strand = context.source[concept].strand if concept else ""
        session.objective = next(c.objective for c in others[sessions.index(session) % 20 :] if c.strand != strand)
    return bool(sessions)


@corrupts("hierarchical")
def blank_phases(plan: StudyPlan, context: Context) -> bool:
    """Phases without an objective are only headings."""
    for phase in context.some(plan.phases):
        phase.objective = ""
    return bool(plan.phases)


@corrupts("hierarchical")
def empty_weeks(plan: StudyPlan, context: Context) -> bool:
    """Headings with nothing below them: phases that hold no week are put between the others."""
    count = max(1, round(3 * context.strength))
    for k in range(count):
        plan.phases.insert(0, plan.phases[0].model_copy(update={"weeks": [], "title": f"Phase {k + 1}"}))
    return bool(plan.sessions)


# --- feasible ---------------------------------------------------------------------------------------------------------


def scale(sessions: Sequence[Session], factor: float) -> None:
    """Multiply all minutes, each staying within 1 to 600."""
    for session in sessions:
        for activity in session.activities:
            activity.minutes = min(600, max(1, round(activity.minutes * factor)))


@corrupts("feasible")
def double_minutes(plan: StudyPlan, context: Context) -> bool:
    scale(plan.sessions, 1 + context.strength)
    return bool(plan.sessions)


@corrupts("feasible")
def too_few_minutes(plan: StudyPlan, context: Context) -> bool:
    """Down to a fifth of the time: nothing can be learned in it."""
    scale(plan.sessions, 1 - 0.8 * context.strength)
    return bool(plan.sessions)


@corrupts("feasible")
def heavy_weeks(plan: StudyPlan, context: Context) -> bool:
    """Some weeks hold twice the work."""
    for week in context.some(plan.weeks):
        scale(week.sessions, 2.0)
    return bool(plan.sessions)


@corrupts("feasible")
def crammed_days(plan: StudyPlan, context: Context) -> bool:
    """All sessions of a week on one day."""
    weeks = [w for w in plan.weeks if len({s.day for s in w.sessions}) > 1]
    for week in context.some(weeks):
        for session in week.sessions:
            session.day = week.sessions[0].day
    return bool(weeks)


@corrupts("feasible")
def overrun(plan: StudyPlan, context: Context) -> bool:
    """The calendar slips: everything happens later than the time that there is."""
    last = max((s.day for s in plan.sessions), default=0)
    delay = round(context.strength * max(21, last))
    for session in plan.sessions:
        session.day += delay
    return bool(plan.sessions)
