"""What a writer takes back: of "in 3 weeks, oh wait, in 2" and "on Tuesday, no sorry, Thursday" the later counts."""

from __future__ import annotations

import re

from .when import MONTH, WEEKDAY
from .written import Written

_DAY = (
    rf"(?:(?:next|this) )?{WEEKDAY}\b|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b"
    rf"|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b"
    r"|the \d{1,2}(?:st|nd|rd|th)\b|tomorrow\b|next week\b|\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\d{4}-\d\d-\d\d\b"
)
_SPAN = r"(?:\d{1,3}|an?|half an) (?:day|week|month|fortnight)s?\b"
_PER = (
    r"(?: (?:an?|per|each|every) (?:day|night|evening|week|month|session|lesson|weekday)\b| (?:daily|weekly)\b"
    rf"| on (?:{WEEKDAY}s?|weekdays|weekends)\b)?"
)
_LENGTH = rf"(?:\d{{1,3}}(?:\.\d)?|an|half an)[ -]?(?:min|minute|hour|h)s?\b{_PER}"
_TIMES = rf"(?:\d{{1,2}} (?:times|days|sessions|lessons)|once|twice)\b{_PER}"
_TAKEN_BACK = (
    r"[ ,.;:!?()-]*(?:\b(?:(?:oh|no|oops|ah|uh)[ ,.-]+)*(?:wait|sorry|oops|actually|i mean(?:t)?|correction"
    r"|scratch that|make (?:that|it)|(?:or )?rather)\b|\bno(?=,|\.\.| wait\b| sorry\b| it's\b| its\b))"
    r"(?:[ ,.:;!-]+(?:no|wait|sorry|i|mean|meant|it's|its|it is|is|that's|actually|make (?:that|it)|the exam|the test"
    r"|scratch that))*[ ,.:-]+"
)
_LEAD = r"(?:(?:in|on|by|for|until|before|at) )"
_KINDS = tuple(
    re.compile(rf"(?P<lead>\b{_LEAD})?\b(?P<old>{old}){_TAKEN_BACK}(?P<own>{_LEAD}){own}(?P<new>{new})(?!s\b)")
    for old, new, own in (
        (_DAY, _DAY, "?"),
        (_SPAN, _SPAN, "?"),
        (_LENGTH, _LENGTH, "?"),
        (_TIMES, _TIMES, "?"),
        # "In 3 weeks, no wait, on Friday"
        (_DAY, _SPAN, ""),
        (_SPAN, _DAY, ""),
    )
)
_UNIT = r"(?:min(?:ute)?s?|hours?|h|days?|weeks?|months?|times|sessions|lessons)"
_BARE = re.compile(
    rf"\b\d{{1,3}}(?:\.\d)?(?P<unit>[ -]?{_UNIT}\b{_PER}){_TAKEN_BACK}(?P<new>\d{{1,3}})"
    rf"(?=$|[,.;!?)\n]| (?:please|pls|now|a |per |each |every ))"
)
"""In "2 hours a week, actually 3" the number has the unit of the one before it."""
_FORMER = re.compile(
    r"\b(?:(?:was|were) (?:going|planning|hoping|supposed|meant) to|planned (?:to|on|for)|wanted to"
    r"|thought (?:i|we)(?:'d| had)"
    r"|(?:i|we|she|he) (?:said|put|wrote|told you)"
    rf"|used to (?:have|do|study|spend)|originally(?: had)?|at first)\b[^.;!?\d\n]{{0,30}}?\b(?:\d{{1,3}}|an?"
    rf"|half an)(?P<unit>[ -]?{_UNIT}\b)(?P<per>{_PER})"
    r"[^;!?\d\n]{0,25}?\b(?:but|now|only)\b[^.;!?\d\n]{0,30}?(?P<lead>(?:i|we|she|he|they)(?:'ve| have| has"
    r"| can(?: do)?)"
    rf"[^.;!?\d\n]{{0,20}}?)?\b(?P<new>\d{{1,3}})(?P<own>[ -]?{_UNIT}\b)?(?P<own_per>{_PER})(?![/:.%]?\d)"
)
"""What was planned before, and is not any more: "I was going to take 6 weeks but now I only have 2"."""
_NOT_BUT = re.compile(rf"\bnot (?P<lead>{_LEAD})?(?:{_DAY}),? but (?P<own>{_LEAD})?(?P<new>{_DAY})")
_NOT_BUT_SO_MUCH = re.compile(rf"\bnot (?:{_LENGTH}|{_TIMES}|{_SPAN}),? but (?P<new>{_LENGTH}|{_TIMES}|{_SPAN})")

_MOVED = re.compile(
    rf"\b(?P<moved>moved|postponed|rescheduled|pushed(?: back)?|changed|shifted|brought forward|delayed)"
    rf"(?: from (?:{_DAY}))? to (?:{_LEAD})?(?P<new>{_DAY})"
)


def corrected(text: Written) -> Written:
    """The text with what was corrected in the place of what was taken back."""
    text = text.replace(_FORMER, lambda m: f"only have {m['new']}{m['own'] or m['unit']}{m['own_per'] or m['per']}")
    text = text.replace(_BARE, lambda m: m["new"] + m["unit"])
    text = text.replace(_NOT_BUT_SO_MUCH, lambda m: m["new"])
    for kind in (*_KINDS, _NOT_BUT):
        text = text.replace(kind, lambda m: (m["own"] or m["lead"] or "") + m["new"])
    return text.replace(_MOVED, lambda m: f"{m['moved']} to on {m['new']}")
