"""New numbers in a solved problem: the same story and steps, other quantities, an exact answer.

A rationale such as "48/2 = 24 ... 48+24 = 72" is a small program over the numbers of its question. Where that program
can be read without doubt, fresh numbers are put in and every step is computed again. Where it cannot (a number with two
possible meanings, a step that does not compute, letters in an equation), the problem is left alone.
"""

import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from ...programs.problems.formats import Problem
from .equations import EQUATION, NUMBER, Slot, compile_left, fresh, like, replace, run, value, write

# Quantities that everybody knows (days of a week, cents of a dollar) may turn up without standing in the question.
_KNOWN = frozenset({1, 2, 3, 4, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000, 0.5, 0.25, 0.75, 0.1, 1.5})
_FIXED = frozenset({0, 1, 2, 7, 12, 24, 30, 52, 60, 100, 365, 1000})
_WORDS = {
    "two": 2, "twice": 2, "double": 2, "half": 2, "pair": 2, "three": 3, "triple": 3, "thrice": 3, "third": 3,
    "thirds": 3, "four": 4, "quarter": 4, "quarters": 4, "fourth": 4, "five": 5, "fifth": 5, "six": 6, "sixth": 6,
    "seven": 7, "week": 7, "eight": 8, "nine": 9, "ten": 10, "tenth": 10, "eleven": 11, "twelve": 12, "dozen": 12,
    "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_TRIES = 60


@dataclass(frozen=True)
class Template:
    """A problem read as a program: `variables` with old values, `steps` (name, code, old value), and all places."""

    problem: Problem
    variables: dict[str, float]
    steps: list[tuple[str, CodeType, float]]
    question_slots: list[Slot]
    rationale_slots: list[Slot]
    answer: str


def read(problem: Problem) -> Template | None:
    """The problem as a template, or None where its steps cannot be read without doubt."""
    equations = list(EQUATION.finditer(problem.rationale))
    if not equations or problem.rationale.count("=") != len(equations):
        return None
    asked = [(m, value(m.group())) for m in NUMBER.finditer(problem.question)]
    values = [v for _, v in asked]
    in_words = {_WORDS[w] for w in re.findall(r"[a-z]+", problem.question.lower()) if w in _WORDS}
    names = {v: f"q{i}" for i, v in enumerate(values) if values.count(v) == 1 and v not in _FIXED | in_words}
    reader = _Reader(names, _KNOWN | set(values) | in_words)
    slots, steps = reader.read(problem.rationale, equations)
    used = {slot.name for slot in slots if slot.name.startswith("q")}
    if not used or not math.isclose(steps[-1][2], value(problem.answer)):
        return None
    return Template(
        problem,
        {name: v for v, name in names.items() if name in used},
        steps,
        [Slot(m.start(), m.end(), m.group(), names[v]) for m, v in asked if names.get(v) in used],
        slots,
        steps[-1][0],
    )


class _Reader:
    def __init__(self, names: dict[float, str], known: frozenset[float] | set[float]) -> None:
        self._names: dict[float, set[str]] = {v: {name} for v, name in names.items()}
        self._known = known

    def read(self, text: str, equations: list[re.Match[str]]) -> tuple[list[Slot], list[tuple[str, CodeType, float]]]:
        """Slots of every number in the rationale and the steps; ([], [...]) where one has no single meaning."""
        slots: list[Slot] = []
        steps: list[tuple[str, CodeType, float]] = [("", compile("0", "", "eval"), math.nan)]
        end = 0
        for i, equation in enumerate(equations):
            left = self._slots(text, equation.start("left"), equation.end("left"))
            prose = self._slots(text, end, equation.start("left"))
            result = value(equation["right"])
            code = compile_left(text, equation, left or [])
            if left is None or prose is None or code is None or not math.isclose(run(code, {}), result, abs_tol=1e-9):
                return [], steps
            name = f"r{i}"
            steps.append((name, compile_left(text, equation, left, names=True) or code, result))
            self._names.setdefault(result, set()).add(name)
            slots += [*prose, *left, Slot(*equation.span("right"), equation["right"], name)]
            end = equation.end()
        rest = self._slots(text, end, len(text))
        return ([*slots, *rest], steps[1:]) if rest is not None else ([], steps)

    def _slots(self, text: str, start: int, end: int) -> list[Slot] | None:
        found = []
        for m in NUMBER.finditer(text, start, end):
            number = value(m.group())
            names = self._names.get(number, set())
            if len(names) > 1 or (not names and number not in self._known):
                return None
            found.append(Slot(m.start(), m.end(), m.group(), next(iter(names), "")))
        return found


def variants(problem: Problem, count: int, rng: random.Random) -> Iterator[Problem]:
    """Up to `count` copies with fresh numbers. Every step is a whole number where it was one, positive where it was
    positive, and no share goes above the whole that it was a part of."""
    template = read(problem)
    if template is None:
        return
    seen = {tuple(template.variables.values())}
    for _ in range(count * _TRIES):
        values = {name: fresh(old, rng) for name, old in template.variables.items()}
        if tuple(values.values()) in seen:
            continue
        made = _fill(template, values)
        if made is not None:
            seen.add(tuple(values.values()))
            yield made
            if len(seen) > count:
                return


def _fill(template: Template, values: dict[str, float]) -> Problem | None:
    scope = dict(values)
    for name, code, old in template.steps:
        result = like(run(code, scope), old)
        if result is None:
            return None
        scope[name] = result
    problem = template.problem
    return Problem(
        question=replace(problem.question, template.question_slots, scope),
        rationale=replace(problem.rationale, template.rationale_slots, scope),
        answer=write(scope[template.answer], problem.answer),
        source=f"{problem.source}-renumbered",
    )
