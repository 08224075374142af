"""What a corruption is: one way of making a plan worse in one respect, at three strengths.

Each strength does what the weaker ones do and more (the places are taken from one random order), so a dimension that
measures what it says can only fall along the chain.
"""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ...programs.curriculum import Curriculum, curriculum
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan

STRENGTHS = (1 / 3, 2 / 3, 1.0)
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """A plan and its learner, who wrote it (``expert`` or ``generated``), and the curriculum that it is about."""

    plan: StudyPlan
    profile: LearnerProfile
    writer: str = "expert"
    source: Curriculum = field(default_factory=curriculum)


class Edit(Protocol):
    """Changes a copy of the plan in place; False when there is nothing in the plan to corrupt in this way."""

    def __call__(self, plan: StudyPlan, context: Context) -> bool: ...


@dataclass(frozen=True)
class Context:
    """What an edit may use: how strong to be, whose plan it is, plans of other learners, and fixed random numbers."""

    strength: float
    case: Case
    others: Sequence[Case]
    seed: int

    @property
    def profile(self) -> LearnerProfile:
        return self.case.profile

    @property
    def source(self) -> Curriculum:
        return self.case.source

    @property
    def rng(self) -> random.Random:
        """A fresh generator: the same numbers at every strength, so that the places nest."""
        return random.Random(self.seed)

    def some(self, items: Sequence[T]) -> list[T]:
        """The share of the items that this strength touches, at least one; more strength adds to the same ones."""
        count = math.ceil(self.strength * len(items))
        chosen = self.rng.sample(range(len(items)), len(items))[:count]
        return [items[i] for i in sorted(chosen)]


@dataclass(frozen=True)
class Corruption:
    """One way to make a plan worse: which dimension must fall, and which others it cannot leave alone.

    ``touches`` names dimensions that the same fault honestly concerns; the reason stands where the corruption is made.
    """

    name: str
    target: str
    edit: Edit
    touches: frozenset[str] = frozenset()

    def apply(self, case: Case, strength: float, others: Sequence[Case], number: int) -> StudyPlan | None:
        """A corrupted copy, or None where the plan has nothing to corrupt in this way. ``number`` seeds the choice."""
        plan = case.plan.model_copy(deep=True)
        seed = zlib.crc32(f"{self.name}/{number}".encode())
        return plan if self.edit(plan, Context(strength, case, others, seed)) else None


REGISTRY: list[Corruption] = []


def corrupts(target: str, touches: Sequence[str] = ()) -> Callable[[Edit], Edit]:
    """Registers an edit under its function's name."""

    def register(edit: Edit) -> Edit:
        name = edit.__name__  # type: ignore[attr-defined]
        REGISTRY.append(Corruption(name, target, edit, frozenset(touches)))
        return edit

    return register
