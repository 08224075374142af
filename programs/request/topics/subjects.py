"""Subjects: strands of the curriculum, and parts of one, that a request names as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from ...curriculum import Curriculum
from .misspelt import FOUND
from .names import load_data, longest_first, plural_key
from .words import key_of, words_of

_SHORTEST = 6
"""Letters of a name that may have a typing error."""
GENERAL = frozenset(
    ("functions", "equations", "sequences and series", "series", "limits", "measurement", "number", "angles", "lines")
)
"""Subjects whose names other subjects use as well."""


@dataclass(frozen=True)
class Named:
    """A subject that is named by a stretch of the text."""

    subject: str
    start: int
    end: int
    spelt_right: bool = True


@cache
def _table() -> dict[tuple[str, ...], str]:
    """Subjects by the words of a name and whether it is a plural: "a function" names none, "functions" does."""
    subjects = load_data("subjects.yaml").items()
    return {plural_key(name): subject for subject, about in subjects for name in about["names"]}


def subjects_named(text: str) -> list[Named]:
    """The subjects named in a text, in its order; of nested names, the longest."""
    words, table = words_of(text), _table()
    longest = max(map(len, table)) - 1
    found = []
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            if subject := table.get(plural_key(text[stretch[0].start : stretch[-1].end])):
                found.append(Named(subject, stretch[0].start, stretch[-1].end))
    return longest_first(found)


def subjects_misspelt(text: str, shortest: int = _SHORTEST) -> list[Named]:
    """Subjects whose name, of at least so many letters, resembles a word of the text."""
    names = [(n, subject) for subject, data in _subjects().items() for n in data["names"] if len(n) >= shortest]
    return [
        Named(subject, word.start, word.end, spelt_right=False)
        for word in words_of(text)
        for name, subject in names
        # The ratio first: it is quick, and next to nothing is that alike.
        if FOUND <= fuzz.ratio(name, text[word.start : word.end].casefold()) < 100 and key_of(name) != (word.text,)
    ]


def subject_concepts(subject: str, source: Curriculum) -> list[str]:
    """The concepts of a subject, in teaching order."""
    concepts = about(subject).get("concepts")
    if concepts is not None:
        return source.in_order(c for c in concepts if c in source)
    strand = subject.replace(" ", "-")
    return source.in_order(c for c in source if source[c].strand == strand)


def on_offer(source: Curriculum) -> tuple[str, str]:
    """What can be asked for, and two examples, for somebody whose request names none of it."""
    if all(subject_concepts(subject, source) for subject in ("number", "calculus", "linear algebra", "statistics")):
        offered = "the mathematics curriculum (counting to first-year calculus, linear algebra and statistics)"
        return offered, "“fractions” or “chain rule”"
    return "the curriculum", " or ".join(f"“{concept.name}”" for concept in list(source.values())[:2])


def is_part(subject: str) -> bool:
    """Whether a subject is less than a strand."""
    return "concepts" in about(subject)


@cache
def _subjects() -> dict[str, dict[str, list[str]]]:
    return dict(load_data("subjects.yaml"))


def about(subject: str) -> dict[str, list[str]]:
    """What the file says of a subject."""
    return _subjects()[subject]
