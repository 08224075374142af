"""What requests in other languages say of people: the block ``said`` of ``data/languages/xx.yaml``."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from ...frame import SPOKEN, language_data
from ..time.written import Written
from .phrases import Phrase, items_of

Part = Literal["likes", "prefers", "child", "teacher"]
_HAN = re.compile(r"[\u4e00-\u9fff]")
_AFTER = re.compile(
    r"\s*(?P<x>[^\W\d_][^,.;:!?\n()\d\u3002\uff0c\u3001\uff1b\uff01\uff1f]{0,60}?)"
    r"(?=\s(?:y|et|und|e|pero|mais|aber|mas|por favor|bitte|svp)\s(?:necesito|quiero|tengo|je|j'ai|ich|preciso"
    r"|quero|tenho)\b"
    r"|\s(?:por favor|bitte|svp|s'il)\b|[,.;:!?\n()\d\u3002\uff0c\u3001\uff1b\uff01\uff1f]|$)"
)
_ARTICLE = re.compile(r"^(?:el|la|los|las|le|les|l'|der|die|das|den|o|os|as|mit|con|avec|com) ?(?=\w)")
_AND = re.compile(r" (?:y|et|und|e) ")
_VERB = re.compile(r"^(?:打|玩|踢|看)(?=\w)")


def spoken(text: str, language: str) -> str:
    """The language of a text, of those that have a data file; "en" for all others."""
    if _HAN.search(text):
        return "zh"
    return language if language in SPOKEN else "en"


def said_abroad(text: Written, language: str, part: Part) -> list[Phrase]:
    """What is liked or preferred; for ``child`` and ``teacher`` the words that say so."""
    found: list[Phrase] = []
    for cue in _cues(language, part).finditer(text.text):
        if part in ("child", "teacher"):
            found.append(Phrase(*cue.span(), cue.start()))
            continue
        match = _AFTER.match(text.text, cue.end())
        if match is None:
            continue
        # What is not wanted keeps the word that says so: "ohne Videos", "sin pantallas".
        start = (
            cue.start() + cue[0].rfind(" ") + 1 if re.search(r"(?:ohne|sin|sem|sans)$", cue[0]) else match.start("x")
        )
        place = start
        words = text.text[start : match.end("x")]
        for joint in [*_AND.finditer(words), None]:
            end = start + (joint.start() if joint else len(words))
            for first, last in items_of(text, place, end):
                piece = text.text[first:last]
                first += len(piece) - len(_VERB.sub("", _ARTICLE.sub("", piece)))
                found.append(Phrase(first, last, cue.start()))
            place = start + joint.end() if joint else end
    return found


@cache
def _cues(language: str, part: Part) -> re.Pattern[str]:
    said = "|".join(sorted(language_data(language)["said"][part], key=len, reverse=True))
    return re.compile(said if language == "zh" else rf"(?<!\w)(?:{said})(?!\w)")
