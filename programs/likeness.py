"""How alike an error and what a concept is about are.

The evidence is the problem, the wrong answer and the right one. A concept is described by its name, objective,
misconception and worked example. Its practice tasks are left out: the errors of synthetic learners are variants of
those, and looking them up would be no diagnosis.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from .curriculum import Concept, Curriculum
from .learner import Attempt

_LONGEST_STEM = 6


def alike(concept: str, error: Attempt, source: Curriculum) -> float:
    """How alike an error and what a concept is about are, 0 to 1: the cosine of their words, rare ones first."""
    vectors, rarity = _described(source)
    words = _words(error.problem) + _marked("right", error.correct_answer) + _marked("wrong", error.answer)
    weights = {word: (1 + math.log(n)) * rarity.get(word, 0.0) for word, n in words.items()}
    size = math.sqrt(sum(w * w for w in weights.values())) or 1.0
    return sum(w * vectors[concept].get(word, 0.0) for word, w in weights.items()) / size


@lru_cache(maxsize=8)
def _described(source: Curriculum) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Unit vectors of what concepts are about, by concept and word, and how rare each word is."""
    texts = {concept: _description(source[concept]) for concept in source}
    counts = Counter(word for text in texts.values() for word in text)
    rarity = {word: math.log(1 + len(texts) / n) for word, n in counts.items()}
    vectors = {}
    for concept, text in texts.items():
        weights = {word: (1 + math.log(n)) * rarity[word] for word, n in text.items()}
        size = math.sqrt(sum(w * w for w in weights.values()))
        vectors[concept] = {word: w / size for word, w in weights.items()}
    return vectors, rarity


def _description(concept: Concept) -> Counter[str]:
    once = " ".join([concept.objective, *concept.aliases, concept.misconception, *concept.steps])
    twice = _words(concept.name) + _words(concept.example.task)
    answers = _marked("right", concept.example.answer) + _marked("wrong", concept.example.wrong)
    return _words(once) + twice + twice + answers


def _marked(mark: str, text: str) -> Counter[str]:
    return Counter({f"{mark}:{word}": n for word, n in _words(text).items()})


@lru_cache(maxsize=1 << 12)
def _words(text: str) -> Counter[str]:
    """Stems, signs and numbers as such, and pairs of neighbours."""
    found = re.findall(r"[a-z]+|\d+|[^\sa-z\d]", text.lower())
    stems = ["#" if word.isdigit() else word[:_LONGEST_STEM] for word in found]
    return Counter([*stems, *(f"{a} {b}" for a, b in pairwise(stems))])
