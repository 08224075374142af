"""Hierarchical: does the plan descend from phases to weeks to sessions, each with its own objective, in sequence?

Measures the nesting (no empty levels, phases not too long), the numbering of weeks and the order of days as the plan is
read, and the objectives: observable, about their session, and those of the phases about what stands in them.
Prerequisite order is judged by ``grounded``. Range: 0 (one heap) to 1.

Source: observable objectives and their verbs (Anderson and Krathwohl, A Taxonomy for Learning, Teaching, and Assessing,
2001).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from .base import Assessment, Parts, nothing
from .facts import name_stems
from .lexicon import MILD_VERBS, OBJECTIVE_VERBS
from .text import content_stems, ramp, specific_stems, words
from .view import PlanView, SessionView

LONG_PHASE = 4
"""Weeks from which a phase is too long to be one step."""


class Hierarchical:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        parts = Parts()
        parts.each(0.20, "phases and weeks are filled", _filled(view))
        parts.add(0.15, "the number of phases fits the number of weeks", _phases_fit(view))
        parts.add(0.20, "weeks are numbered in sequence", _in_sequence([week.number for week in view.weeks]))
        parts.add(0.10, "days follow each other as written", _ascending([v.session.day for v in view.sessions]))
        parts.each(0.20, "the objective is observable and about its session", _objectives(view))
        parts.each(0.15, "the phase objective is about its sessions", _phase_objectives(view))
        return parts.assessment()


def _filled(view: PlanView) -> list[tuple[str, float]]:
    places = []
    for phase in view.plan.phases:
        if not phase.weeks:
            places.append((f"phase {phase.title!r}", 0.0))
        for week in phase.weeks:
            named = bool(week.title.strip() and phase.title.strip())
            places.append((f"week {week.number}", (0.5 + 0.5 * named) if week.sessions else 0.0))
    return places


def _phases_fit(view: PlanView) -> float:
    weeks, phases = len(view.weeks), [len(p.weeks) for p in view.plan.phases if p.weeks]
    if weeks == 1:
        # One week is a level only when it is not a heap.
        return 1.0 - ramp(len(view.sessions), 7, 14)
    wanted = 1 if weeks < 2 else 2
    enough = min(1.0, len(phases) / wanted)
    not_too_long = 1.0 - ramp(max(phases), LONG_PHASE + 2, 3 * LONG_PHASE)
    full_weeks = 1.0 - ramp(max(len(w.sessions) for w in view.weeks), 7, 14)
    return enough * not_too_long * full_weeks


def _in_sequence(numbers: Sequence[int]) -> float:
    """Share of weeks that carry the number of their place."""
    return sum(n == place for place, n in enumerate(numbers, start=1)) / len(numbers)


def _ascending(days: Sequence[int]) -> float:
    pairs = list(pairwise(days))
    return sum(a <= b for a, b in pairs) / len(pairs) if pairs else 1.0


def _objectives(view: PlanView) -> list[tuple[str, float]]:
    """Observable verb first, and words that belong to the session; one objective for different concepts counts less."""
    uses = Counter(o for o, _ in {(v.session.objective, v.session.concept) for v in view.sessions})
    return [(v.where, _objective(v) / uses[v.session.objective]) for v in view.sessions]


def _objective(view: SessionView) -> float:
    objective = view.session.objective
    all_words = words(objective)
    if len(all_words) < 3:
        return 0.0
    verb = 0.5 if all_words[0] in MILD_VERBS else 1.0 if all_words[0] in OBJECTIVE_VERBS else 0.3
    about = specific_stems(view.session.title) | specific_stems(view.session.concept.replace("-", " "))
    if view.matter:
        about |= name_stems(view.matter, view.source)
    own = set(content_stems(objective)) - {content_stems(all_words[0])[0] if content_stems(all_words[0]) else ""}
    fits = len(own & about) / len(own) if own else 0.0
    return 0.4 * verb + 0.6 * ramp(fits, 0.0, 0.4)


def _phase_objectives(view: PlanView) -> list[tuple[str, float]]:
    stems: dict[int, set[str]] = {}
    planned: set[str] = set()
    for v in view.sessions:
        own = set(specific_stems(v.session.title)) | (set(name_stems(v.matter, view.source)) if v.matter else set())
        stems.setdefault(id(v.phase), set()).update(own)
        planned |= own
    values = []
    for phase in view.plan.phases:
        objective = specific_stems(phase.objective)
        if len(words(phase.objective)) < 3:
            value = 0.0
        else:
            # A phase may point to the plan's destination as well as to its own sessions.
            value = 0.4 + 0.6 * (ramp(len(objective & (stems.get(id(phase), set()) | planned)), 0, 1))
        values.append((f"phase {phase.title!r}", value))
    return values
