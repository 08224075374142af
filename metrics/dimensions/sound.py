"""Sound: do the sentences mean something, are they about this concept, does the reason follow from the activity?

What people wrote for a concept (``programs/data/teaching``) is known to be sound there: 1. Written for another
concept, or as the reason of another activity, it is pasted: 0. Every other sentence is judged by a small network
(``sense``), which was fitted on experts' sentences against those of small models. It is surer of reasons than of
instructions, and one hand writes both, so a free instruction is believed only as far as the reason beside it allows.
Words without the order of English mean nothing. Range: 0 (nonsense) to 1.

In the overall score nonsense cannot be outweighed by style: ``rubric.toml`` lets no dimension of wording count for more
than this one (``caps``), since what means nothing cannot be done, speaks to nobody, and only sounds like English.
"""

from __future__ import annotations

import math

from ...programs.curriculum import Curriculum
from .base import Assessment, Parts, nothing
from .fluent import word_order
from .sense import logit
from .view import PROSE_KINDS, PlanView
from .written import pasted, written

BESIDE = 1.0
"""How much the reason beside it counts for a free instruction, against 1 for its own words (by cross-validation)."""


class Sound:
    def assess(self, view: PlanView) -> Assessment:
        activities: list[tuple[str, float]] = []
        reasons: list[tuple[str, float]] = []
        for session in view.sessions:
            texts = [a.text for a in session.session.activities if a.kind in PROSE_KINDS and a.text.strip()]
            reason, concept = session.session.rationale.strip(), session.matter
            if concept is None:
                activities += [(session.where, 0.0)] * bool(texts)
                reasons += [(session.where, 0.0)] * bool(reason)
                continue
            activities += [(session.where, activity_value(t, reason, concept, view.source)) for t in texts]
            if reason:
                reasons.append((session.where, reason_value(reason, texts, concept, view.source)))
        if not activities and not reasons:
            return nothing("nothing was written for this plan")
        parts = Parts()
        parts.each(0.5, "what to do makes sense for its concept", activities)
        parts.each(0.5, "the reason makes sense and follows from what is done", reasons)
        return parts.assessment()


def activity_value(text: str, reason: str, concept: str, source: Curriculum) -> float:
    """How sound an instruction is for a concept, 0 to 1. ``reason`` stands beside it; empty if there is none."""
    if written(concept, source).does(text):
        return 1.0
    if pasted(text, source):
        return 0.0
    beside = BESIDE * logit(reason, concept, text, source) if reason else 0.0
    return _share(logit(text, concept, None, source) + beside) * word_order(text, source)


def reason_value(text: str, activities: list[str], concept: str, source: Curriculum) -> float:
    """How sound a reason is for what is done in a session on a concept, 0 to 1."""
    known = written(concept, source).explains(text, activities)
    if known is not None:
        return float(known)
    if pasted(text, source):
        return 0.0
    return max(_share(logit(text, concept, a, source)) for a in activities or [""]) * word_order(text, source)


def _share(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
