"""Cached look-ups in a curriculum: which concept a name means, what belongs to it, what a text copies from it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from ...programs.curriculum import Curriculum, Exercise
from ...programs.material import material
from .lexicon import OBSERVABLE_VERBS
from .register import SENTENCES
from .text import content_stems, ngrams, specific_stems, stem, words

VERB_STEMS = frozenset(stem(verb) for verb in OBSERVABLE_VERBS)
COMMON_SHARE = 0.12
"""Share of the concepts from which a word belongs to mathematics in general."""
COPIED_RUN = 5
"""Words in a row shared with the curriculum that count as copied."""
CURRICULA = 8
"""Curricula whose tables are kept at a time: there is one for every bundle that is open."""


def normal(text: str) -> str:
    """Lower case with single spaces, for look-ups by wording."""
    return re.sub(r"\s+", " ", text.lower()).strip()


@lru_cache(maxsize=CURRICULA)
def _names(source: Curriculum) -> dict[str, str]:
    names: dict[str, str] = {}
    for concept in source.values():
        for name in (*concept.aliases, concept.name, concept.id.replace("-", " "), concept.id):
            names[normal(name)] = concept.id
    return names


@lru_cache(maxsize=1 << 14)
def resolve(name: str, source: Curriculum) -> str | None:
    """The id of the concept that a session names by id, name or alias; None if the curriculum has no such concept."""
    return _names(source).get(normal(name[:200]))


@lru_cache(maxsize=CURRICULA)
def _exercises(source: Curriculum) -> dict[str, tuple[str, Exercise]]:
    return {normal(e.task): (c.id, e) for c in source.values() for e in c.exercises}


@lru_cache(maxsize=1 << 14)
def exercise(task: str, source: Curriculum) -> tuple[str, Exercise] | None:
    """The concept and the exercise whose task has this wording, or which is a variant of it."""
    return _exercises(source).get(normal(task)) or material().recognize(task.strip(), source)


@lru_cache(maxsize=1 << 12)
def vocabulary(concept_id: str, source: Curriculum) -> frozenset[str]:
    """Specific stems of everything that the curriculum says about a concept."""
    c = source[concept_id]
    texts = (c.name, *c.aliases, c.objective, c.misconception, *c.steps, *(e.task for e in c.exercises))
    return frozenset().union(*map(specific_stems, texts))


@lru_cache(maxsize=1 << 12)
def telling(concept_id: str, source: Curriculum) -> frozenset[str]:
    """The part of a concept's vocabulary that few other concepts share, so that it tells what a text is about."""
    few, counts = max(1.0, COMMON_SHARE * len(source)), _concepts_with(source)
    return frozenset(s for s in vocabulary(concept_id, source) if counts[s] <= few)


@lru_cache(maxsize=CURRICULA)
def _concepts_with(source: Curriculum) -> Counter[str]:
    return Counter(s for c in source for s in vocabulary(c, source))


@cache
def plain() -> frozenset[str]:
    """Stems of plain talk between teacher and learner, on whatever subject."""
    return frozenset(s for sentence in SENTENCES for s in content_stems(sentence))


@lru_cache(maxsize=CURRICULA)
def mathematical(source: Curriculum) -> frozenset[str]:
    """Stems of mathematics at large: words of several concepts that plain talk does not use."""
    counts: Counter[str] = Counter()
    for c in source.values():
        counts.update(frozenset().union(*map(specific_stems, (c.name, *c.aliases, c.objective, c.misconception))))
    return frozenset(s for s, count in counts.items() if count >= 2) - plain() - VERB_STEMS


@lru_cache(maxsize=1 << 12)
def name_stems(concept_id: str, source: Curriculum) -> frozenset[str]:
    """Stems of a concept's name, aliases and objective."""
    c = source[concept_id]
    return frozenset(s for text in (c.name, *c.aliases, c.objective) for s in content_stems(text))


@lru_cache(maxsize=1 << 12)
def highest_level(concepts: tuple[str, ...], source: Curriculum) -> float | None:
    return max((source[c].level for c in concepts), default=None)


@lru_cache(maxsize=1 << 12)
def ancestors(concept_id: str, source: Curriculum) -> frozenset[str]:
    return frozenset(source.ancestors(concept_id))


@lru_cache(maxsize=1 << 12)
def near(concept_id: str, source: Curriculum) -> frozenset[str]:
    """The concept, its direct prerequisites and what directly builds on it."""
    return frozenset((concept_id, *source[concept_id].prerequisites, *source.successors(concept_id)))


@lru_cache(maxsize=CURRICULA)
def _curriculum_runs(source: Curriculum) -> frozenset[tuple[str, ...]]:
    texts = (
        t for c in source.values() for t in (c.objective, c.misconception, *c.steps, *(e.task for e in c.exercises))
    )
    return frozenset(run for text in texts for run in ngrams(words(text), COPIED_RUN))


@lru_cache(maxsize=1 << 15)
def copied_share(text: str, source: Curriculum) -> float:
    """Share of the runs of ``COPIED_RUN`` words that stand in the curriculum word for word."""
    runs = ngrams(words(text), COPIED_RUN)
    return sum(run in _curriculum_runs(source) for run in runs) / len(runs) if runs else 0.0


@lru_cache(maxsize=1 << 12)
def concepts_of_problem(problem: str, source: Curriculum) -> tuple[tuple[str, float], ...]:
    """Concepts that a problem tests, with a likeness from 0 to 1, best first.

    A problem of the curriculum has its own concept; any other is compared with every concept's words.
    """
    known = exercise(problem, source)
    if known:
        return ((known[0], 1.0),)
    stems = specific_stems(problem)
    if not stems:
        return ()
    scores = ((c, len(stems & vocabulary(c, source)) / len(stems)) for c in source)
    return tuple(sorted(((c, s) for c, s in scores if s >= 0.5), key=lambda pair: (-pair[1], pair[0]))[:5])
