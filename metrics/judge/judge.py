"""A language model as a judge of one dimension: grades, comparisons, and what they cost.

A judge is optional. It counts only after it passed the tests that the checks pass (see `judge_validation`); until then
it may be asked, but nothing mixes its grades into a score.
"""

from __future__ import annotations

import math
import re
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...programs.errors import InputError
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan
from ..dimensions import Assessment, PlanView
from ..dimensions.base import Evidence
from .prompt import (
    LEVELS,
    Scale,
    built_in_scales,
    comparing_instructions,
    comparing_material,
    grading_instructions,
    grading_material,
    learner_text,
    plan_text,
)

if TYPE_CHECKING:
    import dspy
    from dspy import lm15

ALTERNATIVES = 20
"""First-token alternatives asked for: the most that hosted engines give."""


def _form(field: str, values: list[int] | list[str]) -> dict[str, Any]:
    kind = "integer" if isinstance(values[0], int) else "string"
    return {
        "type": "object",
        "properties": {field: {"type": kind, "enum": values}},
        "required": [field],
        "additionalProperties": False,
    }


_GRADE, _BETTER = _form("grade", list(LEVELS)), _form("better", ["A", "B"])


class JudgeError(InputError):
    """A judge cannot be used; the message names the dimension and why."""


@dataclass(frozen=True)
class Cost:
    """What a judge has spent: calls, tokens in and out, and seconds waited for them."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Grade:
    """One grade. ``score`` is 0 to 1; None when the model named no grade.

    ``weighted`` says whether it is the mean over the probabilities of the five grades (``distribution``, which adds up
    to 1) or the single grade that the model wrote; ``mass`` is the probability that the model gave to any grade at all.
    """

    score: float | None
    weighted: bool
    distribution: dict[int, float]
    mass: float


@dataclass(frozen=True)
class Preference:
    """Two texts, asked about in both orders.

    ``preference`` for the first text is 0 to 1 (0.5: no preference), the mean of both orders. ``consistent`` says
    whether both orders favour the same text; ``position_bias`` is how far text A was favoured whatever it held, -0.5
    to 0.5.
    """

    preference: float
    consistent: bool
    position_bias: float


class Judge:
    """Grades one dimension with any dspy.LM. A `Dimension`, so a rubric can hold it.

    dimension: its name; scale: its written scale, the built-in one if None. Grades are weighted by probability where
    the engine gives log probabilities. Errors of the model (a spent budget among them) pass through unchanged.
    Raises JudgeError when there is no scale.
    """

    def __init__(self, lm: dspy.LM, dimension: str, scale: Scale | None = None) -> None:
        found = scale or built_in_scales().get(dimension)
        if found is None:
            raise JudgeError(f"dimensions.{dimension}: a judge needs a description or a written scale")
        self.lm, self.dimension, self.scale = lm, dimension, found
        self._lock = threading.Lock()
        self._cost = Cost()
        self._gives_logprobs = True
        self._takes_forms = bool(lm.supports_response_schema)

    @property
    def cost(self) -> Cost:
        """What this judge has spent so far."""
        with self._lock:
            return self._cost

    def assess(self, view: PlanView) -> Assessment:
        """See `Dimension.assess`. A model that names no grade leaves the plan in the middle, and the evidence says so.

        For a task of other kind, ``view.plan`` and ``view.profile`` may hold the response and the request as text.
        """
        grade = self.grade(view.plan, view.profile)
        if grade.score is None:
            return Assessment(0.5, [Evidence("plan", f"the judge {self.lm.model} named no grade", 0.0)])
        how = "mean of its probabilities" if grade.weighted else "its word"
        stated = Evidence("plan", f"the judge gives {1 + 4 * grade.score:.1f} of 5 ({how})", grade.score - 1)
        return Assessment(grade.score, [stated])

    def grade(self, response: StudyPlan | str, request: LearnerProfile | str) -> Grade:
        """The grade of a plan for a learner, or of any response to any request."""
        material = grading_material(_words(request), _words(response))
        answer = self._ask(grading_instructions(self.scale), material, _GRADE)
        weights = _weights(answer, {str(level) for level in LEVELS})
        if weights:
            mass = sum(weights.values())
            distribution = {level: weights.get(str(level), 0.0) / mass for level in LEVELS}
            mean = sum(level * share for level, share in distribution.items())
            return Grade((mean - 1) / 4, True, distribution, min(1.0, mass))
        named = re.search(r"(?<![\d.])[1-5](?![\d.]*\d)", answer.text or "")
        if not named:
            return Grade(None, False, {}, 0.0)
        return Grade((int(named[0]) - 1) / 4, False, {int(named[0]): 1.0}, 1.0)

    def compare(self, first: StudyPlan | str, second: StudyPlan | str, request: LearnerProfile | str) -> Preference:
        """Which of two texts is better, asked in both orders."""
        forward = self._prefers_a(first, second, request)
        backward = self._prefers_a(second, first, request)
        return Preference(
            preference=(forward + 1 - backward) / 2,
            consistent=(forward - 0.5) * (0.5 - backward) > 0,
            position_bias=(forward + backward) / 2 - 0.5,
        )

    def _prefers_a(self, a: StudyPlan | str, b: StudyPlan | str, request: LearnerProfile | str) -> float:
        material = comparing_material(_words(request), _words(a), _words(b))
        answer = self._ask(comparing_instructions(self.scale), material, _BETTER)
        weights = _weights(answer, {"A", "B"})
        if weights:
            return weights.get("A", 0.0) / sum(weights.values())
        named = re.search(r"\b[AB]\b", answer.text or "")
        return 0.5 if not named else float(named[0] == "A")

    def _ask(self, instructions: str, material: str, form: dict[str, Any]) -> lm15.Response:
        from dspy import lm15
        from dspy.utils.exceptions import LMUnsupportedFeatureError

        # A form, because small models like to begin with a sentence: within it the next token has to be the grade.
        config = lm15.Config(
            max_tokens=16,
            temperature=0.0,
            logprobs=ALTERNATIVES if self._gives_logprobs else None,
            response_format={"type": "json_schema", "name": "grade", "schema": form} if self._takes_forms else None,
        )
        request = lm15.Request(
            model=self.lm.model, system=instructions, messages=(lm15.Message.user(material),), config=config
        )
        started = time.perf_counter()
        try:
            answer = self.lm(request)
        except LMUnsupportedFeatureError:
            if not self._gives_logprobs:
                raise
            self._gives_logprobs = False
            answer = self.lm(replace(request, config=replace(config, logprobs=None)))
        spent = Cost(1, answer.usage.input_tokens or 0, answer.usage.output_tokens or 0, time.perf_counter() - started)
        with self._lock:
            self._cost += spent
        return answer


def _words(text: StudyPlan | LearnerProfile | str) -> str:
    if isinstance(text, StudyPlan):
        return plan_text(text)
    return learner_text(text) if isinstance(text, LearnerProfile) else text


def _weights(answer: lm15.Response, accepted: set[str]) -> dict[str, float]:
    """Probability of each accepted answer where the reply holds one; empty when the engine gave none."""
    for token in answer.logprobs or ():
        if token.token.strip(' "') in accepted:
            weights: dict[str, float] = {}
            for alternative in token.top or (token,):
                name = alternative.token.strip(' "')
                if name in accepted:
                    weights[name] = weights.get(name, 0.0) + math.exp(alternative.logprob)
            return weights
    return {}
