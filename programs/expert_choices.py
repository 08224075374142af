"""Which instruction experts chose for a learner, among those that a session offers.

Choices for concepts of the train split are demonstrations; the others are kept to see how well a choice is made for
concepts that nothing was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import Field, ValidationError

from .choices import Choice, choices, prior
from .curriculum import DATA, curriculum
from .errors import InputError, explain
from .learner import LearnerProfile, Strict
from .material import material
from .request.complete import Completed, is_child
from .sequence import Slot
from .steps import Call
from .synthetic_learners import Split, split_of
from .teaching import SlotKind, Way
from .wording import about_learner, way_call


class ExpertChoice(Strict):
    """A session, the ways of working that it offered, and the ones that experts chose, each without the others."""

    concept: str
    kind: SlotKind
    learner: LearnerProfile
    offered: list[Way]
    readings: list[Way] = Field(min_length=1)

    @property
    def chosen(self) -> Way:
        """What most of the experts chose; of equals, what was chosen first."""
        return max(self.readings, key=self.readings.count)

    @property
    def split(self) -> Split:
        return split_of(self.concept)

    def offer(self) -> list[Choice]:
        """The instructions as the expert read them. Raises KeyError when one is no longer written."""
        slot, young = Slot(self.concept, self.kind, "core"), is_child(self.learner.course)
        every = len(get_args(Way))
        found = {c.way: c for c in choices(slot, self.learner, curriculum(), material(), young, most=every)}
        return [found[way] for way in self.offered]

    def call(self) -> tuple[Call, dict[str, Any]]:
        """The call that this choice answers, and the answer."""
        weights, offer = material().weights, self.offer()
        scores = [prior(choice, self.kind, self.learner.preferences, weights) for choice in offer]
        about = about_learner(Completed(self.learner, 1, 1, self.learner.minutes_per_week or 0, None))
        slot = Slot(self.concept, self.kind, "core")
        return way_call(about, slot, offer, scores, weights.likelihood, curriculum()), {"way": self.chosen}


@cache
def expert_choices(path: Path = DATA / "choice" / "experts.jsonl") -> tuple[ExpertChoice, ...]:
    """Every expert's choice. Raises InputError naming the file, the line and the field."""
    return tuple(_read(path))


def _read(path: Path) -> Iterator[ExpertChoice]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            yield ExpertChoice.model_validate(json.loads(line))
        except (ValidationError, ValueError) as error:
            reason = explain(error) if isinstance(error, ValidationError) else str(error)
            raise InputError(f"{path.name}: line {number}: {reason}") from None
