"""What may be done in a session, and how well each way of working fits a learner before a model is asked.

Code decides what is offered: instructions for the concept, the kind of session and the audience, one for each way of
working. The prior is a linear rule with weights learned from experts' choices (``data/choice/weights.yaml``); the
model's own likelihood is added to it (``deploy.engines.score``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .curriculum import Curriculum
from .learner import LearnerProfile
from .material import Material
from .needs import asked_by, out_of_place, spared
from .sequence import Slot
from .teaching import Instruction, SlotKind, Way, Weights
from .wishes import overlap, wishes_of

MOST_WORDS = 4
"""Of an interest that is put into a sentence."""
_INSTRUMENT = re.compile(
    r"^(?:the )?((?:bass |electric )?guitar|piano|violin|viola|cello|double bass|flute|clarinet|oboe|trumpet|trombone"
    r"|saxophone|sax|drums?|ukulele|keyboards?|harp|recorder)$",
    re.IGNORECASE,
)
"""A story is about playing one, and not about the thing."""
OFFERED = 8
"""Instructions that a session chooses among, at most."""


@dataclass(frozen=True)
class Choice:
    """One instruction as the learner would read it. own: written for the concept, not a pattern."""

    do: str
    why: str
    own: bool
    written: Instruction

    @property
    def way(self) -> Way:
        return self.written.way


def choices(
    slot: Slot,
    profile: LearnerProfile,
    source: Curriculum,
    material: Material,
    young: bool,
    turn: int = 0,
    most: int = OFFERED,
    early: bool = False,
) -> list[Choice]:
    """The instructions that a session chooses among, each with a way of its own; the concept's own ones first.

    young: whether the learner is a child. turn: how many sessions of this kind came before; patterns are offered in
    turns, so that a plan does not say the same thing of every concept, but what the learner asked for comes first.
    Interests take turns as well. What the learner does not want is offered only where nothing else is.
    most: with more of the concept's own, patterns are left out. early: no session on the concept is for practice, so
    what is written there for a learner's interest is offered here.
    """
    written, name = material.teaching(slot.concept), source[slot.concept].name
    own = written.instructions(profile.audience) if written else ()
    general = [i for i in material.patterns.instructions(profile.audience) if slot.kind in i.for_]
    general = [*general[turn % len(general) :], *general[: turn % len(general)]]
    wishes = wishes_of(asked_by(profile.preferences, profile.needs))
    general.sort(key=lambda i: wishes.isdisjoint(i.suits))
    unwanted = spared(profile.preferences, profile.needs)
    liked = likable(profile.interests)
    interest = liked[turn // 2 % len(liked)] if liked else ""
    found: dict[Way, Choice] = {}
    unfit: dict[Way, Choice] = {}
    for item, is_own in [*((i, True) for i in own), *((i, False) for i in general)]:
        brought_forward = early and is_own and item.way == "interest"
        if (
            not (slot.kind in item.for_ or brought_forward)
            or (item.young and not young)
            or (item.way == "interest" and not interest)
        ):
            continue
        fits = unwanted.isdisjoint(item.suits) and not out_of_place(item.do, profile.needs)
        into = found if fits else unfit
        if item.way not in into and (is_own or len(into) < most):
            do, why = (filled(text, name).replace("{interest}", interest) for text in (item.do, item.why))
            into[item.way] = Choice(do, why, is_own, item)
    # What the learner does not want is better than nothing to do.
    return list((found or unfit).values())


def likable(interests: Sequence[str]) -> list[str]:
    """The interests that read well within a sentence, a few words that name a thing; of others, a part that does."""
    found = []
    for interest in interests:
        first = re.split(r"[,;]|\b(?:and )?(?:but|so|because|need|want|help)\b", interest.strip())[0].strip()
        found += next(([part] for part in (first, *re.split(r"\band\b", first)) if _readable(part.strip())), [])
    return [_INSTRUMENT.sub(r"playing the \1", part.strip()) for part in found]


def _readable(part: str) -> bool:
    short = re.fullmatch(r"\w[\w '&+-]*", part) and len(part.split()) <= MOST_WORDS
    return bool(short) and not re.search(r"\b(?:i|i'm|my|me)\b", part.lower())


def prior(choice: Choice, kind: SlotKind, preferences: Sequence[str], weights: Weights) -> float:
    """How well a choice fits, without the model: a log-probability up to a constant."""
    known = sum(getattr(weights, name) * value for name, value in features(choice, kind, preferences).items())
    return float(known + weights.ways.get(kind, {}).get(choice.way, 0.0))


def features(choice: Choice, kind: SlotKind, preferences: Sequence[str]) -> dict[str, float]:
    """What the prior weighs, beside the way of working."""
    wishes, written = wishes_of(preferences), choice.written
    return {
        "suits": float(not wishes.isdisjoint(written.suits)),
        "touches": float(not wishes.isdisjoint(written.touches)),
        "words": overlap(choice.do, preferences),
        "own": float(choice.own),
        "merit": written.merit_for(kind) / 100,
    }


_PROPER = ("Bayes", "Gaussian", "L'Hopital", "Pythagorean", "Riemann", "Taylor")


def in_sentence(name: str) -> str:
    """A concept's name as it stands within a sentence."""
    return name if name.startswith(_PROPER) else name[:1].lower() + name[1:]


def filled(text: str, name: str) -> str:
    """A written sentence with the name of its concept in it, where it has a place for one."""
    return text.replace("{name}", in_sentence(name))
