"""The words of a rhythm: how many sessions ("3 times", "4 lessons of"), and in what ("a week", "every other day")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .days import Days
from .durations import Duration
from .when import WEEKDAY
from .written import Written

Every = Literal[
    "day",
    "other day",
    "third day",
    "most days",
    "weekday",
    "weekend",
    "week",
    "other week",
    "fortnight",
    "month",
    "session",
    "all",
]

_SESSION = (
    r"(?:sessions?|lessons?|class(?:es)?|periods?|blocks?|bites?|lots?|go(?:es)?|slots?|sittings?|evenings?|nights?"
    r"|mornings?|afternoons?|days?|meetings?|tutorials?|chunks?|bursts?|rounds?|stints?|times?)"
)
_BETWEEN = r"(?: (?!an?\b|per\b|each\b|every\b|of\b|and\b|on\b|in\b|to\b|or\b|for\b|with\b)[a-z-]+){0,2}?"
_WEEKLY = r"(?= (?:an?|per|each|every) week\b| weekly\b)"
_COUNT = re.compile(
    rf"\b(?:(?P<low>\d{{1,2}})(?:-| to | or ))?(?P<n>\d{{1,2}})(?: ?(?P<x>x)(?:\b|(?=\0))"
    rf"|{_BETWEEN}[ -](?P<noun>{_SESSION})\b"
    rf"|{_WEEKLY})|\b(?P<word>once|twice|thrice)\b|(?<=\0)(?: ?x ?| times )(?P<times>\d{{1,2}})\b"
    r"|\bsplit (?:in|into|over|across) (?P<split>\d)\b"
)
_COUNT_BEFORE = re.compile(rf"\b(?P<n>\d{{1,2}})[ -](?P<duration>\0+)(?P<noun>[ -](?:[a-z]+ )??{_SESSION}\b)?")
_NAME_OF_A_COURSE = re.compile(
    r"\b(?:algebra|calc(?:ulus)?|geometry|maths?|stat(?:istic)?s|physics|grade|year|class|level|unit|chapter|part"
    r"|paper|gr|yr|y|section|form|key stage) $"
)
_A = r"(?:an?|per|each|every(?: single)?)"
_EVERY: tuple[tuple[Every, re.Pattern[str]], ...] = tuple(
    (every, re.compile(pattern))  # type: ignore[misc]
    for every, pattern in (
        (
            "other day",
            r"\b(?:every|each) (?:other|second|2nd|2) (?:days?|evenings?|nights?)\b|\balternate (?:days|evenings"
            r"|nights)\b",
        ),
        ("third day", r"\bevery (?:third|3rd|3) days?\b"),
        ("most days", r"\b(?:on )?(?:most|nearly every|almost every) (?:days?|evenings?|nights?|mornings?)\b"),
        (
            "other week",
            r"\b(?:every|each) (?:other|second|2nd) week\b|\balternate weeks\b|\bfortnightly\b|\bbi-?weekly\b"
            rf"|\b(?:every (?:other|second|2nd)|alternate) (?={WEEKDAY}s?\b|weekends?\b)",
        ),
        (
            "fortnight",
            rf"\b{_A} fortnight\b|\b(?:every|per|each) 2 weeks\b"
            rf"|\bin 2 weeks\b(?! time)",
        ),
        ("weekday", rf"\b{_A} (?:week[ -]?(?:day|night)|(?:school[ -]?(?:day|night)|work(?:ing)?[ -]?day))\b"),
        ("weekend", rf"\b{_A} weekend\b(?! days?\b)"),
        ("month", rf"\b{_A} month\b|\bmonthly\b"),
        ("week", rf"\b{_A} week\b|\bweekly\b"),
        ("day", rf"\b{_A} (?:day|evening|night|morning|afternoon)\b|\bdaily\b|\bnightly\b"),
        (
            "session",
            rf"\b{_A} (?:session|lesson|time|sitting|class|go|meeting|one)\b|\beach\b(?= ?(?:$|[,.;:!?)]|on\b|for\b"
            rf"|at\b|twice|once|and\b|before|after|in\b|with|per|a\b))|\bat a time\b|\b(?:a|per) pop\b",
        ),
        (
            "all",
            r"\b(?:all )?in (?:total|all)\b|\baltogether\b|\boverall\b|\ba total of\b|\btotal(?:\b(?: of| for)"
            r"|:|(?=[.,;!?)]"
            r"| (?:before|until|by|to)\b|$))|\ball told\b",
        ),
    )
)


SAID_OF = re.compile(r"[^,.;:!?\n]{0,30}")
"""What may stand between "3 lessons" and "a week"."""
SAID_TO = re.compile(
    r"[ ,:(]{0,2}(?:(?:i|we|she|he|they|can|could|do|has|have|for|about|around|up|to|maybe|spend|study|max|only|with"
    r"|at|most|least|just|roughly|got|i've|it's|is|of|except|but|on|weekends?|sessions?|lessons?|classes) )*"
)
"""What may stand between "every week" and "3 lessons"."""
_READ = re.compile(r" ?\0+")
_MOST = 14
"""Times a week that a bare number is: "30 a week" counts something else."""
_SURE = ("ses", "les", "per", "mee", "tut", "eve", "nig", "spl")
"""Beginnings of the nouns that are counted for nothing but a rhythm."""


@dataclass(frozen=True)
class Count:
    start: int
    end: int
    n: int
    most: int | None
    noun: str
    """What is counted: "x", "times", "split", "days", "lessons"."""


@dataclass(frozen=True)
class Per:
    start: int
    end: int
    every: Every


Item = Duration | Count | Per | Days


def items_in(text: Written, durations: Sequence[Duration], days: Sequence[Days]) -> list[Item]:
    """Everything of a rhythm in a text in which durations are hidden, in order, none over another."""
    pers: list[Per] = []
    rest = text
    for every, pattern in _EVERY:
        found = [Per(*match.span(), every) for match in pattern.finditer(rest.text)]
        rest = rest.hide(*((per.start, per.end) for per in found))
        pers += found
    # "Every weekday" is a rhythm already.
    named = [d for d in days if not _meets(d, pers)]
    items: list[Item] = sorted([*durations, *pers, *named], key=lambda i: i.start)
    counts = [c for c in _counts(text.hide(*((d.start, d.end) for d in named)), durations) if not _meets(c, pers)]
    counts = [c for c in counts if _beside(c, items, text.text)]
    counted: list[Item] = sorted([*durations, *counts], key=lambda i: i.start)
    with_days: list[Item] = sorted([*counted, *named], key=lambda i: i.start)
    kept = [
        p
        for p in pers
        if p.every not in ("week", "other week", "fortnight", "month", "session")
        or _counts_for(p, with_days if p.every == "other week" else counted, text.text)
    ]
    return sorted([*durations, *kept, *named, *counts], key=lambda i: i.start)


def _counts_for(per: Per, counted: Sequence[Item], text: str) -> bool:
    """Whether something stands near that "a week" can be said of."""
    before = next((i for i in reversed(counted) if i.end <= per.start), None)
    after = next((i for i in counted if i.start >= per.end), None)
    return bool(
        (before and SAID_OF.fullmatch(text, before.end, per.start))
        or (after and SAID_TO.fullmatch(text, per.end, after.start))
    )


def _meets(item: Count | Days, others: Sequence[Per]) -> bool:
    return any(other.start < item.end and item.start < other.end for other in others)


def _counts(text: Written, durations: Sequence[Duration]) -> list[Count]:
    found = []
    for match in _COUNT.finditer(text.text):
        low, n = match["low"], match["n"] or match["times"] or match["split"]
        number = {"once": 1, "twice": 2, "thrice": 3}[match["word"]] if match["word"] else int(low or n)
        noun = "split" if match["split"] else "after" if match["times"] else match["noun"] or "x"
        if number and (match["noun"] or match["x"] or number <= _MOST):
            found.append(Count(*match.span(), number, int(n) if low and int(n) > number else None, noun))
    starts = {d.start: text.as_typed(d.start, d.end).lower() for d in durations}
    for match in _COUNT_BEFORE.finditer(text.text):
        half = starts.get(match.start("duration"), "").startswith("half")
        if (half or match["noun"]) and not _NAME_OF_A_COURSE.search(text.text, 0, match.start()):
            found.append(Count(*match.span("n"), int(match["n"]) or 1, None, "lots"))
    return found


def _beside(count: Count, items: Sequence[Item], text: str) -> bool:
    """Whether a count belongs to a rhythm: "3 times" beside "a week" or a duration, not in "3 times 4"."""
    near = re.compile(
        r"[ ,]{0,2}(?:[a-z']+ ?){0,3}|, (?:[a-z']+ ){0,5}|[ .,:-]*"
        if count.noun[:3] in _SURE
        else r"[ ,]{0,2}(?:[a-z']+ ?){0,2}"
    )
    after = next((i for i in items if i.start >= count.end), None)
    before = next((i for i in reversed(items) if i.end <= count.start), None)
    # What was read already stands between nothing: "2 evenings this week, an hour each".
    return bool(
        (after and near.fullmatch(_READ.sub("", text[count.end : after.start])))
        or (before and near.fullmatch(_READ.sub("", text[before.end : count.start])))
    )
