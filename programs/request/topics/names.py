"""Concepts that are named in a text: by their name, another name, or one with typing errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Any, Protocol, TypeVar

from ...curriculum import DATA, Curriculum
from ...yaml_file import read_yaml
from .coordination import shared_names
from .words import Word, fold, key_of, words_of

_ABOUT = re.compile(
    r"(?:^|[.:;!?\n(]|\b(?:with|about|started|got|stuck on|work(?:ing)? on|round of|plan (?:for|on)"
    r"|work(?:ing)? out|stud(?:y|ying)"
    r"|make (?:that|it)|i meant?|or rather"
    r"|teach(?:ing)?|practi[cs](?:e|ing)|weak (?:at|in|on)|bad at|topics?|struggl\w+ in|lessons? on|unit on|quiz on"
    r"|test on|exam on|revis(?:e|ing)|learn(?:ing)? about|(?:find(?:ing)?|calculat(?:e|ing)|understand(?:ing)?"
    r"|learn(?:ing)?)(?: the| an?)?))\s*(?:the )?$"
)
"""What stands before an everyday word that names a topic."""
_JOINER = re.compile(r"\s*(?:,|&|\+|/|,?\s*\b(?:and|or|vs\.?|versus|plus)\b)\s*(?:the |when |then |also |both )?")
_APART = re.compile(r"[;:!?\n]|\s\(|\.\s")
"""What stands between words that are not one wording."""
_VERBS = frozenset({"means"})
"""Words that would name a concept but for their ending: "what a fraction means"."""
_SYMBOLS = re.compile(r"[=^()|+<>/²³]")


class Placed(Protocol):
    """Something that stands in the text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class Place:
    """A stretch of the text."""

    start: int
    end: int


Stretch = TypeVar("Stretch", bound=Placed)


@dataclass(frozen=True)
class Mention:
    """Concepts that are named by a stretch of the text. ``sure``: by more than a word that may mean something else;
    ``family``: the subject whose concepts the word may mean all."""

    concepts: tuple[str, ...]
    start: int
    end: int
    sure: bool = True
    family: str = ""


def load_data(name: str) -> Any:
    """The data of a YAML file."""
    return read_yaml(DATA / name)


@cache
def _as_listed() -> frozenset[str]:
    return frozenset(load_data("everyday.yaml")["everyday"].split())


@cache
def everyday() -> frozenset[str]:
    """Names of concepts that are also words of other things."""
    return frozenset(fold(word) for word in load_data("everyday.yaml")["everyday"].split())


@cache
def wordings() -> dict[str, dict[str, list[str]]]:
    """Other ``names`` of each concept, and what is ``said`` by those who do not know its name."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in sorted((DATA / "wordings").glob("*.yaml")):
        found |= load_data(f"wordings/{file.name}")
    return found


@cache
def subject_names() -> frozenset[tuple[str, ...]]:
    """What subjects are called: such a name is not one of a concept. "Areas" is a subject, "area" is none."""
    return frozenset(plural_key(name) for about in load_data("subjects.yaml").values() for name in about["names"])


@cache
def _families() -> dict[tuple[str, ...], str]:
    subjects = load_data("subjects.yaml").items()
    return {plural_key(name): subject for subject, about in subjects for name in about.get("family", ())}


def family_of(name: str) -> str:
    """The subject whose concepts a name of one of them may mean all: "percentages"; empty where there is none."""
    return _families().get(plural_key(name), "")


def plural_key(name: str) -> tuple[str, ...]:
    """What a name is compared by where a plural means something else."""
    return (*key_of(name), "s" if name.casefold().endswith("s") else "")


def names_of(concept: str, source: Curriculum) -> list[str]:
    """All names of a concept, its own first."""
    own = source[concept]
    more = wordings().get(concept, {}).get("names", [])
    return [own.name, concept.replace("-", " "), *own.aliases, *more]


@lru_cache(maxsize=8)
def table_of(source: Curriculum) -> dict[tuple[str, ...], str]:
    """The concept of each name, by what it is compared by."""
    unused = {key_of(name) for name in load_data("everyday.yaml")["unused"]}
    table: dict[tuple[str, ...], str] = {}
    for concept in source:
        for name in names_of(concept, source):
            key = key_of(name)
            if (
                key not in unused
                and plural_key(name) not in subject_names()
                and not _is_formula(name)
                and len("".join(key)) > 1
            ):
                table.setdefault(key, concept)
    return table


@lru_cache(maxsize=8)
def _formulas(source: Curriculum) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Names with signs in them, which are compared as they stand."""
    names = [(name, concept) for concept in source for name in names_of(concept, source) if _is_formula(name)]
    names.sort(key=lambda pair: -len(pair[0]))
    return tuple((_as_it_stands(name), concept) for name, concept in names)


def _is_formula(name: str) -> bool:
    return bool(_SYMBOLS.search(name)) and sum(len(word) > 2 for word in key_of(name)) < 2


def _as_it_stands(name: str) -> re.Pattern[str]:
    parts = re.findall(r"\w+|[^\w\s]", name.casefold())
    # "f(x) = 2x + 1" says what f is, and is about what is done with it.
    after = r"(?!\w|\s*=)" if re.fullmatch(r"\w\(\w\)", name) else r"(?!\w)"
    return re.compile(r"(?<![\w^])" + r"\s*".join(map(re.escape, parts)) + after, re.IGNORECASE)


def mentions(text: str, source: Curriculum) -> list[Mention]:
    """The concepts named in a text, in its order; of nested names, the longest."""
    words = words_of(text)
    found = [
        Mention((concept,), *match.span()) for pattern, concept in _formulas(source) for match in pattern.finditer(text)
    ]
    loose: list[Mention] = []
    table = table_of(source)
    longest = max(map(len, table), default=0)
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            concept = table.get(tuple(word.text for word in stretch))
            start, end = stretch[0].start, stretch[-1].end
            if concept is None or text[start:end].casefold() in _VERBS:
                continue
            if together(stretch, text) and not is_subject(stretch, text):
                sure, family = _sure(stretch, text, concept, source), family_of(text[start:end])
                mention = Mention((concept,), start, end, sure, family)
                (found if _names(stretch, text) else loose).append(mention)
    found += [Mention((concept,), start, end) for concept, start, end in shared_names(words, text, table)]
    subjects = _subjects_in(words, text) if loose else []
    named = _joined(longest_first([*_together_named(words, text, source), *found]), loose, subjects, text)
    # An everyday word that names a topic which is named elsewhere names it wherever it stands.
    said = {concept for mention in named for concept in mention.concepts}
    return longest_first([*named, *(m for m in loose if said.issuperset(m.concepts))])


def _together_named(words: Sequence[Word], text: str, source: Curriculum) -> list[Mention]:
    """Concepts that are named together by words that name none alone: "area and circumference"."""
    pairs, found = _pairs(), []
    for first, count in product(range(len(words)), {len(key) for key in pairs}):
        stretch = words[first : first + count]
        concepts = pairs.get(tuple(word.text for word in stretch))
        if concepts and together(stretch, text) and all(c in source for c in concepts):
            found.append(Mention(concepts, stretch[0].start, stretch[-1].end))
    return found


@cache
def _pairs() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {key_of(said): tuple(concepts) for said, concepts in load_data("everyday.yaml")["pairs"].items()}


def _subjects_in(words: Sequence[Word], text: str) -> list[tuple[int, int]]:
    """Where words are the name of a subject."""
    longest = max(map(len, subject_names())) - 1
    pieces = (words[i : i + count] for i in range(len(words)) for count in range(1, min(longest, len(words) - i) + 1))
    return [(piece[0].start, piece[-1].end) for piece in pieces if is_subject(piece, text)]


def _joined(
    named: list[Mention], loose: Iterable[Mention], subjects: Sequence[tuple[int, int]], text: str
) -> list[Mention]:
    """With the everyday words that stand in a list with a name: "perimeter and area", "circles and volume"."""
    for word in [*loose, *loose]:  # twice, for lists in which several of them come before the name
        places = [*((m.start, m.end) for m in named), *subjects]
        near = [text[min(word.end, end) : max(word.start, start)] for start, end in places]
        apart = all(word.end <= m.start or m.end <= word.start for m in named)
        if apart and any(_JOINER.fullmatch(gap) for gap in near):
            named = sorted([*named, word], key=lambda m: m.start)
    return named


def longest_first(found: Iterable[Stretch]) -> list[Stretch]:
    """Stretches that do not overlap, in the order of the text; of those that do, the longest."""
    kept: list[Stretch] = []
    for new in sorted(found, key=lambda m: (m.start - m.end, m.start)):
        if all(new.end <= other.start or other.end <= new.start for other in kept):
            kept.append(new)
    return sorted(kept, key=lambda m: m.start)


def is_subject(stretch: Sequence[Word], text: str) -> bool:
    """Whether words are the name of a subject."""
    return plural_key(text[stretch[0].start : stretch[-1].end]) in subject_names()


def together(stretch: Sequence[Word], text: str) -> bool:
    """Whether words are one wording: "circles, areas" are two."""
    gaps = [text[a.end : b.start] for a, b in pairwise(stretch)]
    return not any(_APART.search(gap) or ("," in gap and len(stretch) < 4) for gap in gaps)


def _names(stretch: Sequence[Word], text: str) -> bool:
    """Whether words that may mean something else name a concept here."""
    typed = text[stretch[0].start : stretch[-1].end].casefold()
    # "A percentage of them" may be about anything, "percentages" are a topic.
    plain = len(stretch) > 1 or stretch[0].text not in everyday() or (family_of(typed) and typed not in _as_listed())
    return bool(plain) or is_about(text[: stretch[0].start])


def is_about(before: str) -> bool:
    """Whether what stands before a word says that the request is about it."""
    return bool(_ABOUT.search(before.casefold().replace("’", "'")))


def _sure(stretch: Sequence[Word], text: str, concept: str, source: Curriculum) -> bool:
    if len(stretch) > 1 or stretch[0].text in key_of(source[concept].name)[:1]:
        return True
    return is_about(text[: stretch[0].start])


def named_concepts(text: str, source: Curriculum) -> list[str]:
    """Concepts whose name stands in the text, in the text's order."""
    return list(dict.fromkeys(concept for mention in mentions(text, source) for concept in mention.concepts))
