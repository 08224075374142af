"""What a wrong answer looks like, as bags of tokens: its wording, its spelling, and how its numbers came about.

Nothing here knows any misconception. The arithmetic view asks, for each number of the wrong answer, which one operation
on two numbers of the problem gives it (``4/5 + 2/3 = 6/8`` holds ``q0+q2`` and ``q1+q3``), and how it stands to the
right answer (opposite sign, reciprocal, a power of ten away).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import Protocol


class Mistake(Protocol):
    """A problem, a wrong answer to it, and the right one; `programs.learner.Attempt` is one."""

    @property
    def problem(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def correct_answer(self) -> str: ...


Tokens = list[str]
_NUMBER = r"\d*\.\d+|\d+"
_KINDS = (
    ("mixed", re.compile(r"\d+ \d+/\d+")),
    ("fraction", re.compile(r"(?<![\d)])\d+/\d+")),
    ("decimal", re.compile(r"\d*\.\d+")),
    ("whole", re.compile(r"\d+")),
)
_FIRST, _LAST = 6, 4
"""Numbers of the problem, and of the answer's last expression, that are related to each other."""


def problem_words(mistake: Mistake) -> Tokens:
    """Words and word pairs of the problem, each number replaced by its kind."""
    return _grams(_words(mistake.problem), 1, 2)


def answer_words(mistake: Mistake) -> Tokens:
    """Words up to word triples of the wrong answer, each number replaced by its kind."""
    return _grams(_words(mistake.answer), 1, 3)


def problem_spelling(mistake: Mistake) -> Tokens:
    """Character 2- to 5-grams of the problem, every digit a 9."""
    return _grams(_digits_masked(mistake.problem), 2, 5, "")


def answer_spelling(mistake: Mistake) -> Tokens:
    """Character 2- to 5-grams of the wrong answer, every digit a 9."""
    return _grams(_digits_masked(mistake.answer), 2, 5, "")


def arithmetic(mistake: Mistake) -> Tokens:
    """How the wrong numbers arise from the problem's, how they stand to the right ones, and what they look like."""
    given = _numbers(mistake.problem)[:_FIRST]
    wrong, right = _value(mistake.answer), _value(mistake.correct_answer)
    tokens = _origins(given, _numbers(_last_expression(mistake.answer))[-_LAST:])
    if wrong is not None and right is not None:
        tokens += _against(wrong, right, given)
    for name, text in (("answer", mistake.answer), ("right", mistake.correct_answer)):
        tokens += [f"{name} has {feature}" for feature in _shape(text)]
    for name, text in (("problem", mistake.problem), ("answer", mistake.answer)):
        whole_fractions_out = _KINDS[1][1].sub("", _plain(text))
        tokens += [f"{name} {operator}" for operator in "+-*/÷<>^" if operator in whole_fractions_out]
    return tokens


VIEWS: tuple[Callable[[Mistake], Tokens], ...] = (
    problem_words,
    answer_words,
    problem_spelling,
    answer_spelling,
    arithmetic,
)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("−", "-").lower()).strip()


def _kinds_masked(text: str) -> str:
    text = _plain(text)
    for kind, pattern in _KINDS:
        text = pattern.sub(f"⟨{kind}⟩", text)
    return text


def _digits_masked(text: str) -> str:
    return " " + re.sub(r"\d", "9", _plain(text)) + " "


def _words(text: str) -> Tokens:
    return re.findall(r"⟨\w+⟩|[^\W\d_]+|[^\w\s]", _kinds_masked(text))


def _grams(parts: Tokens | str, shortest: int, longest: int, joint: str = " ") -> Tokens:
    sizes = range(shortest, longest + 1)
    return [joint.join(parts[start : start + n]) for n in sizes for start in range(len(parts) - n + 1)]


def _fraction(digits: str) -> Fraction:
    return Fraction("0" + digits if digits.startswith(".") else digits)


def _numbers(text: str) -> list[Fraction]:
    return [_fraction(digits) for digits in re.findall(_NUMBER, _plain(text))]


def _last_expression(text: str) -> str:
    """What stands after the last equals sign, ruled line or line break, as far as it holds a number."""
    with_numbers = [part for part in re.split(r"=|-{3,}|≈|\n", text) if re.search(r"\d", part)]
    return with_numbers[-1] if with_numbers else text


def _value(text: str) -> Fraction | None:
    text = _plain(_last_expression(text))
    found = re.search(r"(-?)\s*(?:(\d+) )?(\d+)/(\d+)", text)
    if found and int(found[4]):
        return (-1 if found[1] else 1) * (int(found[2] or 0) + Fraction(int(found[3]), int(found[4])))
    signed = re.findall(rf"(-?)\s*({_NUMBER})", text)
    return (-1 if signed[-1][0] else 1) * _fraction(signed[-1][1]) if signed else None


def _results(a: Fraction, b: Fraction, i: int, j: int) -> Iterator[tuple[Fraction, str]]:
    yield a + b, f"q{i}+q{j}"
    yield a - b, f"q{i}-q{j}"
    yield b - a, f"q{j}-q{i}"
    yield a * b, f"q{i}*q{j}"
    if b:
        yield a / b, f"q{i}/q{j}"
    if a:
        yield b / a, f"q{j}/q{i}"


def _origins(given: list[Fraction], found: list[Fraction]) -> Tokens:
    tokens = []
    for place, number in enumerate(found):
        where = f"w{place}/{len(found)}"
        tokens += [f"{where}=q{i}/{len(given)}" for i, known in enumerate(given) if known == number]
        for (i, a), (j, b) in combinations(enumerate(given), 2):
            for result, how in _results(a, b, i, j):
                if result == number != 0:
                    tokens += [f"{where}={how}", re.sub(r"\d", "", how)]
    return tokens


def _against(wrong: Fraction, right: Fraction, given: list[Fraction]) -> Tokens:
    tokens = ["larger" if wrong > right else "smaller", "longer" if abs(wrong) > abs(right) else "shorter"]
    tokens.append(f"signs {(wrong > 0) - (wrong < 0)} {(right > 0) - (right < 0)}")
    tokens += [name for name, holds in (("opposite", wrong == -right), ("equal", wrong == right)) if holds]
    tokens += ["off by a given number" for number in given if abs(wrong - right) == number]
    if wrong and right:
        ratio = abs(wrong / right)
        if wrong * right == 1:
            tokens.append("reciprocal")
        tokens += [f"power of ten {k}" for k in range(-3, 4) if k and ratio == Fraction(10) ** k]
        if max(ratio.numerator, ratio.denominator) < 13:
            tokens.append(f"ratio {ratio}")
        tokens += ["times a given number" for number in given if wrong / right == number]
        tokens += ["divided by a given number" for number in given if right / wrong == number]
    return tokens


def _shape(text: str) -> Tokens:
    masked = _kinds_masked(text)
    features = [kind for kind, _ in _KINDS if f"⟨{kind}⟩" in masked]
    for name, holds in (
        ("a variable", re.search(r"\b[a-z]\b", masked)),
        ("a sentence", len(re.findall(r"[a-z]{3,}", masked)) > 4),
        ("a remark", "[" in text),
        ("lines", "\n" in text),
    ):
        if holds:
            features.append(name)
    return [*features, f"{min(3, masked.count('='))} equals signs"]
