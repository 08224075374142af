"""Whether what a text names is wanted, not wanted, known or hard: read clause by clause from what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from .items import one_list
from .names import Mention, Place, Placed
from .stance_words import (
    ALL,
    ALONE,
    BACK,
    BRACKETS,
    BREAK,
    DONE,
    ELLIPSIS,
    FINE,
    FINE_BUT,
    GAP,
    HARD,
    JOINT,
    KNOWN,
    NOT,
    NOT_HARD,
    NOT_KNOWN,
    ONE,
    OWN_VERB,
    THAT,
    TIME,
    TOO,
    UNWANTED,
    WISH,
)

LEAST_LETTERS = 5
"""Letters of a word that may stand for the whole name that it begins."""


class Stance(Enum):
    """How the learner stands to a topic. ``GAP``: not learned yet, which is no wish as long as something else is."""

    WANTED = "wanted"
    HARD = "hard"
    GAP = "gap"
    KNOWN = "known"
    UNWANTED = "unwanted"


@dataclass(frozen=True)
class Clause:
    """A stretch of the text with one stance; ``cue``: where the words stand that say so."""

    start: int
    end: int
    stance: Stance
    cue: int | None = None

    @property
    def said(self) -> bool:
        """Whether words of the clause say what its stance is."""
        return self.cue is not None


_CUES = (
    (UNWANTED, Stance.UNWANTED, None),
    (GAP, Stance.GAP, None),
    (KNOWN, Stance.KNOWN, NOT_KNOWN),
    (HARD, Stance.HARD, NOT_HARD),
    (NOT_HARD, Stance.KNOWN, None),
)
"""Words that say a stance, and those that deny it: a cue within these is none."""
Cue = tuple[int, int, Stance]
_SETTLED = (Stance.KNOWN, Stance.UNWANTED)


def clauses(text: str) -> list[Clause]:
    """The clauses of a text, which leave out nothing, and the stance of each."""
    lower = _lowered(text)
    breaks = {0, len(text), *(m.end() if m.group().strip() else m.start() + 1 for m in BREAK.finditer(lower))}
    for brackets in BRACKETS.finditer(lower):
        if _cues(lower, *brackets.span()):
            breaks |= set(brackets.span())
    found: list[Clause] = []
    for start, end in pairwise(sorted(breaks)):
        cues = _cues(lower, start, end)
        for first, last in pairwise([start, *_between(lower, start, end, cues), end]):
            if lower[first:last].strip():
                said = [(cue, stance) for cue, _, stance in cues if first <= cue < last]
                wish = WISH.search(lower, first, last)
                cue, stance = said[0] if said else (wish.start() if wish else None, Stance.WANTED)
                found.append(Clause(first, last, stance, cue))
    return found


def _lowered(text: str) -> str:
    lower = text.lower().replace("’", "'")
    return lower if len(lower) == len(text) else text.replace("’", "'")


def _cues(lower: str, start: int, end: int) -> list[Cue]:
    """Where words say a stance, in the order of the text."""
    clause = lower[start:end]
    found = []
    for pattern, stance, denials in _CUES:
        for match in pattern.finditer(clause):
            if denials is None or not _denied(clause, match, denials):
                found.append((start + match.start(), start + match.end(), stance))
    return sorted(found, key=lambda cue: cue[0])


def words_of_stance(text: str) -> list[tuple[int, int]]:
    """Where words say how the learner stands to something."""
    lower = _lowered(text)
    found = [(start, end) for start, end, _ in _cues(lower, 0, len(lower))]
    return found + [m.span() for m in re.finditer(rf"\b{FINE}\b", lower)]


def _between(lower: str, start: int, end: int, cues: Sequence[Cue]) -> list[int]:
    """Where a clause parts because what stands on either side says a stance, or a wish, of its own."""
    said = [(first, last) for first, last, _ in cues] + [m.span() for m in WISH.finditer(lower, start, end)]
    joints = [m for m in JOINT.finditer(lower, start, end) if not any(a < m.start() < b for a, b in said)]
    found, begin, comma = [], start, None
    for here, after in pairwise([*joints, None]) if joints else ():
        assert here is not None
        until = after.start() if after else end
        if "," in here.group():
            comma = here.end()
        inside = [a for a, _ in said if here.end() <= a < until]
        if inside and any(begin <= a < here.start() for a, _ in said):
            # "need A, B and C I know": the words after C are said of all that follows the comma.
            led = bool(lower[here.end() : inside[0]].strip())
            free = comma is not None and begin < comma and not any(comma <= a < here.start() for a, _ in said)
            begin = comma if comma is not None and free and led else here.end()
            found.append(begin)
    return found


def _denied(clause: str, cue: re.Match[str], denials: re.Pattern[str]) -> bool:
    """Whether words that say what is known, or hard, are part of words that say what is not."""
    return any(
        d.start() <= cue.start() < d.end() or cue.start() <= d.start() < cue.end() for d in denials.finditer(clause)
    )


def stances(text: str, named: Sequence[Placed]) -> list[Stance]:
    """The stance of each stretch, in the order of the text."""
    lower = _lowered(text)
    found = [Stance.WANTED] * len(named)
    before: list[int] = []
    done = 0
    last = Stance.WANTED
    parts = clauses(text)
    names = [[i for i, stretch in enumerate(named) if part.start <= stretch.start < part.end] for part in parts]
    for part, inside, behind in zip(parts, names, [*names, []][1:], strict=True):
        fine = FINE_BUT.search(lower[part.start : part.end].rstrip()) if behind and not part.said else None
        if fine:
            part = replace(part, stance=Stance.KNOWN, cue=part.start + fine.start())
        if inside and not part.said and last is not Stance.WANTED and TOO.search(lower[part.start : part.end]):
            part = replace(part, stance=last)
        elif inside and (less := ELLIPSIS.match(lower, max(named[i].end for i in inside), part.end)):
            part = replace(part, stance=_opposite(last, bool(less["no"]), part.stance))
        for i in inside:
            found[i] = _of(part, lower, named[i], [named[j] for j in inside], last)
        if not inside:
            if part.stance is Stance.HARD and DONE.search(lower, done, part.start):
                # "We've done slope and he doesn't get it."
                found = [Stance.HARD if i in before and s is Stance.KNOWN else s for i, s in enumerate(found)]
            meant = _meant(part, lower, named, before)
            for i in meant:
                # "I know that, so skip it" is known, and no wish is against it.
                found[i] = part.stance if part.stance in _SETTLED and found[i] is not Stance.KNOWN else Stance.KNOWN
            if part.stance in _SETTLED and not meant:
                before = []  # what has no name here is known, and "I use it daily" goes on about that
        if inside:
            before, done = inside, part.start
        if inside or part.said:
            last = part.stance
    return found


def _opposite(last: Stance, denied: bool, stance: Stance) -> Stance:
    """What a clause without a verb of its own says after one with ``last``; ``stance`` where that says nothing."""
    if last is Stance.KNOWN:
        return Stance.HARD
    return Stance.KNOWN if last is Stance.HARD and denied else stance


def _meant(part: Clause, lower: str, named: Sequence[Placed], before: Sequence[int]) -> Sequence[int]:
    """Which of the stretches before it a clause without any speaks of: "the law of sines, that one is fine"."""
    said = lower[part.start : part.end]
    if before and said.startswith("(") and part.stance in _SETTLED:
        # Brackets speak of what stands right before them.
        latest = max(before, key=lambda i: named[i].start)
        near = not lower[named[latest].end : part.start].strip(" ,")
        return (before if ALL.search(said) else [latest]) if near else ()
    if not before or TIME.search(lower, max(named[i].end for i in before), part.start):
        return ()
    if ALONE.match(said):
        return before
    back = BACK.search(said) if part.stance in _SETTLED else None
    if back is None:
        return ()
    return [max(before, key=lambda i: named[i].start)] if ONE.search(back.group()) else before


def _of(part: Clause, lower: str, stretch: Placed, inside: Sequence[Placed], last: Stance) -> Stance:
    ahead = lower[part.start : stretch.start]
    cue = part.cue if part.stance is Stance.KNOWN and part.cue is not None else len(lower)
    if cue < stretch.start and any(o.end <= cue for o in inside) and OWN_VERB.match(lower, stretch.end):
        # "Slope is easy, ratios are another matter": of ratios something else is said.
        return Stance.WANTED
    if part.stance in _SETTLED and part.cue is not None and stretch.end <= part.cue:
        # "slope please, fractions I already know": what stands before the comma is not known.
        comma = lower.rfind(",", stretch.end, part.cue)
        nearer = [other for other in inside if stretch.end <= other.start < part.cue]
        listed = len(nearer) > 1 or "and" in lower[stretch.end : part.cue].split()
        alone = not re.sub(rf"\b(?:and|so|{THAT})\b", "", lower[comma + 1 : part.cue]).strip()
        if comma >= 0 and not alone and not (nearer and listed and one_list(lower, stretch, nearer[-1])):
            return Stance.WANTED
    if NOT.search(ahead) and part.stance not in (Stance.HARD, Stance.GAP):
        # "I know derivatives, but not integrals" says what is missing.
        return Stance.HARD if last is Stance.KNOWN else Stance.UNWANTED
    return part.stance


def taken_back(text: str, named: Sequence[Mention]) -> list[tuple[Mention, list[tuple[int, int]]]]:
    """What is named once more by its first or last word, and not wanted after all ("leave normal out"); and where."""
    lower = _lowered(text)
    found = []
    for name in named:
        parts = re.findall(r"\w+", lower[name.start : name.end])
        ends = {word for word in (*parts[:1], *parts[-1:]) if len(parts) > 1 and len(word) >= LEAST_LETTERS}
        again = [Place(*m.span()) for m in re.finditer(r"\w+", lower) if m.group() in ends]
        again = [w for w in again if not any(m.start < w.end and w.start < m.end for m in named)]
        if any(s in _SETTLED for s in stances(text, again)):
            found.append((name, [(w.start, w.end) for w in again]))
    return found
