"""Arithmetic on its own: the equations of solved problems with new numbers, a few to an exercise.

What a small model gets wrong is often the sum and not the story. Here it practises the sums that the stories need, in
the form in which their rationales write them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType

from ...programs.problems.formats import Problem, plain_number
from .equations import EQUATION, NUMBER, Slot, compile_left, fresh, like, replace, run, value, write

_EACH = 6
_TRIES = 40
# A percentage stays one, and so do "nothing" and "one of".
_FIXED = frozenset({0.0, 1.0, 100.0})
_KEPT = 0.25  # Without this, halves and doubles would be rare: fresh numbers are at least 3.


@dataclass(frozen=True)
class _Form:
    """An equation without its numbers: the text of both sides, the slots of the left, and its old result."""

    left: str
    right: str
    slots: tuple[Slot, ...]
    code: CodeType
    result: float
    written: str


def drills(problems: Sequence[Problem], count: int, rng: random.Random) -> Iterator[Problem]:
    """`count` exercises of six equations each, their forms drawn from the rationales of `problems`; fewer where the
    rationales hold too few equations to draw from."""
    forms = [form for problem in problems for form in _forms(problem.rationale)] if count else []
    for _ in range(count if forms else 0):
        drawn = (_fill(rng.choice(forms), rng) for _ in range(_EACH * _TRIES))
        # The draw stops at the sixth that is new: an exercise asks for nothing twice.
        lines: dict[str, tuple[str, str]] = {}
        for left, line, result in filter(None, drawn):
            lines[left] = (line, result)
            if len(lines) == _EACH:
                break
        else:
            continue
        asked = list(lines)
        yield Problem(
            question=f"Work out {', '.join(asked[:-1])} and {asked[-1]}.",
            rationale="\n".join(line for line, _ in lines.values()),
            answer=lines[asked[-1]][1],
            source=f"{problems[0].source}-drills",
        )


def _forms(rationale: str) -> Iterator[_Form]:
    for equation in EQUATION.finditer(rationale):
        left, start = equation["left"], equation.start("left")
        found = [(m, value(m.group())) for m in NUMBER.finditer(left)]
        slots = tuple(
            Slot(m.start(), m.end(), m.group(), "" if v in _FIXED else f"n{i}") for i, (m, v) in enumerate(found)
        )
        in_text = [Slot(start + s.start, start + s.end, s.text, s.name) for s in slots]
        plain, named = (compile_left(rationale, equation, in_text, names=names) for names in (False, True))
        result = value(equation["right"])
        if plain is None or named is None or like(run(plain, {}), result) != result:
            continue
        right = rationale[equation.end("left") : equation.start("right")]
        yield _Form(left, right, slots, named, result, equation["right"])


def _fill(form: _Form, rng: random.Random) -> tuple[str, str, str] | None:
    """The left side, the whole equation and its result with fresh numbers; None where no draw came out even."""
    for _ in range(_TRIES):
        scope = {
            slot.name: old if rng.random() < _KEPT else fresh(old, rng)
            for slot in form.slots
            if slot.name and (old := value(slot.text))
        }
        result = like(run(form.code, scope), form.result)
        if result is not None:
            left = replace(form.left, form.slots, scope)
            written = write(result, form.written)
            return left.strip(), f"{left}{form.right}{written}".strip(), plain_number(written)
    return None
