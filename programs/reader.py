"""Reading a request as marked spans, as DSPy modules, and the score of a reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import dspy

from .curriculum import curriculum
from .request.facts import read_request
from .request.spans import Slot
from .request.spoken import pairs_of, spans_of
from .request.topics.read import read_topics
from .signatures import ReadRequest
from .verbatim import bare

MAX_TOKENS = 448
"""Enough for the spans of a request; each is a slot and some words."""
DAY = date(2026, 1, 5)
"""The day on which the rules read: where words stand does not depend on it."""
Pair = tuple[str, str]
"""A slot, and the words that say what is in it."""


class RequestReader(dspy.Module):
    """Marks what a request says; the prediction has ``spans``, pairs of slot and words.

    No repeat penalty: the words are those of the request, and saying them again is the task.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read_request = dspy.Predict(ReadRequest, max_tokens=MAX_TOKENS)

    def forward(self, request: str) -> dspy.Prediction:
        return self.read_request(request=request)


class RulesReader(dspy.Module):
    """The same without a model: what the rules read, as spans. The baseline that a model has to beat."""

    def forward(self, request: str) -> dspy.Prediction:
        return dspy.Prediction(spans=rules_pairs(request))


def rules_pairs(text: str) -> list[tuple[Slot, str]]:
    """Slot and words of what the rules read in a text."""
    return pairs_of(text, spans_of(read_request(text, DAY), read_topics(text, curriculum()), text))


def counts(true: Iterable[Sequence[str]], marked: Iterable[Sequence[str]], slot: str | None = None) -> list[int]:
    """How many pairs are in both, how many are true, how many are marked; of one slot, or of all.

    A pair is found where slot and words are the same but for case, white space and punctuation at the ends. Words that
    overlap and differ are two errors: one that is missed and one too many.
    """
    wanted, found = _pairs(true, slot), _pairs(marked, slot)
    return [len(wanted & found), len(wanted), len(found)]


def f1(both: int, true: int, marked: int) -> float:
    """The harmonic mean of precision and recall; 1 where there was nothing to mark and nothing was marked."""
    return 2 * both / (true + marked) if true + marked else 1.0


def slot_f1(example: dspy.Example, prediction: dspy.Prediction, trace: Any = None) -> float | bool:
    """The metric: F1 over the pairs of slot and words of one request, all slots together; a bool (all right) while
    bootstrapping. A split's score is the mean over its requests."""
    score = f1(*counts(example.spans, getattr(prediction, "spans", None) or []))
    return score == 1 if trace is not None else score


def _pairs(pairs: Iterable[Sequence[str]], slot: str | None) -> set[Pair]:
    return {(name, _flat(words)) for name, words in pairs if slot in (None, name)}


def _flat(words: str) -> str:
    return bare(" ".join(words.lower().replace("’", "'").split()))
