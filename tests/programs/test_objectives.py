"""What a plan asks covers what the objective of its concept names, and stays within it.

A kind of task is a pattern that is searched in "task -> answer". One line for each concept, in the order of their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pytest
from studysmith.programs.curriculum import Exercise, curriculum
from studysmith.programs.fresh import Tasks
from studysmith.programs.material import material
from studysmith.programs.variants import LEVELS

SHOWN = 12
"""Tasks of a concept, beside its worked example, among which a learner meets each kind."""

# fmt: off
KINDS: list[tuple[str, tuple[str, ...]]] = [
    ("adding-decimals", (r"^Calculate \S+ - ", r"\+|together")),
    ("adding-integers", (r"^Calculate -\d+ \+ \(-\d+\)", r"^What is -\d+ \+ \d|rises", r"^Calculate \d+ \+ \(")),
    ("adding-like-fractions", (r"^Calculate \S+ - ", r"\+|altogether")),
    ("adding-polynomials", (r"from the sum of", r"\) - \(|profit")),
    ("angle-pairs", (r"complement", r"supplement", r"straight angle")),
    ("basis-and-dimension", (r"-> 1$", r"-> 2$", r"-> 3$")),
    ("circumference", (r"a radius of \d", r"a diameter of \d", r"What is the radius")),
    ("concavity", (r"-> (concave up|x > .*)$", r"-> (concave down|x < .*)$", r"inflection point")),
    ("confidence-intervals", (r"Build a confidence interval", r"homes|flats|farms|shops|poll")),
    ("congruence-transformations", (r"x-axis", r"y-axis", r"^Rotate", r"then moved")),
    ("continuity", (r"-> yes$", r"-> no$", r"-> 2$", r"-> 3$")),
    ("convergence-tests", (r"-> (converges|yes)$", r"-> (diverges|no)$", r"\d\^n")),
    ("coordinate-plane", (r"\(-\d+, \d+\)", r"\(-\d+, -\d+\)", r"\(\d+, -\d+\)", r"-> quadrant (I|III)$")),
    ("counting-and-comparing", (r"boxes of ten", r"larger", r"smallest")),
    ("decimal-place-value", (r"(thousandth|hundredth)s?\b", r"larger|longest", r"smaller, 0\.")),
    ("definite-integrals", (r"^Sketch y = -\d+ ", r"^Sketch y = \d?x ")),
    ("discriminant", (r"-> (0|no)$", r"-> 1$", r"-> (2|yes)$")),
    ("division-with-remainders", (r"needed", r"filled completely", r"left over", r"remainder")),
    ("equation-of-a-circle", (r"At which point", r"How far|radius", r"Complete the square")),
    ("equivalent-fractions", (r"lowest terms", r"missing number", r"-> yes$", r"-> no$")),
    ("factoring-trinomials", (r"\(x - \d+\)\(x - \d+\)$", r"\(x \+ \d+\)\(x \+ \d+\)$", r"\(x - \d+\)\(x \+ \d+\)$")),
    ("factors-and-multiples", (r"all the factors", r"a multiple of", r"a factor of", r"the first four")),
    ("function-notation", (r"Find C\(\d+\)", r"as a simplified expression", r"expand")),
    ("improper-integrals", (r"-> (converges|yes)$", r"-> (diverges|no)$", r"to infinity", r"near x = 0")),
    ("integers-on-number-line", (r"on the number line", r"warmest")),
    ("lhopitals-rule", (r"limit of .* approaches infinity\.", r"limit of .* approaches \d+\.", r"-> yes$", r"-> no$")),
    ("limits-at-infinity", (r"-> 0$", r"-> -?infinity$", r"-> -?[1-9]\d*(/\d+)?$")),
    ("linear-independence", (r"-> (dependent|yes)$", r"-> (independent|no)$")),
    ("linear-inequalities", (r"^Solve -?\d+ \+ \d+x", r"^Solve -?\d+ - \d+x", r"at most|at least", r"below|above")),
    ("logarithms", (r"natural logarithm", r"log base", r"with base")),
    ("long-division", (r"-> [\d,]+0$", r"-> [\d,]*0[1-9]$")),
    ("matrix-multiplication", (r"^Find the product AB", r"^Find A\^2", r"^Find Av", r"income matrix QR")),
    ("mean-and-median", (r"mean age", r"median age", r"greater than the median", r"the (?:mean|median) of .* grow")),
    ("mixed-numbers", (r"(?:as|into) an improper fraction", r"into a mixed number")),
    ("money-problems", (r"a decimal point", r"get back", r"cents each", r"both together", r"-> \$[1-9]\d*\.0\d$")),
    ("multiplying-integers", (r"\(-\d+\) x \(", r"is \S+ x \d|is \d+ x", r"\d by -", r"-\d+ by \d|e \d+ by", r"^Calc")),
    ("multiplying-polynomials", (r"\)\(", r"\)\^2", r"\)\(\w\^2")),
    ("negative-exponents", (r"\d\w\^-\d without", r"/\w\^-\d", r"\w\^0")),
    ("normal-distribution", (r"(?:more|taller|heavier) than", r"(?:less|shorter|lighter) than", r"between")),
    ("one-step-equations", (r"x \+ \d", r"x - \d", r"x/\d", r"\d[mynx] =")),
    ("order-of-operations", (r"\d / \d", r"\d x \(\d|\) x \d", r"\d - \(\d", r"\d \+ \d+ x \d")),
    ("p-values", (r"-> reject", r"-> do not reject")),
    ("parallel-and-perpendicular-lines", (r"perpendicular to|right angle", r"parallel to", r"-> y = ", r"-> [pn]")),
    ("percent-meaning", (r"as a decimal|Which decimal", r"Which fraction", r"^0\.\d+ of the", r"^\d+/\d+ of the")),
    ("percent-of-a-number", (r"discount", r"tip", r"tax")),
    ("perimeter", (r"rectang", r"square", r"triangular", r"side next to it")),
    ("place-value", (r"value of the digit", r"\d hundreds", r"\d00 \+ \d")),
    ("polar-coordinates", (r"in polar coordinates", r"polar angle theta", r"rectangular coordinates", r"degrees")),
    ("power-rule", (r"sqrt\(x\)\.", r"\d/x", r"x\^3 [+-]")),
    ("prime-factorization", (r"List the prime factors", r"largest prime factor", r"only prime number")),
    ("quadratic-formula", (r"-> x = -?\d+ \+ \d* ?sqrt", r"-> x = -?\d+ or")),
    ("radical-equations", (r"sqrt\(x\) \+ \d", r"sqrt\(t\)", r"= x - \d")),
    ("range-and-quartiles", (r"the range of", r"interquartile range", r"lower quartile", r"upper quartile")),
    ("rational-and-irrational-numbers", (r"-> rational", r"-> irrational")),
    ("ratios", (r"in simplest form", r"in the ratio")),
    ("riemann-sums", (r"\bleft\b", r"\bright\b", r"midpoint")),
    ("right-triangle-trigonometry", (r"Find sin", r"Find cos", r"Find tan", r"string", r"angle of elevation")),
    ("rounding-whole-numbers", (r"[1-4] to the .* ten\b", r"[5-9] to the .* ten\b", r"hundred", r"thousand", r"all")),
    ("scale-drawings", (r"-> [\d,]+ k?c?m$", r"-> [\d,]+ k?c?m\^2$")),
    ("scatter-plots-and-correlation", (r"stronger|closest", r"rise or to fall", r"stronger.*-> -", r"stronger.*-> \d")),
    ("slope-intercept-form", (r"the slope of the line", r"the y-intercept of the line", r"Write (?:the|an) equation")),
    ("solving-quadratics-by-factoring", (r"x = -\d+ or x = -", r"x = \d+ or x = \d", r"x = \d+ or x = -", r"\d m$")),
    ("subtracting-integers", (r" -\d+ - \(-\d", r" -\d+ - \d", r" \d+ - \d", r"degrees", r"height")),
    ("trigonometric-equations", (r"sin\(x\)", r"cos\(x\)")),
    ("trigonometric-graphs", (r"period", r"amplitude")),
    ("two-way-tables", (r"drinkers are girls", r"of all the children are girls", r"of all the children chose")),
    ("unit-circle", (r"-> -", r"-> (?!-)")),
    ("unit-conversion", (r"metres are", r"kilograms is", r"metres is", r"How many hours", r"How many minutes")),
    ("unit-rates", (r"price of one", r"litres come out", r"per hour", r"per kilogram", r"cheaper")),
    ("vectors", (r"What is the sum", r"length of the sum", r"length of u \+ v", r"straight line")),
    ("volume-of-cylinders-and-cones", (r"is a cone", r"is a cylinder", r"A cylinder holds", r"A cone holds")),
    ("writing-expressions", (r"less than", r"the product", r"quotient", r"multiplied by", r"times \w is subtracted")),
    ("z-scores", (r"z-score of", r"with z-score", r"more unusual")),
]
"""What comes up in a plan."""

NEVER: list[tuple[str, str]] = [
    ("antiderivatives", r"\b(?:1[1-9]|[2-9]\d)t m/s after t seconds\. .* after (?:[6-9]|1\d) seconds"),
    ("area-of-rectangles", r"\d\d c?m long and \d\d c?m wide"),
    ("conditional-probability", r"class of \d{3}|class of [4-9]\d"),
    ("division-facts", r"\b(?:10[1-9]|1[1-9]\d)\b|\b(?:by|x) 1[1-9]\b|-> 1[1-9]$"),
    ("gaussian-elimination", r"for a (?:zoo|museum|concert)"),
    ("long-division", r"\d\d,\d{3}"),
    ("multiplication-facts", r"\b(?:1[1-9]|[2-9]\d)\b.*->"),
    ("order-of-operations", r"(?:^|[ (])-\d"),
    ("percent-of-a-number", r"\b10%"),
    ("place-value", r"\d\d,\d"),
    ("trigonometric-equations", r"\b1 metres"),
]
"""What comes up in no task at all."""
# fmt: on

EITHER = ({"yes", "no"}, {"converges", "diverges"}, {"independent", "dependent"}, {"concave up", "concave down"})


def lines(exercises: Iterable[Exercise]) -> list[str]:
    return [f"{exercise.task} -> {exercise.answer}" for exercise in exercises]


@cache
def every(concept: str) -> list[Exercise]:
    """All tasks of a concept: the curriculum's own, and those that are ever drawn."""
    drawn = (v for index in range(3) for level in LEVELS for v in material().variants(concept, index, level))
    return [*curriculum()[concept].exercises, *drawn]


@pytest.mark.parametrize(("concept", "kinds"), KINDS)
def test_a_plan_asks_each_kind_that_the_objective_names(concept: str, kinds: tuple[str, ...]) -> None:
    known = curriculum()[concept]
    tasks = Tasks(material())
    shown = lines([tasks.example(known)[0], *tasks.practice(known, "practise", SHOWN)])
    assert [kind for kind in kinds if not any(re.search(kind, line) for line in shown)] == [], "\n".join(shown)


@pytest.mark.parametrize(("concept", "pattern"), NEVER)
def test_no_task_goes_beyond_the_objective(concept: str, pattern: str) -> None:
    assert [line for line in lines(every(concept)) if re.search(pattern, line)] == []


@pytest.mark.parametrize("concept", curriculum())
def test_a_choice_has_both_answers(concept: str) -> None:
    answers = {exercise.answer for exercise in every(concept)}
    for pair in EITHER:
        assert len(answers & pair) != 1, f"{concept}: always {answers & pair}"


def test_a_task_has_one_answer() -> None:
    answers: dict[str, set[str]] = {}
    for concept in curriculum():
        for exercise in every(concept):
            answers.setdefault(exercise.task, set()).add(exercise.answer)
    assert {task: found for task, found in answers.items() if len(found) > 1} == {}
