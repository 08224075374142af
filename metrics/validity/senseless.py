"""The corruptions of sense: each leaves a sentence fluent and takes away what it means.

Sense can only be taken from what has some: plans of the untuned model are left out, and so are the experts' that the
dimension does not understand to begin with (``UNDERSTOOD``). How many those are is part of its cross-validation, not
of this.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from ...programs.plan import Activity, Session, StudyPlan
from ..dimensions import PlanView, facts
from ..dimensions.sound import Sound
from .corruption import Context, corrupts
from .nonsense import letter_salad, paste_hobby, swap_words

# What makes no sense cannot be done, speaks to nobody, and is seldom good English: these fall with it.
WORDING = ("detailed", "personalized", "fluent")
UNDERSTOOD = 0.5
"""How sound a plan is at least before anything is taken from it."""


@corrupts("sound", touches=WORDING)
def swapped_words(plan: StudyPlan, context: Context) -> bool:
    """Half of the content words give way to words of the same kind from other sentences."""
    donors = [a.text for other in context.others if other.writer == "expert" for a in _instructions(other.plan)]
    if not donors:
        return False
    return _rewrite(plan, context, lambda text, rng: swap_words(text, rng.choice(donors), rng, 0.5))


@corrupts("sound", touches=WORDING)
def pasted_hobby(plan: StudyPlan, context: Context) -> bool:
    """A word of somebody's hobby stands where it has no business."""
    own = context.profile.interests
    return _rewrite(plan, context, lambda text, rng: paste_hobby(text, rng, own))


@corrupts("sound", touches=WORDING)
def letters(plan: StudyPlan, context: Context) -> bool:
    """Some words turn into letters."""
    return _rewrite(plan, context, letter_salad)


@corrupts("sound", touches=WORDING)
def wrong_concept(plan: StudyPlan, context: Context) -> bool:
    """Instruction and reason were written for another concept."""
    if not _has_sense(plan, context):
        return False
    sessions = [s for s in plan.sessions if s.rationale.strip() and _study(s)]
    own = {c for s in plan.sessions if (c := facts.resolve(s.concept, context.source))}
    close = own | {n for c in own for n in facts.near(c, context.source)}
    donors = [
        session
        for other in context.others
        if other.writer == "expert"
        for session in other.plan.sessions
        if facts.resolve(session.concept, context.source) not in close and _study(session)
    ]
    if not sessions or not donors:
        return False
    drawn = [context.rng.choice(donors) for _ in sessions]
    for session, donor in context.some(list(zip(sessions, drawn, strict=True))):
        session.rationale = donor.rationale
        for activity in _study(session):
            activity.text = _study(donor)[0].text
    return True


@corrupts("sound", touches=WORDING)
def reason_of_another(plan: StudyPlan, context: Context) -> bool:
    """The reason was written for another activity."""
    if not _has_sense(plan, context):
        return False
    sessions = [s for s in plan.sessions if s.rationale.strip()]
    donors = [
        s.rationale for other in context.others if other.writer == "expert" for s in other.plan.sessions if s.rationale
    ]
    if not sessions or not donors:
        return False
    drawn = [context.rng.choice(donors) for _ in sessions]
    for session, reason in context.some(list(zip(sessions, drawn, strict=True))):
        session.rationale = reason
    return True


def _has_sense(plan: StudyPlan, context: Context) -> bool:
    view = PlanView(plan, context.profile, context.source)
    return context.case.writer == "expert" and Sound().assess(view).score >= UNDERSTOOD


def _study(session: Session) -> list[Activity]:
    return [a for a in session.activities if a.kind in ("study", "review")]


def _instructions(plan: StudyPlan) -> list[Activity]:
    return [a for s in plan.sessions for a in _study(s)]


def _rewrite(plan: StudyPlan, context: Context, change: Callable[[str, random.Random], str]) -> bool:
    """Changes the share of the texts that the strength asks for; each text has random numbers of its own."""
    if not _has_sense(plan, context):
        return False
    slots: list[tuple[Activity | Session, str]] = [(a, "text") for a in _instructions(plan)]
    slots += [(s, "rationale") for s in plan.sessions if s.rationale.strip()]
    numbered = list(enumerate(slots))
    for k, (owner, name) in context.some(numbered):
        setattr(owner, name, change(getattr(owner, name), random.Random(context.seed + k))[:1000])
    return bool(slots)
