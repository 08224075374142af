"""Weekdays for study and weekdays without: "Mon, Wed and Fri", "weekdays", "not on Sundays", "Saturdays only"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .when import WEEKDAY, WEEKDAYS
from .written import HIDDEN, Written

SCHOOL = frozenset(range(5))
WEEKEND = frozenset({5, 6})
WEEK = frozenset(range(7))

_DAY = rf"{WEEKDAY}s?"
_GROUPS = {
    "weekend": r"weekends?(?: days?)?|weekends only",
    "school": r"(?:other )?(?:school[ -]?(?:days?|nights?)|work(?:ing)?[ -]?days?)|week(?:days?|nights?)|midweek",
}
_ONE = rf"(?:{_DAY}|{_GROUPS['weekend']}|{_GROUPS['school']})"
_AND = r"(?: ?(?:,|/|&|\+|\bor\b|\band\b|\bplus\b) ?(?:and |or )?(?:on |also )?(?:the )?(?:every |each )?| )"
_TO = r"(?: ?- ?| to | through | thru | until )"
_LIST = re.compile(
    rf"\b(?:(?P<week>(?:in|during|through) the (?:school )?week)|(?P<from>{WEEKDAY})s?{_TO}(?P<to>{WEEKDAY})s?"
    rf"|{_ONE}(?:{_AND}{_ONE})*)\b(?: (?:mornings?|afternoons?|evenings?|nights?))?"
)
_ONE_OF = re.compile(rf"\b(?:(?P<day>{WEEKDAY})s?|(?P<weekend>{_GROUPS['weekend']})|(?P<school>{_GROUPS['school']}))\b")
_ACTIVITY = (
    r"(?:(?:swim|track|team) (?:practice|training|meets?)"
    r"|rowing|football|soccer|swimming|choir|ballet|church|scouts|guides|gym|netball|hockey|rugby|cricket|tennis"
    r"|basketball|volleyball|dance|drama|karate|judo|piano|violin|orchestra|band)"
)
_NOT_BEFORE = re.compile(
    r"\b(?:not|never|no|except|excluding|besides|apart from|other than|without|nothing|skip\w*|avoid\w*|minus|bar"
    r"|busy|unavailable|off|can(?:'t|not)|(?:do|does)n't|(?:day|days|daily|night|evening|week) but|i work|works"
    r"|(?:has|have|'ve|'s) (?:\w+ ){0,2}(?:practice|training|rehearsals?|shifts?|match(?:es)?|lessons?|club)"
    rf"|{_ACTIVITY})"
    r"(?: (?:on|at|for|during|the|do|make|over|any|available|free|time|study|work|maths?|sessions?|lessons?|to|every"
    r"|each|an?))*[: ]\(?$"
)
_EXCEPT_WHEN = re.compile(
    r"\b(?:except|but not|not|apart from|unless|excluding)(?: for)?(?: on)?(?: the)?(?: days?)? (?:when|where|if)\b"
    r"[^.;!?]{0,40}$"
)
_ELSEWHERE = re.compile(
    r",? ?(?:(?:when|because|as|since) )?(?:i|we|she|he|they)"
    r"(?:(?:'ve|'s)? (?:have|has|got|go(?:es)? to|plays?))"
    rf" (?:(?:an?|my|her|his|their) )?(?:{_ACTIVITY}"
    r"|(?:\w+ )?(?:practice|training|rehearsals?|club|shifts?)|work(?= ?(?:$|[,.;!?)])))\b"
)
"""What somebody does on the day just named instead of studying."""
_THEN_SO_MUCH = re.compile(
    r",? when (?:i|we|she|he|they)(?:'ll| can| could| have| has| do| does| will| might| would)*(?: \w+){0,2} \0"
    r"| ?[(:=] ?\0"
)
"""In "except Sundays when I can do an hour" Sunday is a day for study."""
_FREE = re.compile(r"\boff (?:work|school|college|uni)(?: (?:on|every|each|all))* $")
_NOT_AFTER = re.compile(
    r"(?: mornings?| afternoons?| evenings?)? ?(?:(?:is|are|'s) )?(?:off|out|not(?= ?(?:$|[,.;!?)]))|no good"
    r"|impossible|busy|excluded|not possible|(?:i|we|he|she)(?:'m| am)? (?:can't|work\w*|busy)|(?:don|doesn)'t work"
    r"|so not (?:those|then|these"
    r"|that day))\b"
)
_INCLUDED = re.compile(r"\b(?:incl(?:\.|uding|usive of)?|even|also) (?:on |at )?(?:the )?$")
_OR_EVENINGS = re.compile(r"\b(?:mornings?|evenings?|nights?) ?(?:and|or|&|/) ?(?:at )?(?:the )?$")
_ONLY = re.compile(r"\bonly (?:on |at )?(?:the )?$")
_ONLY_AFTER = re.compile(r"(?: mornings?| afternoons?| evenings?)? only\b")
_OTHER = re.compile(
    r"\b(?:on )?(?:the |all )?(?:other|remaining) (?P<school>school |week)?days\b|\b(?:the )?rest of the week\b"
)
_ALONE = re.compile(r"\b(?:on|every|each|this|next|and|or|only|by|not|no|never|except|for|is) $")
_DAYTIME = re.compile(
    r" (?:mornings?|afternoons?|evenings?|nights?|at|\d{1,2}(?:[:.]\d\d)? ?(?:[ap]m|- ?\d{1,2}(?![\d.])(?! ?min))"
    r"|only|off)\b|,? \0"
)
_UNSURE = re.compile(r"sat|sun|mon|wed|fri")
_QUIZ = re.compile(r"\b(?:quiz(?:zes)?|tests?|exams?|due)(?: (?:is|are))? (?:every|each|on) $")
_ONE_TIME = re.compile(
    r"\b(?:last|since|(?<!apart )from|next|this|past|starting|yesterday|in \d)(?: on| past| coming)? $"
)
_EVERY = re.compile(r"\b(?:every|each) $")
_OVER_AFTER = re.compile(r" (?:was|were|(?:we|i|she|he|they) (?:got|had|did|learned|learnt|started|took))\b")
_OVER = re.compile(
    r"\b(?:was|were|did|had|failed|start\w*|began|begin\w*|took|got|learned|learnt|missed|spent)\b[^,;]*$"
)


@dataclass(frozen=True)
class Days:
    start: int
    end: int
    days: frozenset[int]
    study: bool = True
    only: bool = False
    """Whether the text says that there are no others."""
    one_of: bool = False
    """Whether these are alternatives: "Mondays or Wednesdays"."""


def days_in(text: Written) -> list[Days]:
    found = [days for match in _LIST.finditer(text.text) for days in _read(text, match)]
    for match in _OTHER.finditer(text.text):
        found = [f for f in found if f.end <= match.start() or f.start >= match.end()]
        named = frozenset[int]().union(*(f.days for f in found))
        if named:
            found.append(Days(*match.span(), (SCHOOL if match["school"] else WEEK) - named))
    return sorted(found, key=lambda f: f.start)


def _read(text: Written, match: re.Match[str]) -> list[Days]:
    whole, (start, end) = text.text, match.span()
    before = whole[text.clause(start, end)[0] : start]
    further_before = whole[max(0, start - 40) : start]
    before_sentence = whole[text.sentence(start, end)[0] : start]
    if match["from"]:
        days = _between(match["from"], match["to"])
        parts = [(start, end, days)]
    elif match["week"]:
        days = SCHOOL
        parts = [(start, end, days)]
    else:
        parts = [(start + one.start(), start + one.end(), _days(one)) for one in _ONE_OF.finditer(match[0])]
        days = frozenset[int]().union(*(part[2] for part in parts))
    if (len(days) == 1 and not _is_a_day(text, match, before)) or (match[0] == "weekend" and _OVER.search(before)):
        return []
    if _INCLUDED.search(further_before) or (days == WEEKEND and _OR_EVENINGS.search(further_before)):
        return []
    alternatives = " or " in match[0] and " and " not in match[0]
    if _NOT_AFTER.match(whole, end):
        if (
            len(parts) > 1
            and re.fullmatch(r", (?:and )?", whole[parts[-2][1] : parts[-1][0]])
            and " and " not in match[0]
        ):
            # "Two hours on Saturday, Sunday off"
            kept = frozenset[int]().union(*(part[2] for part in parts[:-1]))
            return [Days(start, parts[-2][1], kept), Days(parts[-1][0], end, parts[-1][2], study=False)]
        return [Days(start, end, days, study=False)]
    if _THEN_SO_MUCH.match(whole, end):
        return [Days(start, end, days)]
    elsewhere = _ELSEWHERE.match(whole, end) or _EXCEPT_WHEN.search(before_sentence)
    if elsewhere or (_NOT_BEFORE.search(further_before) and not _FREE.search(further_before)):
        return [Days(start, end, days, study=False)]
    only = bool(_ONLY.search(further_before) or _ONLY_AFTER.match(whole, end))
    return [Days(start, end, days, only=only, one_of=alternatives)]


def _days(match: re.Match[str]) -> frozenset[int]:
    if match["day"]:
        return frozenset({WEEKDAYS.index(match["day"][:3])})
    return WEEKEND if match["weekend"] else SCHOOL


def _between(first: str, last: str) -> frozenset[int]:
    one, two = WEEKDAYS.index(first[:3]), WEEKDAYS.index(last[:3])
    return frozenset((one + n) % 7 for n in range((two - one) % 7 + 1))


def _is_a_day(text: Written, match: re.Match[str], before: str) -> bool:
    """Whether a single weekday is one for study: "on Monday", not "last Monday", "the sun" or "the SAT"."""
    typed = text.as_typed(*match.span())
    if (
        typed.startswith("SAT")
        or _ONE_TIME.search(before)
        or _QUIZ.search(before)
        or (
            not typed.lower().endswith("s")
            and not _EVERY.search(before)
            and (_OVER.search(before) or _OVER_AFTER.match(text.text, match.end()))
        )
    ):
        return False
    word = match[0].split()[0]
    if not _UNSURE.fullmatch(word) or (typed[0].isupper() and word != "sat"):
        return True
    return bool(
        _ALONE.search(before)
        or before.endswith(HIDDEN + " ")
        or _DAYTIME.match(text.text, match.end() - len(match[0]) + len(word))
    )
