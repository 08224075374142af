"""Work that is pasted into a request: "1/2 + 1/3 = 2/5". Read, worked out again, and kept where it is wrong."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...answers.expressions import ExpressionError, parse_expression, symbol, value_at
from ...curriculum import Curriculum
from ...learner import Attempt
from ...likeness import alike
from .notation import formulas
from .places import blank
from .worked import Line, rule_for, worked_lines

_PAREN = r"\((?:[^()]|\([^()]*\))*\)"
_POWER = rf"(?: ?\^ ?-?(?:\d+|[a-z]|{_PAREN})|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?"
_FUNCTION = r"(?:sqrt|√|sin|cos|tan|log|ln)"
_UNIT = (
    rf"(?:(?<![\d.])\d+(?:\.\d+)?|\.\d+|{_FUNCTION}{_POWER} ?(?=[\w(])|{_PAREN}"
    rf"|(?<![a-zA-Z])[a-z](?![a-zA-Z])|(?<=\d)[a-z](?![a-zA-Z])){_POWER}"
)
_SIDE = rf"[-−]?{_UNIT}(?:(?: (?={_FUNCTION}|\d+/))?{_UNIT}|(?<=n|s|g) {_UNIT}| ?[-−+*/×·÷x] ?[-−]?{_UNIT})*"
_CLAIM = re.compile(
    r"(?P<d>(?:dy? ?/ ?dx|derivative|the derivative) ?(?:of )?)?"
    rf"(?P<left>{_SIDE})(?P<rest>(?: ?= ?{_SIDE})+)(?P<percent> ?%)?"
)
_CUT = re.compile(r"[-+*/^=<>(]\s*$|[\w₀-₉)\]]$")
"""What stands before a line of which the beginning could not be read."""
_WHOLE = re.compile(r"\(?-?\d+\)?")
"""A left side that claims nothing, and is the end of words such as "base 6, height 4 = 24"."""
_DEFINITION = re.compile(r"[a-z](?:\([^()]*\))?")
_SOLVED = re.compile(
    rf"(?P<left>{_SIDE}) ?(?P<rel>[<>])=? ?(?P<right>{_SIDE})[^.!?\n<>]{{0,25}}?"
    r"\b(?P<var>[a-z]) ?(?P<rel2>[<>])=? ?(?P<end>-?\d+)"
)
_MATRIX = re.compile(r"\b(?P<name>[A-Z]{1,2}) ?(?P<more>[+-] ?[A-Z])? ?= ?(?P<value>\[\[[-\d., \[\]]*\]\])")
_SIGNS = str.maketrans({"−": "-", "×": "*", "·": "*", "÷": "/", "√": "sqrt"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_BRACKETS = str.maketrans("[]", "()")
_ROUNDED = 0.006
"""How far what a calculator shows may be from an irrational number."""
_MOST = 6
_GRID = [n / 2 for n in range(-60, 61)]


@dataclass(frozen=True)
class Work:
    """A wrong line: the concept that it is about, what was to be done, where it stands in the text."""

    concept: str
    attempt: Attempt
    start: int
    end: int


def pasted_work(text: str, source: Curriculum) -> list[Work]:
    """The wrong lines of a text, in its order. Nothing is worked out that its author may have meant to be solved."""
    lines = list(worked_lines(text))
    rest = blank(text, [(line.start, line.end) for line in lines])
    found = []
    for line in [*lines, *_claims(rest), *_inequalities(rest), *_matrices(rest)][:_MOST]:
        attempt = Attempt(problem=line.task[:600], answer=line.answer[:200], correct_answer=line.right[:200])
        concept = line.concept if line.concept in source else _concept(text[line.start : line.end], attempt, source)
        found.append(Work(concept, attempt, line.start, line.end))
    return sorted(found, key=lambda work: work.start)


def said_of_work(text: str, work: Sequence[Work], source: Curriculum) -> str:
    """That the first of the lines is wrong, and what the plan is therefore about."""
    shown = text[work[0].start : work[0].end].strip()
    names = " and ".join(f"“{source[topic].name}”" for topic in source.in_order({line.concept for line in work}))
    return f"“{shown}” is wrong ({work[0].attempt.correct_answer} is right), so the plan is about {names}."


def _concept(line: str, attempt: Attempt, source: Curriculum) -> str:
    """What a line is about: by its form, or else what it shares with the curriculum's misconceptions."""
    left = re.split(r"=|[<>]", line)[0]
    # Of numbers alone the left side says what was to be done, and what came out may look like something else.
    if not re.search(r"(?![x×])[a-z]", left) and (done := [form for form in formulas(left, source) if not form.weak]):
        return done[0].concept
    forms = formulas(line, source)
    if any(form.concept == "multi-step-equations" for form in forms):
        # What its author takes to hold for all numbers is no equation to be solved.
        forms = formulas(left, source) or forms
    if forms:
        return min(forms, key=lambda form: (form.weak, form.start)).concept
    return max(source, key=lambda concept: alike(concept, attempt, source))


def _claims(text: str) -> Iterator[Line]:
    """Equations that say that two things are equal for all numbers, and are wrong."""
    if "[[" not in text:  # no matrix: square brackets are round ones
        text = text.translate(_BRACKETS)
    for match in _CLAIM.finditer(text):
        sides = [match["left"], *re.split(r" ?= ?", match["rest"])[1:]]
        if _DEFINITION.fullmatch(sides[0].strip()) or _CUT.search(text[: match.start()]):
            continue
        if _WHOLE.fullmatch(sides[0].strip()) and not match["d"]:
            continue
        try:
            values = [_value(side) for side in sides]
        except (ExpressionError, ArithmeticError):
            continue
        if match["percent"]:
            values[-1] /= 100
        if match["d"]:
            given, values[0] = values[0], values[0].diff(symbol("x"))
        wrong = next((i for i in range(1, len(sides)) if _is_wrong(values[i - 1], values[i], bool(match["d"]))), None)
        if wrong is not None:
            task = f"Differentiate {sides[0].strip()}." if match["d"] else f"What is {sides[wrong - 1].strip()}?"
            right = _shown(values[wrong - 1], "." in match.group(), bool(match["d"]))
            concept = rule_for(given) if match["d"] else ""
            yield Line(task, sides[wrong].strip(), right, *match.span(), concept)


def _value(text: str) -> Any:
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: "^(" + m.group().translate(_RAISED) + ")", text)
    text = text.lower()
    if "÷" in text:  # "2/3 ÷ 4/5" divides by a fraction
        text = re.sub(r"(?<![\d./])(\d+) ?/ ?(\d+)(?![\d./])", r"(\1/\2)", text)
    if re.search(r"\d\)? ?x ?[-−]?\(?\d", text):
        text = re.sub(r"(?<=[\d)]) ?x ?(?=[-−]?[\d(])", "*", text)
    return parse_expression(text.translate(_SIGNS))


def _is_wrong(left: Any, right: Any, derived: bool) -> bool:
    """Whether ``left = right`` claims something wrong; an equation in an unknown is a task and claims nothing."""
    if not left.free_symbols and not right.free_symbols:
        near = _ROUNDED if not (left.is_rational and right.is_rational) else 1e-9
        return all(abs(complex((a - b).evalf())) > near for a, b in ((left, right), (_degrees(left), _degrees(right))))
    difference = (left - right).expand(trig=True)
    if difference == 0 or difference.simplify() == 0:
        return False
    if derived:
        return True
    if left.free_symbols != right.free_symbols or left.is_Atom:
        return False
    if left.is_polynomial() and right.is_polynomial():
        # "3(x + 2) = 5x - 4" is to be solved; "(x + 5)^2 = x^2 + 25" agrees in what counts most, and claims.
        [*symbols] = left.free_symbols
        return all(_degree(difference, [s]) < _degree(left.expand(), [s]) for s in symbols)
    return True


def _degrees(expression: Any) -> Any:
    """An expression whose angles are in degrees: sin 30 is 1/2."""
    from sympy import cos, pi, sin, tan

    return expression.replace(lambda e: isinstance(e, (sin, cos, tan)), lambda e: e.func(e.args[0] * pi / 180))


def _in_degrees(expression: Any) -> bool:
    """Whether an angle is a whole number: nobody means the sine of 30 radians."""
    from sympy import cos, sin, tan

    return any(e.args[0].is_Integer and e.args[0] > 6 for e in expression.atoms(sin, cos, tan))


def _degree(expression: Any, symbols: list[Any]) -> int:
    from sympy import Poly

    return int(Poly(expression, *symbols).total_degree())


def _inequalities(text: str) -> Iterator[Line]:
    """Inequalities in one letter that are followed by what is not their solution."""
    for match in _SOLVED.finditer(text):
        try:
            left, right = _value(match["left"]), _value(match["right"])
        except (ExpressionError, ArithmeticError):
            continue
        if {str(s) for s in (left - right).free_symbols} != {match["var"]} or left.is_Atom:
            continue
        holds = [_compares(left, right, match["rel"], match["var"], x) for x in _GRID]
        said = [x > int(match["end"]) if match["rel2"] == ">" else x < int(match["end"]) for x in _GRID]
        if (
            holds == said
            or not (left - right).is_polynomial()
            or _degree(left - right, list((left - right).free_symbols)) != 1
        ):
            continue
        from sympy import solve

        [edge] = solve(left - right, symbol(match["var"]))
        sign = ">" if holds[-1] else "<"
        answer = f"{match['var']} {match['rel2']} {match['end']}"
        task = f"Solve {match['left'].strip()} {match['rel']} {match['right'].strip()}."
        yield Line(task, answer, f"{match['var']} {sign} {edge}", *match.span())


def _compares(left: Any, right: Any, relation: str, letter: str, x: float) -> bool:
    difference = value_at(left - right, {letter: x}).real
    return difference > 0 if relation == ">" else difference < 0


def _matrices(text: str) -> Iterator[Line]:
    """Products and sums of matrices that the text gives."""
    given: dict[str, Any] = {}
    for match in _MATRIX.finditer(text):
        from sympy import Matrix

        try:
            value = Matrix(literal_eval(match["value"]))
        except (ValueError, SyntaxError, TypeError):
            continue
        name, more = match["name"], match["more"]
        if len(name) == 1 and not more:
            given[name] = value
            continue
        parts = [name[0], more[-1]] if more else list(name)
        if not all(part in given for part in parts):
            continue
        a, b = (given[part] for part in parts)
        try:
            right = a * b if not more else a + b if more[0] == "+" else a - b
        except ValueError:  # their sizes do not fit
            continue
        if right != value:
            asked = f"{name} {more}" if more else name
            matrices = " and ".join(f"{part} = {given[part].tolist()}" for part in dict.fromkeys(parts))
            yield Line(f"Find {asked} for {matrices}.", match["value"], str(right.tolist()), *match.span())


def _shown(value: Any, decimal: bool, derived: bool) -> str:
    """A value as it is written, with decimals where the line has decimals; a derivative as the rules leave it."""
    from sympy import denom, log, logcombine, together

    if not value.free_symbols:
        value = _degrees(value) if _in_degrees(value) else value
        value = logcombine(value, force=True) if value.has(log) else value
    if decimal and value.is_Rational:
        return f"{float(value):.10f}".rstrip("0").rstrip(".")
    if not derived:
        value = value.expand()
    elif denom(together(value)).free_symbols:
        value = value.simplify()
    text = re.sub(r"\*?\bI\b", "i", str(value)).replace("**", "^").replace("exp(", "e^(")
    return re.sub(r"(?<=\d)\*(?=[a-z(])", "", text).replace("*", " ")
