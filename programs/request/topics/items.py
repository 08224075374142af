"""Lists: whether two stretches are items of one, by what stands between them, and which stretches each list holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from ...curriculum import Curriculum
from .names import Mention, Placed

MOST_WORDS = 4
"""Words of an item that is the name of nothing here."""
BESIDE = 2
"""Words of an item beside the name in it."""
Item = TypeVar("Item", bound=Placed)
_SEPARATOR = re.compile(
    r"\s*(?:\n\s*(?:[-*•–]|\d{1,2}[.)])?|[,;/&+•、,;]|\s[-–]\s"
    r"|\b(?:and|plus|then|or|vs|y|e|et|und|sowie|also|as well as)\b|[和与及])\s*"
)
_FILLER = re.compile(
    r"\s*(?:(?:the|then|also|some|all|basic|maybe|a bit of|both|finally|lastly|possibly|los?|las?|les|die|das|der"
    r"|as|os)\s+)*\s*"
)
_SAYS = re.compile(
    r"[:.!?()\d]|\b(?:i|i'm|my|we|our|he|she|they|you|his|her|is|are|was|have|has|had|need|needs|want|wants|help|with"
    r"|for|in|on|until|by|test|exam|quiz|class|course|mostly|mainly|especially|particularly|specifically|but|not|no"
    r"|please|teach|learn|taking|doing|before|after|because|so|can't|cant|get|do)\b",
    re.IGNORECASE,
)

_APART = re.compile(r"[.;:!?\n,、]|\b(?:and|plus|then|or|but|y|e|et|und)\b|[+&/和与及]")
"""What keeps two stretches apart, so that the one is not said of the other."""


def one_list(text: str, one: Placed, other: Placed) -> bool:
    """Whether nothing but separators and other items stands between two stretches of a text."""
    first, second = sorted((one, other), key=lambda m: m.start)
    pieces = _SEPARATOR.split(text[first.end : second.start])
    ends = [_FILLER.sub(" ", piece, count=1) for piece in (pieces[0], pieces[-1])]
    return (
        len(pieces) > 1
        and all(len(piece.split()) <= BESIDE for piece in ends)
        and all(len(piece.split()) <= MOST_WORDS for piece in pieces[1:-1])
        and not any(_SAYS.search(piece) for piece in (*ends, *pieces[1:-1]))
    )


def is_item(text: str, stretch: Placed) -> bool:
    """Whether an item ends with a stretch: "trig and slope" names trigonometry, "trig sub and slope" does not."""
    after = text[stretch.end :]
    return not after.strip() or bool(
        _SEPARATOR.match(after)
        or re.match(r"\s*(?:to\b|from\b|at\b|this\b|next\b)", after)
        or _SAYS.match(after.lstrip())
    )


def by_comma(text: str, one: Placed, other: Placed) -> bool:
    """Whether a comma alone stands between two stretches."""
    return text[one.end : other.start].strip() == ","


def lists_of(text: str, stretches: Sequence[Item]) -> list[list[Item]]:
    """The stretches by the list that they are items of, in the order of the text; each is in one."""
    ordered = sorted(stretches, key=lambda m: m.start)
    found = [ordered[:1]] if ordered else []
    for before, after in pairwise(ordered):
        if one_list(text, before, after):
            found[-1].append(after)
        else:
            found.append([after])
    return found


def without_parts(text: str, wanted: Sequence[Mention], source: Curriculum) -> list[Mention]:
    """Without what a concept builds on, where the same clause names it in passing: "chain rule with exponents"."""
    kept = []
    for m in wanted:
        later = [
            other
            for other in wanted
            if other != m
            and set(m.concepts) <= {a for c in other.concepts for a in source.ancestors(c)}
            and not _APART.search(text[min(m.end, other.end) : max(m.start, other.start)])
        ]
        if not later:
            kept.append(m)
    return kept
