"""Values as people type them into an option: a day, weekdays, an absence, times of day, an amount of time.

Each reader takes one value, knows the forms that sentences are read in, and raises InputError naming its field.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import get_args

from ..calendar import dated
from ..errors import InputError
from ..learner import Day
from .time.dates import dates_in
from .time.days import SCHOOL, WEEKEND
from .time.durations import durations
from .time.hours import read_hours
from .time.stated import StatedTime
from .time.when import WEEKDAY, When
from .time.words import plain_words
from .time.written import Written, written
from .topics.courses import courses_named
from .topics.subjects import subjects_named

_DAYS: tuple[Day, ...] = get_args(Day)
_GROUPS = {"weekdays": SCHOOL, "weekday": SCHOOL, "weekends": WEEKEND, "weekend": WEEKEND}
_WEEKDAYS = re.compile(rf"(?P<first>{WEEKDAY})s?(?:-(?P<last>{WEEKDAY})s?)?")
_BREAKS = re.compile(r"[\s,;/+&]+(?:and\b[\s,]*)?")
_LEAD = re.compile(r"(?:by|on|until|before|from)\s+", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d:.])(\d+)(?:[:.](\d+))?")
_LEADS = ("", "on ", "in ")
"""What stands before some days in a sentence: "on the 21st", "in May"."""
_LANGUAGES = ["en", "es", "de", "fr", "pt", "zh"]


def day_of(value: str, today: date, field: str, context: str = "") -> tuple[date, str]:
    """The day that a value names, and how it was read where that was open ("“12/03” is read as ..."), else "".

    context: the request, whose words say whether days or months are written first.
    """
    when = _when(value, today, context)
    if when and when.kind != "range":
        day, how = when.due or when.first, when.how
    elif when is None and (abroad := _parsed(value, today)):
        day, how = abroad, ""
    else:
        raise InputError(f"{field}: a date, such as 2026-12-01, 1 December or next Friday (got {value!r:.60})")
    return day, f"“{value.strip()}” is read as {dated(day)}, {how}." if how else ""


def away_of(value: str, today: date, field: str = "away", context: str = "") -> tuple[tuple[date, date], str]:
    """First and last day of an absence: ``2026-12-01..2026-12-05``, "1 to 5 December", or one day; and how open
    wordings were read."""
    first, dots, last = value.partition("..")
    when = None if dots else _when(value, today, context)
    try:
        if when and when.kind == "range":
            start, end, said = when.first, when.last, ""
        else:
            start, said = day_of(first, today, field, context)
            end, also = day_of(last, today, field, context) if dots else (when.last if when else start, "")
            said = f"{said} {also}".strip()
    except InputError:
        raise InputError(
            f"{field}: a day or two with two dots between them, such as 2026-12-01..2026-12-05 (got {value!r:.60})"
        ) from None
    if end < start:
        raise InputError(f"{field}: the last day is not before the first (got {start} to {end})")
    return (start, end), said


def weekdays_of(value: str, field: str = "days") -> list[Day]:
    """Weekdays by name or abbreviation, "weekdays" or "weekends", in the order of the week, each once."""
    found: set[int] = set()
    for word in filter(None, _BREAKS.split(value.casefold().strip())):
        if word in _GROUPS:
            found |= _GROUPS[word]
        elif match := _WEEKDAYS.fullmatch(word):
            first = _place(match["first"])
            found |= {(first + n) % 7 for n in range((_place(match["last"] or match["first"]) - first) % 7 + 1)}
        else:
            raise InputError(f"{field}: weekdays with commas between them, such as mon,wed (got {word!r:.60})")
    if not found:
        raise InputError(f"{field}: weekdays with commas between them, such as mon,wed (got {value!r:.60})")
    return [_DAYS[day] for day in sorted(found)]


def minutes_of(value: str, field: str) -> int:
    """An amount of time in minutes: ``90``, ``10h``, ``1h30``, "2 and a half hours"."""
    if re.fullmatch(r"\s*\d{1,6}\s*", value):
        return int(value)
    text = _plain(value)
    found = durations(text)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(text.text)) or found[0].most:
        raise InputError(f"{field}: minutes, or an amount such as 10h or 1h30 (got {value!r:.60})")
    return round(found[0].minutes)


def hours_of(value: str, field: str = "hours") -> str:
    """Times of day as they were typed, if they are some: "5 to 6 pm", "after school"."""
    stated = StatedTime()
    read_hours(_plain(value), stated)
    clock = [(int(hour), int(minute or 0)) for hour, minute in _CLOCK.findall(value)]
    if not stated.hours or any(hour > 24 or minute > 59 for hour, minute in clock):
        raise InputError(f"{field}: times of day, such as 5 to 6 pm or after school (got {value!r:.60})")
    return value.strip()


def course_of(value: str, field: str = "course") -> str:
    """A course or a grade as it was typed, if it is one that is known."""
    if not courses_named(value) and not subjects_named(value):
        raise InputError(
            f"{field}: a course, an exam or a grade, such as Calculus 1, GCSE or Grade 7 (got {value!r:.60})"
        )
    return value.strip()


def _place(weekday: str) -> int:
    return [str(day) for day in _DAYS].index(weekday[:3])


def _plain(value: str) -> Written:
    return plain_words(written(value.strip()))


def _when(value: str, today: date, context: str) -> When | None:
    """What names days and is all of the value."""
    wanted = _plain(_LEAD.sub("", value.strip(), count=1)).text
    for lead in _LEADS if wanted else ():
        around = plain_words(written(f"{lead}{wanted}; {context}"))
        for when in dates_in(around, today):
            if when.start <= len(lead) and when.end == len(lead) + len(wanted):
                return when
    return None


def _parsed(value: str, today: date) -> date | None:
    """A day in another language, or so far from today: "1 décembre", "in 3 weeks"."""
    import dateparser

    settings = {
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": datetime(today.year, today.month, today.day),
        "REQUIRE_PARTS": ["day", "month"],
    }
    if not re.search(r"[^\W\d_]", value) or durations(_plain(value)):
        return None  # digits alone were read as dates already, and hours from now are no day
    read = dateparser.parse(value, languages=_LANGUAGES, settings=settings)
    return read.date() if read else None
