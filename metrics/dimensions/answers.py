"""Checking stated answers: by look-up, and by calculation where a task or a claim is arithmetic or an equation."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from ...programs.curriculum import Curriculum
from . import facts

_ASK = re.compile(
    r"^(?:what is|calculate|compute|evaluate|find|work out|simplify|add|multiply|divide|subtract)?\s*:?\s*"
    r"(?P<e>[-(\d][\d\s+\-*/^().×÷·,]*?)\s*(?:=\s*\??)?[?.!]?$",
    re.IGNORECASE,
)
_SOLVE = re.compile(
    r"^solve\s*(?:for x\s*)?:?\s*(?P<l>[\dx\s+\-*/^().]+?)=(?P<r>[\dx\s+\-*/^().]+?)(?:\s+for x)?[.!]?$", re.IGNORECASE
)
_CLAIM = re.compile(
    r"(?<![\w.)^+\-*/×÷·=])(?<![+\-*/×÷·=]\s)(?P<l>\(?-?\d[\d\s+\-*/^().×÷·]*?)=\s*(?P<r>-?\d[\d./]*)"
    r"(?![\w(^]|\s*[-+*/×÷·^]\s*[\w(])"
)
"""A calculation with its result, with no more of the same expression around it ("x + 2 = 5" claims nothing)."""
_OPERATORS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-"})
LONGEST = 120
LARGEST_POWER = 12


def check_answer(task: str, answer: str, errors: Mapping[str, str], source: Curriculum) -> bool | None:
    """Whether the answer to a task is right; None if it cannot be told.

    ``errors`` maps normalized problems of the learner's error set to their right answers.
    """
    known = facts.exercise(task, source)
    right = known[1].answer if known else errors.get(facts.normal(task))
    if right is not None:
        return _same(answer, right)
    return _calculated(task, answer)


def is_arithmetic(task: str) -> bool:
    """Whether a task asks for nothing but the value of a calculation."""
    return len(task) <= LONGEST and _ASK.match(task.strip()) is not None


@lru_cache(maxsize=1 << 15)
def _same(answer: str, right: str) -> bool:
    from ...programs.answers.parsing import equivalent

    return equivalent(answer, right)


@lru_cache(maxsize=1 << 14)
def _calculated(task: str, answer: str) -> bool | None:
    if len(task) > LONGEST or len(answer) > LONGEST:
        return None
    asked = _ASK.match(task.strip())
    if asked:
        value = arithmetic(asked["e"])
        return None if value is None else _same(answer, str(value))
    equation = _SOLVE.match(task.strip())
    if equation:
        return _solves(equation["l"], equation["r"], answer)
    return None


def _solves(left: str, right: str, answer: str) -> bool | None:
    """Whether every number that the answer gives makes both sides of an equation in x equal."""
    values = [arithmetic(part) for part in re.split(r"\bor\b|,|\band\b", re.sub(r"x\s*=", "", answer))]
    if not values or any(value is None for value in values):
        return None
    sides = [(arithmetic(left, value), arithmetic(right, value)) for value in values]
    if any(a is None or b is None for a, b in sides):
        return None
    return all(a == b for a, b in sides)


@lru_cache(maxsize=1 << 14)
def wrong_claims(text: str) -> tuple[str, ...]:
    """The plain arithmetic statements of a text ("3/4 + 1/8 = 7/8") that are false."""
    if "=" not in text:
        return ()
    wrong = []
    for match in _CLAIM.finditer(text[:2000]):
        left, right = arithmetic(match["l"]), arithmetic(match["r"].rstrip("."))
        states_more = re.search(r"\d\s*[+\-*/^×÷·(]", match["l"])
        if states_more and left is not None and right is not None and left != right:
            wrong.append(match[0].strip().rstrip("."))
    return tuple(wrong)


def arithmetic(text: str, x: Fraction | None = None) -> Fraction | None:
    """The exact value of an arithmetic expression, with ``x`` put in for x; None if it is not one.

    Evaluates a parsed tree of numbers and the four operations plus small powers, so no text can run code or hang.
    """
    plain = text.translate(_OPERATORS).replace("^", "**").replace(",", "").strip()
    if not plain or len(plain) > LONGEST or not re.fullmatch(r"[\dx\s+\-*/().]+", plain):
        return None
    plain = re.sub(r"(?<=[\dx)])\s*(?=[x(])|(?<=[x)])\s*(?=\d)", "*", plain)
    plain = re.sub(r"(?<![\d.])0+(?=\d)", "", plain)
    try:
        return _value(ast.parse(plain, mode="eval").body, x)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, x: Fraction | None) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id="x") if x is not None:
            return x
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, x)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, x)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(_value(left, x), operator, _value(right, x))
    raise ValueError("not arithmetic")


def _combine(a: Fraction, operator: ast.operator, b: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
        case ast.Pow() if b.denominator == 1 and abs(b) <= LARGEST_POWER:
            return a ** int(b)
    raise ValueError("not arithmetic")
