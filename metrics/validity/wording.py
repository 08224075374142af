"""The corruptions of what is written: personalized and fluent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from ...programs.curriculum import Curriculum
from ...programs.learner import LearnerProfile
from ...programs.plan import Activity, Adaptation, Session, StudyPlan
from ..dimensions import facts
from ..dimensions.associations import INTERESTS, own_stems, related_stems
from ..dimensions.signs import misconception_stems
from ..dimensions.text import content_stems, stem
from .corruption import Context, corrupts
from .phrases import GENERAL_REASONS, POMPOUS, STAMP

Slot = tuple[Activity | Session | Adaptation, str]
"""An object of the plan and the name of its field that holds prose."""


def _slots(plan: StudyPlan) -> list[Slot]:
    slots: list[Slot] = []
    for session in plan.sessions:
        slots += [(a, "text") for a in session.activities if a.kind in ("study", "review")]
        if session.rationale.strip():
            slots.append((session, "rationale"))
    return slots


def _rewrite(plan: StudyPlan, context: Context, change: Callable[[str, int], str]) -> bool:
    slots = _slots(plan)
    for k, (owner, name) in enumerate(context.some(slots)):
        setattr(owner, name, change(getattr(owner, name), k)[:1000])
    return bool(slots)


# --- personalized -----------------------------------------------------------------------------------------------------


def _wishes(profile: LearnerProfile) -> set[str]:
    wishes = (*profile.interests, *profile.preferences, *([profile.goal] if profile.goal else []))
    return {s for wish in wishes for s in own_stems(wish) | related_stems(wish)}


def _about_errors(text: str, profile: LearnerProfile, source: Curriculum) -> bool:
    """Whether a text shares two words with what the curriculum says of the wrong ideas behind the learner's errors."""
    found = (facts.exercise(e.problem, source) for e in profile.errors)
    stems = set(content_stems(text))
    return any(pair and len(stems & misconception_stems(pair[0], source)) >= 2 for pair in found)


def _for_this_learner(text: str, profile: LearnerProfile, source: Curriculum) -> bool:
    """Whether a text names a wish of the learner or an error: only then is there something personal to lose."""
    stems = set(content_stems(text))
    wishes = (*profile.interests, *profile.preferences)
    named = any(own_stems(w) <= stems or len(related_stems(w) & stems) >= 2 for w in wishes)
    return named or _about_errors(text, profile, source)


# The words for another learner are about that learner's topic, so they do not tell what to do on this one's, and make
# no sense here.
@corrupts("personalized", touches=("detailed", "sound"))
def other_words(plan: StudyPlan, context: Context) -> bool:
    """The sessions that speak to this learner get the words that were written for others, by the same writer."""
    own = _wishes(context.profile)
    donors = [
        session
        for other in context.others
        if other.writer == context.case.writer and not own & _wishes(other.profile)
        for session in other.plan.sessions
        if session.activities and session.rationale
    ]
    sessions = [
        s
        for s in plan.sessions
        if _for_this_learner(" ".join((s.rationale, *(a.text for a in s.activities))), context.profile, context.source)
    ]
    if len(donors) < len(sessions) or not sessions:
        return False
    sources = context.rng.sample(donors, len(sessions))
    for session in context.some(sessions):
        source = sources[next(i for i, s in enumerate(sessions) if s is session)]
        session.rationale = source.rationale
        for activity in session.activities:
            if activity.kind in ("study", "review"):
                activity.text = source.activities[0].text
    return True


def _replace_interests(plan: StudyPlan, context: Context, replacement: Callable[[int], str]) -> bool:
    own = {s for i in context.profile.interests for s in own_stems(i) | related_stems(i)}
    slots = [(o, n) for o, n in _slots(plan) if own & set(content_stems(getattr(o, n)))]
    for k, (owner, name) in enumerate(context.some(slots)):
        words = re.split(r"([A-Za-z']+)", getattr(owner, name))
        setattr(owner, name, "".join(replacement(k) if stem(w.lower()) in own else w for w in words)[:1000])
    return bool(slots)


# "Count the ordinary of your everyday" makes no sense.
@corrupts("personalized", touches=("sound",))
def no_interests(plan: StudyPlan, context: Context) -> bool:
    """What the learner loves becomes "daily life"."""
    general = ("everyday", "ordinary", "usual", "common")
    return _replace_interests(plan, context, lambda k: general[k % len(general)])


@corrupts("personalized", touches=("sound",))
def other_interests(plan: StudyPlan, context: Context) -> bool:
    """The interest of somebody else stands where the learner's was."""
    own = {s for i in context.profile.interests for s in content_stems(i)}
    other = context.rng.choice([i for i in INTERESTS if " " not in i and not own & set(content_stems(i))])
    return _replace_interests(plan, context, lambda _: other)


@corrupts("personalized")
def no_repairs(plan: StudyPlan, context: Context) -> bool:
    """The learner's own errors give way to tasks that anybody could get."""
    repairs = [(s, a) for s in plan.sessions for a in s.activities if a.kind == "repair" and a.task]
    for k, (session, activity) in enumerate(context.some(repairs)):
        concept = facts.resolve(session.concept, context.source)
        if concept:
            exercise = context.source[concept].exercises[k % 3]
            activity.task, activity.answer = exercise.task, exercise.answer
        activity.kind, activity.text = "practice", "Solve this on your own, then compare with the answer."
    return bool(repairs)


# A reason for everything follows from nothing in particular.
@corrupts("personalized", touches=("sound",))
def general_reasons(plan: StudyPlan, context: Context) -> bool:
    """Reasons that speak to this learner give way to reasons that would be as true for everybody."""
    sessions = [s for s in plan.sessions if _for_this_learner(s.rationale, context.profile, context.source)]
    frames = context.rng.sample(GENERAL_REASONS, len(GENERAL_REASONS))
    for session in context.some(sessions):
        session.rationale = frames[next(i for i, s in enumerate(sessions) if s is session) % len(frames)]
    return bool(sessions)


# --- fluent -----------------------------------------------------------------------------------------------------------

# What is no English hardly makes sense either, so all of these touch ``sound``.


@corrupts("fluent", touches=("sound",))
def shuffled_words(plan: StudyPlan, context: Context) -> bool:
    """The words of a text in random order, its capital and its stop in place."""

    def shuffle(text: str, k: int) -> str:
        parts = text.rstrip(".!? ").split()
        mixed = " ".join(context.rng.sample(parts, len(parts))).lower()
        return mixed[:1].upper() + mixed[1:] + "."

    return _rewrite(plan, context, shuffle)


@corrupts("fluent", touches=("sound",))
def loops(plan: StudyPlan, context: Context) -> bool:
    """A text goes round and round."""

    def loop(text: str, _: int) -> str:
        tail = " ".join(text.rstrip(".!? ").split()[-4:])
        return f"{text.rstrip('.!? ')}, {tail}, {tail}, {tail}, {tail}."

    return _rewrite(plan, context, loop)


@corrupts("fluent", touches=("sound",))
def stamped(plan: StudyPlan, context: Context) -> bool:
    """Two sessions and then more begin with the same long phrase."""
    sessions = plan.sessions
    if len(sessions) < 2:
        return False
    order = context.rng.sample(sessions, len(sessions))
    for session in order[: max(2, math.ceil(context.strength * len(sessions)))]:
        texts = [a for a in session.activities if a.kind in ("study", "review")]
        for activity in texts:
            activity.text = f"{STAMP} {activity.text[:1].lower()}{activity.text[1:]}"[:1000]
        session.rationale = f"{STAMP} {session.rationale[:1].lower()}{session.rationale[1:]}"
    return True


@corrupts("fluent", touches=("sound",))
def pompous(plan: StudyPlan, context: Context) -> bool:
    """Far above the reading level of a school."""
    return _rewrite(plan, context, lambda text, k: f"{POMPOUS[k % len(POMPOUS)]} {text[:1].lower()}{text[1:]}")


@corrupts("fluent", touches=("sound",))
def fragments(plan: StudyPlan, context: Context) -> bool:
    """Texts break off in the middle of a sentence and go on with the end of it, without capital or stop."""

    def cut(text: str, _: int) -> str:
        parts = text.rstrip(".!? ").split()
        middle = max(2, len(parts) // 2)
        return " ".join([*parts[:middle], "and the of", *parts[middle:]]).lower() + " to the"

    return _rewrite(plan, context, cut)


@corrupts("fluent", touches=("sound",))
def said_twice(plan: StudyPlan, context: Context) -> bool:
    """Every sentence is said twice."""
    return _rewrite(plan, context, lambda text, _: f"{text} {text}")
