"""A user's own task, small enough to search in seconds.

The model answers one of two colours. Nine tenths of a score are for the prompt itself, so that it is known beforehand
which candidate must win; the rest is for the model's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import dspy
from studysmith.optimizers.task import StepPool, Task

THINGS = (
    "apple", "brick", "cherry", "door", "engine", "flag", "glove", "hat", "ink", "jar", "kite", "lamp", "mug", "nail",
    "oven", "pen", "quilt", "rose", "sock", "tent", "urn", "van", "wall", "yarn", "zip", "arch",
)  # fmt: skip
UNTOUCHED = ("boat", "card", "desk", "fan", "gate", "horn", "iron", "jug", "knot", "leaf")
SHOWN = ("ball", "cup", "fork", "book", "shoe", "bag", "car", "sky")
RED, BLUE = "Always answer red.", "Always answer blue."


class Colour(dspy.Signature):
    thing: str = dspy.InputField()
    colour: Literal["red", "blue"] = dspy.OutputField()


class Size(dspy.Signature):
    """Answer big or small."""

    thing: str = dspy.InputField()
    size: Literal["big", "small"] = dspy.OutputField()


class Pick(dspy.Module):
    """One call for each example, or two with `sized`; the prediction says under which prompt it was made."""

    def __init__(self, instructions: str, sized: bool = False) -> None:
        super().__init__()
        self.colour = dspy.Predict(Colour.with_instructions(instructions), max_tokens=12)
        if sized:
            self.size = dspy.Predict(Size, max_tokens=12)

    def forward(self, thing: str) -> dspy.Prediction:
        answers = {name: predict(thing=thing)[name] for name, predict in self.named_predictors()}
        asked = self.colour.signature.instructions
        return dspy.Prediction(**answers, asked=asked, demos=len(self.colour.demos))


def metric(best: Callable[[dspy.Prediction], bool]) -> Callable[[dspy.Example, dspy.Prediction], float]:
    return lambda example, prediction: 0.9 * best(prediction) + 0.1 * (prediction.colour == "red")


def examples(things: tuple[str, ...]) -> list[dspy.Example]:
    return [dspy.Example(id=thing, thing=thing).with_inputs("thing") for thing in things]


def make(
    name: str, first: str, second: str, best: Callable[[dspy.Prediction], bool], *, train: int = 6, sized: bool = False
) -> Task:
    pools = {"colour": StepPool([first, second], [{"thing": thing, "colour": "red"} for thing in SHOWN])}
    if sized:
        pools["size"] = StepPool([Size.instructions], [{"thing": thing, "size": "small"} for thing in SHOWN])
    return Task(
        name=name,
        program=lambda: Pick(first, sized),
        metric=metric(best),
        train=examples(THINGS[:train]),
        validation=examples(THINGS[16:20]),
        confirm=examples(UNTOUCHED),
        test=examples(THINGS[20:]),
        pools=pools,
    )


task = make("colour", BLUE, RED, lambda prediction: prediction.asked == RED)
"""The program does badly; a better prompt is in the pool."""
best_first = make("best-first", RED, BLUE, lambda prediction: prediction.asked == RED and not prediction.demos, train=9)
"""The program is right already; everything in the pool makes it worse."""


def two_steps() -> Task:
    """Two predictors, both with demonstrations."""
    return make("two-steps", BLUE, RED, lambda prediction: False, sized=True)


sized = make("sized", BLUE, RED, lambda prediction: prediction.asked == RED, sized=True)
"""As `task`, with two calls for each example."""


def told() -> Task:
    """Its score has two parts, and for each there are sentences: one of three does not help."""

    def parts(example: dspy.Example, prediction: dspy.Prediction) -> dict[str, float]:
        kind = 0.2 + 0.8 * ("Be kind." in prediction.asked)
        return {"kind": kind, "brief": float("Be brief." in prediction.asked)}

    return Task(
        name="told",
        program=lambda: Pick("Answer."),
        metric=lambda example, prediction: sum(parts(example, prediction).values()) / 2,
        train=examples(THINGS[:6]),
        validation=examples(THINGS[16:20]),
        confirm=examples(UNTOUCHED),
        test=examples(THINGS[20:]),
        explain=parts,
        feedback={
            "kind": {"colour": ["Be nice.", "Be kind."]},
            "brief": {"colour": ["Be brief."]},
        },
    )
