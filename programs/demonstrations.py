"""Expert demonstrations: weeks written with care for particular learners, and the calls that they answer.

They are the demo pool of the text search and the training data of soft prompts, for concepts of the train split only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError, field_validator

from .curriculum import DATA, curriculum
from .diagnosis import diagnose_call, suspects_for
from .errors import InputError, explain
from .expert_choices import expert_choices
from .learner import LearnerProfile, Strict
from .outputs import Instruction, Reason
from .request.complete import Completed
from .request.spoken import STEP as READ
from .request.spoken import pairs_of
from .sequence import Slot, SlotKind
from .steps import OPTIONS, RANK, Call
from .synthetic_learners import SEED, learners, split_of
from .wording import about_learner, adapt_call, week_call
from .yaml_file import read_yaml

DRAWS = 4
"""How often the train learners are drawn anew for requests to learn from: their spans are known, and cost nothing."""


class DemoSession(Strict):
    kind: SlotKind
    concept: str
    activity: Instruction
    why: Reason


class Demonstration(Strict):
    """One week as an expert writes it, and the advice that goes with it."""

    concept: str
    learner: LearnerProfile
    sessions: list[DemoSession]
    behind: Instruction
    ahead: Instruction

    @field_validator("concept")
    @classmethod
    def _train_only(cls, concept: str) -> str:
        if split_of(curriculum()[concept].id) != "train":
            raise ValueError("demonstrations are for concepts of the train split only")
        return concept

    def week(self) -> tuple[Call, dict[str, Any]]:
        """The call that this week answers, and the answer."""
        slots = [Slot(s.concept, s.kind, "core") for s in self.sessions]
        call = week_call(self._about(), slots, curriculum())
        words = [{"activity": s.activity, "why": s.why} for s in self.sessions]
        return call, {"week": {"sessions": words}}

    def advice(self) -> tuple[Call, dict[str, Any]]:
        """The call for advice on a plan that leads to this week, and the answer."""
        before = [p for p in curriculum()[self.concept].prerequisites if p != self.concept][:1]
        weeks = [[Slot(c, "learn", "core")] for c in (*before, self.concept)]
        return adapt_call(self._about(), weeks, curriculum()), {"advice": {"behind": self.behind, "ahead": self.ahead}}

    def _about(self) -> str:
        minutes = self.learner.minutes_per_week or 0
        return about_learner(Completed(self.learner, 1, len(self.sessions), minutes, None))


@cache
def demonstrations(folder: Path = DATA / "demonstrations") -> tuple[Demonstration, ...]:
    """Every demonstrated week. Raises InputError naming the file, the item and the field."""
    items = []
    for file in sorted(folder.glob("*.yaml")):
        for number, raw in enumerate(read_yaml(file), 1):
            try:
                items.append(Demonstration.model_validate(raw))
            except ValidationError as error:
                raise InputError(f"{file.name}: item {number}: {explain(error)}") from None
    return tuple(items)


def demonstrations_of(step: str) -> list[dict[str, Any]]:
    """Solved calls of one step as demonstrations: fields, and what the call was narrowed to and ranked by."""
    found = []
    for call, reply in solved_calls(step):
        rank = {RANK: dict(call.rank)} if call.rank else {}
        found.append({**call.inputs, **reply, OPTIONS: dict(call.options), **rank})
    return found


def solved_calls(step: str) -> list[tuple[Call, dict[str, Any]]]:
    """Calls of one step with right answers, all from the train split: experts' choices, weeks and advice, and the
    learners' truths, the spans of their requests among them."""
    if step == "choose_way":
        return [choice.call() for choice in expert_choices() if choice.split == "train"]
    if step == READ:
        drawn = [learner for seed in range(SEED, SEED + DRAWS) for learner in learners("train", seed)]
        texts = [(learner.given.text, learner.spans) for learner in drawn]
        return [(Call(READ, {"request": text}), {"spans": pairs_of(text, spans)}) for text, spans in texts]
    if step == "write_week":
        return [d.week() for d in demonstrations()]
    if step == "adapt":
        return [d.advice() for d in demonstrations()]
    return list(_choices(step))


def _choices(step: str) -> Iterator[tuple[Call, dict[str, Any]]]:
    source = curriculum()
    for learner in learners("train"):
        target = source[learner.target]
        if step == "choose_topic":
            # Requests that name their topic need no choice; what the model must tell apart is a strand's concepts.
            rng = random.Random(learner.id)
            others = [c for c in source if source[c].strand == target.strand and c != target.id]
            names = [source[c].name for c in rng.sample(others, min(3, len(others)))]
            names.insert(rng.randrange(len(names) + 1), target.name)
            inputs = {"request": learner.given.text, "topics": "; ".join(names)}
            yield Call(step, inputs, {"topic": names}), {"topic": target.name}
        else:
            profile = learner.given.model_copy(update={"topics": [learner.target]})
            suspects = suspects_for(profile, source)
            if learner.shaky in suspects and len(suspects) > 1:
                yield diagnose_call(profile, suspects, source), {"shaky": source[learner.shaky].name}
