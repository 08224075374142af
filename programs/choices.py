"""What may be done in a session, and how well each way of working fits a learner before a model is asked.

Code decides what is offered: instructions for the concept, the kind of session and the audience, one for each way of
working. The prior is a linear rule with weights learned from experts' choices (``data/choice/weights.yaml``); the
model's own likelihood is added to it (``deploy.engines.score``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from .curriculum import Curriculum
from .learner import LearnerProfile
from .material import Material
from .sequence import Slot
from .teaching import SlotKind, Way, Weights

MOST_WORDS = 4
"""Of an interest that is put into a sentence."""
OFFERED = 8
"""Instructions that a session chooses among, at most."""
_WORDS: Mapping[Way, str] = {
    "worked example": "worked example examples solution model shown demonstration follow",
    "drawing": "picture pictures sketch sketches draw drawing diagram diagrams visual see colour color graph",
    "speaking": "aloud explain explaining explanations talk talking say saying speak speaking voice hear listen",
    "flash cards": "flash card cards flashcards index memory memorize",
    "table": "table tables chart charts list lists columns",
    "sorting": "sort sorting group order organize organise",
    "finding the mistake": "mistake mistakes error errors wrong correct correcting",
    "partner": "friend friends partner together group buddy classmate sister brother parent someone pair pairs",
    "teaching": "teach teaching explain explaining tutor others",
    "timing": "timed timing time clock quick fast speed race drill",
    "quiz": "quiz quizzes test tests question questions quick drill",
    "real life": "real life everyday world practical application applications job",
    "trying first": "try trying first before discover explore challenge told puzzle",
    "small steps": "short step steps slow slowly calm pace small bit bits easy gentle patient",
    "checking another way": "check checking sure verify understand understanding proof careful",
    "inventing": "invent inventing create creating creative make design own",
    "objects": "hands objects touch build building move moving doing craft",
    "writing": "write writing notes note summary summarize journal read reading",
    "comparing": "compare comparing similar difference differences",
    "interest": "",
}


@dataclass(frozen=True)
class Choice:
    """One instruction as the learner would read it."""

    way: Way
    do: str
    why: str
    own: bool


def choices(
    slot: Slot,
    profile: LearnerProfile,
    source: Curriculum,
    material: Material,
    young: bool,
    turn: int = 0,
    most: int = OFFERED,
) -> list[Choice]:
    """The instructions that a session chooses among, each with a way of its own; the concept's own ones first.

    young: whether the learner is a child. turn: how many sessions of this kind came before; patterns are offered in
    turns, so that a plan does not say the same thing of every concept, but what the learner asked for comes first.
    most: with more of the concept's own, patterns are left out.
    """
    written, name = material.teaching(slot.concept), source[slot.concept].name
    own = written.instructions(profile.audience) if written else ()
    general = [i for i in material.patterns.instructions(profile.audience) if slot.kind in i.for_]
    general = [*general[turn % len(general) :], *general[: turn % len(general)]]
    wishes = wishes_of(profile)
    general.sort(key=lambda i: not meets(i.way, wishes))
    interest = likable(profile.interests)
    found: dict[Way, Choice] = {}
    for item, is_own in [*((i, True) for i in own), *((i, False) for i in general)]:
        if slot.kind not in item.for_ or (item.young and not young) or (item.way == "interest" and not interest):
            continue
        if item.way not in found and (is_own or len(found) < most):
            do, why = (filled(text, name).replace("{interest}", interest) for text in (item.do, item.why))
            found[item.way] = Choice(item.way, do, why, is_own)
    return list(found.values())


def likable(interests: Sequence[str]) -> str:
    """The first interest that reads well within a sentence, a few words that name a thing; empty if none does."""
    for interest in interests:
        first = re.split(r",|;|\b(?:and|but|so|because|need|want|help)\b", interest.strip())[0].strip()
        readable = re.fullmatch(r"\w[\w '&+-]*", first) and len(first.split()) <= MOST_WORDS
        if readable and not re.search(r"\b(?:i|i'm|my|me)\b", first.lower()):
            return first
    return ""


def prior(choice: Choice, kind: SlotKind, wishes: Sequence[str], weights: Weights) -> float:
    """How well a choice fits, without the model: a log-probability up to a constant. wishes: see ``wishes_of``."""
    found = features(choice, wishes)
    known = weights.preference * found["preference"] + weights.words * found["words"] + weights.own * found["own"]
    return known + weights.ways.get(kind, {}).get(choice.way, 0.0)


def features(choice: Choice, wishes: Sequence[str]) -> dict[str, float]:
    """What the prior weighs, beside the kind of session and the way of working."""
    return {
        "preference": float(meets(choice.way, wishes)),
        "words": overlap(choice.do, wishes),
        "own": float(choice.own),
    }


def meets(way: Way, wishes: Iterable[str]) -> bool:
    """Whether a way of working is what the stems of a wish ask for."""
    return not stems(_WORDS[way]).isdisjoint(wishes)


def wishes_of(profile: LearnerProfile) -> list[str]:
    """Stems of the words with which a learner says how they like to work."""
    return sorted(stems(" ".join(profile.preferences)))


def overlap(text: str, wishes: Sequence[str]) -> float:
    """Share of the wishes' stems that a text has."""
    return len(stems(text) & set(wishes)) / len(wishes) if wishes else 0.0


@cache
def stems(text: str) -> frozenset[str]:
    """Words cut to what a plural, a verb's ending and the like leave alone; short ones are left out."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return frozenset(re.sub(r"(?<=[a-z]{3})(?:ing|es|ed|s|e)$", "", w) for w in words if w not in _COMMON)


_COMMON = frozenset(
    "and the with for that this from are but not you your like prefer learn best being things work works working "
    "worked problem problems".split()
)


_PROPER = ("Bayes", "Gaussian", "L'Hopital", "Pythagorean", "Riemann", "Taylor")


def in_sentence(name: str) -> str:
    """A concept's name as it stands within a sentence."""
    return name if name.startswith(_PROPER) else name[:1].lower() + name[1:]


def filled(text: str, name: str) -> str:
    """A written sentence with the name of its concept in it, where it has a place for one."""
    return text.replace("{name}", in_sentence(name))
