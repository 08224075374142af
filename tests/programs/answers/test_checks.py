"""What a check is worth at once is what SymPy finds in its own time."""

import pytest
import sympy
from studysmith.programs.answers.checks import evaluate_check
from studysmith.programs.answers.expressions import symbol


@pytest.mark.parametrize(
    "check",
    [
        "integrate(3*x**2 - x + 5, (x, -1, 4))",
        "pi*integrate(Rational(2, 3)*x**4, (x, 0, a))",
        "integrate(-6, (t, 0, x))",
        "integrate(0, (x, 1, 2))",
        "integrate(k*x**2 + sqrt(2)*x, (x, 1, 2))",
        "integrate(1/x**2, (x, 1, oo))",
        "integrate(1/x**2, (x, -1, 1))",
        "integrate(x**2, (x, 0, oo))",
        "integrate(Abs(x), (x, -1, 1))",
        "integrate(x**2)",
        "integrate(x**2, x)",
        "integrate(cos(x), (x, 0, pi))",
        "limit((x**2 - 9)/(x - 3), x, 3)",
        "limit((x**2 - 9)/(x + 3), x, 1)",
        "limit(1/(x - 2), x, 2)",
        "limit(1/(x - 2), x, 2, '-')",
        "limit(7, x, oo)",
        "limit(0, x, oo)",
        "limit(x - x, x, 4)",
        "limit((3*n + 1)/(2*n - 5), n, oo)",
        "limit((3*n + 1)/(2*n - 5), n, -oo)",
        "limit(n/(n**2 + 1), n, oo)",
        "limit(n**3/(n**2 + 1), n, -oo)",
        "limit(((x + h)**2 - x**2)/h, h, 0)",
        "limit((1/(x + h) - 1/x)/h, h, 0)",
        "limit(sin(x)/x, x, 0)",
        "limit(abs(x)/x, x, 0, '-')",
    ],
)
def test_shortcuts_give_what_sympy_gives(check: str) -> None:
    names = {name: symbol(name) for name in "ahknxt"}
    expected = eval(check, {**vars(sympy), **names})
    found = evaluate_check(check)
    assert found == expected or sympy.simplify(found - expected) == 0, (found, expected)
