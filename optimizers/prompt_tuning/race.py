"""A race of settings: each trains a little, the better half goes on, until one is left (successive halving)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .soft_prompt import SoftPrompt

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SHARE, MOST = 0.25, 0.5
"""Of what may be read, what the race takes, in equal parts for its rounds; and what it may take where trials would else
be shorter than LEAST. Where even that is not enough there is no race: too little would be left for the winner."""
LEAST = 16
"""Examples that a trial learns from at least: fewer say little about a setting."""

Trial = Callable[[int, int, "npt.NDArray[np.float32] | None", int], SoftPrompt | None]
"""``trial(setting, examples, start, round)``: what a setting has learned; None if it was interrupted."""


def trials(settings: int, looks: int, reads: float) -> list[tuple[int, int]]:
    """Of each round, how many settings run and on how many examples each; empty where there can be no race.

    looks: examples that a trial looks at without learning from them. reads: what may be read in all.
    """
    rounds = max(1, math.ceil(math.log2(settings)))
    running = [math.ceil(settings / 2**number) for number in range(rounds)]
    plan = [(count, int(max(LEAST, reads * SHARE / rounds / count - looks))) for count in running]
    return plan if sum(count * (examples + looks) for count, examples in plan) <= reads * MOST else []


def race(settings: int, plan: Sequence[tuple[int, int]], trial: Trial) -> tuple[int, SoftPrompt | None] | None:
    """The setting whose held-out loss is lowest, by number, and what it has learned (nothing without a race); None if a
    trial was interrupted.

    Whoever goes on does so from its best vectors. Of equals, the one that stands first does.
    """
    running: list[tuple[int, SoftPrompt | None]] = [(number, None) for number in range(settings)]
    for place, (count, examples) in enumerate(plan):
        done: list[tuple[int, SoftPrompt]] = []
        for number, before in running[:count]:
            learned = trial(number, examples, None if before is None else before.vectors, place)
            if learned is None:
                return None
            done.append((number, learned))
        running = [*sorted(done, key=lambda each: each[1].best_loss)]
    return running[0]
