"""What the formulas in a text are about, by their form: ``programs/data/notation.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import isqrt
from typing import Any

from simpleeval import SimpleEval

from ...curriculum import DATA, Curriculum
from ...yaml_file import read_yaml

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣ", "0123456789-+nx")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₙ", "0123456789n")
_PLAIN = str.maketrans({
    **dict.fromkeys("−–—", "-"), **dict.fromkeys("·⋅✕", "*"), "≤": "<", "≥": ">", "→": "⟶", "’": "'", "′": "'",
})  # fmt: skip
_WORDS = {
    "√": "sqrt", "∛": "cbrt", "∞": "inf", "∫": "integral ", "π": "pi", "λ": "lambda", "θ": "theta", "σ": "sigma",
    "Σ": "sigma ", "∑": "sigma ", "μ": "mu", "Δ": "delta ", "±": "+-", "⟶": "->", "x̄": "x bar ", "infinity": "inf",
}  # fmt: skip
_WORD = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))
_SHORT = {
    "@a": r"(?P<a>(?<![\d.])\d{1,9}(?!\d|\.\d))", "@b": r"(?P<b>(?<![\d.])\d{1,9}(?!\d|\.\d))",
    "@c": r"(?P<c>(?<![\d.])\d{1,9}(?!\d|\.\d))", "@d": r"(?P<d>(?<![\d.])\d{1,9}(?!\d|\.\d))",
    "@n": r"(?:(?<![\d.])\d{1,9}(?!\d|\.\d))", "@r": r"(?:-?(?<![\d.])\d*\.?\d+(?!\d))",
    "@D": r"(?:(?<![\d.])\d*\.\d+(?!\d))", "@v": r"(?:(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z]))",
    "@x": r"(?:\d*[a-z])", "@p": r"[^()]*[a-z][^()]*", "@*": r"(?:\*|×|x|times)",
    "@/": r"(?:÷|divided by|shared by)", "@..": r"[^;?!\n]*?",
    "@>": r"(?:[^;?!,\na-zA-Z]|(?<![a-zA-Z])[a-zA-Z]{1,3}(?![a-zA-Z]))*",
}  # fmt: skip
_SHORTHAND = re.compile("|".join(sorted(map(re.escape, _SHORT), key=len, reverse=True)))


@dataclass(frozen=True)
class Form:
    """A form that formulas have, and what such a formula is about."""

    concept: str
    pattern: re.Pattern[str]
    where: Any
    weak: bool


@dataclass(frozen=True)
class Formula:
    """A formula of a text: what it is about, and where it stands."""

    concept: str
    start: int
    end: int
    weak: bool = False


def formulas(text: str, source: Curriculum) -> list[Formula]:
    """The formulas of a text, in its order; of forms that overlap, the one that comes first in the file."""
    plain, places = _plain(text)
    found: list[Formula] = []
    for form in _forms():
        if form.concept not in source:
            continue
        for match in form.pattern.finditer(plain):
            if not match.group().strip() or "\0" in match.group() or not _holds(form, match):
                continue
            start, end = match.span()
            found.append(Formula(form.concept, places[start], places[end], form.weak))
            plain = plain[:start] + "\0" * (end - start) + plain[end:]
    return sorted(found, key=lambda formula: formula.start)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text with signs that can be typed, and for each of its places the place in the text."""
    out: list[str] = []
    places: list[int] = []
    raised = False
    for place, char in enumerate(text):
        up = char.translate(_RAISED) != char
        shown = ("" if raised or not up else "^") + char.translate(_RAISED).translate(_LOWERED).translate(_PLAIN)
        shown = _WORD.sub(lambda m: _WORDS[m.group()], shown)
        out.append(shown)
        places += [place] * len(shown)
        raised = up
    plain = "".join(out)
    # "infinity" is the only word longer than a character.
    for match in reversed(list(re.finditer("infinity", plain))):
        plain = plain[: match.start() + 3] + plain[match.end() :]
        places = places[: match.start() + 3] + places[match.end() :]
    return plain, [*places, len(text)]


@cache
def _forms() -> tuple[Form, ...]:
    entries = read_yaml(DATA / "notation.yaml")
    return tuple(
        Form(
            e["concept"],
            _compiled(e["form"]),
            SimpleEval.parse(e["where"]) if "where" in e else None,
            bool(e.get("weak")),
        )
        for e in entries
    )


def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(_SHORTHAND.sub(lambda m: _SHORT[m.group()], form.replace(" ?", r"\s*")))


def _holds(form: Form, match: re.Match[str]) -> bool:
    if form.where is None:
        return True
    numbers = {name: int(value or 0) for name, value in match.groupdict().items() if name in "abcd"}
    evaluator = SimpleEval(names=numbers, functions={"square": lambda n: isqrt(n) ** 2 == n})
    return bool(evaluator.eval("", form.where))
