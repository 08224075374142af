"""Days of the calendar in any usual form: 12 March, March 12th, 3/14, 27.1., 2026-03-14, the 21st, 1-5 February."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from ..spans import Assumption
from .named import named_days
from .stated import StatedTime
from .when import FAR, MONTH, MONTHS, WEEKDAY, Kind, When
from .written import Written

_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
_NO_DAY = (
    r"(?! ?-?(?:min|h\b|hour|x\b|times|days|weeks?\b|months|sessions?|lessons|evenings|nights|%|percent|digit|d\b))"
)
_VERB = r"(?!(?<=may) (?:be|not|need|have|want|help|get|also|i|we|seem)\b)"
_NAMED = (
    rf"(?:(?<![\d.,/])(?:the )?{_ORDINAL}(?: of)? {MONTH}\b{_VERB}|\b{MONTH} (?:the )?{_ORDINAL}\b(?![/.]\d){_NO_DAY})"
    r"(?:(?:,| of)? ?20\d\d\b)?"
)
_ISO = r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2})\b"
_DATE = re.compile(
    rf"(?:\b(?P<week>week (?:of|starting|beginning|commencing|from)) (?:on )?)?(?:(?P<iso>{_ISO})|(?P<date>{_NAMED})"
    r"|(?P<slashes>(?<![\d./^*+=-])\d{1,2}/\d{1,2}(?:/(?:20)?\d\d)?\b(?! ?[-+*/=^x] ?\d| of\b|/|\)? ?[-+=]))"
    r"|(?P<dots>(?<![\d.])\d{1,2}\. ?\d{1,2}\.(?:(?:20)?\d\d\b)?(?!\d)))"
)
_TO = r"(?: ?- ?| to | until | through | thru | and )(?:the )?"
_RANGE = re.compile(
    rf"(?:\b(?:from|between) )?(?:(?P<a>{_NAMED}|{_ISO}){_TO}(?P<b>{_NAMED}|{_ISO})"
    rf"|(?<![\d./])(?:the )?(?P<d>{_ORDINAL}){_TO}(?P<to>{_NAMED})"
    rf"|\b(?P<since>{MONTH} (?:the )?{_ORDINAL}){_TO}(?P<day>{_ORDINAL})\b{_NO_DAY})"
)
_AND = re.compile(r"[a-z\d] and (?:the )?[a-z\d]")
_SLASHES = r"\d{1,2}/\d{1,2}(?:/(?:20)?\d\d)?"
_DOTS = r"\d{1,2}\. ?\d{1,2}\.(?:(?:20)?\d\d\b)?"
_NUMERIC_RANGE = re.compile(
    rf"\b(?:from|between) (?P<a>{_SLASHES}){_TO}(?P<b>{_SLASHES})\b(?![/.\d])"
    rf"|(?:\b(?:from|between) )?(?<![\d.])(?P<c>{_DOTS}){_TO}(?P<d>{_DOTS})(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?<![\d.,/])(?P<before>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})\b"
    rf"|\b(?P<first>{MONTH}) (?P<after>3[01])(?:st|th)?\b{_NO_DAY}"
    r"|\b20\d\d-(?P<iso>\d\d)-(?P<day>\d\d)\b"
)
_DAY_FIRST = ("de", "es", "fr", "pt")
_AFTER_ANOTHER = r"(?:(?<=the \d(?:st|nd|rd|th))|(?<=the \d\d(?:st|nd|rd|th)))"
_DAY_OF_MONTH = re.compile(
    rf"(?:\b(?:on|by|until|before|is|due|for|from|exam|test|quiz|final|midterm|mock|resit|retake|{WEEKDAY},?)"
    rf" (?=the |(?<=day )|(?<=day, ))|{_AFTER_ANOTHER}(?:,| and|, and| &) )"
    r"(?P<day>(?:the )?(?P<n>\d{1,2})(?:st|nd|rd|th)\b(?: of (?:(?:this|the) month"
    r"|(?P<next>(?:next|the following) month)))?)"
    r"(?=$|[,;:.!?)\n]| (?:and|or|but|so|with|in|at|on|for|is|there|i|we|she|he|they|it|my|-)\b| -)"
)
_DAYS_OF_MONTH = re.compile(
    r"\b(?:between|from) the (?P<first>\d{1,2})(?:st|nd|rd|th) (?:and|to|until|through)"
    r" the (?P<last>\d{1,2})(?:st|nd|rd|th)"
    r"(?=$|[,;.!?)\n]| (?:i|i'm|we|we're|she|she's|he|he's|they|they're|my|our|because|when)\b)"
)
_MOVED = re.compile(r"\b(?:moved|postponed|rescheduled|pushed|changed|delayed|difference)\b[^.;!?]{0,20}$")
_BRITISH = re.compile(
    r"\b(?:year (?:\d{1,2}s?|one|two)|y\d{1,2}|gcses?|a-?levels?|maths|mocks?|half[ -]term|key stage|ks\d|uk|resit"
    r"|factoris\w+|sixth form|fortnight|revis(?:e|ion|ing)|mum)\b"
)


def dates_in(text: Written, today: date, language: str = "en") -> list[When]:
    """Everything that names days, in order; the longest wording where two overlap.

    12/02 is 12 February in the ``language`` of countries that write so, else 2 December unless the text is British.
    """
    day_first = language in _DAY_FIRST or _BRITISH.search(text.text) is not None
    numeric = [*_numeric_ranges(text, today, day_first), *_dates(text, today, day_first)]
    found = [*_ranges(text, today), *numeric, *_days_of_month(text, today), *named_days(text, today)]
    kept: list[When] = []
    taken = bytearray(len(text.text))
    for when in sorted(found, key=lambda w: (w.start - w.end, w.start)):
        if not any(taken[when.start : when.end]):
            kept.append(when)
            taken[when.start : when.end] = b"\1" * (when.end - when.start)
    kept.sort(key=lambda w: w.start)
    # Of "Thursday 4 June" the date counts.
    named = [w for w, after in pairwise(kept) if _names(text.text, w, after)]
    return [
        _with_weekday(kept[n - 1], w) if n and kept[n - 1] in named else w for n, w in enumerate(kept) if w not in named
    ]


def read_impossible(text: Written, stated: StatedTime) -> Written:
    """Says of a day that no calendar has, such as 31 February, that nothing was read from it; returns the rest."""
    found = []
    for match in _MONTH_DAY.finditer(text.text):
        name = match["month"] or match["first"]
        month = MONTHS.index(name[:3]) + 1 if name else int(match["iso"])
        day = int(match["before"] or match["after"] or match["day"])
        # In a leap year
        if 1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]:
            continue
        said = f"“{text.as_typed(*match.span())}” is no day of the calendar, so it is not used."
        stated.assumptions.append(Assumption("deadline", said))
        stated.used.append(text.span(*match.span(), "deadline"))
        found.append(match.span())
    return text.hide(*found)


def _names(text: str, day: When, after: When) -> bool:
    return (
        day.kind == "weekday"
        and after.kind in ("date", "slashes", "dots")
        and text[day.end : after.start] in (" ", ", ", " (")
    )


def _with_weekday(weekday: When, when: When) -> When:
    """A date with the weekday before it; the date counts, and it is said where that is another day of the week."""
    differs = weekday.first.weekday() != when.first.weekday()
    return replace(when, start=weekday.start, how=f"a {when.first:%A}" if differs else when.how)


def _dates(text: Written, today: date, day_first: bool) -> list[When]:
    from dateutil.relativedelta import SU, relativedelta

    found = []
    for match in _DATE.finditer(text.text):
        words, order, how = match[0].removeprefix(f"{match['week']} ").removeprefix("on "), "MDY", ""
        if match["dots"]:
            order, words = "DMY", words.replace(" ", "")
        elif match["slashes"]:
            one, two = (int(n) for n in words.split("/")[:2])
            order, how = ("DMY", "day first") if one > 12 or (two <= 12 and day_first) else ("MDY", "month first")
        if day := _parse(words, today, order):
            kind: Kind = (
                "week" if match["week"] else "slashes" if match["slashes"] else "dots" if match["dots"] else "date"
            )
            last = day + relativedelta(weekday=SU) if match["week"] else day
            found.append(When(*match.span(), kind, day, last, how))
    return found


@lru_cache(maxsize=256)
def _parse(words: str, today: date, order: str = "MDY") -> date | None:
    import dateparser

    # From the day before on: a date without a year may be today's.
    base = datetime(today.year, today.month, today.day) - timedelta(days=1)
    rules = {
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": base,
        "DATE_ORDER": order,
        "REQUIRE_PARTS": ["day", "month"],
    }
    try:
        read = dateparser.parse(words, languages=["en"], settings=rules)
    except (ValueError, OverflowError):
        return None
    return read.date() if read and read.date() - today <= FAR else None


def _ranges(text: Written, today: date) -> list[When]:
    found = []
    for match in _RANGE.finditer(text.text):
        if match["a"] and _AND.search(match[0]) and not match[0].startswith(("between", "from")):
            continue  # "10 January and 12 January" are two days
        if match["a"]:
            first, last = _parse(match["a"], today), _parse(match["b"], today)
        elif match["d"]:
            last = _parse(match["to"], today)
            first = _in_month_of(last, match["d"])
        else:
            first = _parse(match["since"], today)
            last = _in_month_of(first, match["day"])
        if first and last:
            # Of "20 December to 10 January", read in January, the beginning has passed.
            found.append(When(*match.span(), "range", first if first <= last else today, last))
    return found


def _numeric_ranges(text: Written, today: date, day_first: bool) -> list[When]:
    """From 1/2 to 8/2: in the order of the language, or in the other where only that runs forward and within a year."""
    found = []
    for match in _NUMERIC_RANGE.finditer(text.text):
        orders = ["DMY"] if match["c"] else ["DMY", "MDY"] if day_first else ["MDY", "DMY"]
        for order in orders:
            ends = (match["a"] or match["c"], match["b"] or match["d"])
            first, last = (_parse(end.replace(" ", ""), today, order) for end in ends)
            if first and last and first <= last and (last - today).days < 365:
                how = "" if match["c"] else "day first" if order == "DMY" else "month first"
                found.append(When(*match.span(), "range", first, last, how))
                break
    return found


def _in_month_of(day: date | None, number: str) -> date | None:
    try:
        return day.replace(day=int(re.sub(r"\D", "", number))) if day else None
    except ValueError:
        return None


def _days_of_month(text: Written, today: date) -> list[When]:
    from dateutil.relativedelta import relativedelta
    from dateutil.rrule import MONTHLY, rrule

    def next_one(since: date, number: str) -> date:
        [day] = rrule(MONTHLY, dtstart=since, bymonthday=int(number), count=1)
        return day.date()

    found = []
    for match in _DAY_OF_MONTH.finditer(text.text):
        if 1 <= int(match["n"]) <= 31:
            day = next_one(today + relativedelta(months=1, day=1) if match["next"] else today, match["n"])
            found.append(When(*match.span("day"), "date", day, day))
    for match in _DAYS_OF_MONTH.finditer(text.text):
        numbers = (match["first"], match["last"])
        if all(1 <= int(n) <= 31 for n in numbers) and not _MOVED.search(text.text, 0, match.start()):
            first = next_one(today, numbers[0])
            found.append(When(*match.span(), "range", first, next_one(first, numbers[1])))
    return found
