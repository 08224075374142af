"""Adaptable: does the plan say what changes when the learner falls behind or runs ahead?

Measures both directions: whether the learner can notice (a trigger tied to a checkpoint that exists, with a
threshold), whether the reaction is concrete and points the right way, whether the two reactions differ, and whether
weeks end with a checkpoint that could trigger anything. Range: 0 (no way to react) to 1.

Source: adjusting teaching to evidence of learning is what makes assessment formative (Black and Wiliam, Inside the
Black Box, Phi Delta Kappan 80, 1998).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...programs.curriculum import Curriculum
from ...programs.plan import Adaptation
from .base import Assessment, Parts, nothing
from .detailed import action_value, own_words
from .lexicon import AHEAD_WORDS, BEHIND_WORDS, THRESHOLD_WORDS, TIED_WORDS
from .text import is_sentence_like, ramp, sentences, specific_stems, stem, words
from .view import PlanView

_WEEK = re.compile(r"\bweeks?\s+(\d{1,4})", re.IGNORECASE)
ENOUGH_SPECIFIC = 3
PLAN_STEMS = frozenset(stem(w) for w in "checkpoint example task exercise review page friend classmate notes".split())
"""Parts of a plan that a reaction can point to."""
CLEARLY = (0.25, 0.8)
"""Share of right cues among all at which an action's direction is lost, and from which it is clear."""
DIFFERENT = 0.6
"""Share of specific words that two reactions need not have in common to count as different."""


class Adaptable:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        parts = Parts()
        checked = {week.number for week in view.weeks if week.checkpoint and week.checkpoint.question.strip()}
        matter = frozenset().union(*(v.telling for v in view.sessions))
        for when in ("behind", "ahead"):
            found = [a for a in view.plan.adaptations if a.when == when]
            action = _mean(found, lambda a: _action(a, matter, view.source))
            trigger = _mean(found, lambda a: _trigger(a.trigger, checked))
            parts.add(0.08, "the trigger can be noticed and is tied to a checkpoint", trigger, f"if {when}")
            parts.add(0.33, "the action is concrete and points the right way", action, f"if {when}")
        parts.add(0.08, "behind and ahead lead to different actions", _differ(view.plan.adaptations))
        parts.each(
            0.10, "the week has a checkpoint", [(f"week {w.number}", float(w.number in checked)) for w in view.weeks]
        )
        return parts.assessment()


def _mean(found: list[Adaptation], value: Callable[[Adaptation], float]) -> float:
    return sum(map(value, found)) / len(found) if found else 0.0


def _trigger(trigger: str, checked: set[int]) -> float:
    """Half for being tied to a checkpoint of the plan, half for a threshold that can be noticed."""
    if not is_sentence_like(trigger):
        return 0.0
    plain = set(words(trigger))
    named = [int(number) for number in _WEEK.findall(trigger)]
    if named:
        tied = sum(number in checked for number in named) / len(named)
    else:
        tied = 0.6 * bool(plain & TIED_WORDS) * bool(checked)
    noticed = bool(plain & THRESHOLD_WORDS) or any(word[0].isdigit() for word in plain - {str(n) for n in named})
    return 0.5 * tied + 0.5 * noticed


def _action(adaptation: Adaptation, matter: frozenset[str], source: Curriculum) -> float:
    """Concrete throughout (sentences count by length), about what the plan is about, in the right direction."""
    parts = sentences(adaptation.action)
    if not parts:
        return 0.0
    lengths = [len(words(part)) for part in parts]
    concrete = sum(n * _concrete(part, source) for n, part in zip(lengths, parts, strict=True)) / max(1, sum(lengths))
    about = ramp(len(specific_stems(adaptation.action) & (matter | PLAN_STEMS)), 0, 2)
    plain = set(words(adaptation.action))
    behind, ahead = len(plain & BEHIND_WORDS), len(plain & AHEAD_WORDS)
    right, wrong = (behind, ahead) if adaptation.when == "behind" else (ahead, behind)
    direction = ramp(right / (right + wrong), *CLEARLY) if right + wrong else 0.0
    return concrete * (0.1 + 0.4 * about + 0.5 * direction)


def _concrete(sentence: str, source: Curriculum) -> float:
    """A visible action with specific words."""
    if not is_sentence_like(sentence):
        return 0.0
    specific = ramp(len(specific_stems(sentence)), 0, ENOUGH_SPECIFIC)
    return 0.6 * action_value(sentence, source) + 0.4 * own_words(sentence, source) * specific


def _differ(adaptations: list[Adaptation]) -> float:
    stems = {when: _stems(adaptations, when) for when in ("behind", "ahead")}
    if not stems["behind"] or not stems["ahead"]:
        return 0.0
    shared = len(stems["behind"] & stems["ahead"]) / len(stems["behind"] | stems["ahead"])
    return ramp(1.0 - shared, 0.0, DIFFERENT)


def _stems(adaptations: list[Adaptation], when: str) -> frozenset[str]:
    return frozenset().union(*(specific_stems(a.action) for a in adaptations if a.when == when))
