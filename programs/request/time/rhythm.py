"""How much, how often: minutes a session, sessions and minutes a week, all the time there is, and on which days."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from ...learner import LONGEST, SHORTEST
from ..breaks import time_of
from ..spans import Assumption, Slot
from .blocks import Block, blocks_of
from .counted import bounded
from .days import SCHOOL, WEEK, WEEKEND, Days, days_in
from .durations import Duration
from .items import Count, Item, Per, items_in
from .once import each_week, is_any
from .shares import LONG, UNTIL, Share, share_of
from .stated import StatedTime
from .written import Written

_INSTEAD = re.compile(r"\bor\b|[.!?](?:\s|$)|\n")
_PART_OF_DAY_AND = re.compile(
    r"[^.;!?]{0,15}\b(?:morning|afternoon|evening|night|lunch|school|breakfast|dinner|tea|work|bed)s?\b[^.;!?]{0,20}"
    r"\b(?:and|plus)\b[^.;!?]{0,15}"
)
_IN = re.compile(r"\bin (?:(?:just|only|about|around|under|less than|the next) )*$")
_A_SESSION = re.compile(r"[ -](?:long )?(?:sessions?|lessons?|blocks?|chunks?|bursts?|slots?|sittings?|bites?|lots)\b")
Shares = list[tuple[Block, Share]]


def read_rhythm(plain: Written, rest: Written, durations: Sequence[Duration], stated: StatedTime) -> None:
    """Fills in minutes, sessions and weekdays. ``plain`` is the whole text, ``rest`` what no other rule has read."""
    items = items_in(rest, durations, days_in(rest))
    never = frozenset[int]().union(*(i.days for i in items if isinstance(i, Days) and not i.study))
    blocks = blocks_of(items, plain.text)
    shares = _day_parts([(b, share) for b in blocks if (share := share_of(b, never, plain.text))], plain.text)
    stated.impossible = _impossible(shares, plain, stated)
    in_all = _in_all(shares, plain.text, stated)
    used = [*in_all, *_a_week(shares, plain.text, stated)]
    counted = [b for b in blocks if b in used or b.duration is None]
    read = [i for b in counted for i in b.items]
    read += [i for b in blocks if b not in counted for i in b.items if isinstance(i, Days)]
    loose = any(s.kind == "sessions" and not b.has_days for b, s in shares if b in used) and len(used) > 1
    if loose and not stated.minutes_on:
        # "Twice a week, and an hour on Sunday": the other days are any.
        read = [i for i in read if not (isinstance(i, Days) and i.study)]
    _weekdays(read, never, stated)
    weekdays = [i for i in items if isinstance(i, Days)]
    if len(weekdays) == 1 and weekdays[0].study and is_any(plain, weekdays[0]) and stated.days is None:
        words = plain.as_typed(weekdays[0].start, weekdays[0].end)
        stated.assumptions.append(Assumption("days", each_week(words, min(weekdays[0].days))))
    total = [i for b in in_all for i in b.items]
    for item in read:
        _account(item, plain, "days" if isinstance(item, Days) else "total" if item in total else "rhythm", stated)


def _in_all(shares: Shares, text: str, stated: StatedTime) -> list[Block]:
    """Fills in the time in all: "10 hours in total", "12 lessons of 45 minutes"; returns what it is made of."""
    used = []
    weekly = any(share.kind in ("sessions", "budget") for _, share in shares)
    for block, share in shares:
        if stated.total_minutes:
            break
        minutes = share.minutes * (share.count or 1) if share.kind == "lessons" else share.minutes
        by_itself = share.kind == "length" and block.duration and (
            UNTIL.match(text, block.duration.end) or _in_which(block.duration, text) or share.minutes > LONG
            or (not _A_SESSION.match(text, block.duration.end) and _soon(stated.days, share.minutes))
        )  # fmt: skip
        if share.in_all:
            stated.total_minutes = round(share.minutes * share.in_all) or None
        if share.kind == "total" or (not weekly and (share.kind == "lessons" or by_itself)):
            stated.total_minutes = round(minutes) or None
            used.append(block)
            if share.kind == "total" and share.count:
                _count(share.count, stated)  # "10 hours in all, twice a week"
        if share.kind == "lessons" and not weekly:
            stated.minutes_per_session = round(share.minutes)
            if stated.weeks:
                stated.sessions_per_week = min(7, math.ceil((share.count or 1) / stated.weeks))
            elif share.of_days and share.count and share.count <= 7:
                stated.sessions_per_week = round(share.count)  # "I have 4 evenings, an hour each"
    return used


_NOTHING = re.compile(
    r"(?<![\d.,:/])\b(?:0|zero|no) ?(?:min(?:ute)?s?|hours?|h)\b(?: (?:a|per|each|every) (?:day|week|session)\b)?"
)


_BELOW_NOTHING = re.compile(
    r"(?:[,;:] |\b(?:have|got|do|spend|for|only|about|study|with|minus) )"
    r"(?P<time>-\d{1,3} ?(?:min(?:ute)?s?|hours?|h)\b)"
)


def _impossible(shares: Shares, plain: Written, stated: StatedTime) -> str:
    """Why there cannot be as much time as is named; empty where there can."""
    if below := _BELOW_NOTHING.search(plain.text):
        stated.used.append(plain.span(*below.span("time"), "rhythm"))
        return f"A plan is impossible: “{plain.as_typed(*below.span('time'))}” is no time; say how much there is."
    for block, share in shares:
        most = {"sessions": 24 * 60 / share.a_day, "budget": 7 * 24 * 60}.get(share.kind)
        if most and share.minutes > most and block.duration:
            words = plain.as_typed(block.duration.start, block.end)
            unit = "day" if share.kind == "sessions" else "week"
            return f"A plan is impossible: a {unit} does not have the time of “{words}”; say how much there is."
    none = None if any(block.duration for block, _ in shares) else _NOTHING.search(plain.text)
    if none is None:
        return ""
    stated.used.append(plain.span(*none.span(), "rhythm"))
    return f"A plan is impossible: “{plain.as_typed(*none.span())}” leaves no time to study."


def _soon(days: int | None, minutes: float) -> bool:
    """Whether so many minutes before so near a day are all there is."""
    return days is not None and (days <= 1 or (days <= 7 and minutes > 60))


def _in_which(duration: Duration, text: str) -> bool:
    """Whether it is the time in which all is to be done: "in 3 hours", not "in 30 minute sessions"."""
    return _IN.search(text, 0, duration.start) is not None and not _A_SESSION.match(text, duration.end)


def _a_week(shares: Shares, text: str, stated: StatedTime) -> list[Block]:
    """Fills in what there is in a week; returns what it is made of."""
    sessions = _joined([s for s in shares if s[1].kind in ("sessions", "lessons")], text)
    budgets = _joined([s for s in shares if s[1].kind == "budget"], text)
    used = [block for block, _ in budgets]
    if any(share.kind == "sessions" for _, share in sessions):
        used += [block for block, _ in sessions]
        if by_day := _by_day(sessions):
            too_long = [round(share.minutes) for _, share in sessions if share.minutes > LONGEST]
            stated.assumptions += [Assumption("rhythm", bounded(minutes)) for minutes in dict.fromkeys(too_long)]
            stated.minutes_on, stated.minutes_per_week = by_day, sum(by_day.values())
            stated.sessions_per_week = len(by_day)
        else:
            _sessions([share for _, share in sessions], stated)
    if budgets:
        budget = sum(share.minutes for _, share in budgets)
        count = sum(share.count or 0 for _, share in budgets)
        if stated.minutes_per_session and stated.sessions_per_week:
            # "30 minutes a day, at most 3 hours a week"
            stated.sessions_per_week = min(stated.sessions_per_week, max(1, int(budget // stated.minutes_per_session)))
        elif count:
            _count(count, stated)
        stated.minutes_per_week = round(budget) or None
    if not stated.minutes_per_session and not (len(sessions) > 1):
        for block, share in [s for s in shares if s[1].kind == "length" and s[0] not in used][:1]:
            if stated.total_minutes == round(share.minutes):
                continue
            stated.minutes_per_session = round(share.minutes) or None
            used.append(block)
            if stated.minutes_per_week and not stated.sessions_per_week and share.minutes:
                stated.sessions_per_week = min(7, max(1, round(stated.minutes_per_week / share.minutes)))
    return used


def _day_parts(shares: Shares, text: str) -> Shares:
    """Of "20 minutes in the morning and 20 minutes in the evening, every day" both are for every day."""
    spread = list(shares)
    for n, ((first, length), (second, share)) in enumerate(pairwise(shares)):
        both = length.kind == "length" and share.kind == "sessions"
        if both and _PART_OF_DAY_AND.fullmatch(text, first.end, second.start):
            spread[n] = (first, replace(share, minutes=length.minutes))
    return spread


def _joined(shares: Shares, text: str) -> Shares:
    """The first of several shares with those that are added to it: of "an hour or 90 minutes", the first counts."""
    kept: Shares = []
    for block, share in shares:
        last = kept[-1][0] if kept else None
        if last and (
            _INSTEAD.search(text, last.end, block.start)
            and not (last.days and block.days and not last.days & block.days)
        ):
            continue
        kept.append((block, share))
    return kept


def _sessions(shares: Sequence[Share], stated: StatedTime) -> None:
    every = shares[0].every_weeks if len(shares) == 1 else 1
    count = sum((share.count or 1) * every / share.every_weeks for share in shares)
    if count < 0.75:
        # "Once a fortnight"
        every, count = min(4, round(1 / count)), 1
    stated.every_weeks = every if every > 1 else None
    lengths = {round(share.minutes) for share in shares}
    if len(lengths) == 1:
        stated.minutes_per_session = lengths.pop() or None
    minutes = sum(share.minutes * (share.count or 1) for share in shares)
    a_day = max(share.a_day for share in shares)
    if len(shares) > 1 and all(share.count == len(WEEK) for share in shares):
        a_day = len(shares)  # "10 minutes every morning and 10 every night"
    _count(count / a_day, stated)
    planned = (stated.sessions_per_week or 0) * (stated.minutes_per_session or 0)
    if a_day > 1 and minutes:
        sentence = f"{a_day} sessions a day are planned as one of {round(minutes / count * a_day)} minutes."
        stated.assumptions.append(Assumption("rhythm", sentence))
    elif len(lengths) > 1 and not stated.minutes_on:
        named = [f"{length}" for length in dict.fromkeys(round(share.minutes) for share in shares) if length]
        if len(named) > 1:
            these = f"{', '.join(named[:-1])} and {named[-1]}"
            sentence = f"Sessions of {these} minutes are planned as equally long ones, {round(minutes)} minutes a week."
            stated.assumptions.append(Assumption("rhythm", sentence))
    if every == 1 and abs(planned - minutes) > 0.2 * minutes:
        stated.minutes_per_week = round(minutes) or None


def _by_day(shares: Shares) -> dict[int, int]:
    """The minutes of a session by weekday, where each length has days of its own; empty where one length is for all."""
    by_day: dict[int, int] = {}
    others = frozenset[int]().union(*(block.days for block, _ in shares))
    for block, share in shares:
        named = block.days or frozenset[int]().union(*(_days_of(i, others) for i in block.items))
        share = replace(share, count=len(named)) if share.count == 7 else share
        fits = share.minutes >= SHORTEST and share.a_day == share.every_weeks == 1
        if not fits or share.count != len(named) or named & by_day.keys():
            return {}
        by_day |= {day: min(LONGEST, round(share.minutes)) for day in sorted(named)}
    return by_day if len(set(by_day.values())) > 1 else {}


def _days_of(item: Item, others: frozenset[int]) -> frozenset[int]:
    """The weekdays of "an hour on weekdays", and in "an hour a day but 3 on Saturdays" those that have no own time."""
    every = item.every if isinstance(item, Per) else ""
    return {"weekday": SCHOOL, "weekend": WEEKEND, "day": WEEK - others}.get(every, frozenset())


def _count(count: float, stated: StatedTime) -> None:
    stated.sessions_per_week = min(7, max(1, round(count)))
    if count > 7.5:
        stated.assumptions.append(Assumption("rhythm", f"Of {round(count)} sessions a week, 7 are planned, one a day."))


def _weekdays(items: Iterable[Item], never: frozenset[int], stated: StatedTime) -> None:
    """Fills in the days for study and those without."""
    on = frozenset[int]()
    for item in items:
        if isinstance(item, Days) and item.study:
            on |= item.days
            never |= WEEK - item.days if item.only else frozenset()
        elif isinstance(item, Per) and item.every in ("weekday", "weekend"):
            on |= SCHOOL if item.every == "weekday" else WEEKEND
    on |= stated.minutes_on.keys()
    stated.not_on = never - (on if on <= never else frozenset())
    stated.on = (on - never) or None if on != WEEK else None
    open_days = len(stated.on or WEEK - never)
    if stated.sessions_per_week and 0 < open_days < stated.sessions_per_week:
        wanted, each = stated.sessions_per_week, stated.minutes_per_session
        a_day, rest = divmod(wanted, open_days)
        said = f"Of {wanted} sessions a week, {open_days} {'is' if open_days == 1 else 'are'} planned, one a day."
        if each and not rest and (together := time_of([each] * a_day)) <= LONGEST:
            stated.minutes_per_session = together
            said = f"Of {wanted} sessions a week several fall on one day, which has {together} minutes with breaks."
        stated.assumptions.append(Assumption("rhythm", said))
        stated.sessions_per_week = open_days


def _account(item: Item, plain: Written, slot: Slot, stated: StatedTime) -> None:
    stated.used.append(plain.span(item.start, item.end, slot))
    words = plain.as_typed(item.start, item.end)
    said = ""
    if isinstance(item, Duration) and item.most:
        said = f"Of {_time(item.minutes)} to {_time(item.most)} minutes, {_time(item.minutes)} are planned."
    elif isinstance(item, Duration) and "few" in words:
        said = f"“{words}” is read as {_time(item.minutes)} minutes."
    elif isinstance(item, Count) and item.most:
        said = f"Of {item.n} to {item.most} sessions, {item.n} are planned."
    elif isinstance(item, Per) and item.every in ("other day", "third day", "most days"):
        said = f"“{words}” is read as {stated.sessions_per_week} sessions a week."
    elif isinstance(item, Per) and item.every in ("month", "fortnight") and stated.minutes_per_week:
        said = f"What is named “{words}” comes to {stated.minutes_per_week} minutes a week."
    elif isinstance(item, Days) and item.one_of:
        said = f"“{words}” is read as one of these days a week."
    if said:
        stated.assumptions.append(Assumption(slot, said))


def _time(minutes: float) -> str:
    return f"{minutes:g}"
