"""Requests for another subject, and the mathematics that is in it: ``programs/data/outside.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ...curriculum import Curriculum
from .items import one_list
from .names import Place, Placed, load_data
from .words import key_of, words_of

_ASKED = re.compile(
    r"\b(?:help (?:me |him |her |us )?(?:with|on|in)|learn|study|revise|practi[cs]e|plan for|teach me|need|want"
    r"|(?:and|also|plus)(?: also)? (?:help )?with)\s+(?:(?:to|some|my|an?|the|his|her|our|writing|write|do|also) )*$"
)
_ABOUT = re.compile(r"\s*(?:about|on|of|:|and|,)\s*|\s+", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[,.;!?&+\n]|$|(?:and|plus|but|as well as|along with|also)\b)")


@dataclass(frozen=True)
class Outside:
    """Another subject that a text is about: its name, the concepts that are in it, and where it stands in the text."""

    subject: str
    concepts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def outside_named(text: str, source: Curriculum) -> Outside | None:
    """The subject that most words of the text belong to; None where none does."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for subject, start, end in _named(text):
        spans.setdefault(subject, []).append((start, end))
    if not spans:
        return None
    subject = max(spans, key=lambda name: sum(end - start for start, end in spans[name]))
    concepts = tuple(c for c in load_data("outside.yaml")[subject]["mathematics"] if c in source)
    return Outside(subject, concepts, tuple(spans[subject]))


def asked_too(text: str, wanted: Sequence[Placed]) -> list[tuple[str, int, int]]:
    """What is asked for of other subjects beside mathematics: the subject, and where it stands.

    Such a subject is an item of their list, or what the words before it ask for, and it is all that is said there:
    "help with my essay about Shakespeare and with slope", and not "slope for my physics class".
    """
    found: list[tuple[str, int, int]] = []
    for subject, start, end in _named(text) if wanted else ():
        if found and _ABOUT.fullmatch(text[found[-1][2] : start]):
            found[-1] = found[-1][0], found[-1][1], end
        elif any(m.start < end and start < m.end for m in wanted):
            continue
        elif _ASKED.search(text[:start].lower()) or any(one_list(text, Place(start, end), m) for m in wanted):
            found.append((subject, start, end))
    return [(subject, start, end) for subject, start, end in found if _ENDS.match(text[end:].lower())]


def is_of(course: Placed, outside: Outside, text: str) -> bool:
    """Whether an exam is one in another subject: "GCSE chemistry"."""
    return any(not text[course.end : start].strip() for start, _ in outside.spans if course.end <= start)


def _named(text: str) -> list[tuple[str, int, int]]:
    words, table = words_of(text), _table()
    longest = max(map(len, table))
    found, first = [], 0
    while first < len(words):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            if subject := table.get(tuple(word.text for word in stretch)):
                found.append((subject, stretch[0].start, stretch[-1].end))
                first += count - 1
                break
        first += 1
    return found


@cache
def _table() -> dict[tuple[str, ...], str]:
    return {key_of(word): subject for subject, about in load_data("outside.yaml").items() for word in about["words"]}
