"""Names that share a word: "product and quotient rule", "integration by parts and by substitution"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from .words import Word

_JOINING = frozenset({"and", "or", "vs", "versus", "plus"})
_SIGN = re.compile(r"\s*[&/,+]\s*")
_PLAIN = re.compile(r"[\s'’-]*")
MOST = 3
"""Words of a part of a name."""
Shared = tuple[str, int, int]
"""A concept, and where the rest of its name begins and ends."""


def shared_names(words: Sequence[Word], text: str, table: Mapping[tuple[str, ...], str]) -> Iterator[Shared]:
    """What is named by what stands on one side of a joint and a word that stands on the other side only."""
    for right in range(1, len(words)):
        left = right - 1
        if words[left].text in _JOINING:
            left -= 1
        elif not _SIGN.fullmatch(text[words[left].end : words[right].start]):
            continue
        for after in (True, False):
            yield from _shared(words, text, table, left, right, after)


def _shared(
    words: Sequence[Word], text: str, table: Mapping[tuple[str, ...], str], left: int, right: int, after: bool
) -> Iterator[Shared]:
    """The whole name stands on one side of the joint, the rest of another ``after`` it (or else before it)."""
    for size in range(2, 2 * MOST + 1):
        whole = words[max(0, left - size + 1) : left + 1] if after else words[right : right + size]
        if len(whole) < size or not _plain(whole, text) or _key(whole) not in table:
            continue
        for cut in range(1, min(MOST, size - 1) + 1):
            for more in range(MOST, 0, -1):
                rest = words[right : right + more] if after else words[max(0, left - more + 1) : left + 1]
                parts = (whole[:cut], rest) if after else (rest, whole[cut:])
                found = table.get((*_key(parts[0]), *_key(parts[1])))
                if len(rest) == more and _plain(rest, text) and found and found != table[_key(whole)]:
                    yield found, rest[0].start, rest[-1].end
                    return


def _key(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def _plain(words: Sequence[Word], text: str) -> bool:
    return all(_PLAIN.fullmatch(text[a.end : b.start]) for a, b in pairwise(words))
