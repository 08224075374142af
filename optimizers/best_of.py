"""The best of several runs of a program, chosen without knowing the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import dspy
from dspy.utils.exceptions import AdapterParseError, ContextWindowExceededError

from ..deploy.errors import OutputError
from ..programs.errors import InputError
from .task import source_of

Reward = Callable[[Mapping[str, Any], Any], float]
"""``(inputs, prediction)`` to a number, higher is better. It sees what the program was given, and no true answer."""


class BestOf(dspy.Module):
    """Runs a program n times, sampled, and keeps the best by a reward; so it costs n times as much at use.

    program: any module without a model of its own. Run k draws what the k-th repetition of its calls would draw, so the
    same inputs give the same prediction. Of equals the first is kept. A run whose reply cannot be used is passed over;
    if all are, the last error is raised. DSPy's own BestOfN prints errors instead, swallows a spent budget with them,
    and samples at a temperature of 1, at which a small model loses its thread.
    Raises InputError naming a setting, or the reward when it raises or gives no finite number.
    """

    unfreezable: ClassVar[str] = (
        "BestOf runs its program several times and chooses, a bundle asks each step once; export the program inside it"
    )
    """Why a bundle cannot hold it (see ``deploy.bundle.freeze``)."""

    def __init__(self, program: dspy.Module, n: int, reward: Reward, temperature: float = 0.7):
        super().__init__()
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise InputError(f"n: a whole number from 1 (got {n!r})")
        if not 0 < temperature <= 2:
            raise InputError(f"temperature: above 0, up to 2 (got {temperature!r})")
        if not callable(reward):
            raise InputError(f"reward: a function of inputs and prediction (got {reward!r})")
        self.program, self.n, self.temperature = program, n, temperature
        self.settings = {"n": n, "temperature": temperature, "reward": source_of(reward)}
        self._reward = reward

    def forward(self, **inputs: Any) -> dspy.Prediction:
        """The best prediction; the trace holds the calls that made it."""
        best: tuple[float, dspy.Prediction, list[Any]] | None = None
        failure: Exception | None = None
        if dspy.settings.lm is None:
            raise InputError("lm: there is no language model to sample; set one by dspy.configure or dspy.context")
        for repetition in range(self.n):
            lm = dspy.settings.lm.copy(temperature=self.temperature, rollout_id=repetition)
            with dspy.context(lm=lm, trace=[]):
                try:
                    prediction = self.program(**inputs)
                except (OutputError, AdapterParseError, ContextWindowExceededError) as error:
                    failure = error
                    continue
                trace = list(dspy.settings.trace)
            value = self._value(inputs, prediction)
            if best is None or value > best[0]:
                best = value, prediction, trace
        if best is None:
            assert failure is not None
            raise failure
        if dspy.settings.trace is not None:
            dspy.settings.trace.extend(best[2])
        return best[1]

    def _value(self, inputs: Mapping[str, Any], prediction: Any) -> float:
        try:
            value = self._reward(inputs, prediction)
        except Exception as error:
            raise InputError(f"reward: raised {type(error).__name__}: {error}") from error
        if not isinstance(value, bool | int | float) or not math.isfinite(value):
            raise InputError(f"reward: must return a finite number (got {value!r})")
        return float(value)


def rubric_reward(inputs: Mapping[str, Any], prediction: Any) -> float:
    """The built-in rubric's score of a plan, for the learner as the planner itself read them."""
    from ..metrics.rubric import default_rubric

    plan = prediction.plan
    return default_rubric().score(plan, plan.profile).overall
