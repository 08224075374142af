"""Ranking what a wrong answer may come from, by likeness to worked examples of each cause. Neither torch nor a model.

Kernel ridge regression over the average of several likenesses, one column per label: with three examples per label
there is nothing to tune but the ridge, and fitting is one small linear system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .views import VIEWS, Mistake

Array = NDArray[np.float64]
Bag = Counter[str]
Encoder = Callable[[list[str]], Array]
"""Texts to unit vectors, shape (texts, dimensions)."""


class Likeness:
    """Cosine likeness of mistakes, averaged over the views; tf-idf weights come from `references` alone.

    encode: adds the likeness of sentence embeddings of the problem, the wrong answer, and both with the right one.
    """

    def __init__(self, references: Sequence[Mistake], encode: Encoder | None = None) -> None:
        self._encode = encode
        self._views = [_TfIdf(bags) for bags in zip(*map(_bags, references), strict=True)]

    def features(self, mistakes: Sequence[Mistake]) -> list[Any]:
        """One row-normalised matrix per view, shape (mistakes, features of the view)."""
        matrices: list[Any] = [
            view.transform(bags)
            for view, bags in zip(self._views, zip(*map(_bags, mistakes), strict=True), strict=True)
        ]
        if self._encode is not None:
            matrices += [
                self._encode([m.problem for m in mistakes]),
                self._encode([m.answer for m in mistakes]),
                self._encode([f"{m.problem}\nWrong: {m.answer}\nRight: {m.correct_answer}" for m in mistakes]),
            ]
        return matrices

    @staticmethod
    def between(left: list[Any], right: list[Any]) -> Array:
        """Average likeness, shape (rows of left, rows of right), from two results of `features`."""
        total = sum(_dense(a @ b.T) for a, b in zip(left, right, strict=True))
        return np.asarray(total) / len(left)


def ridge_scores(train: Array, test: Array, labels: Sequence[int], classes: int, ridge: float) -> Array:
    """Scores, shape (tests, classes), about 1 for the label that the examples point to and 0 for the others.

    train: likeness of the examples to each other; test: likeness of tests to examples; labels: one per example.
    """
    targets = np.full((len(labels), classes), -1.0 / classes)
    targets[np.arange(len(labels)), list(labels)] += 1.0
    weights = np.linalg.solve(train + ridge * np.eye(len(labels)), targets)
    return test @ weights + 1.0 / classes


def _bags(mistake: Mistake) -> tuple[Bag, ...]:
    return _cached_bags(mistake.problem, mistake.answer, mistake.correct_answer)


@lru_cache(maxsize=1024)
def _cached_bags(problem: str, answer: str, correct_answer: str) -> tuple[Bag, ...]:
    mistake = _Mistake(problem, answer, correct_answer)
    return tuple(Counter(view(mistake)) for view in VIEWS)


class _Mistake(NamedTuple):
    problem: str
    answer: str
    correct_answer: str


class _TfIdf:
    """Sublinear term frequency times smoothed inverse document frequency, rows of length 1."""

    def __init__(self, documents: Sequence[Bag]) -> None:
        frequency = Counter(token for document in documents for token in document)
        self._columns = {token: column for column, token in enumerate(frequency)}
        counts = np.fromiter(frequency.values(), dtype=float, count=len(frequency))
        self._idf = np.log((1 + len(documents)) / (1 + counts)) + 1

    def transform(self, documents: Sequence[Bag]) -> Any:
        from scipy.sparse import csr_array

        values, columns, starts = [], [], [0]
        for document in documents:
            known = {self._columns[token]: count for token, count in document.items() if token in self._columns}
            row = list(known)
            weights = (1 + np.log(np.fromiter(known.values(), dtype=float, count=len(known)))) * self._idf[row]
            length = np.linalg.norm(weights)
            values.append(weights / length if length else weights)
            columns += row
            starts.append(len(columns))
        flat = np.concatenate(values) if values else np.empty(0)
        return csr_array(
            (flat, np.asarray(columns, dtype=np.int64), starts), shape=(len(documents), len(self._columns))
        )


def _dense(matrix: Any) -> Array:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=float)
