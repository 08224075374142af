"""What a prompt has copied from the training data: runs of eight words that stand in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python

from ..metrics.dimensions.text import ngrams, words
from .task import Task

RUN = 8
"""Words in a row that two texts do not share by chance."""
MOST_NAMED = 3


class Copied(BaseModel):
    """share: of the runs of eight words, how many stand in the training data (0 to 1). sources: where most of them
    do. words: the longest stretch."""

    model_config = ConfigDict(extra="forbid")

    share: float = 0.0
    sources: list[str] = []
    words: str = ""


class Copies:
    """The training examples of a task and the demonstrations of its pools, ready to be searched for copies.

    A text of fewer than eight words is one run, so that a whole short example is found as well.
    """

    def __init__(self, task: Task):
        self._train: dict[str, set[tuple[str, ...]]] = {}
        self._pool: dict[str, set[tuple[str, ...]]] = {}
        for example in task.train:
            given, rest = dict(example.inputs()), example.toDict()
            labels = {name: value for name, value in rest.items() if name not in given and name != "id"}
            self._train[f"train {example.id}"] = {*_runs(_said(given)), *_runs(_said(labels), whole=False)}
        for step, pool in task.pools.items():
            for number, demo in enumerate(pool.demos, 1):
                self._pool[f"{step} demonstration {number}"] = set(_runs(_said(demo), whole=False))

    def of(self, content: str | dict[str, Any], inputs: Sequence[str]) -> Copied:
        """What a sentence or a demonstration has copied. A demonstration is the pool's own, so only training examples
        tell something of it; it is compared by its inputs, the fields that are named so."""
        if isinstance(content, str):
            text, among = content, {**self._train, **self._pool}
        else:
            text, among = _said({name: content[name] for name in inputs if name in content}), self._train
        runs = list(_runs(text))
        where = Counter({name: len(known.intersection(runs)) for name, known in among.items()})
        found = [run for run in runs if any(run in known for known in among.values())]
        sources = [name for name, count in where.most_common(MOST_NAMED) if count]
        return Copied(share=round(len(found) / max(1, len(runs)), 3), sources=sources, words=_longest(runs, found))


def _runs(text: str, whole: bool = True) -> list[tuple[str, ...]]:
    """Runs of eight words; of a shorter text the `whole`, or nothing."""
    said = words(text)
    return ngrams(said, RUN) if len(said) >= RUN else [said] if whole and said else []


def _longest(runs: Sequence[tuple[str, ...]], found: Sequence[tuple[str, ...]]) -> str:
    best: tuple[str, ...] = ()
    stretch: tuple[str, ...] = ()
    for run in runs:
        stretch = () if run not in found else (*stretch, run[-1]) if stretch else run
        best = max(best, stretch, key=len)
    return " ".join(best)


def _said(value: Any) -> str:
    """All texts in a value, however deep, one after the other."""
    return " ".join(_texts(to_jsonable_python(value, fallback=str)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
