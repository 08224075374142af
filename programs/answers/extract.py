r"""Is the answer right? Three readings of a completion.

strict: the number after `####`. flexible: the last number. equivalent: mathematically equal, by math-verify, so that
`0.5` and `1/2`, or `18.00` and `18`, are the same. strict and flexible follow the two filters of
lm-evaluation-harness's `gsm8k` task (its patterns, and exact match without commas, dollar signs and a final full stop),
so that numbers compare.
"""

import logging
import re
from functools import lru_cache
from typing import NamedTuple

from ..problems.formats import boxed

INVALID = "[invalid]"
_STRICT = re.compile(r"#### (\-?[0-9\.\,]+)")
_FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_IGNORED = (re.compile(","), re.compile(r"\$"), re.compile(r"(?s).*#### "), re.compile(r"\.$"))
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


def judge(completion: str, answer: str) -> Verdict:
    """All three readings of one completion against the right answer."""
    strict = same_text(strict_answer(completion), answer)
    flexible = same_text(flexible_answer(completion), answer)
    return Verdict(strict, flexible, strict or equivalent(completion, answer))


def equivalent(completion: str, answer: str) -> bool:
    r"""Whether what follows `####`, or else the last `\boxed{}`, or else the last number, equals the answer."""
    _, mark, after = completion.rpartition("####")
    lines = after.strip().splitlines() if mark else []
    claim = lines[0] if lines else boxed(completion) or flexible_answer(completion)
    # "17 or 18" is no answer, though math-verify would take the last.
    if claim == INVALID or " or " in claim:
        return False
    if same_text(claim, answer):
        return True
    return _equal(claim.strip(), answer)


@lru_cache(maxsize=4096)
def _equal(claim: str, answer: str) -> bool:
    from math_verify import parse, verify

    # Its time limits need the main thread's signals; without them, what can grow without bound is refused here.
    if max(len(claim), len(answer)) > 200 or _HUGE.search(claim):
        return False
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    gold = parse(f"${answer}$", parsing_timeout=None)
    found = parse(claim if "$" in claim or "\\" not in claim else f"${claim}$", parsing_timeout=None)
    return bool(gold and found and verify(gold, found, timeout_seconds=None))
