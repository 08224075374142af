"""Whether a judge may be mixed in: the corruptions and attacks that the checks have to pass, asked of the judge.

A judge passes with the bars of the checks: it detects at least 0.95 of the corruptions of its dimension at full
strength and 0.80 at the lightest, never rises along 0.95 of the chains, moves by at most 0.05 when another dimension is
corrupted, and grades every attack below the lower quartile of the honest plans. A dimension that words alone describe
has no corruptions; there the judge has to grade responses written for the dimension above responses written without.
Too few chains prove nothing, so they do not pass either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from ...programs.errors import InputError, explain
from ...programs.learner import Strict
from ...programs.plan import StudyPlan
from ..dimensions import BUILT_IN, Assessment, Dimension, PlanView
from ..rubric import RubricSpec
from ..validity.attacks import ATTACKS
from ..validity.cases import expert_cases
from ..validity.corruption import REGISTRY, STRENGTHS, Case, Corruption
from ..validity.suite import FALLS_BY
from ..validity.validate import DETECTION_FULL, DETECTION_LIGHT, DRIFT, MONOTONE
from .judge import Cost, Judge, JudgeError
from .prompt import Scale, scale_from_words

if TYPE_CHECKING:
    import dspy

FEWEST_CHAINS = 20


class JudgeReport(Strict):
    """What was measured of one judge: shares of chains, movements on the scale 0 to 1, and the cost of finding out."""

    model: str
    dimension: str
    scale: Scale
    tests: Literal["corruptions", "pairs"]
    chains: int = Field(ge=0)
    detection_full: float
    detection_light: float | None = None
    monotone: float | None = None
    drift: float | None = None
    attacks: int = 0
    attacks_below: float | None = Field(default=None, description="share graded below the honest plans' lower quartile")
    consistent: float | None = Field(default=None, description="share of comparisons that survive swapping the two")
    position_bias: float | None = Field(default=None, description="mean favour for text A, -0.5 to 0.5")
    unanswered: int = Field(default=0, description="grades that the model did not name")
    lm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    @property
    def failures(self) -> list[str]:
        """The bars that were missed, each as ``name value (bar)``; empty when the judge is validated."""
        bars: list[tuple[str, float | None, float, bool]] = [
            ("chains", self.chains, FEWEST_CHAINS, True),
            ("detection_full", self.detection_full, DETECTION_FULL, True),
            ("detection_light", self.detection_light, DETECTION_LIGHT, True),
            ("monotone", self.monotone, MONOTONE, True),
            ("drift", self.drift, DRIFT, False),
            ("attacks_below", self.attacks_below, 1.0, True),
        ]
        missed = [
            f"{name} {value:.3g} ({'at least' if above else 'at most'} {bar:g})"
            for name, value, bar, above in bars
            if value is not None and (value < bar if above else value > bar)
        ]
        return [*missed, *([f"unanswered {self.unanswered} (none)"] if self.unanswered else [])]

    @property
    def validated(self) -> bool:
        return not self.failures


class JudgeReports(Strict):
    """The file that says which judges may be mixed in."""

    reports: list[JudgeReport] = Field(default_factory=list)

    @classmethod
    def load(cls, path: str | Path) -> JudgeReports:
        """Raises JudgeError with one line when the file cannot be used."""
        try:
            return cls.model_validate_json(Path(path).read_text("utf-8"))
        except OSError as error:
            raise JudgeError(f"judge report: cannot read {path} ({error.strerror})") from None
        except ValidationError as error:
            raise JudgeError(f"judge report: {path}: {explain(error)}") from None

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.model_dump_json(indent=2) + "\n", "utf-8")

    def of(self, judge: Judge) -> JudgeReport | None:
        """The newest report on this very judge: same model, dimension and scale."""
        same = [
            r for r in self.reports if (r.model, r.dimension, r.scale) == (judge.lm.model, judge.dimension, judge.scale)
        ]
        return same[-1] if same else None


def honest_and_attacks(count: int) -> tuple[list[Case], list[Case]]:
    """`count` expert plans spread over the curriculum, and every attack of the gaming suite on the first of them."""
    experts = expert_cases()
    cases = [experts[i * len(experts) // count] for i in range(min(count, len(experts)))]
    others = [case for case in experts if case is not cases[0]]
    attacks = [Case(attack.plan(cases[0], others, 0), cases[0].profile, attack.name) for attack in ATTACKS]
    return cases, attacks


def validate_judge(
    judge: Judge,
    cases: Sequence[Case],
    attacks: Sequence[Case] = (),
    registry: Sequence[Corruption] = (),
    *,
    foreign: int = 1,
) -> JudgeReport:
    """Put a judge of a built-in dimension through the corruptions of all dimensions, and the attacks.

    cases: honest plans. foreign: corruptions of each other dimension that are tried, at full strength only, because
    every grade costs a call. Comparisons of each whole plan with its worst version are made in both orders.
    Raises InputError when no corruption of the dimension applies.
    """
    before = judge.cost
    grade = _Grader(judge)
    registry = registry or REGISTRY
    own = [c for c in registry if c.target == judge.dimension]
    others = _few_of_each(registry, judge.dimension, foreign)
    chains: list[list[float]] = []
    moves: dict[str, list[float]] = {}
    comparisons = []
    for number, case in enumerate(cases):
        rest = [other for other in cases if other is not case]
        whole = grade(case.plan, case)
        for corruption in own:
            plans = [corruption.apply(case, strength, rest, number) for strength in STRENGTHS]
            worse = [plan for plan in plans if plan is not None]
            if len(worse) == len(STRENGTHS):
                chains.append([whole, *(grade(plan, case) for plan in worse)])
                comparisons.append(judge.compare(case.plan, worse[-1], case.profile))
        for corruption in others:
            worst = corruption.apply(case, 1.0, rest, number)
            if worst is not None:
                moves.setdefault(corruption.target, []).append(abs(grade(worst, case) - whole))
    if not chains:
        raise InputError(f"dimensions.{judge.dimension}: no corruption of it applies to these plans")
    honest = [grade(case.plan, case) for case in cases]
    limit = quantiles(honest, n=4)[0] if len(honest) > 1 else honest[0]
    below = [grade(attack.plan, attack) < limit for attack in attacks]
    return _report(
        judge,
        before,
        tests="corruptions",
        chains=len(chains),
        detection_full=fmean(c[-1] < c[0] - FALLS_BY for c in chains),
        detection_light=fmean(c[1] < c[0] - FALLS_BY for c in chains),
        monotone=fmean(all(b <= a + FALLS_BY for a, b in pairwise(c)) for c in chains),
        drift=max((fmean(values) for values in moves.values()), default=None),
        attacks=len(below),
        attacks_below=fmean(below) if below else None,
        consistent=fmean(c.consistent for c in comparisons),
        position_bias=fmean(c.position_bias for c in comparisons),
        unanswered=grade.unanswered,
    )


def validate_on_pairs(judge: Judge, pairs: Sequence[tuple[str, str, str]]) -> JudgeReport:
    """Put a judge of any dimension through (request, response written for the dimension, response without) triples.

    Raises InputError when there are none.
    """
    if not pairs:
        raise InputError(f"dimensions.{judge.dimension}: no pairs of responses to test its judge on")
    before = judge.cost
    falls, comparisons, unanswered = [], [], 0
    for request, with_it, without in pairs:
        better, worse = judge.grade(with_it, request).score, judge.grade(without, request).score
        unanswered += (better is None) + (worse is None)
        falls.append(better is not None and worse is not None and worse < better - FALLS_BY)
        comparisons.append(judge.compare(with_it, without, request))
    return _report(
        judge,
        before,
        tests="pairs",
        chains=len(falls),
        detection_full=fmean(falls),
        consistent=fmean(c.consistent for c in comparisons),
        position_bias=fmean(c.position_bias for c in comparisons),
        unanswered=unanswered,
    )


def judged_dimensions(
    lm: dspy.LM, spec: RubricSpec, names: Iterable[str], reports: JudgeReports, *, trust: bool = False
) -> dict[str, Dimension]:
    """Judges for the named dimensions, which a rubric describes in words alone, for `Rubric.load(judged=...)`.

    A judge that no report validates is refused unless its weight is 0 (it is then shown and not mixed in) or `trust`
    says that the user vouches for it. Raises JudgeError with one line that names the dimension and what it failed.
    """
    judges: dict[str, Dimension] = {}
    for name in names:
        dimension = spec.dimensions[name]
        judge = Judge(lm, name, scale_from_words(dimension.description) if dimension.description else None)
        report = reports.of(judge)
        if not trust and dimension.weight > 0 and not (report and report.validated):
            why = "; ".join(report.failures) if report else "it was never tested"
            raise JudgeError(f"dimensions.{name}: its judge {lm.model} is not validated ({why})")
        judges[name] = judge
    return judges


def unscored(spec: RubricSpec) -> list[str]:
    """The dimensions of a rubric for plans that neither a check nor a built-in dimension scores: those for a judge."""
    return [name for name, dimension in spec.dimensions.items() if not dimension.check and name not in BUILT_IN]


def with_judges(checks: Mapping[str, Dimension], lm: dspy.LM, reports: JudgeReports) -> dict[str, Dimension]:
    """The checks, each averaged with its judge where a report validates that judge; the others unchanged."""
    mixed = dict(checks)
    for name, check in checks.items():
        judge = Judge(lm, name)
        report = reports.of(judge)
        if report is not None and report.validated:
            mixed[name] = _Mean(check, judge)
    return mixed


class _Mean:
    def __init__(self, check: Dimension, judge: Judge) -> None:
        self._check, self._judge = check, judge

    def assess(self, view: PlanView) -> Assessment:
        check, judge = self._check.assess(view), self._judge.assess(view)
        return Assessment((check.score + judge.score) / 2, [*check.evidence, *judge.evidence])


class _Grader:
    """Grades each plan once; a grade that the model does not name counts as the middle and is counted."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: dict[str, float] = {}
        self.unanswered = 0

    def __call__(self, plan: StudyPlan, case: Case) -> float:
        key = f"{plan!r}{case.profile!r}"
        if key not in self._known:
            score = self._judge.grade(plan, case.profile).score
            self.unanswered += score is None
            self._known[key] = 0.5 if score is None else score
        return self._known[key]


def _few_of_each(registry: Sequence[Corruption], dimension: str, most: int) -> list[Corruption]:
    chosen: dict[str, list[Corruption]] = {}
    for corruption in registry:
        if corruption.target != dimension and dimension not in corruption.touches:
            chosen.setdefault(corruption.target, []).append(corruption)
    return [corruption for group in chosen.values() for corruption in group[:most]]


def _report(judge: Judge, before: Cost, **found: Any) -> JudgeReport:
    """What was found about a judge, and what finding it cost."""
    spent = judge.cost
    return JudgeReport(
        model=judge.lm.model,
        dimension=judge.dimension,
        scale=judge.scale,
        lm_calls=spent.calls - before.calls,
        prompt_tokens=spent.prompt_tokens - before.prompt_tokens,
        completion_tokens=spent.completion_tokens - before.completion_tokens,
        seconds=round(spent.seconds - before.seconds, 3),
        **found,
    )
