"""Similar learners who differ from the real one in a single thing. Deterministic, so that scoring is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ...programs.curriculum import Curriculum
from . import facts
from .associations import INTERESTS, WAYS, own_stems, related_stems
from .text import content_stems

NEIGHBOURS = 5


@lru_cache(maxsize=1 << 12)
def _others(wishes: tuple[str, ...], table: str) -> tuple[list[str], ...]:
    own = frozenset(s for wish in wishes for s in own_stems(wish) | related_stems(wish))
    names = INTERESTS if table == "interests" else WAYS
    return tuple([name] for name in names if not own & set(content_stems(name)) and len(own & names[name]) <= 2)


def other_interests(interests: Sequence[str]) -> tuple[list[str], ...]:
    """One other interest at a time, none of which is nearly the same as one of the learner's."""
    return _others(tuple(interests), "interests")


def other_preferences(preferences: Sequence[str]) -> tuple[list[str], ...]:
    """One other way of working at a time."""
    return _others(tuple(preferences), "ways")


@lru_cache(maxsize=1 << 12)
def neighbours(concept_id: str, source: Curriculum) -> tuple[str, ...]:
    """The concepts that are easiest to confuse with this one: same strand and nearest level, related ones first."""
    c = source[concept_id]
    related = set(c.prerequisites) | set(source.successors(concept_id))
    siblings = {s for p in c.prerequisites for s in source.successors(p)}

    def distance(other: str) -> tuple[float, str]:
        o = source[other]
        return (abs(o.level - c.level) + (o.strand != c.strand) * 2 - (other in related) - (other in siblings), other)

    return tuple(sorted((o for o in source if o != concept_id), key=distance)[:NEIGHBOURS])


def other_topics(topics: Sequence[str], source: Curriculum) -> list[list[str]]:
    """Neighbours of the last topic, which is where the plan leads."""
    return [[other] for other in neighbours(topics[-1], source) if other not in topics]


@lru_cache(maxsize=1 << 12)
def error_concepts(problems: tuple[str, ...], source: Curriculum) -> tuple[str, ...]:
    """The likeliest concept behind each problem, without repeats."""
    found = (facts.concepts_of_problem(problem, source)[:1] for problem in problems)
    return tuple(dict.fromkeys(pair[0][0] for pair in found if pair))


@lru_cache(maxsize=1 << 12)
def other_errors(problems: tuple[str, ...], source: Curriculum) -> tuple[tuple[str, ...], ...]:
    """Error sets (their problems) on neighbouring concepts, of the same size."""
    concepts = error_concepts(problems, source)
    if not concepts:
        return ()
    others = (o for o in neighbours(concepts[0], source) if o not in concepts)
    sets = (tuple(e.task for e in source[o].exercises) for o in others)
    return tuple(tasks[: max(1, len(problems))] for tasks in sets)


@lru_cache(maxsize=1 << 12)
def other_times(weeks: int | None, minutes: int | None, sessions: int | None) -> tuple[tuple[int | None, ...], ...]:
    """(weeks, minutes a week, sessions a week) of learners with clearly less or more time."""
    half = (weeks and max(1, weeks // 2), minutes and minutes // 2, sessions and max(1, sessions // 2))
    twice = (weeks and weeks * 2, minutes and minutes * 2, sessions and sessions * 2)
    return (half, twice)
