"""What a duration and its words of rhythm come to: sessions a week, a budget, lessons or time in all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .blocks import Block
from .days import SCHOOL, WEEK, Days
from .durations import Duration
from .items import SAID_OF, SAID_TO, Count, Every, Item, Per

_A_WEEK: dict[Every, float] = {"week": 1, "other week": 0.5, "fortnight": 0.5, "month": 12 * 7 / 365.25}
"""How often a stretch that a budget is named for comes in a week."""
_DAYS: dict[Every, int] = {"day": 7, "other day": 4, "third day": 2, "most days": 5, "weekday": 5, "weekend": 1}
"""How many days a week a rhythm of days comes to."""
_OF = re.compile(
    r"(?:,? (?:of|x|for|at|lasting)| ?x|:| ?@)? ?(?:(?:up to|about|around|max|only|each|just|roughly) )*(?:an? )?"
)
_TOGETHER = re.compile(r"[ ,:(]{0,2}(?:[\w'-]+ ){0,3}")

UNTIL = re.compile(
    r"(?: max| left| altogether)?(?: for (?:it|this|everything|all (?:of )?(?:it|this)))?"
    r" (?:(?:until|before|by)\b(?! (?:\d{1,2}(?::\d\d)? ?[ap]m|\d{1,2}:\d\d|school|work|bed|breakfast|lunch"
    r"|dinner|tea|class)\b)|tonight\b|today\b|tomorrow\b|this weekend\b)"
)
LONG = 180
"""Minutes from which on a duration by itself is no session but all the time there is."""
_MOST_A_DAY = 4
"""Sessions of a day: of "10 lessons, one every other day" all are counted."""
_DAY_NOUNS = ("day", "evening", "night", "morning", "afternoon")

Kind = Literal["total", "lessons", "budget", "sessions", "length"]


@dataclass(frozen=True)
class Share:
    """``minutes`` of a session, of a week or in all; ``count`` of sessions a week, or in all for lessons."""

    kind: Kind
    minutes: float
    count: float | None = None
    a_day: int = 1
    """Sessions on one day."""
    every_weeks: int = 1
    """2 where the count is one for every other week."""
    of_days: bool = False
    """Whether days or evenings are counted, on each of which there is one."""
    in_all: int | None = None
    """Sessions in all, where both this and a rhythm are named."""


def share_of(block: Block, not_on: frozenset[int], text: str) -> Share | None:
    """None where a block without a duration says nothing about how often."""
    words = _Words(block, text)
    minutes = block.duration.minutes if block.duration else 0.0
    # Of "2 hours a week altogether" the week counts.
    if words.in_all and words.every not in _A_WEEK and not (words.times and words.a_week):
        lessons = words.times or (words.loose if words.each else None)
        if lessons and words.a_week:
            return Share("sessions", minutes, words.a_week, in_all=lessons.n)
        parts = words.loose if words.loose and words.loose.noun.startswith(("lesson", "session")) else None
        if parts and not lessons:
            return Share("lessons", minutes / parts.n, parts.n, in_all=parts.n)  # "10 hours in all, in 4 sessions"
        return (
            Share("lessons", minutes, lessons.n, in_all=lessons.n) if lessons else Share("total", minutes, words.a_week)
        )
    if words.other_week:
        named = words.weekly or words.times or words.loose
        weekend = any(isinstance(i, Days) and "weekend" in text[i.start : i.end] for i in block.items)
        on_days = 1 if weekend else len(block.days - not_on)
        return Share("sessions", minutes, named.n if named else on_days or 1, every_weeks=2)
    if words.times:
        return _product(words, words.times, minutes)
    every, often = words.every, words.a_week
    if block.duration and every in _A_WEEK:
        of_days = len(block.days) if block.days and block.days != SCHOOL else None
        return Share("budget", minutes * _A_WEEK[every], often or (words.loose.n if words.loose else of_days))
    if often is None and words.loose:
        if block.duration and words.loose.noun not in ("x", "days") and not block.days and every not in _DAYS:
            return Share("lessons", minutes, words.loose.n, of_days=words.loose.noun.startswith(_DAY_NOUNS))
        often = words.loose.n if words.loose.noun != "times" or block.days else None
    days = block.days - not_on
    if often is None and block.duration and minutes > LONG and UNTIL.match(text, block.duration.end):
        # "10 hours until 28 February, on Mondays": not on each of them.
        return Share("total", minutes)
    if often is None and days and every != "weekend":
        often = 1 if words.one_of else len(days)
    if often is None and every in _DAYS:
        free = len((SCHOOL if every == "weekday" else WEEK) - not_on)
        often = -(-free // 2) if every == "other day" else min(_DAYS[every], free)
    if often is None:
        return Share("length", minutes) if block.duration else None
    return Share("sessions", minutes, often * words.a_day, words.a_day)


def _product(words: _Words, times: Count, minutes: float) -> Share:
    """ "4 lessons of 50 minutes", with what they are counted for."""
    every = words.every or words.per.get(times)
    if times.noun == "split":
        return Share("sessions", minutes * _A_WEEK.get(every or "week", 1) / times.n, times.n)
    if every in _A_WEEK:
        return Share("sessions", minutes, times.n * _A_WEEK[every])
    if words.a_week and not words.by_day:
        return Share("sessions", minutes, words.a_week, in_all=times.n)
    if every in _DAYS and times.n > _MOST_A_DAY:
        return Share("sessions", minutes, _DAYS[every], in_all=times.n)
    if every in _DAYS or words.a_week:
        days = words.a_week or len(words.days) or _DAYS[every or "day"]
        return Share("sessions", minutes, times.n * days, times.n)
    if words.days or times.noun.startswith(_DAY_NOUNS):
        return Share("sessions", minutes, times.n)
    return Share("lessons", minutes, times.n)


class _Words:
    """The words of rhythm of a block by what they do."""

    def __init__(self, block: Block, text: str) -> None:
        duration = block.duration
        self.days = block.days
        self.one_of = any(isinstance(i, Days) and i.one_of for i in block.items)
        self.in_all = duration is not None and any(
            isinstance(i, Per) and i.every == "all" and _together(i, duration, text) for i in block.items
        )
        self.each = any(isinstance(i, Per) and i.every == "session" for i in block.items)
        items = [i for i in block.items if _says_how_often(i)]
        counts = [i for i in items if isinstance(i, Count)]
        named = {i: per for i in items if isinstance(i, Count | Duration) and (per := _per(i, items, text))}
        self.per: dict[Item, Every] = {i: per.every for i, per in named.items()}
        self.times = next((c for c in counts if duration and self._multiplies(c, duration, text)), None)
        """How many sessions of this duration: "4 lessons of", "x 3"."""
        others = [c for c in counts if c is not self.times]
        self.other_week = any(isinstance(i, Per) and i.every == "other week" for i in block.items)
        self.weekly = weekly = next((c for c in others if self.per.get(c) in _A_WEEK), None)
        self.by_day = weekly is not None and weekly.noun.startswith(_DAY_NOUNS)
        self.a_week = weekly.n * _A_WEEK[self.per[weekly]] if weekly else None
        self.a_day = next((c.n for c in others if self.per.get(c) == "day"), 1)
        self.loose = next((c for c in others if c not in self.per), None)
        loose = (i.every for i in items if isinstance(i, Per) and i not in named.values() and i.every in _DAYS)
        every = (self.per.get(duration) if duration else None) or next(loose, None)
        self.every: Every | None = every or ("day" if self.a_day > 1 else None)

    def _multiplies(self, count: Count, duration: Duration, text: str) -> bool:
        if count.start >= duration.end:
            return count.noun in ("split", "after")
        return count not in self.per and _OF.fullmatch(text, count.end, duration.start) is not None


def _says_how_often(item: Item) -> bool:
    if isinstance(item, Days):
        return item.study
    return not (isinstance(item, Per) and item.every in ("session", "all"))


def _per(item: Item, items: Sequence[Item], text: str) -> Per | None:
    """What a count or duration is said to be for: the words that come next, or right before ("weekly 30 minutes")."""
    after = next((i for i in items if i.start >= item.end), None)
    if isinstance(after, Per) and SAID_OF.fullmatch(text, item.end, after.start):
        return after
    before = next((i for i in reversed(items) if i.end <= item.start), None)
    if isinstance(before, Per) and SAID_TO.fullmatch(text, before.end, item.start):
        further = next((i for i in reversed(items) if i.end <= before.start), None)
        if not (isinstance(further, Count | Duration) and SAID_OF.fullmatch(text, further.end, before.start)):
            return before
    return None


def _together(per: Per, duration: Duration, text: str) -> bool:
    between = (per.end, duration.start) if per.start < duration.start else (duration.end, per.start)
    return _TOGETHER.fullmatch(text, *between) is not None
