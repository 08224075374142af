"""All that a text names: concepts, subjects, and mathematics that the curriculum does not have, in any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...curriculum import Curriculum
from .absent import Absent, absent_named
from .courses import Course
from .languages import LANGUAGES, best_language, foreign_names, written_in
from .misspelt import SURE, misspelt
from .names import Mention, longest_first, mentions
from .operations import operations_named
from .places import covered, outside_of
from .senses import meant
from .subjects import Named, subjects_named
from .whole import follows_another, is_course, is_in_listed, is_whole

FEW_WORDS = 6
"""Words of a text below which its language cannot be told."""


@dataclass(frozen=True)
class Names:
    """What a text names. ``language``: the code of the language that the names are in, empty for English."""

    concepts: list[Mention]
    subjects: list[Named]
    absent: list[Absent]
    language: str = ""


def names_in(
    text: str, source: Curriculum, likes: Sequence[tuple[int, int]], courses: Sequence[Course], course: str
) -> Names:
    """What a text names; what somebody likes (``likes``, stretches of it) is no request.

    ``courses``: those that it names; ``course``: the learner's, which gives a word its sense.
    """
    lower = text.lower() if len(text.lower()) == len(text) else text
    named = _concepts(text, source, likes)
    subjects = [s for s in subjects_named(text) if not covered(s, named)]
    subjects = [
        s
        for s in outside_of(subjects, likes) or subjects
        if follows_another(lower, s, subjects)
        or not is_course(s, courses, lower)
        or (is_whole(lower, s) and not (len(subjects) == 1 and is_in_listed(s, courses, source)))
    ]
    found = ""
    language = written_in(text)
    told = language != "en" or len(text.split()) < FEW_WORDS
    if language not in LANGUAGES and told and not named and not subjects:
        language = best_language(text, source) or "en"
    if language in LANGUAGES:
        abroad, subjects_abroad = foreign_names(text, language, source)
        if abroad or (subjects_abroad and not named):
            named, subjects, found = abroad, subjects_abroad, language
    absent = outside_of(absent_named(text, course, source), likes)
    absent = [a for a in absent if not any(_within(a, m) for m in named)]
    # "Abstract algebra" does not ask for algebra.
    places = [(a.start, a.end) for a in absent]
    named = [m for m in named if not covered(m, places)]
    subjects = [s for s in subjects if not covered(s, places)]
    named, subjects = meant(text, course, named, subjects, source)
    return Names(named, subjects, absent, found)


def _within(absent: Absent, mention: Mention) -> bool:
    """Whether what is absent is part of the name of a concept; a word that the rest gives another sense is not."""
    inside = mention.start <= absent.start and absent.end <= mention.end
    return inside and not (absent.sense and (absent.start, absent.end) == (mention.start, mention.end))


def _concepts(text: str, source: Curriculum, likes: Sequence[tuple[int, int]]) -> list[Mention]:
    named = mentions(text, source)
    # "Long division, turning fractions into decimals" divides no fractions.
    operations = [
        o for o in operations_named(text, source) if not any(m.start < o.start < m.end < o.end for m in named)
    ]
    named = longest_first([*named, *operations])
    if any(" " not in text[m.start : m.end] for m in named):
        # In "adding fractons" the one word that is spelt right is not what is meant.
        wider = misspelt(text, source, SURE)
        named = [
            next((w for w in wider if w.start <= m.start < m.end <= w.end and w.end - w.start > m.end - m.start), m)
            for m in named
        ]
    return outside_of(named, likes) or named
