"""What a request says outright: audience, goal, interests. Read by rules, so that no model can get it wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from ..errors import InputError
from ..learner import MAX_TEXT
from .time.read import read_time
from .time.stated import StatedTime

_UNTIL = r"(?= and (?:i|my)\b| but\b|[,.;!?\n]|$)"
_TEACHER = re.compile(
    r"\bmy (?!fellow )(?:[\w-]+ ){0,2}(?:students|pupils|graders|classroom)\b"
    # "My class is doing fractions and I am lost" is a student's.
    r"|\bmy (?:\w+ )?class(?: \([^)]*\))? (?:needs?|struggles?|keeps?|ha(?:s|ve) trouble|got|gets|makes?|mix(?:es)?"
    r"|can't|cannot|confuses?)\b|\bfor my (?:\w+ )?class\b"
    r"|\bi (?:teach|tutor)\b(?! myself)|\bi(?: am|'m) teaching\b(?! myself)"
    r"|\b(?:i am|i'm|as) an? (?:\w+ ){0,3}(?:teacher|tutor)\b"
)
_CHILD = re.compile(r"\b(?:my|our) (?:\w+ )?(?:son|daughter|child|kid|grandson|granddaughter|nephew|niece)\b")
LIKES = re.compile(
    r"\b(?:i (?:really )?(?:love|like|enjoy|play)|(?:i'm|i am) (?:really )?into|big fan of|interested in|fan of)\s+"
    rf"(?!it\b|that\b|this\b|when\b|how\b|to (?:know|learn|understand))(?P<x>[a-z][a-z' -]{{2,40}}?){_UNTIL}"
)
_PREFERS = re.compile(
    rf"\b(?:i (?:prefer|learn best (?:with|from|by))|i work best with)\s+(?P<x>[a-z][a-z' -]{{2,60}}?){_UNTIL}"
)
_GOAL = re.compile(
    r"\b(?:i (?:want|need|have|would like) to|my goal is to|i'd like to|so that i can)\s+"
    r"(?P<x>(?:pass|get|ace|prepare|be ready|understand|master|improve|catch up|raise|finish|retake|score)"
    r"[^,.;!?\n]{2,80})"
)
LANGUAGES = (
    "en de fr es it pt ca nl sv da no fi pl cs sk hu ro bg hr el tr ru uk ar he fa hi bn ur id ms vi th zh ja ko"
).split()
"""Languages that are told apart: enough to name a foreign request, few enough not to take short English for one."""


@dataclass
class Stated:
    """What the text says; None or empty where it says nothing."""

    audience: str | None = None
    child: bool = False
    goal: str = ""
    interests: list[str] = field(default_factory=list)
    preferences: list[str] = field(default_factory=list)
    language: str = "en"
    time: StatedTime = field(default_factory=StatedTime)


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
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def plain(text: str) -> str:
    """Lower case, single spaces, straight apostrophes: what the rules read."""
    return re.sub(r"\s+", " ", text.lower().replace("’", "'"))


def read_request(text: str, today: date) -> Stated:
    """Everything that the text states in so many words."""
    lower = plain(text)
    language = language_of(text)
    stated = Stated(language=language, time=read_time(text, today, language))
    if _TEACHER.search(lower):
        stated.audience = "teacher"
    stated.child = bool(_CHILD.search(lower))
    if goal := _GOAL.search(lower):
        stated.goal = _as_written(goal, text, lower)
    stated.interests = [_as_written(m, text, lower) for m in LIKES.finditer(lower)][:5]
    stated.preferences = [_as_written(m, text, lower) for m in _PREFERS.finditer(lower)][:5]
    return stated


def _as_written(match: re.Match[str], text: str, lower: str) -> str:
    """What was found, with the capitals of the request ("Taylor Swift"), where lower case kept its length."""
    flat = re.sub(r"\s+", " ", text)
    return (flat if len(flat) == len(lower) else lower)[slice(*match.span("x"))].strip()
