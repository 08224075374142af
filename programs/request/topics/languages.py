"""Names of concepts and subjects in other languages: ``programs/data/languages/xx.yaml``."""

from __future__ import annotations

import re
from functools import cache

from ...curriculum import Curriculum
from ..facts import language_of
from .names import Mention, load_data, longest_first
from .subjects import Named
from .words import key_of, words_of

LANGUAGES = ("es", "pt", "fr", "de", "zh")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
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
    data = load_data(f"languages/{language}.yaml")
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
