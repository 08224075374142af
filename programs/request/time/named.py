"""Days that go by a name: weekdays, tomorrow, next week, the end of February, Christmas, summer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from .when import FAR, MONTH, MONTHS, WEEKDAY, WEEKDAYS, When
from .written import Written

_PART_OF_DAY = r"(?: (?:morning|afternoon|evening|night|lunch(?:time)?)\b)?"
_WEEKDAY = re.compile(
    rf"\b(?:(?P<weeks>an?|\d) (?:weeks?|fortnight) (?:on|from|this|after) (?:next )?|(?P<before>next week,? )(?:on )?"
    rf"|(?P<this>next|this(?: coming)?|(?:the )?coming) )?\b(?P<day>{WEEKDAY})\b"
    r"(?:(?P<week> week\b(?! \d))|(?P<later>,? in (?:an?|\d) weeks?(?:'? time)?\b)"
    r"|(?P<after>,? (?:of )?next week| after next))?" + _PART_OF_DAY
)
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
_NTH_WEEKDAY = re.compile(
    rf"\b(?:the )?(?P<nth>{'|'.join(_NTH)}) (?P<day>{WEEKDAY}) (?:of|in) (?:(?P<month>{MONTH})|this month"
    rf"|(?P<next>next month))\b"
)
_NEAR = re.compile(
    r"\b(?:(?P<weeks>an?|\d{1,2}) (?:weeks?|fortnights?) (?:from |on )?)?"
    r"(?:(?:the )?(?P<two>day after tomorrow)|(?P<one>tomorrow)|today|tonight|this (?:morning|afternoon|evening))\b"
    + _PART_OF_DAY
)
_EDGE = r"(?:(?:the )?(?P<edge>end|start|beginning|middle|mid|early|late)(?: of|[ -])? ?)"
_WEEK = re.compile(
    rf"\b{_EDGE}?(?:the |(?P<which>this|next|(?:the )?(?:coming|following)) )?(?P<unit>week|weekend|month"
    rf"|year)\b(?P<later> after next)?(?! \d)"
)
_MONTH = re.compile(
    rf"\b(?:{_EDGE}|(?:(?:the )?(?P<nth>first|second|third|last|\d)(?:st|nd|rd|th)? week (?:of|in) )|(?:in|by|until"
    rf"|before|this|next|for|between now and|from now to|from|starting|beginning) "
    rf"|(?={MONTH} (?:20\d\d )?(?:exams?|tests?|mocks?|finals?|resits?|sitting|papers?)\b))"
    rf"(?P<month>{MONTH})\b(?! (?:be|not|help)\b)(?: (?P<year>20\d\d)\b)?"
)
_ENDS = ("by ", "until ", "before ", "for ", "between ", "from ", "starting ", "beginning ")
_FEAST = re.compile(
    r"\b(?:(?P<christmas>christmas(?: eve| day)?)|(?P<year>new year(?:'?s)?(?: eve| day)?)|(?P<easter>easter)"
    r"|(?P<halloween>halloween)|(?P<thanksgiving>thanksgiving)|(?P<valentine>valentine'?s(?: day)?))\b"
)
_SEASON = re.compile(
    r"\b(?:the )?(?:(?:start|beginning) of )?(?P<season>spring|summer|autumn|fall)\b"
    r"(?! (?:school|course|class|off|into|term|semester|asleep|behind))(?: (?:holidays?|break|vacation))?"
)
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9}
_SAME = {"halloween": (10, 31), "valentine": (2, 14), "christmas": (12, 25), "year": (1, 1)}


def named_days(text: Written, today: date) -> list[When]:
    readers = (_weekdays, _nth_weekdays, _near, _weeks, _months, _feasts)
    found = [when for read in readers for when in read(text, today)]
    return [when for when in found if when.first <= when.last]


def _weekdays(text: Written, today: date) -> Iterator[When]:
    from dateutil.relativedelta import relativedelta, weekday

    for match in _WEEKDAY.finditer(text.text):
        day = WEEKDAYS.index(match["day"][:3])
        if text.typed[slice(*_typed(text, match))].startswith("SAT"):
            continue  # the American test
        if match["before"] or (match["after"] or "").endswith("next week"):
            found, how = today + relativedelta(days=1, weekday=weekday(0)) + relativedelta(weekday=weekday(day)), ""
        else:
            number = re.sub(r"\D", "", match["later"]) if match["later"] else match["weeks"] or "0"
            weeks = (
                2
                if "fortnight" in match[0]
                else 1
                if match["week"] or match["after"] or number in ("a", "an", "")
                else int(number)
            )
            found = today + relativedelta(days=1, weekday=weekday(day)) + relativedelta(weeks=weeks)
            how = "the first to come" if match["this"] == "next" and not weeks else ""
        yield When(*match.span(), "weekday", found, found, how)


def _nth_weekdays(text: Written, today: date) -> Iterator[When]:
    from dateutil.relativedelta import relativedelta, weekday

    for match in _NTH_WEEKDAY.finditer(text.text):
        first = today + relativedelta(day=1)
        first += relativedelta(
            months=(MONTHS.index(match["month"][:3]) + 1 - today.month) % 12 if match["month"] else 0
        )
        first += relativedelta(months=1) if match["next"] else relativedelta()
        nth = _NTH[match["nth"]]
        day = WEEKDAYS.index(match["day"][:3])
        found = first + relativedelta(day=31 if nth < 0 else 1, weekday=weekday(day, nth))
        if found >= today:
            yield When(*match.span(), "date", found, found)


def _typed(text: Written, match: re.Match[str]) -> tuple[int, int]:
    return text.at[match.start("day")][0], text.at[match.end("day") - 1][1]


def _near(text: Written, today: date) -> Iterator[When]:
    from dateutil.relativedelta import relativedelta

    for match in _NEAR.finditer(text.text):
        weeks = int((match["weeks"] or "0").replace("an", "1").replace("a", "1"))
        weeks *= 2 if "fortnight" in match[0] else 1
        day = today + relativedelta(days=2 if match["two"] else 1 if match["one"] else 0, weeks=weeks)
        yield When(*match.span(), "near", day, day)


def _weeks(text: Written, today: date) -> Iterator[When]:
    from dateutil.relativedelta import FR, MO, SA, SU, relativedelta

    for match in _WEEK.finditer(text.text):
        unit, edge, later = match["unit"], match["edge"], (match["which"] or "this") != "this" or match["later"]
        if not (match["which"] or match["later"]) and (
            (unit == "year" and " the " not in match[0]) or (not edge and unit != "weekend")
        ):
            continue  # an "end of year exam" is a school's
        if unit == "weekend":
            first = today + relativedelta(weekday=SA) + relativedelta(weeks=int((match["which"] or "") == "next"))
            last = first + relativedelta(weekday=SU)
        elif unit == "week":
            first = today + relativedelta(days=1, weekday=MO) if later else today
            first += relativedelta(weeks=int(bool(match["later"])))
            last = first + relativedelta(weekday=SU)
        elif unit == "month":
            first = today + relativedelta(months=1, day=1) if later else today
            last = first + relativedelta(day=31)
        else:
            first = today + relativedelta(years=1, month=1, day=1) if later else today
            last = first + relativedelta(month=12, day=31)
        if edge == "end":
            # School weeks end on Fridays.
            last = min(last, first + relativedelta(weekday=FR)) if unit == "week" else last
            yield When(*match.span(), "edge", last, last)
        else:
            # Of this week or month the first day is today: the last is meant.
            friday = min(last, today + relativedelta(weekday=FR)) if unit == "week" else last
            due, how = (first, "its first day") if later else (friday, "its last day")
            yield When(
                *match.span(),
                "week",
                first,
                last,
                "" if unit == "weekend" else how,
                first if unit == "weekend" else due,
            )


def _months(text: Written, today: date) -> Iterator[When]:
    from dateutil.relativedelta import MO, SU, relativedelta

    for match in _MONTH.finditer(text.text):
        number = MONTHS.index(match["month"][:3]) + 1
        first = today + relativedelta(month=number, day=1)
        if match["year"]:
            first = first.replace(year=int(match["year"]))
        elif number < today.month:
            first += relativedelta(years=1)
        last = first + relativedelta(day=31)
        begin = match.start("month") if match[0].startswith(_ENDS) else match.start()
        if match["edge"] in ("end", "late"):
            end = last if match["edge"] == "end" else first + relativedelta(day=20)
            yield When(begin, match.end(), "edge", end, end)
        elif match["edge"] in ("middle", "mid"):
            yield When(begin, match.end(), "edge", first + relativedelta(day=15), first + relativedelta(day=15))
        elif match["nth"]:
            # Weeks of a month begin with its first Monday.
            nth = {"first": 1, "second": 2, "third": 3, "last": -1}.get(match["nth"]) or int(match["nth"])
            if not 0 < abs(nth) < 6:
                continue
            monday = (first if nth > 0 else last) + relativedelta(weekday=MO(nth))
            yield When(begin, match.end(), "week", monday, monday + relativedelta(weekday=SU), "its Monday")
        elif first.month == today.month and first.year == today.year:
            yield When(begin, match.end(), "month", first, last, "its last day", last)
        else:
            yield When(begin, match.end(), "month", first, last, "its first day")


def _feasts(text: Written, today: date) -> Iterator[When]:
    from dateutil.easter import easter
    from dateutil.relativedelta import TH, relativedelta

    for match in _FEAST.finditer(text.text):
        feast = str(match.lastgroup)
        for year in (today.year, today.year + 1):
            if feast == "easter":
                day = easter(year)
            elif feast == "thanksgiving":
                day = date(year, 11, 1) + relativedelta(weekday=TH(4))
            else:
                day = date(year, *_SAME[feast])
            if match[0].endswith("eve"):
                day += relativedelta(days=-1)
            if day >= today:
                yield When(*match.span(), "feast", day, day)
                break
    for match in _SEASON.finditer(text.text):
        day = today + relativedelta(month=_SEASONS[match["season"]], day=1)
        if day <= today:
            day += relativedelta(years=1)
        if day - today <= FAR:
            yield When(*match.span(), "season", day, day, "its first day")
