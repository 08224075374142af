"""Whether two SymPy objects say the same: numbers, expressions, collections, solution sets, equations, matrices.

Expressions are compared by their values at fixed points, not by simplification, which may take forever.
"""

from __future__ import annotations

from typing import Any

from .expressions import value_at

TOLERANCE = 1e-9


def same(a: Any, b: Any, constant: bool = False) -> bool:
    """Whether two objects, as `parse_answer` makes them, say the same; ``constant`` allows a constant between them."""
    from sympy import Eq, FiniteSet, MatrixBase, Set, Tuple

    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a.replace(" ", "") == b.replace(" ", "")
    if isinstance(a, MatrixBase) and isinstance(b, MatrixBase) and a.shape != b.shape and 1 not in a.shape:
        return False
    a, b = (next(iter(side)) if isinstance(side, FiniteSet) and len(side) == 1 else side for side in (a, b))
    unordered = isinstance(a, FiniteSet) or isinstance(b, FiniteSet)
    if unordered and all(isinstance(side, FiniteSet | Tuple) for side in (a, b)):
        return _same_collection(list(a), list(b))
    first, second = _sequence(a, b), _sequence(b, a)
    if first is not None and second is not None:
        return len(first) == len(second) and all(same(x, y) for x, y in zip(first, second, strict=True))
    if isinstance(a, Eq) != isinstance(b, Eq):
        a, b = (side.rhs if isinstance(side, Eq) and side.lhs.is_Symbol else side for side in (a, b))
        if isinstance(a, Eq) or isinstance(b, Eq):
            return False
    solutions = _solutions(a), _solutions(b)
    if solutions[0] is not None and solutions[1] is not None:
        same_variable = not a.free_symbols or not b.free_symbols or a.free_symbols == b.free_symbols
        return same_variable and _same_solutions(*solutions)
    if a.is_Relational and b.is_Relational:
        return _same_relation(a, b)
    if any(isinstance(side, Set | Tuple | MatrixBase) or side.is_Boolean or side.is_Relational for side in (a, b)):
        return False
    return _same_expression(a, b, constant)


def _same_collection(a: list[Any], b: list[Any]) -> bool:
    """The same values with the same multiplicities, in any order."""
    if len(a) != len(b):
        return False
    rest = list(b)
    for x in a:
        match = next((i for i, y in enumerate(rest) if same(x, y)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _sequence(x: Any, other: Any) -> list[Any] | None:
    """The entries of a point or matrix; also of an interval that, beside one, can only be meant as a pair."""
    from sympy import Interval, MatrixBase, Tuple

    if isinstance(x, Tuple | MatrixBase):
        return list(x)
    if isinstance(x, Interval) and isinstance(other, Tuple | MatrixBase) and x.left_open == x.right_open:
        return [x.start, x.end]
    return None


def _solutions(x: Any) -> Any:
    """The set that an inequality in one variable describes when the variable stands alone in it, or None."""
    import sympy

    if x is sympy.S.Reals:
        return sympy.Interval(-sympy.oo, sympy.oo)
    if isinstance(x, sympy.Set):
        return x
    if isinstance(x, sympy.And | sympy.Or):
        sets = [_solutions(part) for part in x.args]
        if len(x.free_symbols) > 1 or any(s is None for s in sets):
            return None
        return (sympy.Intersection if isinstance(x, sympy.And) else sympy.Union)(*sets)
    if not x.is_Relational or isinstance(x, sympy.Eq):
        return None
    if x.rhs.is_Symbol and not x.lhs.free_symbols:
        x = x.reversed
    if not x.lhs.is_Symbol or x.rhs.free_symbols:
        return None
    if isinstance(x, sympy.Ne):
        return sympy.Union(sympy.Interval.open(-sympy.oo, x.rhs), sympy.Interval.open(x.rhs, sympy.oo))
    if isinstance(x, sympy.Gt | sympy.Ge):
        return sympy.Interval(x.rhs, sympy.oo, isinstance(x, sympy.Gt), True)
    return sympy.Interval(-sympy.oo, x.rhs, True, isinstance(x, sympy.Lt))


def _same_solutions(a: Any, b: Any) -> bool:
    """Sets of numbers, piece by piece, so that 1/2 and 0.5 are the same end."""
    import sympy

    def pieces(s: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for part in s.args if isinstance(s, sympy.Union) else [s]:
            if isinstance(part, sympy.Interval):
                found.append((part.start, part.end, part.left_open, part.right_open))
            else:
                found += [(value, value, False, False) for value in part]
        return sorted(found, key=lambda piece: (float(piece[0]), float(piece[1])))

    if a == b:
        return True
    if not all(part.is_Interval or part.is_FiniteSet for s in (a, b) for part in (s.args if s.is_Union else [s])):
        return False
    first, second = pieces(a), pieces(b)
    return len(first) == len(second) and all(
        x[2:] == y[2:] and same(x[0], y[0]) and same(x[1], y[1]) for x, y in zip(first, second, strict=True)
    )


def _same_relation(a: Any, b: Any) -> bool:
    """Equations and inequalities are the same when one is a constant multiple of the other."""
    from sympy import Ge, Gt

    a, b = (side.reversed if isinstance(side, Gt | Ge) else side for side in (a, b))
    if type(a) is not type(b):
        return False
    ratios = [x / y for x, y in _values(a.lhs - a.rhs, b.lhs - b.rhs) if abs(y) > TOLERANCE]
    if len(ratios) < 2 or abs(ratios[0]) < TOLERANCE or (a.rel_op[0] in "<>" and ratios[0].real < 0):
        return False
    return all(_close(ratio, ratios[0]) for ratio in ratios)


def _same_expression(a: Any, b: Any, constant: bool) -> bool:
    if a == b:
        return True
    if not a.free_symbols and not b.free_symbols and not constant:
        if a.is_infinite or b.is_infinite or (a.is_Rational and b.is_Rational):
            return False  # both exact, and not equal
        return _close(value_at(a, {}), value_at(b, {}))
    pairs = _values(a, b)
    if len(pairs) < 3:
        return False
    offset = pairs[0][0] - pairs[0][1] if constant else 0.0
    return all(_close(x, y + offset) for x, y in pairs)


def _values(a: Any, b: Any) -> list[tuple[complex, complex]]:
    """Both at the same points, where both are real or both complex: an identity holds at all of them or it is none."""
    names = sorted(s.name for s in a.free_symbols | b.free_symbols)
    pairs = []
    for k in range(12):
        # Irrational steps: no point is a zero or a pole that a student's expression is likely to have.
        point = {name: (0.739 + 1.6180339 * (k + 1) + 2.2360679 * j * (k + 2)) % 6 - 3 for j, name in enumerate(names)}
        try:
            x, y = complex(value_at(a, point)), complex(value_at(b, point))
        except (ArithmeticError, ValueError):
            continue
        real = [abs(z.imag) <= TOLERANCE * max(1.0, abs(z)) for z in (x, y)]
        if real[0] == real[1] and x == x and y == y:
            pairs.append((x, y))
    return pairs


def _close(x: complex, y: complex) -> bool:
    return abs(x - y) <= TOLERANCE * max(1.0, abs(x), abs(y))
