"""Times of day: "17:30", "before 8am", "2pm to 3pm", "evenings", "after tea". They are kept as they were written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time

from .clock import plain_clock
from .days import SCHOOL, WEEKEND
from .deadline import EXAM
from .stated import StatedTime
from .when import WEEKDAY, WEEKDAYS
from .words import plain_words
from .written import HIDDEN, Written, written

_PM = r" ?(?:am\b|pm\b|a\.m\.|p\.m\.|o'clock\b)"
_CLOCK = rf"(?:\d{{1,2}}(?:[:.]\d\d)?{_PM}|\d{{1,2}}:\d\d\b(?! ?h)|\b(?:noon|midday|midnight)\b)"
_PLAIN = r"\d{1,2}(?::\d\d)?"
"""A time without am or pm, which is one only beside a day or a part of the day."""
_NO_NUMBER = r"\b(?![:./-]?\d| ?[ap]\.?m| ?(?:\0|times|days|weeks|%))"
_TO = r"(?: ?- ?| to | until | and )"
_SIDE = r"(?:at|after|before|around|about|from|until|by|past|not before|not after)"
_DAYS = rf"(?:{WEEKDAY}s?|(?:mon|tue|wed|thu|fri|sat|sun)(?:day)?-{WEEKDAY}|weekdays|weekends)"
_PARTS = r"(?:mornings?|afternoons?|evenings?|nights?|lunch ?times?|lunch (?:breaks?|hours?))"
_EVENTS = r"(?:school|work|tea|dinner|lunch|breakfast|bed|bedtime|supper|sunset|prayers?|uni|college)"
_MY = r"(?:my|his|her|our|their)"
_HOURS = re.compile(
    rf"(?<![\d:./])(?:\bfrom |\bbetween )?(?P<from>\d{{1,2}}(?:[:.]\d\d)?(?:{_PM})?){_TO}(?P<to>{_CLOCK})"
    rf"|(?<![\d:./])(?:\b{_SIDE} )?(?P<at>{_CLOCK})"
    rf"|(?:(?P<pre>{_PARTS})|\b{_DAYS}),? "
    rf"(?:(?:from |between |at )?(?P<first>{_PLAIN}){_TO}(?P<last>{_PLAIN}){_NO_NUMBER}"
    rf"|(?P<bare>{_SIDE} {_PLAIN}){_NO_NUMBER}(?! ?(?:-|to|until|and) ?\d))"
    rf"|\b(?:from|between) (?P<since>{_PLAIN}){_TO}(?P<till>{_PLAIN})"
    rf"{_NO_NUMBER}(?=,? (?:(?:on|every|each|in the|at) )*(?:{_PARTS}|{_DAYS}|day|(?:every|each) ))"
    rf"|(?<![\d:./])(?P<early>{_PLAIN}){_TO}(?P<late>{_PLAIN}) (?=in the {_PARTS}|at night)"
    r"|\b(?:(?<=free )|(?<=available )|(?<=study )|(?<=can work ))"
    rf"(?:from|between) (?P<open>{_PLAIN}){_TO}(?P<shut>{_PLAIN}){_NO_NUMBER}"
    rf"|\b(?:before|after|during|over|at) {_EVENTS}\b"
    r"(?!,? (?:starts?|begins?|resumes?|opens?|ends?|finishes|is\b|was\b|in (?:\d|the|an?\b)))"
    rf"|\b(?:before|after|during|over|at) {_MY} (?:tea|dinner|lunch|breakfast|bedtime|supper|shifts?)\b"
    rf"|\bon (?:the|{_MY}) (?:commute|(?:train|bus)(?: ride)?(?: home| to work| to school)?)\b"
    r"|\b(?:before|after) class\b(?!,? (?:starts?|begins?|resumes?|ends?|is\b|was\b|in (?:\d|the|an?\b)|on\b))"
    r"|\b(?:before|after) (?:the )?kids (?:are|go to|have gone to)(?: in)? (?:bed|sleep)\b"
    rf"|\b(?:early |late )?{_PARTS}(?: (?:and|or) weekends?)?\b"
)
_STRETCHES = (("from", "to"), ("first", "last"), ("since", "till"), ("open", "shut"), ("early", "late"))
_NO_HOURS_BEFORE = re.compile(
    r"(?:\b(?:good|last|this|(?<!can )(?<!could )(?<!will )work(?:s|ing)?|tomorrow|today|yesterday|date"
    r"|game|(?<!in )the) |\bthe day |" + HIDDEN + r")$"
)
_NO_HOURS_AFTER = re.compile(r" (?:shifts?|before the|school\b|class\b|everyone|all)|[,!]? ?(?:i (?:am|'m) a)\b")
_NIGHTS = re.compile(r"\b(?:school|work|week)[ -]nights?$")
_CLOCK_LESSON = re.compile(r"\b(?:ratio|clock|reads?|tell(?:ing)? the time|elapsed)\b")
_END = re.compile(rf"\b(?:due|paper|deadline|{EXAM})\b[^.;!?]{{0,30}}$")
_TIME = rf"(?:{_CLOCK}|\d{{1,2}}(?:[:.]\d\d)?(?:\b|(?=h)))"
_ON_THE_CLOCK = re.compile(
    rf"(?:\b(?P<side>(?<!not )before|until|by) )?(?<![\d:.])(?P<first>{_TIME})(?:{_TO}(?P<last>{_TIME}))?"
)
_WITHOUT_HALF = re.compile(r"\d{1,2}(?:[:.]\d\d)?")
_LATE = re.compile(r"\b(?:afternoon|evening|night|after school|after work)")
_DAY, _EARLIEST = 24 * 60, 7 * 60
"""Minutes of a day, and the time before which nobody studies who does not say so."""
_LONG = 4 * 60
"""Minutes of a stretch over noon, at most: "9 to 5" is a working day."""
_MOST = 40
"""Characters of a profile's hours."""
_NEAR = 25
"""Characters from a time to the weekday that it belongs to, at most."""
_NAMED = re.compile(
    rf"\b(?:(?P<first>{WEEKDAY})s?(?: ?(?:-|to) ?(?P<last>{WEEKDAY})s?)?"
    r"|(?P<group>weekdays?|school ?days?|weekends?))\b"
)


def read_hours(text: Written, stated: StatedTime) -> int | None:
    """Fills in the times of day; returns the minutes of a stretch such as "2pm to 3pm"."""
    length: int | None = None
    pieces: list[tuple[int, int]] = []
    lengths: list[int | None] = []
    """Of the stretch of each piece."""
    for match in _HOURS.finditer(text.text):
        own = "" if match["pre"] else "bare" if match["bare"] else "first" if match["first"] else ""
        start, end = match.start(own or 0), match.end()
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
        ends = [(match[a], match[b]) for a, b in _STRETCHES if match[b]]
        stretch = _length(*ends[0]) if ends else None
        lengths = [*lengths, stretch] if len(lengths) < len(pieces) else lengths
        length = length or stretch
    # Of "after dinner on school nights" the nights are days.
    by_piece = dict(zip(pieces, lengths, strict=True))
    exact = [piece for piece in pieces if not _NIGHTS.search(text.text, 0, piece[1])]
    pieces = exact or pieces
    kept: list[str] = []
    by_day: dict[int, int] = {}
    days = _days_of(text.text, [(max(text.sentence(a, b)[0], a - _NEAR), a, b) for a, b in pieces])
    differ = len(pieces) > 1 and all(days)
    for (start, end), on in zip(pieces, days, strict=True):
        words = text.as_typed(start, end)
        by_day |= {day: minutes for day in on if differ and (minutes := by_piece[start, end])}
        if differ:  # each hour is that of its own days
            named = " and ".join(WEEKDAYS[day].capitalize() for day in sorted(on))
            words = f"{'Weekdays' if on == SCHOOL else 'Weekends' if on == WEEKEND else named} {words}"
        if (
            words.lower().rstrip("s") not in (k.lower().rstrip("s") for k in kept)
            and len(", ".join([*kept, words])) <= _MOST
        ):
            kept.append(words)
            stated.used.append(text.span(start, end, "hours"))
    stated.hours = ", ".join(kept) or stated.hours
    if len(set(by_day.values())) > 1 and len(by_day) == len(set().union(*days)):
        stated.minutes_on = by_day
    return length


def clock_of(hours: str, minutes: int, day: int | None = None) -> time | None:
    """When a session of ``minutes`` begins, of hours as they were written: "5 pm", "17:30", "between 4 and 6 pm".

    day: the weekday, 0 for Monday, which has its own hour in "Mon 5 pm, Sat 10 am". None where no time of the clock is
    named: "before school". Of several for the same day the first counts; what must be over "by 8 pm" begins as much
    earlier.
    """
    clocks = _clocks(hours)
    if not clocks:
        return None
    of_all = [match for match, days in clocks if not days]
    match = next((match for match, days in clocks if day in days), (of_all or [clocks[0][0]])[0])
    begin, end = _minutes(match["first"]), _minutes(match["last"] or "")
    if begin is None:
        return None
    length = _length(match["first"], match["last"]) if match["last"] else None
    if length and end is not None and "m" in match["last"]:
        begin = (end - length) % _DAY
    else:
        begin = max(0, begin - minutes) if match["side"] else begin
        if _WITHOUT_HALF.fullmatch(match["first"]) and begin < (12 * 60 if _LATE.search(hours.lower()) else _EARLIEST):
            begin += 12 * 60  # lessons "at 5" or "until 6" are in the afternoon
    return time(begin % _DAY // 60, begin % 60)


def is_open(hours: str) -> bool:
    """Whether several times are named, and not which of them is for which day."""
    return len([match for match, days in _clocks(hours) if not days]) > 1


def _clocks(hours: str) -> list[tuple[re.Match[str], set[int]]]:
    """The times of the clock, each with the weekdays beside it."""
    text = plain_words(plain_clock(written(hours))).text
    found = [match for match in _ON_THE_CLOCK.finditer(text) if _minutes(match["first"]) is not None]
    return list(zip(found, _days_of(text, [(0, *match.span()) for match in found]), strict=True))


def _days_of(text: str, places: Sequence[tuple[int, int, int]]) -> list[set[int]]:
    """The weekdays that belong to each of some stretches: those before it, or after it if none is before the first.

    places: for each how far back its days may stand, its start and its end.
    """
    if not places:
        return []
    ends = [0, *(end for _, _, end in places[:-1])]
    before = [_weekdays(text[max(far, end) : start]) for (far, start, _), end in zip(places, ends, strict=True)]
    if before[0]:
        return before
    starts = [*(start for _, start, _ in places[1:]), len(text)]
    return [_weekdays(text[end : min(start, end + _NEAR)]) for (_, _, end), start in zip(places, starts, strict=True)]


def _weekdays(text: str) -> set[int]:
    days: set[int] = set()
    for match in _NAMED.finditer(text):
        if match["group"]:
            days |= WEEKEND if match["group"].startswith("weekend") else SCHOOL
        else:
            first = _place(match["first"])
            days |= {(first + n) % 7 for n in range((_place(match["last"] or match["first"]) - first) % 7 + 1)}
    return days


def _place(weekday: str) -> int:
    return [str(day) for day in WEEKDAYS].index(weekday[:3])


def _length(first: str, last: str) -> int | None:
    """Minutes from one time to the other; hours without am or pm are those before the other."""
    one, two = _minutes(first), _minutes(last)
    if one is None or two is None:
        return None
    minutes = (two - one) % (24 * 60)
    if "m" not in first and minutes > 12 * 60 and ("m" in last or minutes - 12 * 60 <= _LONG):
        minutes -= 12 * 60  # "12:30 to 1:15"
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
