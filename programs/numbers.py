"""The one reader of decimal numbers, for right answers and for replies: signs, currency, groups, either decimal mark.

Most numbers say by themselves which mark is meant (``1.234,50``, ``1,5``, ``1 234``, ``0,125``). ``1,234`` and
``1.234`` do not: they are read by the mark of their set, which `decimal_mark` finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

Mark = Literal[".", ","]

MINUS = str.maketrans(dict.fromkeys("−–—‒﹣－", "-"))
_SPACES = "[\u00a0\u2009\u202f '’_]"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*[$€£]?\s*(?P<minus>-?)(?P<digits>[.,]?\d(?:{_SPACES}?[\d.,])*?)[.,]?"
    r"(?P<exponent>e[-+]?\d{1,2})?\s*[$€£]?",
    re.IGNORECASE,
)
_GROUPS = re.compile(rf"\d{{1,3}}(?:{_SPACES}\d{{3}})+(?![\d])")


def read_number(text: object, decimal: Mark = ".") -> Fraction | None:
    """The value of a decimal number; None for what is none. decimal: what an ambiguous number is read by."""
    parts = _parts(text)
    if parts is None:
        return None
    digits, sign, exponent = parts
    mark = _mark(digits) if isinstance(text, str) else "."  # what is no text is no one's way of writing
    mark = decimal if mark is None else mark
    whole = "".join("." if c == mark else c for c in digits if c == mark or c not in ".,")
    value = Fraction(whole + exponent)
    return -value if sign else value


def decimal_mark(numbers: Iterable[object]) -> Mark:
    """The mark of a set of numbers: a comma where some of them can only mean that, and none can only mean a point."""
    read = (_parts(number) for number in numbers if isinstance(number, str))
    marks = {_mark(parts[0]) for parts in read if parts}
    return "," if "," in marks and "." not in marks else "."


def _parts(text: object) -> tuple[str, bool, str] | None:
    """Digits with their marks, whether they are negative, and the exponent; None for what is no number."""
    match = None if isinstance(text, bool) else _NUMBER.fullmatch(str(text).translate(MINUS).strip())
    if match is None or (match["sign"] and match["minus"]):
        return None
    digits = match["digits"]
    if re.search(_SPACES, digits):
        if not _GROUPS.match(digits):
            return None
        digits = re.sub(_SPACES, "", digits)
    return (digits, "-" in (match["sign"], match["minus"]), match["exponent"] or "") if _sound(digits) else None


def _sound(digits: str) -> bool:
    """Groups have three digits, and there is one decimal mark at most."""
    mark = _mark(digits)
    whole, _, _ = digits.rpartition(mark) if mark else (digits, "", "")
    groups = re.split(r"[.,]", whole)
    kinds = set(whole) & {".", ","}
    if len(kinds) > 1 or mark in kinds:
        return False
    return len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))


def _mark(digits: str) -> str | None:
    """The decimal mark that these digits can only have, empty for none; None where both readings are possible."""
    kinds = [mark for mark in ".," if mark in digits]
    if len(kinds) == 2:
        return max(kinds, key=digits.rfind)
    if not kinds:
        return ""
    mark = kinds[0]
    if digits.count(mark) > 1:
        return ""
    before, after = digits.split(mark)
    groups = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
    return None if groups else mark
