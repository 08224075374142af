"""Two readings of one request, the rules' and a model's: slot by slot, the one that uses more of the text counts.

A model only marks words; the readers that read whole requests make values of them. Marks that they can make nothing of
change nothing, and neither do marks that come to the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..curriculum import Curriculum
from ..learner import LearnerProfile
from .facts import Stated, read_request
from .spans import Slot, Span
from .spoken import spans_of
from .time.read import read_time
from .time.stated import StatedTime
from .topics.found import Topics
from .topics.read import read_topics

Values = dict[str, Any]
MOST = 5
"""Interests, or ways of working, that are kept."""
TOPIC = ("topics", "subject", "choices", "alternatives", "outside", "assumptions")
"""What is read of topics that are wanted."""


@dataclass(frozen=True)
class Race:
    """Slots whose marks say one thing together.

    called: the thing, in a sentence; fields: where its value stands; given: fields of the profile that settle it; cues:
    what stands around a mark that says nothing alone, as in "by Friday".
    """

    slots: tuple[Slot, ...]
    called: str
    fields: tuple[str, ...]
    given: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()


_RHYTHM = ("minutes_per_week", "sessions_per_week")
TIMES = (
    Race(
        ("deadline", "duration"),
        "the time there is",
        ("deadline", "days", "weeks"),
        ("deadline", "weeks"),
        ("by {}", "for {}", "until {}"),
    ),
    Race(("rhythm",), "the rhythm", (*_RHYTHM, "minutes_per_session"), _RHYTHM),
    Race(("days",), "the days for study", ("on", "not_on"), ("days",), ("on {}", "only on {}")),
    Race(("away",), "time away", ("away",), ("away",), ("away {}", "away from {}")),
    Race(("hours",), "the time of day", ("hours",), ("hours",), ("at {}",)),
    Race(("total",), "the time in all", ("total_minutes",), ("total_minutes", *_RHYTHM), ("{} in all",)),
)
TOPICS = (
    Race(("course",), "the course", ("course",), ("course",)),
    Race(("topic",), "the topic", ("topics",), ("topics",)),
    Race(("struggle",), "what is hard", ("struggles",), ("struggles",)),
    Race(("known",), "what is known", ("known",)),
    Race(("not_topic",), "what is not wanted", ("not_topics",)),
    Race(("work",), "work to learn from", ("errors",), ("errors",)),
)
FACTS = (
    Race(("audience",), "who the plan is for", ("audience", "child")),
    Race(("goal",), "the goal", ("goal",), ("goal",)),
    Race(("interest",), "an interest", ("interests",), ("interests",)),
    Race(("preference",), "a way of working", ("preferences",), ("preferences",)),
)


@dataclass(frozen=True)
class Reading:
    """What a request says after both have read it, and in sentences where they differed."""

    stated: Stated
    topics: Topics
    differences: list[str]


def vote(
    text: str,
    marks: Sequence[Span],
    stated: Stated,
    topics: Topics,
    profile: LearnerProfile,
    today: date,
    source: Curriculum,
) -> Reading:
    """What counts of the rules' reading, ``stated`` and ``topics``, and a model's ``marks`` on the same text.

    What a field of the profile says is not voted on, and needs are read by the rules alone. No input is changed.
    """
    count = _Count(text, marks, spans_of(stated, topics, text), profile)
    time = _time(count, stated, today)
    stated = replace(_facts(count, stated, today), time=time)
    used = stated.used
    for race in count.won:
        used = count.used(used, race)
    return Reading(replace(stated, used=used), _topics(count, topics, source), count.differences)


class _Count:
    """Counts words, race by race, and notes where the readings differ."""

    def __init__(self, text: str, marks: Sequence[Span], own: Sequence[Span], profile: LearnerProfile) -> None:
        self.text, self.marks, self.own, self.profile = text, marks, own, profile
        self.differences: list[str] = []
        self.won: list[Race] = []

    def winner(self, race: Race, own: object, read: Callable[[list[str], Race], Values]) -> Values:
        """The fields that the model's marks change; none where the rules' reading stays."""
        theirs, ours = _in(self.marks, race), _in(self.own, race)
        if not theirs or any(getattr(self.profile, name) for name in race.given):
            return {}
        found = read([self.text[s.start : s.end] for s in theirs], race)
        if not any(found.get(name) for name in race.fields):
            return {}
        if all(found[name] == getattr(own, name) for name in race.fields):
            return {}
        won = _size(theirs) > _size(ours)
        first, second = map(self._quoted, (theirs, ours) if won else (ours, theirs))
        if first != second:
            self.differences.append(f"{first} is read as {race.called}" + (f", and not {second}." if second else "."))
        if not won:
            return {}
        self.won.append(race)
        return found

    def used(self, before: Sequence[Span], race: Race) -> list[Span]:
        """The account of a reader, where the marks have won a race."""
        kept = [span for span in before if span.slot not in race.slots]
        return sorted([*kept, *_in(self.marks, race)], key=lambda span: span.start)

    def _quoted(self, spans: Sequence[Span]) -> str:
        return " and ".join(f"“{' '.join(self.text[s.start : s.end].split())}”" for s in spans)


def _in(spans: Sequence[Span], race: Race) -> list[Span]:
    return [span for span in spans if span.slot in race.slots]


def _size(spans: Sequence[Span]) -> int:
    """Characters of the text that some span covers."""
    return len({place for span in spans for place in range(span.start, span.end)})


def _time(count: _Count, stated: Stated, today: date) -> StatedTime:
    time = stated.time

    def read(words: list[str], race: Race) -> Values:
        for cue in ("{}", *race.cues):
            found = read_time(", ".join(cue.format(each) for each in words), today, stated.language)
            if any(getattr(found, name) for name in race.fields):
                break
        notes = [note for note in found.assumptions if note.slot in race.slots]
        return {**{name: getattr(found, name) for name in race.fields}, "assumptions": notes}

    for race in TIMES:
        if change := count.winner(race, time, read):
            kept = [note for note in time.assumptions if note.slot not in race.slots]
            change["assumptions"] = [*kept, *change["assumptions"]]
            time = replace(time, **change, used=count.used(time.used, race))
    return time


def _facts(count: _Count, stated: Stated, today: date) -> Stated:
    def read(words: list[str], race: Race) -> Values:
        if race.fields[0] == "audience":
            said = read_request(" ".join(words), today)
            return {name: getattr(said, name) for name in race.fields}
        return {race.fields[0]: words[0] if race.fields[0] == "goal" else words[:MOST]}

    for race in FACTS:
        stated = replace(stated, **count.winner(race, stated, read))
    return stated


def _topics(count: _Count, topics: Topics, source: Curriculum) -> Topics:
    def read(words: list[str], race: Race) -> Values:
        name = race.fields[0]
        said = read_topics(", ".join(words), source, "" if name == "course" else topics.course)
        if name == "topics":
            return {each: getattr(said, each) for each in TOPIC}
        return {name: getattr(said, name) if name in ("course", "errors") else said.topics}

    for race in TOPICS:
        if change := count.winner(race, topics, read):
            topics = replace(topics, **change, used=count.used(topics.used, race))
    out = {*topics.known, *topics.not_topics}
    return replace(topics, topics=[t for t in topics.topics if t not in out] or topics.topics)
