"""Plain-text mathematics to SymPy, by a small parser of its own: nothing is ever passed to ``eval``.

``parse_expression("3(x+1)^2")`` is ``3*(x + 1)**2``. Sizes are checked before anything is computed, so that
hostile text such as ``9^9^9^9`` is refused at once. ``value_at`` evaluates in floating point, where numbers that grow
without bound overflow at once instead of filling the memory.
"""

from __future__ import annotations

import cmath
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

MAX_TOKENS, MAX_DEPTH, MAX_DIGITS = 120, 25, 60
MAX_EXPONENT, MAX_BITS, MAX_FACTORIAL = 1000, 4096, 100

_TOKEN = re.compile(
    r"(?P<number>\d+\.?\d*|\.\d+)|(?P<log>log_?\d+)|(?P<name>[a-z]+)|(?P<op>\*\*|[-+*/^()|!])|(?P<space>\s+)"
)
_MIXED_NUMBER = re.compile(r"(?<![\d./^*a-z)])(\d+)\s+(\d+)\s*/\s*(\d+)(?![\d.])")
_CMATH = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log")
FUNCTIONS = {
    **{name: name for name in (*_CMATH, "sec", "csc", "cot", "sqrt", "cbrt")},
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "ln": "log", "abs": "Abs"},
}
_CONSTANTS = {"pi": "pi", "e": "E", "i": "I", "oo": "oo", "inf": "oo", "infinity": "oo"}
_GREEK = ("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "sigma", "phi", "omega")
_NAMES = sorted((*FUNCTIONS, *_CONSTANTS, *_GREEK), key=len, reverse=True)


class ExpressionError(ValueError):
    """The text is not an expression, or it is larger than any answer needs to be."""


@cache
def symbol(name: str) -> Any:
    """The real symbol of that name; every parsed text and every check uses the same ones."""
    from sympy import Symbol

    return Symbol(name, real=True)


def parse_expression(text: str) -> Any:
    """A SymPy expression from lower-case ASCII text. Raises ExpressionError; `log` is the natural logarithm."""
    parser = _Parser(_tokens(_MIXED_NUMBER.sub(r"(\1+\2/\3)", text)))
    value = parser.sum()
    if parser.peek():
        raise ExpressionError(f"unexpected {parser.peek()!r}")
    if value.has(_sympy().nan, _sympy().zoo):
        raise ExpressionError("undefined")
    return value


def _sympy() -> Any:
    import sympy

    return sympy


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or len(tokens) > MAX_TOKENS:
            raise ExpressionError("not an expression")
        position = match.end()
        kind, token = match.lastgroup, match.group()
        if kind == "number" and len(token) > MAX_DIGITS:
            raise ExpressionError("too many digits")
        if kind == "name":
            tokens += _split_name(token)
        elif kind != "space":
            tokens.append("^" if token == "**" else token)
    return tokens


def _split_name(run: str) -> list[str]:
    """`sinx` is sin x and `xy` is x y, but a longer run of letters is a word, not a product."""
    names: list[str] = []
    while run:
        name = next((n for n in _NAMES if run.startswith(n)), run[0])
        names.append(name)
        run = run[len(name) :]
    if sum(len(name) == 1 for name in names) > 3:
        raise ExpressionError("a word")
    return names


class _Parser:
    """Recursive descent over tokens: sum > product (also implicit) > sign > power > postfix > atom."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.position, self.depth, self.in_bars, self.tower = tokens, 0, 0, 0, 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token not in expected):
            raise ExpressionError(f"expected {' or '.join(expected) or 'more'}")
        self.position += 1
        return token

    def sum(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply")
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        self.depth -= 1
        return value

    def product(self) -> Any:
        value = self.signed()
        while True:
            token = self.peek()
            if token in ("*", "/"):
                value = value * self.signed() if self.take() == "*" else value / self.signed()
            elif token == "(" or token[:1].isalpha() or (token == "|" and not self.in_bars):
                value = value * self.power()
            else:
                return value

    def signed(self) -> Any:
        sign = 1
        while self.peek() in ("+", "-"):
            sign = -sign if self.take() == "-" else sign
        value = self.power()
        return value if sign > 0 else -value

    def power(self) -> Any:
        base = self.atom()
        while self.peek() == "!":
            self.take()
            if not (base.is_Integer and 0 <= base <= MAX_FACTORIAL):
                raise ExpressionError("factorial too large")
            base = _sympy().factorial(base)
        return self.raised(base)

    def raised(self, base: Any) -> Any:
        if self.peek() != "^":
            return base
        self.take()
        self.tower += 1
        if self.tower > 3:
            raise ExpressionError("a tower of powers")
        exponent = self.signed()
        self.tower -= 1
        return _power(base, exponent)

    def atom(self) -> Any:
        token = self.take()
        if token[0].isdigit() or token[0] == ".":
            return _sympy().Rational(token.rstrip(".") if token[-1] == "." else token)
        if token in ("(", "|"):
            outside, self.in_bars = self.in_bars, int(token == "|")
            value = self.sum()
            self.take(")" if token == "(" else "|")
            self.in_bars = outside
            return value if token == "(" else abs(value)
        if token in _CONSTANTS:
            return getattr(_sympy(), _CONSTANTS[token])
        if token in FUNCTIONS or token.startswith("log"):
            return self.call(token)
        if token.isalpha():
            return symbol(token)
        raise ExpressionError(f"unexpected {token!r}")

    def call(self, name: str) -> Any:
        sympy = _sympy()
        function: Callable[[Any], Any] = getattr(sympy, FUNCTIONS.get(name, ""), sympy.log)
        exponent = None
        if self.peek() == "^":  # sin^2(x), and sin^-1(x), which is arcsin
            self.take()
            exponent = self.signed()
            if exponent == -1 and name in ("sin", "cos", "tan"):
                function, exponent = getattr(sympy, f"a{name}"), None
        if self.peek() in ("(", "|") or name in ("sqrt", "cbrt"):
            argument = self.atom()
        else:
            argument = self.power()
            while self.peek().isalpha() and self.peek() not in FUNCTIONS:
                argument = argument * self.power()
        base = name.removeprefix("log").lstrip("_") if name.startswith("log") else ""
        if name == "cbrt" and argument.is_negative:
            value = -sympy.cbrt(-argument)
        elif name == "exp":
            value = _power(sympy.E, argument)
        else:
            value = function(argument) / sympy.log(int(base)) if base else function(argument)
        return value if exponent is None else _power(value, exponent)


def _power(base: Any, exponent: Any) -> Any:
    if not exponent.free_symbols and exponent.is_finite is not False:
        try:
            size = abs(value_at(exponent, {}))
        except (ArithmeticError, ValueError):
            size = float("inf")
        bits = max(int(base.p).bit_length(), int(base.q).bit_length()) if base.is_Rational else 1
        if size > MAX_EXPONENT or size * bits > MAX_BITS:
            raise ExpressionError("exponent too large")
    return base**exponent


_FLOAT: dict[str, Callable[[complex], complex]] = {
    **{name: getattr(cmath, name) for name in _CMATH},
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "cot": lambda z: 1 / cmath.tan(z),
    "Abs": abs,
}


def value_at(expression: Any, point: Mapping[str, float]) -> complex:
    """The complex value where symbols have the given values. Raises ArithmeticError or ValueError where none is."""
    if expression.is_Symbol:
        return point[expression.name]
    if expression.is_Rational:
        return int(expression.p) / int(expression.q)
    if expression.is_Float:
        return float(str(expression))
    if expression.is_Atom:
        return complex(expression)
    if expression.is_Add:
        return sum(value_at(a, point) for a in expression.args)
    if expression.is_Mul:
        product: complex = 1
        for argument in expression.args:
            product *= value_at(argument, point)
        return product
    if expression.is_Pow:
        return value_at(expression.base, point) ** value_at(expression.exp, point)
    function = _FLOAT.get(type(expression).__name__)
    if function and len(expression.args) == 1:
        return function(value_at(expression.args[0], point))
    # Only a check can hold anything else (a Piecewise, an erf); text is parsed into the kinds above.
    return complex(expression.evalf(subs={s: point[s.name] for s in expression.free_symbols}))
