"""Operations and what they are done to in other languages: "Addieren und Subtrahieren von Dezimalzahlen"."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from itertools import pairwise

from ...curriculum import Curriculum
from .names import Mention, load_data
from .words import Word

MOST_WORDS = 3
"""Words of the name of a kind of number."""
Shown = Callable[[str], tuple[str, ...]]
"""The words of a name as they are compared in its language."""


def operations_abroad(
    words: Sequence[Word], text: str, language: str, small: Set[str], shown: Shown, source: Curriculum
) -> list[Mention]:
    """Operations with the kind of number that stands right before or behind them.

    ``words``: those of the text, as ``shown`` gives them; ``small``: those of them that mean nothing.
    """
    data = load_data("operations.yaml")
    about = data["abroad"].get(language)
    if about is None:
        return []
    operations = {key: name for name, said in about["operations"].items() for key in map(shown, said)}
    kinds = {key: name for name, said in about["kinds"].items() for key in map(shown, said)}
    joins = {word for said in about["joins"] for word in shown(said)} | small
    found: list[Mention] = []
    for run in _runs(words, text, operations, joins):
        first, last = run[0], run[-1]
        kind = _kind(words, text, last, 1, kinds, joins) or _kind(words, text, first, -1, kinds, joins)
        if kind is None:
            continue
        name, at, until = kind
        done = [operations[(words[i].text,)] for i in run]
        concepts = [c for o in done for c in data["of"][name].get(o, ()) if c in source]
        start, end = words[min(first, at)].start, words[max(last, until)].end
        if concepts:
            found.append(Mention(tuple(dict.fromkeys(concepts)), start, end))
    return found


def _runs(words: Sequence[Word], text: str, operations: dict[tuple[str, ...], str], joins: Set[str]) -> list[list[int]]:
    """The places of operations that only joining words and commas stand between."""
    places = [i for i, word in enumerate(words) if (word.text,) in operations]
    runs = [places[:1]] if places else []
    for before, after in pairwise(places):
        if all(word.text in joins for word in words[before + 1 : after]) and _close(words, text, before, after):
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def _close(words: Sequence[Word], text: str, before: int, after: int) -> bool:
    return not set(text[words[before].end : words[after].start]) & set(".;:!?\n。；！？")


def _kind(
    words: Sequence[Word], text: str, edge: int, step: int, kinds: dict[tuple[str, ...], str], joins: Set[str]
) -> tuple[str, int, int] | None:
    """The kind that stands next to a word over small words, behind it (``step`` 1) or before it (-1), and its first and
    last word."""
    place = edge + step
    while 0 <= place < len(words) and words[place].text in joins:
        place += step
    for count in range(MOST_WORDS, 0, -1):
        first = place if step > 0 else place + 1 - count
        stretch = words[max(0, first) : first + count]
        if len(stretch) == count and (name := kinds.get(tuple(word.text for word in stretch))):
            near = _close(words, text, min(edge, place), max(edge, place))
            return (name, first, first + count - 1) if near else None
    return None
