"""Equations in a rationale ("48/2 = 24"): found, computed, and written again with other numbers."""

import ast
import math
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import CodeType

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_LEFT = r"[\d.,$()\s+\-*/x×÷]*"
NUMBER = re.compile(rf"(?<![\w.])(?:{_DIGITS})(?!\w)")
EQUATION = re.compile(rf"(?P<left>{_LEFT}[+\-*/x×÷]{_LEFT})=\s*\$?(?P<right>{_DIGITS})")
_ARITHMETIC = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UAdd, ast.USub,
)  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """A number in a text: where it stands, how it is written, and which quantity it is ("" for one that stays)."""

    start: int
    end: int
    text: str
    name: str


def compile_left(text: str, equation: re.Match[str], slots: Iterable[Slot], *, names: bool = False) -> CodeType | None:
    """The left side as code, over the slots' names or their numbers; None where it is more than arithmetic."""
    start, parts = equation.start("left"), []
    for slot in slots:
        # The number itself, without leading zeros that Python would refuse.
        number = slot.name if names and slot.name else repr(value(slot.text))
        parts += [text[start : slot.start], number]
        start = slot.end
    parts.append(text[start : equation.end("left")])
    plain = "".join(parts).replace("$", "")
    if not names and re.search(r"[a-wyzA-Z]", plain):
        return None
    expression = re.sub(r"(?<![a-z\d])x(?![a-z\d])|×", "*", plain).replace("÷", "/").strip().replace("\n", " ")
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return None
    # What is evaluated comes from a data file: the four operations on numbers, and nothing else.
    if not all(isinstance(node, _ARITHMETIC) for node in ast.walk(tree)):
        return None
    return compile(tree, "<step>", "eval")


def run(code: CodeType, scope: Mapping[str, float]) -> float:
    """What the code comes to; nan where it cannot be computed."""
    try:
        return float(eval(code, {"__builtins__": {}}, dict(scope)))
    except (ZeroDivisionError, OverflowError, TypeError, NameError):
        return math.nan


def like(result: float, old: float) -> float | None:
    """The result, rounded off noise, if it is the same kind of number as the old one: whole where that was whole, else
    with at most two decimals; of its sign; on its side of one. None otherwise."""
    whole = math.isclose(result, round(result), abs_tol=1e-9) if math.isfinite(result) else False
    if not math.isfinite(result) or (old == int(old)) != whole or (old > 0) != (result > 1e-9) or result > 1e7:
        return None
    if not whole and not math.isclose(result * 100, round(result * 100), abs_tol=1e-6):
        return None
    if (old < 1) != (result < 1):
        return None
    return round(result) if whole else round(result, 2)


def fresh(old: float, rng: random.Random) -> float:
    """Another number of the same size and roundness."""
    if old != int(old):
        least = max(1, round(old * 50))
        cents = rng.randint(least, max(least + 1, round(old * 200)))
        return (cents - cents % 5 or 5) / 100 if round(old * 100) % 5 == 0 else cents / 100
    step = next((s for s in (1000, 100, 10, 5) if old % s == 0 and old >= 2 * s), 1)
    low, high = max(2, int(old) // 2), int(old) * 2 if old > 5 else 12
    high = min(high, 100) if old <= 100 else high
    return max(3, rng.randint(low // step, high // step) * step)


def replace(text: str, slots: Iterable[Slot], scope: Mapping[str, float]) -> str:
    """The text with the numbers of `scope` in its slots."""
    parts, end = [], 0
    for slot in sorted(slots, key=lambda s: s.start):
        parts += [text[end : slot.start], write(scope[slot.name], slot.text) if slot.name else slot.text]
        end = slot.end
    return "".join([*parts, text[end:]])


def write(number: float, model: str) -> str:
    """The number as `model` is written: with its decimals and its commas."""
    decimals = len(model.partition(".")[2])
    comma = "," if "," in model else ""
    if number == int(number) and not (decimals and model.rstrip("0").endswith(".")):
        return f"{int(number):{comma}d}"
    return f"{number:{comma}.2f}" if decimals == 2 else f"{number:{comma}.2f}".rstrip("0").rstrip(".")


def value(text: str) -> float:
    """`1,200.50` -> 1200.5"""
    return float(text.replace(",", ""))
