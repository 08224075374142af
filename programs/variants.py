"""Fresh tasks: the exercises of a concept with other numbers, each with its answer and a way to check it.

A template says what is drawn, what follows from it and which draws make a sensible task. Draws are made by a seed, so
the same concept, exercise, level and number give the same variant everywhere; the test suite checks each of them, so
none is shown that was not checked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import islice
from math import comb, factorial, gcd, isqrt, lcm, prod
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from simpleeval import EvalWithCompoundTypes

from .curriculum import CurriculumError, Exercise

Level = Literal["easy", "usual", "hard"]
LEVELS: tuple[Level, ...] = ("easy", "usual", "hard")
CHECKED = 24
"""Variants of an exercise and level that are ever drawn: as many as the test suite checks."""
_MOST_DRAWS = 2000
_LONGEST = 2**31 - 1
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?: by (\d+))?")
_SLOT = re.compile(r"\{(\w+)(?::([+c]+|money))?\}")
_FUNCTIONS: Mapping[str, Any] = {
    "abs": abs, "gcd": gcd, "lcm": lcm, "max": max, "min": min, "sum": sum, "prod": lambda *n: prod(n), "len": len,
    "frac": Fraction, "isqrt": isqrt, "comb": comb, "factorial": factorial, "int": int, "round": round, "str": str,
    "sorted": sorted, "digit": lambda n, place: abs(n) // 10**place % 10, "square": lambda n: isqrt(n) ** 2 == n,
    "root": lambda n: root_text(n), "decimal": lambda n: decimal_text(Fraction(n)), "any": any, "all": all,
}  # fmt: skip


class Template(BaseModel):
    """An exercise with other numbers.

    draw: what is drawn, by name: a range ("2..9", "10..90 by 10") or a list of numbers or words. let: what follows from
    it, in order, as expressions of whole numbers and fractions (``frac(1, 3)``, never floats;
    ``decimal(frac(3, 4))`` is the text 0.75, ``root(18)`` the text 3 sqrt(2)). where: conditions for a
    sensible task. easy and hard: other draws for an easier and a harder task. task, answer, check, wrong and steps have
    slots: ``{a}``; ``{a:+}`` for "+ 3" or "- 3"; ``{a:c}`` for a coefficient (nothing for 1, "-" for -1), ``{a:+c}``
    for both; ``{a:money}`` for "12.50", or "12". ``check`` gives the answer in SymPy; ``wrong`` is what the concept's
    misconception leads to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draw: dict[str, str | tuple[int | str, ...]]
    let: dict[str, str] = Field(default_factory=dict)
    where: tuple[str, ...] = ()
    easy: dict[str, str | tuple[int | str, ...]] = Field(default_factory=dict)
    hard: dict[str, str | tuple[int | str, ...]] = Field(default_factory=dict)
    task: str
    answer: str
    check: str
    wrong: str
    steps: tuple[str, ...] = ()

    def draws(self, level: Level) -> Mapping[str, str | tuple[int | str, ...]]:
        """What is drawn at a level."""
        return self.draw if level == "usual" else self.draw | (self.easy if level == "easy" else self.hard)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that differ."""
        return tuple(level for level in LEVELS if level == "usual" or (self.easy if level == "easy" else self.hard))


class Variant(Exercise):
    """An exercise with drawn numbers; ``steps`` is the worked solution where there is one."""

    steps: tuple[str, ...] = ()
    level: Level = "usual"


def variants(template: Template, key: str, level: Level = "usual") -> tuple[Variant, ...]:
    """The different variants of an exercise, CHECKED at most; ``key`` is what the draws depend on."""
    if level not in template.levels:
        return ()
    return tuple(islice(_distinct(template, level, random.Random(f"{key}/{level}")), CHECKED))


def pattern(template: Template) -> re.Pattern[str]:
    """Matches the task of every variant of a template, and little else."""
    return re.compile("(.{0,200}?)".join(map(re.escape, _literals(template))))


def ends(template: Template) -> tuple[str, str]:
    """What the task of every variant of a template begins and ends with."""
    literals = _literals(template)
    return literals[0], literals[-1]


def _literals(template: Template) -> list[str]:
    """What stands between the slots of a task."""
    return _SLOT.sub("\0", template.task).split("\0")


def _distinct(template: Template, level: Level, rng: random.Random) -> Iterator[Variant]:
    seen: set[str] = set()
    evaluator = _Evaluator(template)
    for values in islice(_draws(template, level, rng), _MOST_DRAWS):
        variant = _drawn(template, level, values, evaluator)
        if variant is not None and variant.task not in seen:
            seen.add(variant.task)
            yield variant


def _draws(template: Template, level: Level, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Draws in random order, none twice."""
    choices = {name: _choices(of) for name, of in template.draws(level).items()}
    total = prod(map(len, choices.values()))
    for number in _numbers(total, rng):
        values = {}
        for name, of in choices.items():
            number, place = divmod(number, len(of))
            values[name] = of[place]
        yield values


def _numbers(total: int, rng: random.Random) -> Sequence[int]:
    """Numbers below ``total``, none twice."""
    if total <= _LONGEST:
        return rng.sample(range(total), min(total, _MOST_DRAWS))
    # What sample does with so many, which has no length where words have 32 bits, as in a browser.
    drawn: dict[int, None] = {}
    while len(drawn) < _MOST_DRAWS:
        drawn[rng.randrange(total)] = None
    return list(drawn)


class _Evaluator:
    """The expressions of a template, parsed once."""

    def __init__(self, template: Template):
        self._evaluator = EvalWithCompoundTypes(functions=dict(_FUNCTIONS))
        self._parsed = {text: self._evaluator.parse(text) for text in (*template.let.values(), *template.where)}

    def __call__(self, text: str, values: Mapping[str, Any]) -> Any:
        self._evaluator.names = dict(values)
        return self._evaluator.eval(text, self._parsed[text])


def _drawn(template: Template, level: Level, values: dict[str, Any], evaluate: _Evaluator) -> Variant | None:
    """A variant, or None where the draw makes no sensible task."""
    for name, expression in template.let.items():
        values[name] = evaluate(expression, values)
    if not all(evaluate(condition, values) for condition in template.where):
        return None
    return Variant(
        task=fill(template.task, values),
        answer=fill(template.answer, values),
        check=fill(template.check, values, code=True),
        wrong=fill(template.wrong, values),
        steps=tuple(fill(step, values) for step in template.steps),
        level=level,
    )


@cache
def _choices(of: str | tuple[int | str, ...]) -> Sequence[int | str]:
    if isinstance(of, tuple):
        return of
    match = _RANGE.fullmatch(of)
    if match is None:
        raise CurriculumError(f"draw: a range such as 2..9 or 10..90 by 10 (got {of!r})")
    return range(int(match[1]), int(match[2]) + 1, int(match[3] or 1))


def fill(text: str, values: Mapping[str, Any], code: bool = False) -> str:
    """A template's text with its slots filled; ``code``: as SymPy reads them."""
    return _SLOT.sub(lambda slot: _shown(values[slot[1]], slot[2] or "", code), text)


def _shown(value: Any, form: str, code: bool) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        raise CurriculumError(f"let: whole numbers and fractions only, by //, frac or decimal (got {value})")
    value = Fraction(value)
    if code:
        whole = str(value.numerator) if value.denominator == 1 else f"Rational({value.numerator}, {value.denominator})"
        return f"({whole})" if value < 0 else whole
    if form == "money":
        return str(value) if value.denominator == 1 else f"{float(value):.2f}"
    sign = ("- " if value < 0 else "+ ") if "+" in form else ("-" if value < 0 else "")
    size = abs(value)
    return sign + ("" if "c" in form and size == 1 else str(size))


def decimal_text(value: Fraction) -> str:
    """A fraction whose decimals end, as a decimal: 3/4 is 0.75."""
    return f"{float(value):.10f}".rstrip("0").rstrip(".")


def root_text(n: int) -> str:
    """The square root of a whole number, simplified: "6", "3 sqrt(2)", "sqrt(7)"."""
    outside = max(d for d in range(1, isqrt(n) + 1) if n % (d * d) == 0) if n else 0
    inside = n // (outside * outside) if n else 1
    if inside == 1:
        return str(outside)
    return f"sqrt({inside})" if outside == 1 else f"{outside} sqrt({inside})"
