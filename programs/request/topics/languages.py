"""Names of concepts and subjects in other languages: ``programs/data/languages/xx.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from ...curriculum import Curriculum
from ...frame import SPOKEN, language_data
from ..facts import language_of
from .names import Mention, longest_first
from .operations_abroad import operations_abroad
from .subjects import Named, subject_concepts
from .words import Word, words_of

LANGUAGES = SPOKEN
MIN_LETTERS = 3
"""Letters up to which a wording keeps its small words: "f de g" is not "f, g"."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_APART = re.compile(r"[.;:!?\u3002\uff1b\uff1a\uff01\uff1f\n]|\s\(")
"""What stands between words that are not one wording."""
_ELIDED = re.compile(r"^[ld]'(?=\w)")
_ENDING = re.compile(r"(?<=\w{4})(?:es|en|er|e|n|s|o|a)$")


def written_in(text: str) -> str:
    """The code of the text's language, "en" for short ones that no other alphabet gives away."""
    return "zh" if _CHINESE.search(text) else language_of(text)


def foreign_names(text: str, language: str, source: Curriculum) -> tuple[list[Mention], list[Named]]:
    """The concepts and the subjects that a text in another language names, in its order."""
    words = _words(text, language)
    small = _small(language)
    concepts: list[Mention] = []
    subjects: list[Named] = []
    # As it stands, and without the small words: "Umfang vom Kreis" is "Umfang eines Kreises".
    for shown in (words, [word for word in words if word.text not in small]):
        for mention in _found(shown, text, language, source):
            into: list[Any] = concepts if isinstance(mention, Mention) else subjects
            into.append(mention)
    stemmed = [replace(word, text=_stem(word.text)) for word in words]
    concepts += operations_abroad(stemmed, text, language, {_stem(word) for word in small}, _shown_in(language), source)
    both: list[Mention | Named] = [*dict.fromkeys(concepts), *dict.fromkeys(subjects)]
    kept = longest_first(both)
    named = [m for m in kept if isinstance(m, Mention)]
    about = [m for m in kept if isinstance(m, Named)]
    return named, [s for s in about if not (named and _is_field(text, language, s))]


def _found(words: Sequence[Word], text: str, language: str, source: Curriculum) -> Iterator[Mention | Named]:
    table = _table(language)
    longest = max(map(len, table))
    heads = {key[:2] for key in table}
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            exact = tuple(word.text for word in stretch)
            sort, name, percent = table.get(exact) or table.get(tuple(map(_stem, exact)), ("", "", False))
            gaps = [text[a.end : b.start] for a, b in pairwise(stretch)]
            # In "等比数列和等比数列求和" the first 和 is "and", and no sum.
            joins = (
                language == "zh" and exact[-1] == "和" and tuple(w.text for w in words[first + count :][:2]) in heads
            )
            comma = any("," in gap or "\uff0c" in gap for gap in gaps) and (language == "zh" or count < 3)
            if not name or joins or comma or any(map(_APART.search, gaps)):
                continue
            start, end = stretch[0].start, stretch[-1].end
            if percent and "%" not in text[start:end]:
                continue  # "el 20 de enero"
            if sort == "concept" and name in source:
                yield Mention((name,), start, end)
                break
            if sort == "family":
                concepts = subject_concepts(name, source)
                yield Mention(tuple(concepts[:1]), start, end, family=name)
                break
            if sort == "subject":
                yield Named(name, start, end)
                break


def _is_field(text: str, language: str, subject: Named) -> bool:
    """Whether a subject is what somebody studies or works in: "estudio análisis de datos"."""
    field = language_data(language)["field"]
    lower = text.casefold()
    before = re.search(rf"(?:{'|'.join(field['before'])})\s*$", lower[: subject.start])
    return bool(before or re.match(rf"\s*(?:{'|'.join(field['after'])})", lower[subject.end :]))


def best_language(text: str, source: Curriculum) -> str | None:
    """The language whose names take up most of the text; None where none does."""
    taken = {}
    for language in LANGUAGES:
        concepts, subjects = foreign_names(text, language, source)
        taken[language] = sum(m.end - m.start for m in concepts) + sum(s.end - s.start for s in subjects)
    best = max(taken, key=lambda language: taken[language])
    return best if taken[best] else None


@cache
def _table(language: str) -> dict[tuple[str, ...], tuple[str, str, bool]]:
    """What each wording means: the sort of name, the name, and whether the wording has a percent sign."""
    data, small = language_data(language), _small(language)
    table: dict[tuple[str, ...], tuple[str, str, bool]] = {}
    # A wording as it stands goes before one that differs in its small words and endings.
    for bare, shown in ((False, tuple), (True, tuple), (False, _stems), (True, _stems)):
        for sort, part in (("family", "families"), ("concept", "concepts"), ("subject", "subjects")):
            for name, said in data[part].items():
                for wording in said:
                    whole = tuple(word.text for word in _words(str(wording), language))
                    # "Las tablas" keeps its article: one word would mean too much.
                    content = tuple(word for word in whole if word not in small)
                    key = content if bare and len("".join(content)) > MIN_LETTERS and len(content) > 1 else whole
                    table.setdefault(shown(key), (sort, name, "%" in str(wording)))
    return table


@cache
def _small(language: str) -> frozenset[str]:
    """Words that join others and mean nothing, as they are compared."""
    return frozenset(word.text for said in language_data(language)["small"] for word in _words(said, language))


def _words(text: str, language: str) -> list[Word]:
    """The words of a text as they are compared: typed without umlauts, and without an article that is elided."""
    words = words_of(text)
    if language == "de":
        return [Word(re.sub("([aou])e", r"\1", word.text), word.start, word.end) for word in words]
    if language == "fr":
        return [
            Word(_ELIDED.sub("", word.text), word.start + 2 * bool(_ELIDED.match(word.text)), word.end)
            for word in words
        ]
    return words


def _shown_in(language: str) -> Callable[[str], tuple[str, ...]]:
    """How the words of a name are compared in a language, without their endings."""
    return lambda name: _stems(tuple(word.text for word in _words(name, language)))


def _stems(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_stem, key))


@cache
def _stem(word: str) -> str:
    """A word without the endings of number, gender and case."""
    return word if _CHINESE.search(word) else _ENDING.sub("", word)
