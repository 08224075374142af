"""How long there is: "in 3 days", "for 6 weeks", "a 2-week unit". Spans of trouble and of the past are none."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

from ..spans import Assumption, Slot
from .stated import StatedTime
from .when import When
from .written import Written

_SPAN = re.compile(
    r"(?:\b(?P<lead>in|within|have|has|got|only|just|over|next|for|of|inside|during|remaining)"
    r"(?: (?:only|just|about|around|the|next|another|like|maybe|roughly|exactly|coming|still|less than|under))* )?"
    r"\b(?:(?P<low>\d{1,3})(?:-| to | or ))?(?P<n>\d{1,3}(?:\.\d)?|half an?|an?|(?:a )?few)(?P<half> and a half)?"
    r"[ -]?(?:school |full )?(?P<unit>day|week|fortnight|month|year)s?\b(?P<more> and a half)?(?!-?old\b)"
    r"(?! (?:a|per|each|every|ago|old|now|behind|late|later|after|straight|in a row)\b)"
    r"(?P<left>'? (?:time|left|to go|(?:until|before)(?! \d{1,2}(?::\d\d| ?[ap]m))|away|out"
    r"|from (?:now(?! on)|today)|remaining)\b)?"
)
_PAST = re.compile(
    r"\b(?:been|(?:has|have|had|did|was|were|is|does|do|could)(?:n't|nt| not)|was|were|had|did|miss(?:ed|ing)|sick|ill"
    r"|away|absent|spent|took|stuck|struggl\w+|since|taught|teaching|lost|off|out)\b(?! (?:given|told)\b)[^.;!?]{0,40}$"
    r"|\b(?:last|past|every|previous|first|after|another)(?: the)? $"
)
_NO_SPAN_ALONE = re.compile(r"\b(?:grade|year|class|the|per|last|every|each|school|once|twice|x) $")
_RHYTHM_BEFORE = re.compile(
    r"(?:\b(?:an?|each|every|per) (?:day|night|evening|morning)|\bdaily|\bonly(?: have| got)?|\0)(?: of| for| in)? $"
)
_SO_MUCH = re.compile(r"(?:\0|\b(?:once|twice|times|sessions|lessons|days|evenings)) $")
_DURATION_AFTER = re.compile(r",? (?:(?:about|maybe|for|only|i have|i've got|around) )*\0")
_ENDS = ("in", "within", "have", "has", "got", "only", "just", "inside", "remaining")


def read_weeks(text: Written, today: date, stated: StatedTime) -> Written:
    """Fills in the days and weeks there are; returns the text without what they were read from."""
    spans = [match for match in _SPAN.finditer(text.text) if _counts(text, match)]
    # Of "a 2 week course, exam in 5 weeks" the span that leads to an end counts.
    spans.sort(key=lambda match: not _ends(match))
    for span in spans:
        if (days := _days(span, today)) is None:
            continue
        slot: Slot = "deadline" if span["unit"] == "day" and _ends(span) else "duration"
        stated.used.append(text.span(span.start("low" if span["low"] else "n"), span.end(), slot))
        if span["low"]:
            sentence = f"Of {span['low']} to {span['n']} {span['unit']}s, {span['low']} are planned."
            stated.assumptions.append(Assumption(slot, sentence))
        if span["n"].endswith("few"):
            stated.assumptions.append(Assumption(slot, f"“a few {span['unit']}s” is read as 3."))
        if span["unit"] != "day":
            stated.weeks = max(1, math.floor(days / 7 + 0.25))
        if stated.deadline is None:
            first = (stated.start - today).days if stated.start else 1
            stated.days = days if _ends(span) else days + first
            stated.deadline = _later(today, days) if span["unit"] == "day" and _ends(span) else None
        return text.hide(span.span())
    return text


_SESSIONS_BEFORE = re.compile(
    r"(?:\b\d{1,2} (?:\0+ )?(?:lessons?|sessions?|periods?)(?: (?:of|at) \0+)?|\btwice|\bonce) $"
)
"""Sessions of a week that is named right after them: "two 50 minute lessons next week"; lengths are hidden by then."""
_ONLY_WEEK = re.compile(
    r"\b(?:(?P<before>(?:only|just) (?:for |in |during )?)(?P<a>this|next) week|(?:for )?(?P<b>this|next) week,? only"
    r"|(?:(?<=\d evenings )|(?<=\d days )|(?<=\d nights )|(?<=\d times )|(?<=\d sessions )|(?<=\d lessons )|(?<=a day )"
    r"|(?<=every day )|(?<=each day )|(?<=a night )|(?<=every evening ))(?P<c>next) week)\b"
    r"(?! (?:we|i|she|he|they)\b)"
)


def read_only_week(text: Written, today: date, stated: StatedTime) -> Written:
    """Fills in the only week for study: "30 minutes a day, next week only"."""
    from dateutil.relativedelta import MO, SU, relativedelta

    match = _ONLY_WEEK.search(text.text)
    if match is None:
        weeks = re.finditer(r"\bnext week\b", text.text)
        match = next((m for m in weeks if _SESSIONS_BEFORE.search(text.text, 0, m.start())), None)
    if match is None:
        return text
    if "next" in match[0]:
        stated.start = today + relativedelta(days=1, weekday=MO)
    stated.days = ((stated.start or today) + relativedelta(weekday=SU) - today).days + 1
    stated.weeks = 1
    stated.used.append(text.span(*match.span(), "duration"))
    return text.hide(match.span())


def read_this_week(text: Written, dates: Sequence[When], today: date, stated: StatedTime) -> Written:
    """Fills in the days of "20 minutes a day this week"; "this week we learned" says nothing."""
    for when in dates:
        words = text.text[when.start : when.end]
        beside = _RHYTHM_BEFORE.search(text.text, 0, when.start) or _DURATION_AFTER.match(text.text, when.end)
        if stated.days is None and words.startswith("this ") and when.kind not in ("weekday", "near") and beside:
            stated.days = (when.last - today).days + 1
            stated.weeks = math.ceil(stated.days / 7)
            stated.used.append(text.span(when.start, when.end, "duration"))
            text = text.hide((when.start, when.end))
        elif stated.days is None and stated.start is None and words.startswith("week ") and beside:
            stated.start, stated.weeks = when.first, 1
            stated.days = (when.last - today).days + 1
            stated.used.append(text.span(when.start, when.end, "duration"))
            text = text.hide((when.start, when.end))
    return text


def _ends(span: re.Match[str]) -> bool:
    return bool(span["left"]) or span["lead"] in _ENDS


def _counts(text: Written, span: re.Match[str]) -> bool:
    before = text.text[text.clause(span.start(), span.start("n"))[0] : span.start("n")]
    if _PAST.search(before) and not span["left"]:
        return False
    if span["n"] in ("a", "an") and span["lead"] is None and _SO_MUCH.search(text.text, 0, span.start("n")):
        return False  # "5 hours a week from now on"
    alone = span["lead"] is None and not span["left"]
    if alone and (_NO_SPAN_ALONE.search(before) or span["n"] in ("a", "an") or span["unit"] == "year"):
        return False
    if (
        span["lead"] is None
        and span["n"] in ("a", "an")
        and " from " not in (span["left"] or "")
        and before.strip(" \n,;:.")
    ):
        return False  # "3 times a week until the exam"
    if span["unit"] == "year" and not _ends(span):
        return False
    # "One day I want to know", "5 days" may be anything.
    return not (alone and span["unit"] == "day" and span["n"] in ("1", "half a"))


def _days(span: re.Match[str], today: date) -> int | None:
    from dateutil.relativedelta import relativedelta

    number = {"a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "few": 3.0, "a few": 3.0}.get(span["n"])
    number = float(span["low"] or span["n"]) if number is None else number
    number += 0.5 if span["half"] or span["more"] else 0
    unit = span["unit"]
    try:
        if unit in ("month", "year") and number == int(number):
            count = int(number)
            end = today + (relativedelta(months=count) if unit == "month" else relativedelta(years=count))
        else:
            end = today + relativedelta(
                days=math.ceil(number * {"day": 1, "week": 7, "fortnight": 14, "month": 30.4}.get(unit, 365))
            )
    except (ValueError, OverflowError):
        return None
    return (end - today).days or None


def _later(today: date, days: int) -> date:
    from dateutil.relativedelta import relativedelta

    return today + relativedelta(days=days)
