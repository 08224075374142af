"""Names of concepts and subjects in other languages: ``programs/data/languages/xx.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ...curriculum import Curriculum
from ...frame import SPOKEN, language_data
from ..facts import language_of
from .names import Mention, Placed, longest_first
from .stance import Stance
from .subjects import Named
from .words import key_of, words_of

LANGUAGES = SPOKEN
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[.;!?。;!?\n]")
_STANCES = {"unwanted": Stance.UNWANTED, "known": Stance.KNOWN, "wanted": Stance.WANTED}
_ENDING = re.compile(r"(?<=\w{4})(?:es|en|er|e|n|s|o|a)$")


def written_in(text: str) -> str:
    """The code of the text's language, "en" for short ones that no other alphabet gives away."""
    return "zh" if _CHINESE.search(text) else language_of(text)


def foreign_names(text: str, language: str, source: Curriculum) -> tuple[list[Mention], list[Named]]:
    """The concepts and the subjects that a text in another language names, in its order."""
    words, table = words_of(text), _table(language)
    longest = max(map(len, table))
    concepts: list[Mention] = []
    subjects: list[Named] = []
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            exact = tuple(word.text for word in stretch)
            sort, name = table.get(exact) or table.get(tuple(map(_stem, exact)), ("", ""))
            start, end = stretch[0].start, stretch[-1].end
            if sort == "concept" and name in source:
                concepts.append(Mention((name,), start, end))
                break
            if sort == "subject":
                subjects.append(Named(name, start, end))
                break
    both: list[Mention | Named] = [*concepts, *subjects]
    kept = longest_first(both)
    return [c for c in concepts if c in kept], [s for s in subjects if s in kept]


def foreign_stances(text: str, language: str, named: Sequence[Placed]) -> list[Stance]:
    """The stance of each stretch, by the last cue of its sentence before it; in German, also by one right after it."""
    lower = text.casefold() if len(text.casefold()) == len(text) else text
    cues = _cues(language)
    found: list[Stance] = []
    for i, stretch in enumerate(named):
        start = max((m.end() for m in _SENTENCE.finditer(lower, 0, stretch.start)), default=0)
        before = list(cues.finditer(lower, start, stretch.start))
        stop = named[i + 1].start if i + 1 < len(named) else len(lower)
        after = (
            re.match(r"\s*(?:,\s*)?(?:" + cues.pattern + ")", lower[stretch.end : stop]) if language == "de" else None
        )
        cue = after or (before[-1] if before else None)
        stance = _STANCES[cue.lastgroup] if cue is not None and cue.lastgroup else Stance.WANTED
        # "I understand fractions, but not percentages" says what is missing.
        if stance is Stance.UNWANTED and Stance.KNOWN in found[-1:]:
            stance = Stance.HARD
        found.append(stance)
    return found


@cache
def _cues(language: str) -> re.Pattern[str]:
    groups = language_data(language)["cues"]
    bound = "" if language == "zh" else r"\b"
    parts = {name: "|".join(sorted(map(re.escape, said), key=len, reverse=True)) for name, said in groups.items()}
    # Of cues that begin at the same place, one that denies goes first: "no entiendo" is not "entiendo".
    return re.compile(
        "|".join(f"(?P<{name}>{bound}(?:{parts[name]}){bound})" for name in ("wanted", "unwanted", "known"))
    )


def best_language(text: str, source: Curriculum) -> str | None:
    """The language whose names take up most of the text; None where none does."""
    taken = {}
    for language in LANGUAGES:
        concepts, subjects = foreign_names(text, language, source)
        taken[language] = sum(m.end - m.start for m in concepts) + sum(s.end - s.start for s in subjects)
    best = max(taken, key=lambda language: taken[language])
    return best if taken[best] else None


@cache
def _table(language: str) -> dict[tuple[str, ...], tuple[str, str]]:
    data = language_data(language)
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    # A wording as it stands goes before one that differs in its endings.
    for shown in (lambda key: key, lambda key: tuple(map(_stem, key))):
        for sort, part in (("concept", "concepts"), ("subject", "subjects")):
            for name, said in data[part].items():
                for wording in said:
                    table.setdefault(shown(key_of(str(wording))), (sort, name))
    return table


@cache
def _stem(word: str) -> str:
    """A word without the endings of number, gender and case."""
    return word if _CHINESE.search(word) else _ENDING.sub("", word)
