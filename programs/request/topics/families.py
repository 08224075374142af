"""Words that are the name of one concept and mean several: ``family`` in ``programs/data/subjects.yaml``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ...curriculum import Curriculum
from .courses import Course
from .items import one_list
from .names import Mention
from .stance import Stance
from .subjects import subject_concepts
from .whole import up_to
from .words import key_of

Stated = tuple[Mention, Stance]
_SETTLED = (Stance.KNOWN, Stance.UNWANTED)
_VERBS = frozenset({"converting", "convert", "changing", "turning", "writing", "going", "from"})
"""Words that a name may have and the same name the other way round may leave out."""


def widened(named: Sequence[Stated], text: str, course: Course | None, source: Curriculum) -> list[Stated]:
    """Each name with its stance; one that means a family has all of it, as far as the school year goes.

    Where the same is said of others of the family, the request says itself which of them it means: "simultaneous
    equations, both substitution and elimination". What is known is the one concept that the word
    names, unless the same word is wanted as well: "surds, indices - I can already do indices".
    """
    found = []
    for mention, stance in named:
        again = any(m.family == mention.family and s not in _SETTLED for m, s in named)
        if mention.family and (stance is not Stance.KNOWN or again):
            concepts = subject_concepts(mention.family, source)
            same = [m for m, s in named if m is not mention and (s in _SETTLED) == (stance in _SETTLED)]
            others = [m for m in same if set(m.concepts) & set(concepts) - set(mention.concepts)]
            if all(one_list(text, mention, other) for other in others):
                unwanted = stance is Stance.UNWANTED
                fitting = concepts if unwanted else up_to(concepts, course, source)[0]
                mention = replace(mention, concepts=tuple(fitting) or mention.concepts)
        found.append((mention, stance))
    return found


def one_concept(named: Sequence[Stated], text: str) -> list[Mention]:
    """What is known or not wanted of a concept that is wanted by another name: "fractions to decimals, but not decimals
    to fractions" is one topic."""
    wanted = [m for m, s in named if s not in _SETTLED]
    return [
        m
        for m, s in named
        if s in _SETTLED and len(m.concepts) == 1
        for other in wanted
        if m.concepts == other.concepts
        and key_of(text[m.start : m.end]) != key_of(text[other.start : other.end])
        and {*key_of(text[m.start : m.end])} == {*key_of(text[other.start : other.end])} - _VERBS
    ]


def said_of(word: str, concepts: Collection[str], source: Curriculum) -> str:
    """That a word was read as several concepts."""
    *most, last = [f"“{source[c].name}”" for c in source.in_order(concepts)]
    return f"“{word}” is more than one topic: {', '.join(most)} and {last}."
