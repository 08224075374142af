"""Times of day: "17:30", "before 8am", "2pm to 3pm", "evenings", "after tea". They are kept as they were written."""

from __future__ import annotations

import re

from .stated import StatedTime
from .when import WEEKDAY
from .written import HIDDEN, Written

_PM = r" ?(?:am\b|pm\b|a\.m\.|p\.m\.|o'clock\b)"
_CLOCK = rf"(?:\d{{1,2}}(?:[:.]\d\d)?{_PM}|\d{{1,2}}:\d\d\b(?! ?h)|\b(?:noon|midday|midnight)\b)"
_HOURS = re.compile(
    rf"(?<![\d:./])(?:(?:\bfrom |\bbetween )?(?P<from>\d{{1,2}}(?:[:.]\d\d)?(?:{_PM})?)(?: ?- ?| to | until "
    rf"| and )(?P<to>{_CLOCK})|(?:\b(?P<side>at|after|before|around|about|from|until|by|past|not before"
    rf"|not after) )?(?P<at>{_CLOCK}))|(?:(?P<pre>mornings?|afternoons?|evenings?)|{WEEKDAY}s?|weekdays"
    rf"|weekends),? (?:from |between |at )?"
    r"(?P<first>\d{1,2}(?::\d\d)?)(?: ?- ?| to | until | and )(?P<last>\d{1,2}(?::\d\d)?)\b(?![:.]?\d| ?[ap]\.?m"
    r"| ?(?:\0|times|days|%))|\b(?P<event>(?:before|after|during|over|at) (?:school|work|tea|dinner|lunch|breakfast"
    r"|bed|bedtime|supper|sunset|prayers?|uni"
    r"|college|(?:the )?kids (?:are|go to|have gone to)(?: in)? (?:bed|sleep)))\b"
    r"|\b(?P<part>(?:early |late )?(?:mornings?|afternoons?|evenings?|nights?|lunch ?times?|lunch breaks?)(?: (?:and"
    r"|or) weekends?)?)\b"
)
_NO_HOURS_BEFORE = re.compile(
    r"(?:\b(?:good|last|this|work(?:s|ing)?|tomorrow|today|yesterday|date|game|(?<!in )the) |\bthe day |"
    + HIDDEN
    + r")$"
)
_NO_HOURS_AFTER = re.compile(r" (?:shifts?|before the|school\b|class\b|everyone|all)|[,!]? ?(?:i (?:am|'m) a)\b")
_CLOCK_LESSON = re.compile(r"\b(?:ratio|clock|reads?|tell(?:ing)? the time|elapsed)\b")
_END = re.compile(r"\b(?:due|test|exam|quiz|paper|final|midterm|deadline)\b[^.;!?]{0,20}$")
_MOST = 40
"""Characters of a profile's hours."""


def read_hours(text: Written, stated: StatedTime) -> int | None:
    """Fills in the times of day; returns the minutes of a stretch such as "2pm to 3pm"."""
    length: int | None = None
    pieces: list[tuple[int, int]] = []
    for match in _HOURS.finditer(text.text):
        start, end = match.start("first") if match["first"] and not match["pre"] else match.start(), match.end()
        before = text.text[max(0, start - 40) : start]
        if _NO_HOURS_BEFORE.search(before) or _NO_HOURS_AFTER.match(text.text, end):
            continue
        clock = match["at"] or match["to"]
        sentence = slice(*text.sentence(start, end))
        if clock and (_END.search(before) or (":" in clock and _CLOCK_LESSON.search(text.text[sentence]))):
            continue
        if pieces and text.text[pieces[-1][1] : start] in (" ", " and ", ", "):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
        if (match["to"] or match["last"]) and length is None:
            length = _length(match["from"] or match["first"], match["to"] or match["last"])
    kept: list[str] = []
    for start, end in pieces:
        words = text.as_typed(start, end)
        if words.lower() not in (k.lower() for k in kept) and len(", ".join([*kept, words])) <= _MOST:
            kept.append(words)
            stated.used.append(text.span(start, end, "hours"))
    stated.hours = ", ".join(kept)
    return length


def _length(first: str, last: str) -> int | None:
    """Minutes from one time to the other; hours without am or pm are those before the other."""
    one, two = _minutes(first), _minutes(last)
    if one is None or two is None:
        return None
    minutes = (two - one) % (24 * 60)
    if "m" not in first and "m" in last and minutes > 12 * 60:
        minutes -= 12 * 60
    return minutes if 0 < minutes <= 8 * 60 else None


def _minutes(clock: str) -> int | None:
    match = re.match(r"(\d{1,2})(?:[:.](\d\d))?", clock)
    if match is None:
        return {"noon": 720, "midday": 720, "midnight": 1440}.get(clock)
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 24 or minute > 59:
        return None
    half = re.search(r"([ap])\.?m", clock)
    hour = hour % 12 + 12 * (half[1] == "p") if half else hour
    return 60 * hour + minute
