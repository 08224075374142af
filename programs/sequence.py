"""From concepts and time to a timetable: which concept in which session, and what does not fit. No model involved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice, pairwise
from operator import itemgetter
from typing import Literal

from .calendar import session_days
from .curriculum import Curriculum
from .teaching import SlotKind

PhaseName = Literal["foundations", "core", "consolidation"]

NEAR = 3
"""School years below a topic at which a prerequisite is still worth revisiting."""
MOST_FOUNDATIONS = 4
FEW_TOPICS = 3
"""With more topics than that, a plan has no time to go back before each of them, and goes back to shaky ones only."""
STAGES: tuple[SlotKind, ...] = ("learn", "practise", "apply", "practise", "apply", "practise")
"""The sessions of a topic, as far as there is time."""
SHORT = 3
"""Stages of a topic that a plan without a stated time has at most."""
ENOUGH_TO_REVIEW = 5
"""Sessions from which on the last one before a test reviews what was learned, where that is more than one topic."""
REVIEWS = (1, 3, 7, 14)
"""Days after which what was finished comes back, each counted from the time before."""


@dataclass(frozen=True)
class Slot:
    """One session to be written: what it is about, what kind of work it is, and where in the plan it stands."""

    concept: str
    kind: SlotKind
    phase: PhaseName
    also: tuple[str, ...] = ()
    """Concepts of which a review takes up tasks as well, those that need it most first."""


@dataclass(frozen=True)
class Timetable:
    weeks: list[list[Slot]]
    omitted: list[str] = field(default_factory=list)
    weeks_spared: int = 0
    ends_in_review: bool = False
    """Whether the last session was kept free of new topics, for a review of all of them before a test."""


def foundations(topics: Sequence[str], shaky: Sequence[str], known: Sequence[str], source: Curriculum) -> list[str]:
    """Prerequisites worth revisiting: the shaky ones first, then the direct ones that are near in level."""
    known_set = set(known) - set(shaky)
    chosen = [c for c in shaky if c not in topics]
    lowest = min((source[t].level for t in topics), default=0)
    direct = {p for t in topics for p in source[t].prerequisites} if len(topics) <= FEW_TOPICS else set()
    nearby = [p for p in source.in_order(direct) if source[p].level >= lowest - NEAR]
    # The nearest prerequisites matter most when not all of them fit.
    for concept in reversed(nearby):
        if concept not in topics and concept not in chosen and concept not in known_set:
            chosen.append(concept)
    return chosen[: max(MOST_FOUNDATIONS, len(shaky))]


def _most_foundations(capacity: int, shaky: int) -> int:
    """A third of the sessions, so that a short plan gets to its topic; all that are shaky."""
    return max(-(-capacity // 3), shaky)


def timetable(
    topics: Sequence[str],
    shaky: Sequence[str],
    known: Sequence[str],
    calendar: Sequence[Sequence[int]],
    source: Curriculum,
    long: bool = False,
    begun: Mapping[str, int] | None = None,
    test: bool = False,
    ordered: bool = False,
) -> Timetable:
    """Fill the sessions of the weeks, prerequisites before what needs them.

    ``calendar`` has the days of the sessions of each week, at least one. ``long``: the learner said how long, so what
    is left is used for more practice and for reviews that are spaced out. ``begun``: how many sessions of a topic an
    earlier plan has done; it goes on after them. ``test``: the plan leads to a day on which all of it is asked for.
    ``ordered``: the topics are in the order that the learner wants, in which none stands before what it builds on.

    What was asked for comes first: topics get a session each before any gets a second one, and the shaky prerequisite
    is kept even when time is short. Weeks that the topics do not need are left free rather than filled.
    """
    capacity = sum(map(len, calendar))
    topics = list(topics) if ordered else source.in_order(topics)
    last = int(test and capacity >= ENOUGH_TO_REVIEW and len(topics) > 1)
    capacity -= last
    room = max(1, capacity - (1 if any(c not in topics for c in shaky) and capacity > 1 else 0))
    kept, omitted = topics[:room], topics[room:]
    base = foundations(kept, shaky, known, source)
    base = source.in_order(base[: min(max(0, capacity - len(kept)), _most_foundations(capacity, len(shaky)))])
    omitted = [c for c in omitted if c not in base]

    left = capacity - len(base) - len(kept)
    double = [c for c in base if c in shaky][: max(0, left)]
    left -= len(double)
    depth = dict.fromkeys(kept, 1)
    behind = {c: min((begun or {}).get(c, 0), len(STAGES) - 1) for c in kept}
    for _ in STAGES[1:] if long else STAGES[1:SHORT]:
        for concept in kept:
            if depth[concept] + behind[concept] < len(STAGES) and left > (
                2 * len(kept) if depth[concept] >= SHORT else 0
            ):
                depth[concept] += 1
                left -= 1

    # A prerequisite that itself builds on a topic cannot stand before that topic.
    between = [c for c in base if set(source.ancestors(c)) & set(kept)]
    depth |= dict.fromkeys(between, 1)

    slots: list[Slot] = []
    for concept in [c for c in base if c not in between]:
        slots.append(Slot(concept, "learn", "foundations"))
        if concept in double:
            slots.append(Slot(concept, "practise", "foundations"))
    for concept in _with_between(kept, between, source) if ordered else source.in_order(depth):
        done = behind.get(concept, 0)
        slots += [Slot(concept, stage, "core") for stage in STAGES[done : done + depth[concept]]]
    weakest = [c for c in kept if c in shaky] + [c for c in kept if c not in shaky]
    most = len(REVIEWS) * len(kept) if long else max(1, len(kept) // 2)
    # Where there is time for reviews anyway, the last session is one of them.
    reviews = min(left + last, most) if left else 0
    ends_in_review = bool(last and not reviews)
    if ends_in_review:
        newest, earlier = kept[-1], [c for c in weakest if c in shaky] + kept
        also = tuple(c for c in dict.fromkeys(earlier) if c != newest)
        slots.append(Slot(newest, "review", "consolidation", also))
    if reviews < 2 * len(weakest):
        slots += [Slot(weakest[i % len(weakest)], "review", "consolidation") for i in range(reviews)]
        remaining = iter(slots)
        filled = [week for days in calendar if (week := list(islice(remaining, len(days))))]
    else:
        filled = _with_reviews(slots, weakest, reviews, calendar)
    apart = _apart(filled, calendar, begun or {})
    return Timetable(apart, omitted, len(calendar) - len(filled), ends_in_review)


def _with_between(topics: Sequence[str], between: Sequence[str], source: Curriculum) -> list[str]:
    """The topics in their order, and right before each the prerequisites among ``between`` that it builds on."""
    return list(dict.fromkeys([*source.built_up(topics, between), *between]))


def _with_reviews(
    work: Sequence[Slot], topics: Sequence[str], reviews: int, calendar: Sequence[Sequence[int]]
) -> list[list[Slot]]:
    """Weeks of new work, and of reviews of what was finished REVIEWS days before; all new work finds its place.

    When no new work is left, a day on which nothing is due stays free, but no week before the last review does.
    """
    last = {slot.concept: place for place, slot in enumerate(work)}
    due: list[tuple[int, int, str]] = []
    weeks: list[list[Slot]] = []
    place = 0
    for days in calendar:
        week: list[Slot] = []
        for day in days:
            ready = min(due, default=None)
            left = place < len(work)
            reviewed = bool(week) and week[-1].kind == "review"
            early = not left and not week and day == days[-1]
            if ready and reviews and (ready[0] <= day or early) and not (left and reviewed):
                due.remove(ready)
                _, times, concept = ready
                week.append(Slot(concept, "review", "core" if left else "consolidation"))
                reviews -= 1
                if times + 1 < len(REVIEWS):
                    due.append((day + REVIEWS[times + 1], times + 1, concept))
            elif left:
                week.append(work[place])
                if last[work[place].concept] == place and work[place].concept in topics:
                    due.append((day + REVIEWS[0], 0, work[place].concept))
                place += 1
        if not week:
            break
        weeks.append(week)
    return weeks


def _apart(
    weeks: Sequence[Sequence[Slot]], calendar: Sequence[Sequence[int]], begun: Mapping[str, int]
) -> list[list[Slot]]:
    """The weeks with no topic reviewed on the day of its own work: nothing is forgotten in an hour.

    Such a review opens the day instead, with what earlier days have taught; where none has, it is more work, as a
    second review on one day is. A review of several topics leaves out those of its day, unless all are.
    """
    behind = Counter(begun)
    """Sessions of work on each topic before the day."""
    order: list[str] = []
    parted: list[list[Slot]] = []
    for week, days in zip(weeks, calendar, strict=False):
        parted.append([])
        for _, those in groupby(zip(session_days(len(week), days), week, strict=True), key=itemgetter(0)):
            slots = [slot for _, slot in those]
            work = [slot for slot in slots if slot.kind != "review"]
            today = {slot.concept for slot in work}
            first: list[Slot] = []
            last: list[Slot] = []
            for slot in (slot for slot in slots if slot.kind == "review"):
                if slot.also:
                    last.append(_of_earlier_days(slot, today, order))
                elif slot.concept not in today | {other.concept for other in (*first, *last)}:
                    last.append(slot)
                elif behind[slot.concept] and slot.concept in today - {other.concept for other in first}:
                    first.append(replace(slot, phase="core"))
                else:
                    stage = behind[slot.concept] + sum(other.concept == slot.concept for other in work)
                    work.append(Slot(slot.concept, STAGES[min(stage, len(STAGES) - 1)], "core"))
            parted[-1] += [*first, *work, *last]
            behind.update(slot.concept for slot in work)
            order += [slot.concept for slot in work]
    return parted


def _of_earlier_days(review: Slot, today: Collection[str], order: Sequence[str]) -> Slot:
    """A review of several topics without those of its day, the newest first; as it is where there are no others.

    order: the topics in the order of the sessions before that day.
    """
    earlier = [c for c in (review.concept, *review.also) if c not in today]
    if not earlier:
        return review
    newest = next((c for c in reversed(order) if c in earlier), earlier[0])
    return replace(review, concept=newest, also=tuple(c for c in earlier if c != newest))


def focus_of(week: Sequence[Slot]) -> str:
    """The concept that a week is mostly about; of equals, the later one."""
    counts = Counter(slot.concept for slot in week)
    return max(reversed([slot.concept for slot in week]), key=lambda c: counts[c])


def turning_point(weeks: int) -> int:
    """The week, from 0, whose checkpoint decides how a plan goes on: in the middle, and never the last of several."""
    return max(0, min(weeks // 2, weeks - 2))


def split_minutes(total: int, shares: Sequence[float]) -> list[int]:
    """Whole minutes, at least 1 each, in the given proportions, that add up to ``total``."""
    ends = [round(total * sum(shares[:place]) / sum(shares)) for place in range(len(shares) + 1)]
    minutes = [max(1, end - start) for start, end in pairwise(ends)]
    minutes[minutes.index(max(minutes))] += total - sum(minutes)
    return minutes


def phase_of(week: Sequence[Slot]) -> PhaseName:
    """The phase that most sessions of a week belong to; of equals, the later one. A week that teaches one of the
    topics keeps nothing at hand yet."""
    new = any(slot.kind == "learn" and slot.phase == "core" for slot in week)
    counts = Counter("core" if new and slot.phase == "consolidation" else slot.phase for slot in week)
    return max(reversed([slot.phase for slot in week]), key=lambda phase: counts[phase])
