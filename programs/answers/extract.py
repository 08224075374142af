r"""Is the answer right? Three readings of a completion.

strict: the number after `####`. flexible: the last number. Both follow the two filters of lm-evaluation-harness's
`gsm8k` task (its patterns, and exact match with the answer as the set writes it, without commas, dollar signs and a
final full stop), so that results compare. equivalent: the one claim of the completion is mathematically equal, so that
`0.5` and `1/2`, or `18.00` and `18`, are the same, while "5 and 6" claims neither.
"""

import logging
import re
from functools import lru_cache
from typing import NamedTuple

from ..numbers import MINUS, Mark, read_number
from ..problems.formats import Problem, boxed
from .parsing import equivalent as same_answer

INVALID = "[invalid]"
_STRICT = re.compile(r"#### (\-?[0-9\.\,]+)")
_FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_IGNORED = (re.compile(","), re.compile(r"\$"), re.compile(r"(?s).*#### "), re.compile(r"\.$"))
_DIGITS = r"(?:\d+\s+\d+/\d+|\d+\s*/\s*\d+|(?:\d{1,3}(?:[., ]\d{3})+|\d+)(?:[.,]\d+)?(?:e[-+]?\d+)?|\.\d+)"
_CLAIM = re.compile(rf"(?:(?<![\w.)\]])[-+])?\s?[$€£]?{_DIGITS}(?:\s?(?:%|percent\b))?", re.IGNORECASE)
_OTHER_SIDE = r"not|never|neither|nor|between|less than|more than|at least|at most|fewer than"
_NO_CLAIM = re.compile(
    rf"(?:\b(?:{_OTHER_SIDE})|n't|{_DIGITS}\s*(?:,|;|,?\s*(?:and|or)\b|(?:out )?of\b))\s*"
    r"(?:(?:be|is|the|exactly|equal|to)\s+)*$",
    re.IGNORECASE,
)
"""What, right before a number, says that it is not claimed, or not alone."""
_WRAPPED = (re.compile(r"\\text\{([^{}]*)\}"), re.compile(r"^\\[(\[](.*)\\[)\]]$"), re.compile(r"^\$(.*)\$$"))
_PERCENT = re.compile(r"\s*(?:\\?%|percent)$", re.IGNORECASE)
_HUGE = re.compile(r"\^.*\^|\*\*|\^\s*\{?\s*\d{3}|!")


class Verdict(NamedTuple):
    """Whether a completion reaches the answer, by each reading."""

    strict: bool
    flexible: bool
    equivalent: bool


def strict_answer(text: str) -> str:
    """The first number after `#### `, or `[invalid]`."""
    found = _STRICT.search(text)
    return found[1].strip() if found else INVALID


def flexible_answer(text: str) -> str:
    """The last number, or `[invalid]`."""
    found = _FLEXIBLE.findall(text)
    return (found[-1][0] or found[-1][1]).strip() if found else INVALID


def same_text(found: str, answer: str) -> bool:
    """Exact match once commas, dollar signs, a leading `#### ` and a final full stop are gone, in any case."""
    return _bare(found) == _bare(answer)


def _bare(text: str) -> str:
    for pattern in _IGNORED:
        text = pattern.sub("", text)
    return text.lower()


def judge(completion: str, problem: Problem) -> Verdict:
    """All three readings of one completion against the answer of a problem."""
    written = problem.written or problem.answer
    strict = same_text(strict_answer(completion), written)
    flexible = same_text(flexible_answer(completion), written)
    return Verdict(strict, flexible, equivalent(completion, problem))


def equivalent(completion: str, problem: Problem) -> bool:
    r"""Whether what follows `####`, or else the last `\boxed{}`, or else the last number says the answer alone."""
    claim = _claim(completion)
    if claim is None:
        return False
    per_cent = re.search(r"percent|%", problem.question, re.IGNORECASE) is not None
    return _equal(claim, problem.answer, problem.decimal, per_cent)


def _claim(completion: str) -> str | None:
    """The answer that a completion claims; None where it claims none, or not one alone."""
    _, mark, after = completion.rpartition("####")
    lines = after.strip().splitlines() if mark else []
    formula = completion.strip() if "\\" in completion and len(completion.split()) == 1 else None
    if claim := lines[0] if lines else boxed(completion) or formula:
        return _bare_claim(claim)
    text = completion.translate(MINUS).replace("\\$", "$").replace("*", " * ")
    found = list(_CLAIM.finditer(text))
    if not found or _NO_CLAIM.search(text[: found[-1].start()]):
        return None
    return found[-1].group().strip()


def _bare_claim(claim: str) -> str:
    """Without what dresses an answer: bold type, a formula's delimiters, an escaped dollar."""
    claim = re.sub(r"^([*_`]+)(.*?)\1([.]?)$", r"\2\3", claim.strip()).replace("\\$", "$").replace("\\%", "%")
    for wrapped in _WRAPPED:
        claim = wrapped.sub(r"\1", claim)
    return claim.translate(MINUS).strip()


@lru_cache(maxsize=4096)
def _equal(claim: str, answer: str, decimal: Mark, per_cent: bool) -> bool:
    bare = _PERCENT.sub("", claim)
    hundredths = bare != claim and not per_cent
    gold, number = read_number(answer), read_number(bare, decimal)
    if gold is not None and number is not None:
        return gold == (number / 100 if hundredths else number)
    if same_answer(f"({bare})/100" if hundredths else bare, answer):
        return True
    return ("\\" in claim or "\\" in answer) and _same_latex(claim, answer)


def _same_latex(claim: str, answer: str) -> bool:
    from math_verify import parse, verify

    # Its time limits need the main thread's signals; without them, what can grow without bound is refused here.
    if max(len(claim), len(answer)) > 200 or _HUGE.search(claim):
        return False
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    gold, found = (parse(f"${text}$", parsing_timeout=None) for text in (answer, claim))
    return bool(gold and found and verify(gold, found, timeout_seconds=None))
