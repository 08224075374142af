"""A topic that its writer takes back for the next one: "decimals, actually no, make that percentages"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from .names import Placed

Item = TypeVar("Item", bound=Placed)
_CUE = (
    r"(?:(?:actually|sorry|oh|oops|hm+|uh|um|er|ah),? )?no,?"
    r" (?:wait|sorry|actually|i mean|i meant|scratch that|make (?:that|it))"
    r"|(?:wait|sorry|oops|hang on|hold on|actually),? (?:no|i mean|i meant|make (?:that|it)|scratch that|not that)"
    r"|scratch that|strike that|on second thoughts?|correction|i meant?|make (?:that|it)"
    r"|change (?:that|it) to|or rather"
    r"|(?:actually|oh|hm+|uh|oops) no|no(?=,)|sorry(?=,)|oops(?=,)"
    r"|no,? (?:perdón|perdon|espera|mejor|mejor dicho)|perdón|mejor dicho|digo(?=,)"
    r"|non,? (?:pardon|désolée?|attends|plutôt|en fait)|pardon(?=,)|ou plutôt|je voulais dire"
    r"|nein(?:,? (?:doch|lieber|halt|warte|moment|entschuldigung|sorry))?(?=,| )|quatsch|ich meine"
    r"|besser gesagt|doch lieber"
    r"|não,? (?:desculpa|espera|melhor|aliás|quer dizer)|nao,? (?:desculpa|espera|melhor|alias)|aliás|alias|quer dizer"
    r"|不对|不是|说错了|更正"
)
_MORE = (
    r"actually|no|wait|sorry|please|then|instead|rather|only|just|the|i|we|mean|meant|need|want|it's|it is"
    r"|its|to|do|make"
    r"|that|it|let's|lets|go|with|for|scratch|change|should|be|en realidad|quiero|necesito|mejor|en fait|plutôt|je|veux"
    r"|les?|las?|los|el|die|der|das|doch|lieber|ich|will|brauche|quero|preciso|melhor|as?|os?|我要|我想学|应该是|是|而是"
)
_TAKEN_BACK = re.compile(
    rf"[\s,.;:!?…()–-]*(?:(?:and|but|well|oh|ah|so)[ ,]+)?(?:{_CUE})"
    rf"(?:[\s,.;:!…()–-]*(?:{_MORE}|{_CUE})(?!\w))*[\s,.;:!…()–-]*",
    re.IGNORECASE,
)


def replaced(text: str, named: Sequence[Item]) -> list[Item]:
    """Which of the stretches are taken back for the one that stands next."""
    ordered = sorted(named, key=lambda m: m.start)
    shown = text.replace("’", "'")
    return [a for a, b in pairwise(ordered) if _TAKEN_BACK.fullmatch(shown[a.end : b.start])]
