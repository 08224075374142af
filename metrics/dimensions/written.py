"""What people wrote, looked up by wording: sentences that are known to be sound for their own concept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ...programs.choices import filled
from ...programs.curriculum import Curriculum
from ...programs.material import material
from ...programs.wording import ASKED, COMES_BACK, SLIP
from .facts import CURRICULA, normal

_SLOT = "{interest}"
_ANYTHING = r"[^.?!]{2,60}"
"""What may stand in the slot."""
_QUOTED = r".{1,200}?"
"""What may stand in the place of a learner's wish or answer."""


@dataclass(frozen=True)
class Written:
    """What is written for a concept: instructions with their reasons, and reasons that hold for any session on it.

    ``own``: instructions for this concept alone. ``of_learner``: what a reason may say of the learner beside. All in
    normal wording; ``{interest}`` stands for anything short.
    """

    own: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    of_learner: re.Pattern[str]

    def is_own(self, text: str) -> bool:
        """Whether the text is an instruction that was written for this concept alone."""
        said = normal(text)
        return any(_is(said, do) for do in self.own)

    def does(self, text: str) -> bool:
        """Whether the text is one of the instructions."""
        said = normal(text)
        return any(_is(said, do) for do, _ in self.pairs)

    def explains(self, reason: str, activities: Iterable[str]) -> bool | None:
        """Whether a written reason belongs to one of the activities; None where it is not written.

        It may consist of the instruction's own, one that holds for any session, and what it says of the learner.
        """
        said, done = normal(reason), [normal(a) for a in activities]
        if not said:
            return None
        said = self.of_learner.sub("", said).strip()
        for general in self.reasons:
            said = said.removesuffix(general).rstrip()
        if not said:
            return True
        found = [do for do, why in self.pairs if _is(said, why)]
        return any(_is(a, do) for do in found for a in done) if found else None


@lru_cache(maxsize=1 << 10)
def written(concept: str, source: Curriculum) -> Written:
    """What is written for a concept, and, with its name filled in, for any."""
    name = source[concept].name
    kept = [t for t in (material().teaching(concept), material().patterns) if t is not None]

    def said(text: str) -> str:
        return normal(filled(text, name))

    own = kept[0] if len(kept) > 1 else None
    return Written(
        tuple(said(i.do) for i in (*own.student, *own.teacher)) if own else (),
        tuple((said(i.do), said(i.why)) for t in kept for i in (*t.student, *t.teacher)),
        tuple(said(r) for t in kept for r in (*t.reasons.student, *t.reasons.teacher)),
        _of_learner(own.slip if own else ""),
    )


def _of_learner(slip: str) -> re.Pattern[str]:
    """The sentences that a reason may hold beside what is written: the forms of ``programs.wording``."""
    forms = [form.format("\0") for form in (ASKED, *(each for pair in COMES_BACK for each in pair))]
    if slip:
        forms += [form.format(slip, "\0") for form in SLIP]
    return re.compile("|".join(_QUOTED.join(map(re.escape, normal(form).split("\0"))) for form in forms))


@lru_cache(maxsize=CURRICULA)
def _everywhere(source: Curriculum) -> frozenset[str]:
    teachings = (material().teaching(c) for c in source)
    items = (i for t in teachings if t is not None for i in (*t.student, *t.teacher))
    return frozenset(normal(text) for i in items for text in (i.do, i.why) if "{" not in text)


def pasted(text: str, source: Curriculum) -> bool:
    """Whether a text, not being written for the concept at hand, was written for another."""
    return normal(text) in _everywhere(source)


def _is(said: str, template: str) -> bool:
    return said == template if _SLOT not in template else bool(_pattern(template).fullmatch(said))


@lru_cache(maxsize=1 << 11)
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_ANYTHING.join(map(re.escape, template.split(_SLOT))))
