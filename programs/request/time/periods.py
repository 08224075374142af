"""Double periods of a school: "double periods of 45 minutes" are lessons of 90, and so is one without minutes."""

from __future__ import annotations

import re

from ..spans import Assumption
from .stated import StatedTime
from .when import WEEKDAY
from .written import Written

PERIOD = 45
"""Minutes of a period at school where none are named."""
_LONGEST = 60
"""Minutes that a single period has at most: "a double lesson of 90 minutes" has them in all."""
_NOUN = r"(?:periods?|lessons?|class(?:es)?|sessions?|blocks?|slots?)"
_MINUTES = r"[ -]?min(?:ute)?s?\b"
_LENGTH = (
    r"(?:,? (?:(?:of|de|von|at|for|lasting|with) |\()?"
    rf"(?P<twice>2 ?x ?)?(?P<after>\d{{2,3}}){_MINUTES}(?! (?:an?|per|each|every) (?:single )?(?:period|lesson))"
    r"(?: each\b)?\)?)?"
)
_DAY = rf"(?P<day> (?:(?:on|every|each) )?{WEEKDAY}s?(?= ?[(,]? ?\d{{2,3}}{_MINUTES}))?"
"""A day may stand between a period and its length: "a double period on Mondays (100 min)"."""
_DOUBLE = re.compile(
    rf"\b(?:(?P<times>\d{{1,2}}) ?x )?(?:(?P<before>\d{{2,3}}){_MINUTES}[ -])?double[ -](?:maths? )?"
    rf"(?P<noun>{_NOUN}|maths)\b{_DAY}{_LENGTH}"
)
_SINGLE = re.compile(rf"\bsingle(?:[ -](?P<noun>{_NOUN})\b|(?= on )){_DAY}{_LENGTH}")
_ONE = re.compile(
    rf"\b(?:(?:each|a|an|every|the|1|our|school|single) )*(?:periods?|lessons?) (?:is|are|lasts?|takes?|have|has)"
    rf" (?P<are>\d\d){_MINUTES}|\b(?P<each>\d\d){_MINUTES} (?:each|per|an?|every) (?:single )?(?:period|lesson)\b"
)


def read_periods(text: Written, stated: StatedTime) -> Written:
    """The text with double periods, and the single ones beside them, as lessons of so many minutes."""
    doubles = list(_DOUBLE.finditer(text.text))
    if not doubles:
        return text
    single, one = PERIOD, _ONE.search(text.text)
    if one and not any(double["before"] or double["after"] for double in doubles):
        single = int(one["are"] or one["each"])
        stated.used.append(text.span(*one.span(), "rhythm"))
        text = text.hide(one.span())
    else:
        one = None
    said = [
        _said(text.as_typed(d.start(), d.end() if d["after"] else d.end("noun")), d, single, one is not None)
        for d in doubles
    ]
    stated.assumptions += [Assumption("rhythm", sentence) for sentence in dict.fromkeys(said) if sentence]
    text = text.replace(_DOUBLE, lambda match: _lessons(match, single))
    return text.replace(_SINGLE, lambda m: f"{m['noun'] or 'lesson'} of {m['after'] or single} min{m['day'] or ''}")


def _lessons(match: re.Match[str], single: int) -> str:
    times, noun = match["times"] or "", "lesson" if match["noun"] == "maths" else match["noun"]
    return f"{times} {noun} of {_minutes(match, single)} min{match['day'] or ''}".lstrip()


def _minutes(match: re.Match[str], single: int) -> int:
    named = int(match["before"] or match["after"] or single)
    return 2 * named if named <= _LONGEST or match["twice"] else named


def _said(words: str, match: re.Match[str], single: int, told: bool) -> str:
    """How long a double period is taken to be; empty where the text says so."""
    named = match["before"] or match["after"]
    minutes = _minutes(match, single)
    if named and (match["twice"] or int(named) > _LONGEST):
        return ""
    asked = "" if named or told else "; say how long it is if it is not"
    return f"“{words}” is read as {minutes} minutes, two periods of {minutes // 2}{asked}."
