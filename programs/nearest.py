"""Demonstrations chosen for each question: those whose own questions are the most like it.

DSPy's KNNFewShot does the same with a vectorizer that a bundle has not. Here likeness is in the words, so whoever runs
the program, DSPy or the frozen interpreter, chooses the same.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

NEAREST = "nearest"
"""Under which name a predictor's configuration says how many of its demonstrations are shown at a call."""
_WORD = re.compile(r"\w+")


def nearest(questions: Sequence[str], question: str, count: int) -> list[int]:
    """Places of the ``count`` questions that are the most like this one, the nearest last, beside it.

    This very question is not among them: on a training example it would give the answer away. Likeness is the cosine
    of the words, each as telling as it is rare among the questions: what all of them say tells nothing. Of two that
    are alike the first one is nearer.
    """
    bags = [Counter(_WORD.findall(text.lower())) for text in questions]
    among = Counter(word for bag in bags for word in bag)
    weights = {word: math.log((1 + len(bags)) / (1 + n)) for word, n in among.items()}
    here = Counter(_WORD.findall(question.lower()))

    def likeness(bag: Counter[str]) -> float:
        shared = sum(weights[word] ** 2 * min(n, here[word]) for word, n in bag.items())
        return round(shared / (_length(bag, weights) or 1.0), 9)

    order = sorted((i for i, text in enumerate(questions) if text != question), key=lambda i: (-likeness(bags[i]), i))
    return order[:count][::-1]


def _length(bag: Counter[str], weights: dict[str, float]) -> float:
    return math.sqrt(sum((weights[word] * n) ** 2 for word, n in bag.items()))
