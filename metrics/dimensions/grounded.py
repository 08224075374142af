"""Grounded: is the mathematics right, in the right order, and about this learner's errors?

Measures whether the concepts exist, whether prerequisites come before what builds on them (in the order of days),
whether every answer that can be checked is right, whether tasks belong to their session, and whether the diagnosis fits
the error set. Answers are checked against the curriculum, then the learner's own error set, then by calculation; the
evidence says what share could be checked. Range: 0 (invented or wrong) to 1.

Source: prerequisite orders as in knowledge space theory (Doignon and Falmagne, Knowledge Spaces, 1999).
"""

from __future__ import annotations

from ...programs.curriculum import Curriculum
from ...programs.learner import Attempt
from . import facts
from .answers import check_answer, is_arithmetic, wrong_claims
from .base import Assessment, Parts, nothing
from .text import ramp
from .view import PlanView, SessionView

UNCHECKED = 0.3
"""What is left of the part when no answer can be checked: not wrong, and not grounded either."""
ARITHMETIC = ("number", "fractions")
"""The strands in which a bare calculation is a task of the matter."""
FATAL_SHARE = 0.5
"""Share of wrong answers at which nothing of the part is left."""


class Grounded:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        parts = Parts()
        parts.each(
            0.20,
            "the concept exists in the curriculum",
            [(v.where, float(v.concept is not None)) for v in view.sessions],
        )
        parts.each(0.20, "what it builds on comes before it", _order(view))
        _answers(view, parts)
        parts.each(0.14, "the tasks belong to the session's concept", _tasks_fit(view))
        if view.profile.errors:
            _diagnosis(view, parts)
        return parts.assessment()


def _order(view: PlanView) -> list[tuple[str, float]]:
    """Per session: 1 if every prerequisite that the plan holds was met before, less for those that come later.

    Sessions whose concept the curriculum lacks cannot be ordered; they count as half.
    """
    planned: dict[str, int] = {}
    for place, v in enumerate(view.by_day):
        if v.concept:
            planned.setdefault(v.concept, place)
    values = []
    for place, v in enumerate(view.by_day):
        if v.concept is None:
            values.append((v.where, 0.5))
            continue
        needs = [c for c in facts.ancestors(v.concept, view.source) if c in planned]
        later = sum(planned[c] > place for c in needs)
        values.append((v.where, 1.0 - later / len(needs) if needs else 1.0))
    return values


def _answers(view: PlanView, parts: Parts) -> None:
    """Right answers as a part of the score; the share that could be checked as a note."""
    stated = [(v.where, a.task, a.answer) for v in view.sessions for a in v.tasks if a.answer]
    stated += [
        (f"week {w.number}, checkpoint", w.checkpoint.question, w.checkpoint.answer)
        for w in view.weeks
        if w.checkpoint and w.checkpoint.answer
    ]
    errors = {facts.normal(e.problem): e.correct_answer for e in view.profile.errors}
    verdicts = [(where, check_answer(task or "", answer or "", errors, view.source)) for where, task, answer in stated]
    checked = [(where, right) for where, right in verdicts if right is not None]
    claims = [(prose.where, claim) for prose in view.prose for claim in wrong_claims(prose.text)]
    wrong = [where for where, right in checked if not right] + [where for where, _ in claims]
    total = len(checked) + len(claims)
    if total:
        value = 1.0 - ramp(len(wrong) / total, 0.0, FATAL_SHARE)
        where = ", ".join(dict.fromkeys(wrong[:3])) if wrong else "plan"
        parts.add(0.30, "every answer that can be checked is right", value, where)
    else:
        parts.add(0.30, "no answer can be checked", UNCHECKED)
    share = len(checked) / len(stated) if stated else 0.0
    parts.note("plan", f"{len(checked)} of {len(stated)} stated answers could be checked ({share:.0%})")


def _tasks_fit(view: PlanView) -> list[tuple[str, float]]:
    problems = {facts.normal(e.problem) for e in view.profile.errors}
    values = []
    for v in view.sessions:
        fits = [_task_fits(v, a.task or "") for a in v.tasks if facts.normal(a.task or "") not in problems]
        if fits:
            values.append((v.where, sum(fits) / len(fits)))
    return values


def _task_fits(view: SessionView, task: str) -> float:
    if view.concept is None:
        return UNCHECKED
    if is_arithmetic(task) and view.source[view.concept].strand not in ARITHMETIC:
        return 0.0
    found = facts.exercise(task, view.source)
    if found:
        return 1.0 if found[0] == view.concept else 0.5 if found[0] in facts.near(view.concept, view.source) else 0.0
    likely = dict(facts.concepts_of_problem(task, view.source))
    return likely.get(view.concept, UNCHECKED)


def _diagnosis(view: PlanView, parts: Parts) -> None:
    """How well the named concepts explain the errors, and whether the errors left unexplained are few."""
    named = [facts.resolve(d.concept, view.source) for d in view.plan.diagnosis]
    if not named:
        parts.add(0.20, "the error set is diagnosed", 0.0)
        return
    attempts = view.profile.errors
    explained = [max((_explains(c, attempt, view.source) for c in named if c), default=0.0) for attempt in attempts]
    precise = [
        max((_explains(c, attempt, view.source) for attempt in attempts), default=0.0) if c else 0.0 for c in named
    ]
    value = 0.5 * sum(explained) / len(explained) + 0.5 * sum(precise) / len(precise)
    parts.add(0.20, "the diagnosis explains the errors", value, "diagnosis")


def _explains(concept: str, attempt: Attempt, source: Curriculum) -> float:
    """1 for the concept that the problem tests, half for its direct neighbours, scaled by how sure that is."""
    best = 0.0
    for tested, likeness in facts.concepts_of_problem(attempt.problem, source):
        closeness = 1.0 if tested == concept else 0.4 if concept in source[tested].prerequisites else 0.0
        best = max(best, closeness * likeness)
    return best
