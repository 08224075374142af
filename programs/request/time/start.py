"""The first day for study: "starting 12 January", "from Monday", "not before the 15th", "after Christmas"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from .deadline import SOMETHING_ELSE, TEST
from .stated import StatedTime
from .when import When
from .written import Written

_FROM = re.compile(
    r"(?:\b(?:start(?:ing)?|begin(?:ning)?|commencing|from|as of|back|off (?:school|work|college|uni))"
    r"|(?:\bnot|n't|\bcannot|\bnothing)(?: \w+){0,3} (?:before|until))(?: (?:on|in|at|again|only|from|the|of))* $"
)
_BEGINNING = re.compile(r"(?:start|beginning) (?!of\b)")
_AFTER = re.compile(r"\b(?:after|until after|once)(?: the)? $")
_NOT_THE_PLAN = re.compile(
    rf"\b(?:by the time|before (?:we|i|she|he|they|school|classes|term|uni)\b)"
    rf"|\b(?<!off ){SOMETHING_ELSE}\b|{TEST}|\b(?:been|was|were|since|had|did)\b"
)
_TO = re.compile(r" ?- ?(?=\w)| (?:to|until|through|thru)\b")
_WHOLE = ("week", "month", "edge", "season", "near")
_NAMED = ("date", "slashes", "dots", "weekday", *_WHOLE)


def read_start(text: Written, dates: Sequence[When], today: date, stated: StatedTime) -> Written:
    """Fills in the first day for study; returns the text without what it was read from."""
    for when in dates:
        # "Beginning next week" is one wording, "at the beginning of next week" another.
        own = _BEGINNING.match(text.text, when.start)
        before = text.text[text.clause(when.start, when.end)[0] : own.end() if own else when.start]
        if text.text[when.start] == "\0" or _TO.match(text.text, when.end) or _NOT_THE_PLAN.search(before):
            continue
        if when.kind in _NAMED and _FROM.search(before):
            start = when.first
        elif when.kind in ("feast", "week", "month") and _AFTER.search(before):
            start = when.last + timedelta(days=1)
        else:
            continue
        if start > today:
            stated.start = start
            stated.used.append(text.span(when.start, when.end, "duration"))
            return text.hide((when.start, when.end))
    return text
