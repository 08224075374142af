"""Short answers as students write them: parsing, and deciding whether two of them say the same.

Used on the project's own material and on text that a model wrote, so no string makes these functions raise, hang or run
code: what is not recognised as mathematics is compared as words. Numbers and equal strings are decided without SymPy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from .comparing import TOLERANCE, same
from .expressions import FUNCTIONS, ExpressionError, parse_expression
from .units import split_unit

MAX_LENGTH = 200

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("−–—‒﹣-", "-"),
        **dict.fromkeys("×·⋅∙✕", "*"),
        **{"÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "±": "+-"},
        **{"π": " pi ", "θ": " theta ", "α": " alpha ", "β": " beta ", "λ": " lambda ", "√": " sqrt "},
        **{
            "∛": " cbrt ",
            "∞": " inf ",
            "°": " degrees",
            "∪": " u ",
            "’": "'",
            "′": "'",
            "“": '"',
            "”": '"',
            "\u00a0": " ",
            "\u2009": " ",
        },
        **{c: f"^{i}" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        **{c: " " + unicodedata.normalize("NFKC", c).replace("⁄", "/") for c in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"},
    }
)
_ALLOWED = re.compile(r"[a-z0-9\s+\-*/^()\[\]{},.;:=<>|!_$%'\"?]*")
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*\$?\s*(?P<minus>-?)(?:(?:(?P<whole>\d+)(?:\s+|\s+and\s+|-))?(?P<top>\d+)\s*/\s*(?P<bottom>\d+)"
    r"|(?P<decimal>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+))"
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_CONSTANT = re.compile(r"\s*\+\s*(?:C|K|[Cc]onst(?:ant)?)\.?\s*$")
_LEAD = re.compile(r"(?:the )?answer(?: is|:)\s*|(?:about|approximately|≈|~)\s*")
_LABEL = re.compile(r"(?:[a-z]'*(?:\^\(?-1\)?)?\([^()=]*\)|d[a-z]/d[a-z]|[a-z]'+)\s*=(?!=)|[a-z]\s*∈")
_SET_BUILDER = re.compile(r"\{\s*[a-z]\s*[|:](.*)\}")
_REMAINDER = re.compile(r"(\d{1,12})\s*,?\s*(?:with )?(?:a )?(?:remainder|rem|r)\s*(?:of |=)?\s*(\d{1,12})")
_CLOCK = re.compile(r"\d{1,2}:\d{2}\s*(?:[ap]\.?\s?m\.?|o'clock)|\d{1,2}:0\d")
_WORDS = re.compile(r"(?=.*[a-z]{2})[a-z'\-\s,.!?:]+")
_MATHEMATICS = re.compile(rf"\b(?:{'|'.join((*FUNCTIONS, 'pi', 'inf', 'oo', 'infinity'))})\b")
_PRODUCT = re.compile(r"(?=..)(?:a?b?c?d?|x?y?z?|p?q?r?t?|m?n?)")
_RELATION = re.compile(r"(<=|>=|!=|<|>|==?)")
_REALS = {"all real numbers", "all reals", "all real", "the real numbers", "real numbers"}
_EMPTY = {"no solution", "no solutions", "no real solution", "no real solutions", "empty set", "none"}


class _Answer(NamedTuple):
    value: Any
    unit: str = ""
    constant: bool = False  # "+ C": equal up to a constant


def parse_answer(text: str) -> object:
    """The SymPy object that an answer stands for, or its normalized words when it is not mathematics. Never raises.

    Numbers become Rational, ``x = 2 or x = -3`` and bare lists FiniteSet (a sorted Tuple when values repeat), points,
    vectors, quotients with remainder and orderings of numbers Tuple, ``(-inf, 4]`` Interval, ``x > 3`` a relation,
    ``y = 2x`` Eq. Units, ``$``, ``%`` and ``+ C`` are dropped.
    """
    return _parse(text).value


def equivalent(a: object, b: object) -> bool:
    """Whether two answers (text, numbers, collections or SymPy objects) say the same. Never raises on text.

    Numbers are exact unless one is a float (then to 1e-9, relative). Units must agree where both are given; ``%`` is
    one of them.
    """
    if isinstance(a, str) and isinstance(b, str) and a.strip().casefold() == b.strip().casefold():
        return True
    left, right = _quick(a), _quick(b)
    if left and right:
        return _units_agree(left[1], right[1]) and _same_number(left[0], right[0])
    try:
        first, second = _answer(a), _answer(b)
        return _units_agree(first.unit, second.unit) and same(
            first.value, second.value, first.constant or second.constant
        )
    except (ArithmeticError, ValueError, TypeError, AttributeError, KeyError, NotImplementedError, RecursionError):
        return False  # SymPy found no way to compare them


# --- numbers, without SymPy -------------------------------------------------------------------------------------------


def _quick(x: object) -> tuple[Fraction | float, str] | None:
    if isinstance(x, str):
        return _quick_text(x) if len(x) <= MAX_LENGTH else None
    if isinstance(x, bool):
        return None
    if isinstance(x, int | float | Fraction):
        return (x if isinstance(x, float) else Fraction(x)), ""
    if getattr(x, "is_Rational", False):
        return Fraction(int(x.p), int(x.q)), ""  # type: ignore[attr-defined]
    # SymPy's round() leaves a Float of few bits: its digits are what is meant, not its bits.
    return (float(str(x)), "") if getattr(x, "is_Float", False) else None


@lru_cache(maxsize=8192)
def _quick_text(text: str) -> tuple[Fraction | float, str] | None:
    plain = _plain(text)
    if not (plain[:1].isdigit() or plain[:1] in ("-", "+", "$", ".")):
        return None
    head, unit = split_unit(plain)
    match = _NUMBER.fullmatch(head)
    if not match or (match["sign"] and match["minus"]):
        return None
    if match["decimal"]:
        number = Fraction(match["decimal"].replace(",", "").rstrip("."))
    elif int(match["bottom"]) == 0:
        return None
    else:
        number = int(match["whole"] or 0) + Fraction(int(match["top"]), int(match["bottom"]))
    return (-number if "-" in (match["sign"], match["minus"]) else number), unit


def _same_number(a: Any, b: Any) -> bool:
    if isinstance(a, float) or isinstance(b, float):
        return bool(abs(a - b) <= TOLERANCE * max(1.0, abs(float(a)), abs(float(b))))
    return a == b


def _units_agree(a: str, b: str) -> bool:
    return not a or not b or a == b


# --- text to objects --------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    plain = " ".join(text.translate(_CHARACTERS).casefold().split())
    plain = plain.strip("\"'` ")
    if plain[:1] in ("t", "a", "≈", "~"):
        plain = _LEAD.sub("", plain, count=1)
    return plain if plain.endswith("..") else plain.rstrip(".;? ")


def _words(plain: str) -> str:
    """Words without the punctuation around and between them; anything with operators keeps them."""
    return " ".join(re.sub(r"[\-'\".,!?]", " ", plain).split()) if _WORDS.fullmatch(plain) else plain


def _parse(text: str) -> _Answer:
    return _parse_short(text) if len(text) <= MAX_LENGTH else _Answer(" ".join(text.casefold().split()))


@lru_cache(maxsize=8192)
def _parse_short(text: str) -> _Answer:
    number = _quick_text(text)
    if number:
        from sympy import Rational

        return _Answer(Rational(number[0].numerator, number[0].denominator), number[1])  # type: ignore[union-attr]
    body = _CONSTANT.sub("", text)
    plain = _plain(body)
    try:
        head, unit = split_unit(plain)
        return _Answer(_structure(head), unit, constant=body != text)
    except (ArithmeticError, ValueError, TypeError, AttributeError, NotImplementedError, RecursionError):
        return _Answer(_words(_plain(text)))  # not mathematics, or more of it than an answer holds


def _structure(plain: str) -> Any:
    """A SymPy object, or a string for words. Raises ExpressionError and whatever SymPy raises."""
    import sympy

    if plain in _REALS:
        return sympy.S.Reals
    if plain in _EMPTY:
        return sympy.S.EmptySet
    plain = _LABEL.sub("", plain, count=1).strip() if _LABEL.match(plain) else plain
    if match := _SET_BUILDER.fullmatch(plain):
        plain = match[1].strip()
    if not _ALLOWED.fullmatch(plain) or _CLOCK.fullmatch(plain) or ".." in plain:
        raise ExpressionError("words")
    plain = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", plain)
    if match := _REMAINDER.fullmatch(plain):
        return sympy.Tuple(int(match[1]), int(match[2]))
    if plain.startswith("<") and plain.endswith(">"):
        plain = f"({plain[1:-1]})"
    if " or " in plain:
        return _alternatives([_structure(part) for part in plain.split(" or ")], sympy.Or)
    if re.search(r"\+-|\+/-", plain):
        return _alternatives([_structure(re.sub(r"\+-|\+/-", sign, plain)) for sign in "+-"], sympy.Or)
    parts = [p for p in _split(plain, r",(?!\d{3}(?!\d))|(?<!\d),|;|\sand\s") if p.strip()]
    if len(parts) > 1:
        return _alternatives([_structure(part.strip()) for part in parts], sympy.And)
    if _WORDS.fullmatch(plain) and not _PRODUCT.fullmatch(plain) and not _MATHEMATICS.search(plain):
        raise ExpressionError("words")
    if len(pieces := _split(plain, r"\su\s")) > 1:
        return sympy.Union(*(_structure(piece.strip()) for piece in pieces))
    if plain[:1] + plain[-1:] in ("()", "[]", "(]", "[)", "{}") and ("," in plain or plain[1:2] == "["):
        return _bracketed(plain)
    if _RELATION.search(plain):
        return _relation(plain)
    if len(terms := _split(plain, r":|(?<=\d)\sto\s(?=\d)")) > 1:
        values = [parse_expression(term) for term in terms]
        return values[0] / values[1] if len(values) == 2 else sympy.Tuple(*(v / values[0] for v in values))
    if plain.startswith("{") and plain.endswith("}"):
        return sympy.FiniteSet(_structure(plain[1:-1]))
    return _expression(plain)


def _expression(plain: str) -> Any:
    plain = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), plain)
    plain = re.sub(r"(?<=\d)\s+x\s+(?=\d)|(?<=\d)x(?=10\^)", "*", plain)  # 3.2 x 10^4
    return parse_expression(plain.replace("$", ""))


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators outside every bracket."""
    parts, start, depth, pattern = [], 0, 0, re.compile(separator)
    position = 0
    while position < len(text):
        if text[position] in "([{":
            depth += 1
        elif text[position] in ")]}":
            depth -= 1
        elif depth == 0 and (match := pattern.match(text, position)):
            parts.append(text[start:position])
            start = position = match.end()
            continue
        position += 1
    return [*parts, text[start:]]


def _bracketed(plain: str) -> Any:
    import sympy

    items = [item.strip() for item in _split(plain[1:-1], ",")]
    if all(item[:1] in ("[", "(") for item in items) and plain[0] == "[":
        return sympy.ImmutableMatrix([[_expression(cell) for cell in _split(item[1:-1], ",")] for item in items])
    if plain[0] == "{":
        return _alternatives([_structure(item) for item in items], sympy.And)
    values = [_expression(item) for item in items]
    mixed = plain[0] + plain[-1] in ("(]", "[)")
    numbers = all(v.is_extended_real and not v.free_symbols for v in values)
    unbounded = any(v.is_infinite for v in values)
    if len(values) == 2 and numbers and (mixed or unbounded or plain[0] == "[") and values[0] < values[1]:
        return sympy.Interval(values[0], values[1], plain[0] == "(", plain[-1] == ")")
    if mixed:
        raise ExpressionError("brackets do not match")
    return sympy.Tuple(*values)


def _relation(plain: str) -> Any:
    import sympy

    pieces = _RELATION.split(plain)
    sides, operators = [_expression(side) for side in pieces[::2]], pieces[1::2]
    if all(not side.free_symbols for side in sides):  # an ordering of numbers, or a calculation with its result
        ascending = all(operator in ("<", "<=") for operator in operators)
        if ascending or all(operator in (">", ">=") for operator in operators):
            return sympy.Tuple(*(sides if ascending else reversed(sides)))
        if set(operators) <= {"=", "=="}:
            return sides[-1]
    classes = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "!=": sympy.Ne}
    relations = [
        classes.get(operator, sympy.Eq)(left, right, evaluate=False)
        for left, operator, right in zip(sides, operators, sides[1:], strict=False)
    ]
    return relations[0] if len(relations) == 1 else sympy.And(*relations, evaluate=False)


def _alternatives(parts: list[Any], join: Any) -> Any:
    """Several values as one object: a set, a point (``x = 1, y = 2``), or joined inequalities."""
    import sympy
    from sympy.core.relational import Relational

    if all(isinstance(p, Relational | sympy.And | sympy.Or) and not isinstance(p, sympy.Eq) for p in parts):
        return join(*parts, evaluate=False)
    if all(isinstance(p, sympy.Set) for p in parts):
        return sympy.Union(*parts)
    unknowns = [p.lhs for p in parts if isinstance(p, sympy.Eq) and p.lhs.is_Symbol]
    values = [p.rhs if isinstance(p, sympy.Eq) and p.lhs.is_Symbol else p for p in parts]
    if any(isinstance(v, str | Relational) for v in values):
        raise ExpressionError("not values")
    if len(unknowns) == len(parts) == len(set(unknowns)):
        return sympy.Tuple(*(v for _, v in sorted(zip(unknowns, values, strict=True), key=lambda pair: pair[0].name)))
    distinct = sympy.FiniteSet(*values)
    return distinct if len(distinct) == len(values) else sympy.Tuple(*sorted(values, key=sympy.default_sort_key))


# --- results of checks to objects -------------------------------------------------------------------------------------


def _answer(x: object) -> _Answer:
    return _parse(x) if isinstance(x, str) else _Answer(_object(x))


def _object(x: Any) -> Any:
    """A check's result in the forms that text is parsed into."""
    import sympy

    if isinstance(x, str):
        return _parse(x).value
    if isinstance(x, bool) or x in (sympy.true, sympy.false):
        return str(bool(x)).casefold()
    if isinstance(x, Mapping):
        return sympy.Tuple(*(_object(v) for _, v in sorted(x.items(), key=lambda item: str(item[0]))))
    if isinstance(x, set | frozenset):
        return sympy.FiniteSet(*map(_object, x))
    if isinstance(x, list | tuple | sympy.Tuple):
        if x and isinstance(x, list) and all(isinstance(row, list) for row in x):
            return sympy.Matrix(x)
        items = [_object(item) for item in x]
        if len(items) == 1:
            return items[0]
        return sympy.Tuple(*items) if items else sympy.S.EmptySet
    return sympy.sympify(x)
