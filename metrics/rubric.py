"""The rubric: eight dimensions, weighed as ``rubric.toml`` says, each score with its evidence.

A rubric file may add dimensions of its own: ``check = "file.py:function"`` names a Python function of a plan and a
profile that returns a score from 0 to 1; a dimension that is given only by its ``description`` needs a judge, passed to
``Rubric.load`` as an implementation under its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..programs.curriculum import Curriculum, curriculum
from ..programs.errors import InputError
from ..programs.learner import LearnerProfile
from ..programs.loading import load_attribute
from ..programs.plan import StudyPlan
from ..programs.request.topics.ids import with_ids
from ..programs.text_file import read_text
from .dimensions import BUILT_IN, Assessment, Dimension, PlanView

DEFAULT = Path(__file__).with_name("rubric.toml")
Level = Literal[-1, 0, 1]


class RubricError(InputError):
    """A rubric file is broken; the message names the key."""


class Finding(BaseModel):
    """One piece of evidence: where in the plan, which rule, and how many points of the dimension's score it cost."""

    model_config = ConfigDict(frozen=True)

    where: str
    rule: str
    effect: float


class Score(BaseModel):
    """One dimension of one plan: a score from 0 to 1, its level, and the evidence, the costliest first."""

    score: float = Field(ge=0, le=1)
    level: Level
    evidence: list[Finding] = Field(default_factory=list)


class Scorecard(BaseModel):
    """Every dimension's score and the overall score, 0 to 1."""

    overall: float = Field(ge=0, le=1)
    dimensions: dict[str, Score]


class DimensionSpec(BaseModel):
    """What the rubric file says of one dimension."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    description: str = ""
    check: str = ""
    caps: tuple[str, ...] = ()
    """Dimensions that count in the overall score for no more than this one does."""

    @model_validator(mode="after")
    def _ordered(self) -> DimensionSpec:
        if self.low >= self.high:
            raise ValueError(f"low must be below high (got {self.low} and {self.high})")
        return self


class OverallSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    floor: float = Field(default=0.05, gt=0, lt=1)
    accept: float = Field(default=0.70, gt=0, le=1)


class RubricSpec(BaseModel):
    """The rubric file as data. Weights are those of a mean, so they add up to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    overall: OverallSpec = OverallSpec()
    dimensions: dict[str, DimensionSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_caps(self) -> RubricSpec:
        for name, spec in self.dimensions.items():
            if unknown := [other for other in spec.caps if other not in self.dimensions]:
                raise ValueError(f"dimensions.{name}.caps: no dimension of this rubric is called {unknown[0]!r}")
        return self


class Rubric:
    """Scores plans. Holds no state between plans: the same plan and profile always get the same scorecard.

    source: the curriculum that plans are judged by; the built-in one if left out.
    """

    def __init__(self, spec: RubricSpec, dimensions: Mapping[str, Dimension], source: Curriculum | None = None):
        self.spec, self.source = spec, curriculum() if source is None else source
        self._dimensions = {name: dimensions[name] for name in spec.dimensions}

    @classmethod
    def load(
        cls,
        path: Path | str | None = None,
        *,
        judged: Mapping[str, Dimension] | None = None,
        source: Curriculum | None = None,
    ) -> Rubric:
        """The rubric of a file, or the built-in one. ``judged`` implements dimensions that words alone describe.

        Raises RubricError with one line that names the key.
        """
        file = Path(path) if path is not None else DEFAULT
        try:
            text = read_text(file, "rubric")
        except InputError as error:
            raise RubricError(str(error)) from None
        try:
            spec = parse_rubric(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise RubricError(f"rubric: {file} is not TOML ({error})") from None
        known = {**BUILT_IN, **(judged or {})}
        for name, dimension in spec.dimensions.items():
            if dimension.check:
                known[name] = _from_file(name, dimension.check, file.parent)
            elif name not in known:
                raise RubricError(
                    f"dimensions.{name}: unknown dimension; the built-in ones are {', '.join(BUILT_IN)}, "
                    f'any other needs check = "file.py:function" or a judge'
                )
        return cls(spec, known, source)

    def score(self, plan: StudyPlan, profile: LearnerProfile) -> Scorecard:
        """Each dimension's score with its evidence, and the overall score (0 to 1).

        Raises InputError when the profile names a concept that the curriculum does not have, on nothing else.
        """
        return self.score_view(PlanView(plan, with_ids(profile, self.source), self.source))

    def score_view(self, view: PlanView) -> Scorecard:
        """The scores of whatever the dimensions can look at."""
        scores: dict[str, Score] = {}
        for name, dimension in self._dimensions.items():
            assessment = dimension.assess(view)
            scores[name] = self._score(name, assessment)
        return Scorecard.model_construct(
            overall=self.overall({n: s.score for n, s in scores.items()}), dimensions=scores
        )

    def overall(self, scores: Mapping[str, float]) -> float:
        """The weighted harmonic mean of the dimensions' scores, none of which counts as less than ``floor``.

        A dimension that another one caps counts for no more than that one. On a scale from the worst possible plan (0)
        to the best (1).
        """
        floor, specs = self.spec.overall.floor, self.spec.dimensions
        counted = {name: scores[name] for name in specs}
        for name, spec in specs.items():
            counted.update({other: min(counted[other], scores[name]) for other in spec.caps})
        mean = 1.0 / sum(spec.weight / max(floor, counted[name]) for name, spec in specs.items())
        return round(max(0.0, (mean - floor) / (1 - floor)), 6)

    def accepts(self, card: Scorecard) -> bool:
        """Whether a plan is good enough to learn from: ``accept`` overall, and no dimension at level -1."""
        return card.overall >= self.spec.overall.accept and all(s.level >= 0 for s in card.dimensions.values())

    def _score(self, name: str, assessment: Assessment) -> Score:
        spec = self.spec.dimensions[name]
        value = round(min(1.0, max(0.0, assessment.score)), 6)
        level: Level = -1 if value < spec.low else 1 if value >= spec.high else 0
        evidence = [Finding.model_construct(where=e.where, rule=e.rule, effect=e.effect) for e in assessment.evidence]
        return Score.model_construct(score=value, level=level, evidence=evidence)


def parse_rubric(raw: Mapping[str, Any]) -> RubricSpec:
    """The specification in a mapping. Raises RubricError with one line that names the key."""
    try:
        spec = RubricSpec.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "rubric"
        said = first["msg"].removeprefix("Value error, ")
        got = "" if isinstance(first["input"], dict) else f" (got {first['input']!r})"
        raise RubricError(f"{key}: {said}{got}") from None
    total = sum(d.weight for d in spec.dimensions.values())
    if abs(total - 1) > 1e-6:
        raise RubricError(f"dimensions.*.weight: the weights must add up to 1 (got {total:g})")
    return spec


@cache
def default_rubric() -> Rubric:
    """The built-in rubric, read once."""
    return Rubric.load()


def plan_metric(rubric: Rubric) -> Callable[..., float | bool]:
    """A DSPy metric: ``example.profile`` and ``prediction.plan`` in, the overall score out, 0 for a missing plan.

    While bootstrapping (``trace`` given) it says whether the plan is good enough to become a demonstration.
    """

    def metric(example: Any, prediction: Any, trace: Any = None) -> float | bool:
        plan = getattr(prediction, "plan", None)
        if plan is None:
            return False if trace is not None else 0.0
        card = rubric.score(plan, example.profile)
        return rubric.accepts(card) if trace is not None else card.overall

    return metric


class _Check:
    """A user's function of plan and profile as a dimension."""

    def __init__(self, name: str, function: Callable[[StudyPlan, LearnerProfile], float]):
        self.name, self.function = name, function

    def assess(self, view: PlanView) -> Assessment:
        value = self.function(view.plan, view.profile)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise RubricError(f"dimensions.{self.name}.check: must return a number from 0 to 1 (got {value!r})")
        return Assessment(float(value), [])


def _from_file(name: str, reference: str, folder: Path) -> Dimension:
    """The function that ``file.py:function`` names, relative to the rubric file."""
    field = f"dimensions.{name}.check"
    try:
        function = load_attribute(reference, field, folder)
    except InputError as error:
        raise RubricError(str(error)) from error
    if not callable(function):
        raise RubricError(f"{field}: {reference} is no function")
    return _Check(name, function)
