"""Absences: the days on which there is no study at all, however they are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ...calendar import dated
from ..spans import Assumption
from .deadline import EXAM, STUDIED_THEN, TEST
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
_TAKEN = (
    r"\b(?:(?:i'm|i am|we're|we are|he's|she's|they're|(?:he|she) is|they are|(?:i|we|he|she|they)(?:'ll| will) be)"
    r" (?:at (?:an? (?!disadvantage|loss|school|college|uni|level)|(?:my|our|his|her|the|their) (?:[\w'-]+ ){0,2}?"
    r"(?:[\w-]+'s?(?=[ ,.;!?]|$)|parents|grandparents|place|hospital|seaside|coast|conference|festival|fair))"
    r"|with (?:my|his|her|our|their) (?:dad|mum|mom|father|mother|parents|grand\w+)|moving\b|on call\b|on duty\b)"
    r"|(?:have|having|has|got|expecting|expect) (?:[\w'-]+ ){0,2}?(?:guests|visitors|company"
    r"|(?:family|relatives|friends|in-laws|parents|grand\w+) (?:over|staying|here|round|around))\b"
    r"|(?:moving (?:house|home|flat)|jury duty|night shifts|school play|(?:work|field|school|business) trip)\b)"
)
"""Where somebody is, or what takes them: of a range of days it says that there is no study on them."""
_TAKEN_BEFORE = re.compile(_TAKEN + r"[^.;!?,\0]{0,30}$")
_TAKEN_AFTER = re.compile(r"\)?,?(?: (?:when|because|as|since|while))?[:,]? (?:(?:i|we|he|she|they) )?" + _TAKEN)
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

_AND_AGAIN = re.compile(r" ?(?:,|&|\band\b|\bor\b|\bplus\b)(?: (?:and|again|also|then|on|from|the))* ")
_NOTHING_DONE = re.compile(
    r"[^.;!?]{0,60}?\b(?:nothing (?:gets|will get|can get|is|will be) done"
    r"|(?:nothing|no (?:work|maths?|study\w*)) (?:then|there))\b"
)
_TESTED = re.compile(rf"[^,.;!?]{{0,30}}?{TEST}")
_BEFORE_IT = re.compile(
    rf"\b(?:the )?(?:last |whole |entire )?(?:(?P<n>\d) )?(?P<unit>day|week|fortnight)s?(?: right| just)? before"
    rf" (?:the|my|our|her|his|their)(?: [\w'-]+){{0,2}}? (?:{EXAM}|deadline)\b"
)
_DAYS = {"day": 1, "week": 7, "fortnight": 14}


@dataclass(frozen=True)
class BeforeIt:
    """An absence of ``days`` up to the end, wherever that is."""

    start: int
    end: int
    days: int


def absent_before_it(text: Written) -> list[BeforeIt]:
    """ "The week before the exam I'm away": such absences, which need the day of the end."""
    found = []
    for match in _BEFORE_IT.finditer(text.text):
        first, last = text.clause(*match.span())
        if _absent(text.text[first : match.start()], text.text[match.end() : last], several_days=True):
            found.append(BeforeIt(*match.span(), int(match["n"] or 1) * _DAYS[match["unit"]]))
    return found


def read_away_before_it(text: Written, absences: Sequence[BeforeIt], today: date, stated: StatedTime) -> None:
    """Fills in absences up to the end, which has been read; says of them that they are not used where none was."""
    for absence in absences:
        words = text.as_typed(absence.start, absence.end)
        said = f"No date is known for “{words}”, so it is not used: name the day."
        if stated.days is not None:
            end = today + timedelta(days=stated.days)
            first, last = end - timedelta(days=absence.days), end - timedelta(days=1)
            stated.away.append((first, last))
            days = dated(first) if first == last else f"{dated(first)} to {dated(last)}"
            said = f"“{words}” is read as {days}."
        stated.assumptions.append(Assumption("away", said))
        stated.used.append(text.span(absence.start, absence.end, "away"))


def read_away(text: Written, dates: Sequence[When], today: date, stated: StatedTime) -> Written:
    """Fills in the absences; returns the text without the dates of them."""
    gone: list[When] = []
    for when in dates:
        if when.kind in ("weekday", "season", "edge"):
            continue
        clause = text.clause(when.start, when.end)
        before, after = text.text[clause[0] : when.start], text.text[when.end : clause[1]]
        # "Away 12-18 January and again 26 January to 1 February"
        again = gone and _AND_AGAIN.fullmatch(text.text, gone[-1].end, when.start) and not _TESTED.match(after)
        nothing = when.kind == "range" and _NOTHING_DONE.match(text.text, when.end)
        absent = again or nothing or _absent(before, after, when.kind == "range")
        studied = STUDIED_THEN.match(text.text, when.end)
        if when.kind == "near" or when.last < today or not absent or studied:
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
    if several_days and (_AFTER.match(after) or _TAKEN_AFTER.match(after) or _TAKEN_BEFORE.search(before)):
        return True
    return bool(_UNTIL.search(before) or _EXCEPT.search(before))
