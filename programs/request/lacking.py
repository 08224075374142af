"""Whether the time is far too short for all that lies between what a learner can do and a topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..curriculum import Curriculum
from ..learner import SHORTEST
from .spans import Span
from .topics.names import mentions
from .topics.subjects import subject_concepts, subjects_named

_UNABLE = re.compile(
    r"\b(?:(?:i|we|he|she|they) )?(?:(?:can(?:'t|’t|not| not|t)|(?:do(?:es)?(?:n't|n’t|nt| not)) (?:even |really )?know"
    r"|never (?:\w+ )?(?:learned|learnt|did|had|understood))\b)[^.;!?,\n]{0,30}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TooFar:
    """A sentence that says so, and where the text says what is missing, if it does."""

    sentence: str
    used: Span | None


def too_far(
    text: str, topics: Sequence[str], known: Sequence[str], year: int | None, minutes: int, source: Curriculum
) -> TooFar | None:
    """That ``minutes`` are fewer than the least for each topic between; None where there is time for a session of each.

    year: the school year that was stated. What is learned in the next one is not counted as missing.
    """
    starts: list[tuple[str, int, Span | None]] = [
        (text[span.start : span.end], level, span) for span, level in _unable(text, topics, source)
    ]
    if year is not None:
        starts.append((f"Grade {year}" if year else "kindergarten", year + 2, None))
    for start, level, span in starts:
        needed = {c for topic in topics for c in source.ancestors(topic)} - {*topics, *known}
        between = [c for c in needed if source[c].level >= level]
        if minutes < SHORTEST * len(between):
            said = (
                f"From “{start}” to “{source[topics[-1]].name}” in {minutes} minutes is impossible: it builds on "
                f"{len(between)} topics that come in between. What is planned is a first look at what fits."
            )
            return TooFar(said, span)
    return None


def _unable(text: str, topics: Sequence[str], source: Curriculum) -> Iterator[tuple[Span, int]]:
    """What somebody says to be unable to do, with the school year in which it is learned."""
    named = [(m.start, m.end, m.concepts) for m in mentions(text, source)]
    named += [(s.start, s.end, tuple(subject_concepts(s.subject, source))) for s in subjects_named(text)]
    for start, end, concepts in named:
        unable = _UNABLE.search(text, 0, start)
        if unable and concepts and not set(concepts) & set(topics):
            yield Span(unable.start(), end, "struggle"), min(source[c].level for c in concepts)
