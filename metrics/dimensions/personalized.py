"""Personalized: from the plan alone, can this learner be told apart from similar learners?

For each thing that the profile says (interests, errors, topic, preferences, time) similar learners are made up that
differ in that one thing only: other interests, errors on a neighbouring concept, a neighbouring topic, another way of
working, another time budget. The plan is compared with each of them, and the score is how surely it points to the
real one (0 where it fits both alike, 1 where it fits only the real one). A plan for everybody therefore scores 0, and
so does one that names every interest there is.

What the plan says is discounted where it echoes the request, where it copies the curriculum, where it stands in a list
of keywords instead of a sentence, and where the same sentence returns. Title, goal and assumptions are no evidence.

Source: recovering the intended referent among distractors, as in reference games (Frank and Goodman, Predicting
Pragmatic Reasoning in Language Games, Science 336, 2012).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from .base import Assessment, Evidence, Parts, nothing
from .counterfactuals import other_errors, other_interests, other_preferences, other_times, other_topics
from .signs import Signs
from .view import PlanView

SURENESS = 3.0
"""Slope of the choice between two learners: a difference of 1 in fit is a choice that is 95 % sure."""
T = TypeVar("T")


class Personalized:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        p, signs, parts = view.profile, Signs(view), Parts()
        if p.interests:
            value = _told_apart(signs.interests, p.interests, other_interests(p.interests))
            parts.add(0.30, "the learner's interests are worked into the sessions", value)
        if p.errors:
            problems = tuple(e.problem for e in p.errors)
            value = _told_apart(signs.errors, problems, other_errors(problems, view.source))
            parts.add(0.20, "the learner's own errors are taken up", value)
        if p.preferences:
            value = _told_apart(signs.preferences, p.preferences, other_preferences(p.preferences))
            parts.add(0.12, "it works the way the learner likes to work", value)
        if topics := p.topics or p.struggles:
            value = _told_apart(signs.topic, topics, other_topics(topics, view.source))
            parts.add(0.05, "it is about the learner's topic and not its neighbours", value)
        if p.minutes_per_week or p.weeks:
            time = (p.weeks, p.minutes_per_week, p.sessions_per_week)
            parts.add(0.03, "it is cut to the learner's time", _told_apart(signs.time, time, other_times(*time)))
        if p.interests or p.errors or p.preferences or p.goal:
            parts.each(0.27, "the reason speaks of this learner", signs.reasons())
        if parts.empty:
            return Assessment(0.5, [Evidence("profile", "the profile says nothing that a plan could be cut to", -0.5)])
        return parts.assessment()


def _told_apart(fit: Callable[[T], float], real: T, others: Sequence[T]) -> float:
    """How surely the plan points to the real learner: half the mean over the others, half the most similar of them."""
    own = fit(real)
    if not others or own <= 0:
        return max(0.0, own)
    sure = [max(0.0, math.tanh(SURENESS * (own - fit(other)) / 2) / math.tanh(SURENESS / 2)) for other in others]
    return 0.5 * sum(sure) / len(sure) + 0.5 * min(sure)
