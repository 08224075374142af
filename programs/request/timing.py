"""What a request says about time: deadline, span, minutes, sessions. Read by rules: no model can get it wrong."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta

_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
NUMBERS = {word: value for value, word in enumerate(_WORDS, 1)} | {
    **{"a": 1, "an": 1, "a couple of": 2, "half an": 0.5, "half a": 0.5},
    **{"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60, "ninety": 90},
}
_AMOUNT = r"(?P<n>\d{1,4}(?:\.\d{1,2})?|" + "|".join(sorted(map(re.escape, NUMBERS), key=len, reverse=True)) + ")"
_DAYS_IN = {"day": 1, "week": 7, "month": 30}

# "a week" is a span only after such a word; in "two hours a week" it is a rate.
_SPAN = re.compile(
    rf"(?:\b(?P<lead>in|within|have|only|just|over|next|for) |\b(?!an? )){_AMOUNT}"
    r"[ -](?P<unit>day|week|month)s?\b(?! (?:a|per|each|every|ago|old)\b)(?P<left> (?:left|to go|until|before)\b)?"
)
_OVER = re.compile(r"\b(?:missed|missing|last|past|sick|ill|away|absent|spent|took|every)(?: for| the| about)* ?$")
"""What stands before a span that lies in the past."""
_MINUTES = re.compile(
    rf"\b{_AMOUNT}[ -]?(?P<unit>hours?|hrs?|h|minutes?|mins?|min)\b"
    r"(?: (?:of|for) (?:[a-z]+ ){1,2}?(?=(?:a|per|each|every) ))?"
    r"(?: ?(?:a|per|each|every) (?P<per>day|week|session|evening|night|lesson)\b| ?(?P<weekly>weekly))?"
)
_HOUR_AND_A_HALF = re.compile(r"\b(an|one|two|three|\d) hours? and a half\b")
_SESSIONS = re.compile(
    rf"\b(?:{_AMOUNT} ?(?:x|times?|sessions?|days?|evenings?|nights?|lessons?|afternoons?)|(?P<word>once|twice))"
    r" ?(?:a|per|each|every)? ?week(?:ly)?\b"
    r"|\b(?P<daily>every (?:day|evening|night)|daily)\b|\b(?P<school>weekdays|school (?:days|nights))\b"
)

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_DATE = re.compile(
    rf"\b(?:(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|(?:on|by|until|before|due|is|the) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{_MONTH}))\b"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_TEST = r"(?:test|exam|quiz|midterm|finals?|assessment|due|deadline)"
_WEEKDAY = re.compile(
    rf"\b(?:by|until|before|{_TEST}(?:'s| is)?(?: \w+){{0,4}}? (?:on|this|next|by)|{_TEST}) (?:next |this )?"
    rf"(?P<a>{'|'.join(_WEEKDAYS)})\b"
    rf"|\b(?:on|this|next) (?P<b>{'|'.join(_WEEKDAYS)})\b[^.;!?\n]{{0,30}}?\b{_TEST}\b"
    rf"|\b(?P<c>{'|'.join(_WEEKDAYS)})(?:'s)? {_TEST}\b"
)
_TODAY = re.compile(
    rf"\b(?:by|until|for|before|due|{_TEST}(?: is| \w+)?) (?:today|tonight)\b"
    r"|\bneed to\b[^.;!?\n]{0,40}\b(?:today|tonight)\b"
)
_BEGINNING = re.compile(
    r"\b(?:start|begin|began|begun|since|from)\w*\b[^.;!?,\n]{0,30}?"
    rf"(?:\b(?:today|tonight|tomorrow|next week|{'|'.join(_WEEKDAYS)})\b|{_ISO.pattern}|\b(?:{_MONTH}) \d{{1,2}}\b)"
)
"""Dates on which something begins: they are no deadlines."""


@dataclass
class StatedTime:
    """What a text says about time; None where it says nothing.

    ``days`` is how far off the end is: the day of the test ("in 3 days"), or the day after a span ("for 3 days").
    """

    deadline: date | None = None
    days: int | None = None
    minutes_per_week: int | None = None
    minutes_per_session: int | None = None
    sessions_per_week: int | None = None


def read_time(text: str, today: date) -> StatedTime:
    """Everything that a text in lower case with single spaces states about time. A zero counts as nothing said."""
    text = re.sub(r" ?/ ?(?=(?:wk|week|day|session|lesson)\b)", " per ", text)
    text = re.sub(r"\bwks?\b", "week", text)
    stated = StatedTime(deadline=_deadline(_BEGINNING.sub(" ", text), today))
    if stated.deadline:
        stated.days = (stated.deadline - today).days
    else:
        stated.days = _span(text)
    _minutes(_HOUR_AND_A_HALF.sub(lambda m: f"{_number(m[1]) + 0.5} hours", text), stated)
    if sessions := _SESSIONS.search(text):
        if sessions["n"]:
            stated.sessions_per_week = min(7, max(1, int(_number(sessions["n"]))))
        else:
            stated.sessions_per_week = 5 if sessions["school"] else {"once": 1, "twice": 2}.get(sessions["word"], 7)
    return stated


def _number(text: str) -> float:
    return float(NUMBERS.get(text) or text)


def _span(text: str) -> int | None:
    """Days until the end of the span that a text names, the surest wording first."""
    spans = [match for match in _SPAN.finditer(text) if not _OVER.search(text[: match.start("n")])]
    # Of "a 2 week course, exam in 5 weeks" the span that leads to an end counts.
    spans.sort(key=lambda match: not _ends(match))
    if not spans:
        return None
    days = max(1, math.ceil(_number(spans[0]["n"]) * _DAYS_IN[spans[0]["unit"]]))
    return days if _ends(spans[0]) else days + 1


def _ends(span: re.Match[str]) -> bool:
    return bool(span["left"]) or span["lead"] in ("in", "within", "have", "only", "just")


def _minutes(text: str, stated: StatedTime) -> None:
    for match in _MINUTES.finditer(text):
        minutes = round(_number(match["n"]) * (60 if match["unit"].startswith("h") else 1)) or None
        if match["per"] == "week" or match["weekly"]:
            stated.minutes_per_week = minutes
        else:
            stated.minutes_per_session = minutes
            if match["per"] in ("day", "evening", "night"):
                stated.sessions_per_week = 7


def _deadline(text: str, today: date) -> date | None:
    if iso := _ISO.search(text):
        try:
            return date(*map(int, iso.groups()))
        except ValueError:
            return None
    if named := _DATE.search(text):
        month, day = named["m"] or named["m2"], int(named["d"] or named["d2"])
        return _next_date(today, _MONTHS.index(month[:3]) + 1, day)
    if "tomorrow" in text:
        return today + timedelta(days=1)
    if _TODAY.search(text):
        return today
    if weekday := _WEEKDAY.search(text):
        ahead = (_WEEKDAYS.index(weekday["a"] or weekday["b"] or weekday["c"]) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return today + timedelta(days=7) if "next week" in text else None


def _next_date(today: date, month: int, day: int) -> date | None:
    """The first such day from today on; None if there is none within a year or so."""
    for year in (today.year, today.year + 1):
        try:
            if (found := date(year, month, day)) >= today:
                return found
        except ValueError:
            continue
    return None
