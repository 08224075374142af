"""Checks of exercises: expressions in SymPy's names, whose value is the answer. Trusted input only."""

from __future__ import annotations

from functools import cache
from typing import Any

from .expressions import symbol


class AnswerError(ValueError):
    """A check could not be evaluated."""


def evaluate_check(check: str) -> object:
    """The value of a curriculum check, an expression in SymPy's names (``E`` is Euler's number). Trusted input only.

    Raises AnswerError, naming the check.
    """
    try:
        return eval(check, dict(_namespace()))
    except Exception as error:
        raise AnswerError(f"check {check!r}: {type(error).__name__}: {error}") from error


@cache
def _namespace() -> dict[str, Any]:
    import sympy
    from sympy import stats

    names: dict[str, Any] = {name: getattr(stats, name) for name in stats.__all__}
    names |= {name: getattr(sympy, name) for name in sympy.__all__}
    names |= {"P": stats.P, "std": stats.std, "variance": stats.variance, "median": stats.median}
    names |= {"integrate": _integrate, "limit": _limit}
    names |= {name: symbol(name) for name in (*"abcdhkmnpqrstuvwxyz", "theta")}
    safe = (abs, round, min, max, sum, len, sorted, range, str, int, float, set, tuple, list, divmod, zip, all, any)
    return names | {"__builtins__": {function.__name__: function for function in safe}}


def _integrate(f: Any, *over: Any) -> Any:
    """SymPy's, but at once for a polynomial between two ends, where SymPy looks for singularities first."""
    import sympy

    if len(over) == 1 and isinstance(over[0], tuple) and len(over[0]) == 3:
        x, low, high = map(sympy.sympify, over[0])
        if low.is_finite and high.is_finite and (f := sympy.sympify(f)).is_polynomial(x):
            whole = sympy.Poly(f, x).integrate()
            return whole.eval(high) - whole.eval(low)
    return sympy.integrate(f, *over)


def _limit(f: Any, x: Any, to: Any, side: str = "+") -> Any:
    """SymPy's, but at once for a rational function that is finite there."""
    import sympy

    f, to = sympy.sympify(f), sympy.sympify(to)
    if f.is_rational_function(x):
        top, bottom = (sympy.Poly(part, x) for part in sympy.fraction(sympy.cancel(f)))
        if to.is_infinite and top.degree() < bottom.degree():
            return sympy.S.Zero
        if to.is_infinite and top.degree() == bottom.degree():
            return top.LC() / bottom.LC()
        if to.is_finite and bottom.eval(to) != 0:
            return top.eval(to) / bottom.eval(to)
    return sympy.limit(f, x, to, side)
