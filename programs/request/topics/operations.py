"""Operations and what they are done to, named apart: "adding and subtracting fractions", "multiplying them"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...curriculum import Curriculum
from .names import Mention, load_data
from .words import Word, key_of, words_of

_ARTICLES = frozenset({"a", "an", "the"})
_JOINING = frozenset({"and", "or", "of", "with", "also", "both", "then", "all", "any", "by", *_ARTICLES})
_THEM = frozenset({"them", "these", "those", "it"})
_PLAIN = "whole numbers"


@dataclass(frozen=True)
class _Part:
    """An operation, a kind of number, or a word for one named before."""

    sort: str
    name: str
    first: int
    last: int


def operations_named(text: str, source: Curriculum) -> list[Mention]:
    """What runs of operations stand for: of the kind that follows them, or else of the one named last."""
    words = words_of(text)
    parts = _parts(words)
    found: list[Mention] = []
    kind, place = "", 0
    while place < len(parts):
        run = [parts[place]]
        if run[0].sort != "operation":
            # After "negative numbers", "a number line" or "the numbers" name no other kind.
            generic = run[0].first == run[0].last and run[0].name == _PLAIN
            kind = run[0].name if run[0].sort == "kind" and not (generic and kind) else kind
            place += 1
            continue
        while place + len(run) < len(parts) and _joined(words, text, run[-1], parts[place + len(run)]):
            run.append(parts[place + len(run)])
            if run[-1].sort != "operation":
                break
        place += len(run)
        operations = [part.name for part in run if part.sort == "operation"]
        named = run[-1].name if run[-1].sort == "kind" else ""
        kind = named or kind
        # One operation with its kind is a name like others, unless an article keeps them apart ("take away a negative
        # number"); "dividing" alone is of the kind named before.
        alone = len(run) == 1 and bool(kind) and words[run[0].first].text.endswith("ing")
        apart = any(word.text in _ARTICLES for word in words[run[0].last : run[-1].first])
        if len(operations) < 2 and run[-1].sort != "them" and not alone and not (named and apart):
            continue
        table = load_data("operations.yaml")["of"]
        concepts = [c for o in operations for c in table[kind or _PLAIN].get(o, ()) if c in source]
        if concepts and (kind or len(operations) > 1):
            start, end = words[run[0].first].start, words[run[-1].last].end
            found.append(Mention(tuple(dict.fromkeys(concepts)), start, end))
    return found


def _joined(words: list[Word], text: str, before: _Part, after: _Part) -> bool:
    """Whether nothing but joining words and commas stands between two parts."""
    between = words[before.last + 1 : after.first]
    gap = text[words[before.last].end : words[after.first].start]
    return all(word.text in _JOINING for word in between) and not set(gap) & set(".;!?\n:")


def _parts(words: list[Word]) -> list[_Part]:
    table, parts, first = _table(), [], 0
    while first < len(words):
        for count in (3, 2, 1):
            stretch = words[first : first + count]
            if len(stretch) == count and (known := table.get(tuple(word.text for word in stretch))):
                parts.append(_Part(*known, first, first + count - 1))
                first += count - 1
                break
        first += 1
    return parts


@cache
def _table() -> dict[tuple[str, ...], tuple[str, str]]:
    data = load_data("operations.yaml")
    table: dict[tuple[str, ...], tuple[str, str]] = {(word,): ("them", "") for word in _THEM}
    table |= {key_of(word): ("operation", name) for name, said in data["operations"].items() for word in said}
    table |= {key_of(word): ("kind", name) for name, about in data["of"].items() for word in about["words"]}
    return table
