"""What a request says outright: for whom, goal, interests, ways of working, needs; by rules, so that no model errs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from ..errors import InputError
from ..learner import MAX_TEXT
from .identifier import Identifier, identifier
from .said.abroad import said_abroad, spoken
from .said.goals import read_goal
from .said.likes import read_likes
from .said.needs import read_needs
from .said.people import Others, read_others, read_who
from .said.phrases import Phrase
from .said.ways import read_ways
from .spans import Slot, Span
from .time.read import read_time
from .time.stated import StatedTime
from .time.written import Written, written

LANGUAGES = (
    "en de fr es it pt ca nl sv da no fi pl cs sk hu ro bg hr el tr ru uk ar he fa hi bn ur id ms vi th zh ja ko"
).split()
"""Languages that are told apart: enough to name a foreign request, few enough not to take short English for one."""
_WORKING = re.compile(r"(?:work|learn|talk|study|discuss|explain|solv|revis)ing\b", re.IGNORECASE)
_DRAWING = re.compile(r"(?:draw|sketch)ing", re.IGNORECASE)


@dataclass
class Stated:
    """What the text says; None or empty where it says nothing.

    ``learner``: it is made for one whom the writer teaches. ``needs`` are names of ``data/needs.yaml``. ``others`` is
    set where the text speaks of two learners. ``used`` are the places of the text that all this was read from, time
    included.
    """

    audience: str | None = None
    child: bool = False
    learner: bool = False
    goal: str = ""
    interests: list[str] = field(default_factory=list)
    preferences: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    others: Others | None = None
    language: str = "en"
    time: StatedTime = field(default_factory=StatedTime)
    used: list[Span] = field(default_factory=list)


def check_text(text: str) -> str:
    """The text without control characters. Raises InputError for an empty or an overlong one."""
    cleaned = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text).strip()
    if not cleaned:
        raise InputError("text: say in a sentence what you want to learn (got an empty text)")
    if len(cleaned) > MAX_TEXT:
        raise InputError(f"text: at most {MAX_TEXT:,} characters are read (got {len(cleaned):,})")
    return cleaned


def language_of(text: str) -> str:
    """ISO code of the text's language; short texts and names of concepts count as English."""
    if len(text.split()) < 4:
        return "en"
    ranks = _identifier().rank(text)
    return "en" if dict(ranks)["en"] > 0.05 else str(ranks[0][0])


@cache
def _identifier() -> Identifier:
    return identifier(LANGUAGES)


def read_request(text: str, today: date) -> Stated:
    """Everything that the text states in so many words."""
    language = language_of(text)
    stated = Stated(language=language, time=read_time(text, today, language))
    stated.used += stated.time.used
    plain = written(text)
    who = read_who(plain)
    stated.audience, stated.child, stated.learner = who.audience, who.child, who.learner
    stated.others = read_others(plain)
    stated.used += [plain.span(start, end, "audience") for start, end in who.spans]
    if stated.others:
        # In "my son (7) and my daughter" the age is no part of what is read.
        words = re.compile(r"[^\d()]+").finditer(text, stated.others.start, stated.others.end)
        stated.used += [Span(*match.span(), "audience") for match in words]
        for name in (stated.others.first, stated.others.second):
            places = re.finditer(rf"\b{re.escape(name)}\b", text)
            stated.used += [Span(*match.span(), "audience") for match in places]
    needs = read_needs(plain)
    for name, start, end in needs:
        stated.needs += [name] if name not in stated.needs else []
        stated.used.append(plain.span(start, end, "need"))
    if goal := read_goal(plain):
        stated.goal = _as_typed(plain, goal)
        stated.used.append(plain.span(goal.start, goal.end, "goal"))
    stated.interests = _said(stated, plain, read_likes(plain), "interest")
    times = [span.start for span in stated.time.used if span.slot in ("rhythm", "deadline")]

    def free(way: Phrase) -> bool:
        """Whether it is nothing else: "I use a screen reader" is a need, "quiz tomorrow" is a time."""
        at = plain.span(way.start, way.end, "preference")
        return not any(start < way.end and way.start < end for _, start, end in needs) and not any(
            at.start <= time < at.end for time in times
        )

    stated.preferences = _said(stated, plain, filter(free, read_ways(plain)), "preference")
    # "My class likes working in pairs" says how they work, and is nothing to tell a story about.
    working = [like for like in stated.interests if like in stated.preferences or _WORKING.match(like)]
    if any("visual" in way for way in stated.preferences):  # "visual learner, I like drawing"
        working += [like for like in stated.interests if _DRAWING.fullmatch(like)]
    stated.interests = [like for like in stated.interests if like not in working]
    stated.preferences = list(dict.fromkeys([*stated.preferences, *working]))
    if (abroad := spoken(text, language)) != "en":
        _read_abroad(stated, plain, abroad)
    stated.used.sort(key=lambda span: span.start)
    return stated


def _read_abroad(stated: Stated, plain: Written, language: str) -> None:
    likes, prefers = (said_abroad(plain, language, part) for part in ("likes", "prefers"))
    stated.interests += _said(stated, plain, likes, "interest")
    stated.preferences += _said(stated, plain, prefers, "preference")
    # Formulaic words are listed in English only, so what announces a wish is part of it here.
    stated.used += [plain.span(like.cue, like.end, "interest") for like in likes]
    stated.used += [plain.span(way.cue, way.end, "preference") for way in prefers]
    teacher, child = (said_abroad(plain, language, part) for part in ("teacher", "child"))
    stated.used += [plain.span(phrase.start, phrase.end, "audience") for phrase in (*teacher, *child)]
    stated.audience = "teacher" if teacher else stated.audience
    stated.child = stated.child or bool(child)


def _said(stated: Stated, plain: Written, phrases: Iterable[Phrase], slot: Slot) -> list[str]:
    """Phrases in the words of the request, each once, which become spans."""
    phrases = list(phrases)
    stated.used += [plain.span(phrase.start, phrase.end, slot) for phrase in phrases]
    return list(dict.fromkeys(words for phrase in phrases if (words := _as_typed(plain, phrase))))


def _as_typed(plain: Written, phrase: Phrase) -> str:
    return plain.as_typed(phrase.start, phrase.end)
