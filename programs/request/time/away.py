"""Absences: the days on which there is no study at all, however they are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ...calendar import dated
from ..spans import Assumption
from .stated import StatedTime
from .when import When
from .written import Written

_AWAY = (
    r"\b(?:away|abroad|travel+ing|out of town|gone|unavailable|camping|skiing|in hospital|visiting|trip|vacation"
    r"|on (?:a |our |my |family |school |ski |summer )*(?:holidays?|vacation|leave|tour|trip|camp|break)"
    r"|(?:(?:spring|autumn|winter|summer|half[ -]term|easter|christmas) )?(?:break(?! up)|holidays?)|half[ -]term"
    r"|busy|closed|not (?:here|around|home|available|there)|no (?:time|study\w*|maths?|lessons?|sessions?|school|work)"
    r"|can(?:'t|not)(?: study| work| do (?:anything|it|maths?|any))?|wedding|surgery|at camp|unable to"
    r"|off(?! (?:school|work|college|uni)\b)|a break(?! up)"
    r"|(?:i'm|we're|i am|we are|he's|she's|they're|be) in(?= (?!(?:year|grade|class|school|my|the|an?|college)\b)))\b"
)
_BEFORE = re.compile(
    _AWAY + r"(?: \([\w' ]{0,20}\)?)?(?: (?!until\b|by\b|before\b|for my\b)[\w'-]+){0,6}?,?:?"
    r"(?: (?:on|from|between|in|for|the|is|are|during|over|at))* \(?$"
)
_EXCEPT = re.compile(
    r"\b(?:except|but not|not|skip\w*|excluding|apart from|besides|no|never)"
    r"(?: (?:for|on|from|between|the|in|over|during))* $"
)
_AFTER = re.compile(
    r"\)?,?(?: (?:when|because|as|since|while))?"
    r"(?: (?:i|we|she|he|they|it|there)(?:'m|'re|'s|'ll be| am| are| is| will be)?)?(?: (?:is|are))?"
    r"(?: [\w'-]+){0,2}? ?" + _AWAY
)
_NO_ABSENCE = re.compile(r"\b(?:until|by|before|after|since|was|were|been)(?: [\w'-]+){0,3}$")
_UNTIL = re.compile(_AWAY + r"[^.;!?,]{0,25}\buntil(?: the)? $")


def read_away(text: Written, dates: Sequence[When], today: date, stated: StatedTime) -> Written:
    """Fills in the absences; returns the text without the dates of them."""
    gone: list[When] = []
    for when in dates:
        if when.kind in ("weekday", "season", "edge"):
            continue
        clause = text.clause(when.start, when.end)
        before, after = text.text[clause[0] : when.start], text.text[when.end : clause[1]]
        if when.kind == "near" or when.last < today or not _absent(before, after, when.kind == "range"):
            continue
        stated.away.append((today if _UNTIL.search(before) else when.first, when.last))
        gone.append(when)
        if when.how and when.kind in ("range", "slashes"):
            first, last = map(dated, (when.first, when.last))
            days = first if when.first == when.last else f"{first} to {last}"
            words = text.as_typed(when.start, when.end)
            stated.assumptions.append(Assumption("away", f"“{words}” is read as {days}, {when.how}."))
        stated.used.append(text.span(when.start, when.end, "away"))
    return text.hide(*((when.start, when.end) for when in gone))


def _absent(before: str, after: str, several_days: bool) -> bool:
    if re.search(r"\b(?:starts?|begins?|ends?)(?: on)? $", before):
        return False
    if away := _BEFORE.search(before):
        return not _NO_ABSENCE.search(before[: away.start()].rstrip())
    return bool(_UNTIL.search(before) or _EXCEPT.search(before) or (several_days and _AFTER.match(after)))
