"""Detailed and actionable: can the learner sit down and do it?

Measures, session by session, whether the instruction names an observable action on the session's matter and says more
than title, objective and the other sessions do, whether there are tasks, whether their answers are there to check
against, and whether the time is divided into steps. Range: 0 (nothing but headings) to 1.

Source: objectives name observable behaviour (Mager, Preparing Instructional Objectives, 1962); plans that say when,
where and how to act are carried out more often (Gollwitzer, Implementation intentions, American Psychologist 54, 1999).
"""

from __future__ import annotations

from ...programs.curriculum import Curriculum
from .base import Assessment, Parts, nothing
from .facts import copied_share, mathematical
from .lexicon import AMOUNT_WORDS, CHECK_WORDS, MILD_VERBS, OBSERVABLE_VERBS
from .text import clause_heads, is_sentence_like, ramp, specific_stems, words
from .view import PROSE_KINDS, PlanView, SessionView
from .written import written

ENOUGH_SPECIFIC = 5
"""Specific words beyond title and objective at which an instruction counts as concrete."""
TASKS_PER_SESSION = 2
WINDOW = 25
"""Sessions before and after that an instruction is compared with."""


class Detailed:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        parts = Parts()
        instructions = [_instructions(v) for v in view.sessions]
        fresh = _fresh(instructions)
        action, specific = _judge(view.sessions, instructions, fresh)
        parts.each(0.44, "says what to do on its matter, with a visible action", action)
        parts.each(0.38, "says more than its headings and than other sessions do", specific)
        parts.each(0.07, f"has {TASKS_PER_SESSION} tasks to do", [(v.where, _tasks(v)) for v in view.sessions])
        parts.each(0.07, "every task has an answer to check against", [(v.where, _answers(v)) for v in view.sessions])
        parts.each(0.04, "divides its time into steps", [(v.where, _steps(v)) for v in view.sessions])
        return parts.assessment()


def action_value(text: str, source: Curriculum) -> float:
    """How visible the doing is: 1 for an observable imperative, 0.5 for a weak one ("review"), 0 for none.

    Copied curriculum text describes the concept; it does not tell this learner what to do.
    """
    if not is_sentence_like(text):
        return 0.0
    heads = set(clause_heads(text))
    value = 1.0 if heads & (OBSERVABLE_VERBS - MILD_VERBS) else 0.5 if heads & MILD_VERBS else 0.0
    return value * own_words(text, source)


def own_words(text: str, source: Curriculum) -> float:
    """1 for a text that is nowhere word for word in the curriculum, 0 for a copy."""
    return 1.0 - ramp(copied_share(text, source), 0.2, 0.8)


def _instructions(view: SessionView) -> list[str]:
    return [a.text for a in view.session.activities if a.kind in PROSE_KINDS]


def _on_matter(text: str, view: SessionView) -> float:
    """How far a text speaks of the session's matter: up to a third by its name, fully by two more telling words.

    A template with the name put in says no more than the heading. Words of mathematics at large count half, and only
    beside one that is of this matter.
    """
    stems = specific_stems(text)
    named = stems & view.telling & view.heading
    telling = len((stems & view.telling) - named)
    general = len((stems & mathematical(view.source)) - view.telling - view.heading) if telling or named else 0
    return min(1.0, 0.35 * bool(named) + 0.65 * ramp(telling + 0.5 * min(2, general), 0, 2))


def _fresh(instructions: list[list[str]]) -> list[int]:
    """Per session: the specific words that the most similar other session's instructions do not have."""
    stems = [frozenset().union(*map(specific_stems, texts)) for texts in instructions]
    fresh = []
    for i, own in enumerate(stems):
        others = stems[max(0, i - WINDOW) : i] + stems[i + 1 : i + 1 + WINDOW]
        fresh.append(min((len(own - other) for other in others), default=len(own)))
    return fresh


def _judge(
    views: list[SessionView], instructions: list[list[str]], fresh: list[int]
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """Per session, of its best instruction: the visible action on the matter, and what it adds to the headings."""
    action, specific = [], []
    for view, texts, new_here in zip(views, instructions, fresh, strict=True):
        said = view.heading | specific_stems(view.session.objective)
        # What every session is told alike tells none of them what to do.
        original = 0.4 + 0.6 * ramp(new_here, 0, 3)
        doing = adding = 0.0
        for text in filter(is_sentence_like, texts):
            if view.matter is not None and written(view.matter, view.source).is_own(text):
                # What was written for this concept alone is about it, though it may name it in numbers.
                action_here = matter = 1.0
            else:
                action_here, matter = action_value(text, view.source), _on_matter(text, view)
            doing = max(doing, action_here * matter * original)
            plain = set(words(text))
            extras = 0.5 * bool(plain & AMOUNT_WORDS) + 0.5 * bool(plain & CHECK_WORDS)
            new = len(specific_stems(text) - said)
            concrete = ramp(0.3 * new + 0.7 * min(new, new_here), 0, ENOUGH_SPECIFIC)
            adding = max(adding, concrete * (0.7 + 0.3 * extras) * own_words(text, view.source) * (0.1 + 0.9 * matter))
        action.append((view.where, doing))
        specific.append((view.where, adding))
    return action, specific


def _tasks(view: SessionView) -> float:
    return min(1.0, len({a.task for a in view.tasks}) / TASKS_PER_SESSION)


def _answers(view: SessionView) -> float:
    return sum(bool(a.answer) for a in view.tasks) / len(view.tasks) if view.tasks else 0.0


def _steps(view: SessionView) -> float:
    minutes = [a.minutes for a in view.session.activities]
    if len(minutes) < 2:
        return 0.0
    return 1.0 - ramp(max(minutes) / sum(minutes), 0.65, 1.0)
