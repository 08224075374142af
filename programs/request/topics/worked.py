"""Lines of work whose form says what they are about: percentages, logarithms, factorials, matrices, derivatives."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from math import comb, factorial, perm
from typing import Any

_NUMBER = r"-?\d+(?:\.\d+)?"
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉−", "0123456789-")
_GIVES = r" ?(?:=|is|makes|gives) ?"
_PERCENT = re.compile(
    rf"(?P<part>{_NUMBER}) ?(?:%|percent|per cent) of [$£€]?(?P<of>{_NUMBER}){_GIVES}[$£€]?(?P<said>{_NUMBER})(?![\d/])"
)
_CHANGED = re.compile(rf"(?P<of>{_NUMBER}) ?(?P<sign>[+-]) ?(?P<part>{_NUMBER}) ?% ?= ?(?P<said>{_NUMBER})(?![\d/])")
_LOG = re.compile(
    r"\blog(?:_?| ?base )\(?(?P<base>\d+)\)?(?: of | ?\(|(?<=[₀-₉]) ?| )(?P<of>\d+)\)?"
    rf"{_GIVES}(?P<said>{_NUMBER})(?![\d/])"
)
_CHOSEN = re.compile(rf"\b(?P<n>\d+) ?(?P<how>C|P|choose) ?(?P<r>\d+){_GIVES}(?P<said>\d+)")
_FACTORIAL = re.compile(rf"(?<![\d!]) ?\b(?P<n>\d+)!{_GIVES}(?P<said>\d+)\b(?! ?[!*])")
_ROWS = r"(?:\[ ?\[[-\d., \[\]]+\] ?\]|\[ ?-?[\d.]+(?:[ ,]+-?[\d.]+)* ?(?:; ?-?[\d.]+(?:[ ,]+-?[\d.]+)* ?)+\])"
_MATRICES = re.compile(
    rf"(?P<one>{_ROWS}) ?(?P<sign>times|multiplied by|plus|minus|[-+*x×·])? ?(?P<other>{_ROWS})"
    rf"{_GIVES}(?P<said>{_ROWS})"
)
_DETERMINANT = re.compile(
    rf"\bdet(?:erminant)?(?: of)? ?\(?(?P<one>{_ROWS})\)?(?:{_GIVES}[-\d*+() ]+)*?{_GIVES}"
    rf"(?P<said>{_NUMBER})(?![\d*(]| ?[-+*=] ?\d)"
)
_MOST = 20
"""The largest number whose factorial is worked out."""


@dataclass(frozen=True)
class Line:
    """A wrong line of work: the task, what was answered, what is right, where it stands, and, where its form says so,
    the concept that it is about."""

    task: str
    answer: str
    right: str
    start: int
    end: int
    concept: str = ""


def worked_lines(text: str) -> Iterator[Line]:
    """The wrong lines that have one of the forms known here."""
    plain = text.translate(_LOWERED)
    for match in _PERCENT.finditer(text):
        right = float(match["part"]) * float(match["of"]) / 100
        yield from _wrong(match, f"What is {match['part']}% of {match['of']}?", right, "percent-of-a-number")
    for match in _CHANGED.finditer(text):
        change = float(match["part"]) / 100 * (1 if match["sign"] == "+" else -1)
        yield from _wrong(match, f"What is {_left(match)}?", float(match["of"]) * (1 + change), "percent-change")
    for match in _LOG.finditer(plain):
        power = _logarithm(int(match["of"]), int(match["base"]))
        if power is not None:
            task = f"What is log base {match['base']} of {match['of']}?"
            yield from _wrong(match, task, power, "logarithms")
    for match in _CHOSEN.finditer(text):
        n, r, ordered = int(match["n"]), int(match["r"]), match["how"] == "P"
        if n <= _MOST:
            ways = perm(n, r) if ordered else comb(n, r)
            yield from _wrong(match, f"What is {_left(match)}?", ways, "permutations" if ordered else "combinations")
    for match in _FACTORIAL.finditer(text):
        if int(match["n"]) <= _MOST:
            yield from _wrong(match, f"What is {match['n']}!?", factorial(int(match["n"])), "permutations")
    yield from _matrix_lines(text)


def _left(match: re.Match[str]) -> str:
    return re.split("=", match.group())[0].strip()


def _wrong(match: re.Match[str], task: str, right: float, concept: str) -> Iterator[Line]:
    if abs(float(match["said"]) - right) > 0.006 * max(1.0, abs(right)):
        yield Line(task, match["said"], f"{right:.10g}", *match.span(), concept)


def _logarithm(number: int, base: int) -> float | None:
    """The logarithm where it is a whole number."""
    if base < 2 or number < 1:
        return None
    power = 0
    while number % base == 0:
        number, power = number // base, power + 1
    return power if number == 1 else None


def _matrix_lines(text: str) -> Iterator[Line]:
    """What is done to matrices that are written out: "[1 2; 3 4] times [5 6; 7 8] = [5 12; 21 32]"."""
    for match in (*_MATRICES.finditer(text), *_DETERMINANT.finditer(text)):
        asked = match.groupdict()
        try:
            one, other = _matrix(match["one"]), _matrix(asked["other"]) if asked.get("other") else None
            if other is None:
                right, concept = one.det(), "determinants"
                wrong = right != float(match["said"])
                shown = str(right)
            else:
                adds = match["sign"] in ("plus", "+", "minus", "-")
                right = one * other if not adds else one + other if match["sign"] in ("plus", "+") else one - other
                concept = "matrix-operations" if adds else "matrix-multiplication"
                wrong, shown = right != _matrix(match["said"]), str(right.tolist())
        except (ValueError, SyntaxError, TypeError):  # no matrix, or sizes that do not fit
            continue
        if wrong:
            yield Line(f"Find {_left(match)}.", match["said"], shown, *match.span(), concept)


def _matrix(text: str) -> Any:
    from sympy import Matrix

    if "[" in text[1:]:
        return Matrix(literal_eval(text))
    return Matrix([[literal_eval(cell) for cell in re.split("[ ,]+", row.strip())] for row in text[1:-1].split(";")])


def rule_for(expression: Any) -> str:
    """The concept by which an expression in x is differentiated; of the terms of a sum, the hardest one's."""
    from sympy import Add

    rules = [_rule(term) for term in Add.make_args(expression)]
    return min(rules, key=_HARDEST.index)


_HARDEST = (
    "quotient-rule", "product-rule", "chain-rule", "derivatives-of-trig-functions",
    "derivatives-of-exponentials-and-logs", "power-rule",
)  # fmt: skip


def _rule(term: Any) -> str:
    from sympy import Mul, exp, log

    x = next(iter(term.free_symbols), None)
    factors = [factor for factor in Mul.make_args(term) if factor.free_symbols]
    below = [f for f in factors if f.is_Pow and f.exp.could_extract_minus_sign() and not f.exp.free_symbols]
    if len(factors) > 1:
        return "quotient-rule" if below else "product-rule"
    if x is None or factors[0] == x:
        return "power-rule"
    [factor] = factors
    if factor.is_Pow and not factor.exp.free_symbols:
        return "power-rule" if factor.base == x else "chain-rule"
    inner = factor.exp if factor.is_Pow else factor.args[0]
    if inner != x:
        return "chain-rule"
    if factor.is_Pow or isinstance(factor, exp | log):
        return "derivatives-of-exponentials-and-logs"
    return "derivatives-of-trig-functions"
