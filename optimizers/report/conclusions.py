"""What may and what may not be concluded from a comparison, in sentences that follow from its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...metrics.searches import smallest_p
from ...metrics.statistics import Interval
from ..compare import MethodComparison
from ..compare_rows import MethodRow, difference
from ..contrasts import CONTROLLED
from ..ledger import Spent

ALPHA = 0.05
EQUAL = 0.05
"""Quantities that differ by no more than this share of the larger one are called equal."""
SENSE = "sound"
"""The dimension of the built-in rubric that sees nonsense."""
QUANTITIES = {
    "lm_calls": "calls",
    "tokens": "tokens",
    "training_tokens": "training tokens",
    "seconds": "seconds",
    "labels": "labels read",
    "words": "words of written text",
}


class Conclusions(NamedTuple):
    """Sentences; ``first`` is what somebody should know who reads no further."""

    first: str
    may: list[str]
    may_not: list[str]


def conclude(comparison: MethodComparison) -> Conclusions:
    """What the numbers say, and what they do not."""
    may = [*_differences(comparison), *_answers(comparison), *_worse_parts(comparison)]
    may_not = [
        *_not_shown(comparison),
        *_too_few(comparison.rows),
        *_unconfirmed(comparison.rows),
        *_sense(comparison),
        *_budgets(comparison),
        *_controls(comparison),
        *_scope(comparison),
    ]
    return Conclusions(_first(comparison.rows), may, may_not)


def _first(rows: Sequence[MethodRow]) -> str:
    """Which arm is best, or that none is shown to be, and whether it could have been."""
    base = rows[0].method
    better = sorted((r for r in rows[1:] if r.shown and (r.delta or 0) > 0), key=lambda r: -(r.delta or 0))
    if better:
        best, others = better[0], [r.method for r in better[1:]]
        confirmed = "" if best.confirmed is None else f", confirmed in {best.confirmed} of {best.searches} searches"
        also = f" {_listed(others)} {'are' if len(others) > 1 else 'is'} above {base} as well." if others else ""
        return f"{best.method} is better than {base}: {_size(best)} on {_sample(best)}{confirmed}.{also}"
    worse = [r.method for r in rows[1:] if r.shown]
    said = f"No arm was shown to be better than {base}" if worse else f"No arm was shown to differ from {base}"
    also = f"; {_listed(worse)} scored below it" if worse else ""
    return f"{said} on {rows[0].n} test examples{also}.{_hopeless(rows)}"


def _hopeless(rows: Sequence[MethodRow]) -> str:
    """That so few examples could not have shown anything, where that is so."""
    once = [row.method for row in rows[1:] if row.searches == 1]
    n, least = rows[0].n, _least(rows)
    if not once or least < ALPHA:
        return ""
    arms = "" if len(rows) == 2 else f", corrected for {len(rows) - 1} arms"
    return (
        f" With {n} examples the smallest p that an exact test can give is {least:.2g}{arms}: too few to show anything."
    )


def _least(rows: Sequence[MethodRow]) -> float:
    """The smallest p that an exact test of the examples can give any arm, corrected for their number."""
    return min(1.0, smallest_p(rows[0].n) * (len(rows) - 1))


def _differences(comparison: MethodComparison) -> Iterator[str]:
    first = comparison.rows[0].method
    for row in comparison.rows[1:]:
        if row.shown and row.delta is not None:
            side = "above" if row.delta > 0 else "below"
            said = f"{_sample(row)}; p = {row.p_holm:.2g}, {_corrected(comparison)}"
            yield f"{row.method} scores {_size(row)} {side} {first} ({said})."


def _answers(comparison: MethodComparison) -> Iterator[str]:
    for each in comparison.contrasts:
        if each.shown:
            yield f"{each.name}: {each.asks} {each}, p = {each.p_value:.2g}."


def _worse_parts(comparison: MethodComparison) -> Iterator[str]:
    """Dimensions in which an arm lost, whatever its overall score says."""
    first = comparison.rows[0]
    for row in comparison.rows[1:]:
        for name in row.dimensions:
            found = difference(comparison.results, comparison.arms[row.method], comparison.arms[first.method], name)
            if found is not None and found.interval.high < 0 and found.p_value < ALPHA:
                yield f"{row.method} is worse than {first.method} in {name}: {_interval(found.interval)}."


def _not_shown(comparison: MethodComparison) -> Iterator[str]:
    first = comparison.rows[0].method
    for row in comparison.rows[1:]:
        if not row.shown and row.delta is not None:
            yield (
                f"That {row.method} differs from {first}, or that it does not: {_size(row)}, p = {row.p_holm:.2g} "
                f"({_corrected(comparison)})."
            )


def _too_few(rows: Sequence[MethodRow]) -> Iterator[str]:
    n, arms, least = rows[0].n, len(rows) - 1, _least(rows)
    once = [row.method for row in rows[1:] if row.searches == 1]
    if (once and least >= ALPHA) or smallest_p(n) >= ALPHA:
        whom, corrected = _listed(once or ["any arm"]), f", {least:.2g} when corrected for {arms} arms"
        yield (
            f"Anything at {ALPHA:g} about {whom}: to an exact test, {n} examples give no p below {smallest_p(n):.2g}"
            f"{corrected if arms > 1 else ''}."
        )
    searched = [row for row in rows if row.confirmed is not None]
    if single := [row.method for row in searched if row.searches == 1]:
        yield f"How another search would have ended: {_listed(single)} was searched for once. Use --seeds."
    several = [row for row in searched if row.searches > 1]
    if several and smallest_p(several[0].searches) >= ALPHA:
        count = several[0].searches
        yield (
            f"Anything from the exact test over searches alone: {count} give no p below {smallest_p(count):.2g}. "
            "The p in the table takes the means of searches to be normally distributed"
            + (", and two are too few for it to be trusted." if count == 2 else ".")
        )


def _unconfirmed(rows: Sequence[MethodRow]) -> Iterator[str]:
    for row in rows:
        if row.confirmed is not None and row.confirmed < row.searches:
            count = "its winner was not" if row.searches == 1 else f"{row.confirmed} of {row.searches} winners were"
            yield f"That {row.method} ships: {count} confirmed on fresh examples, and an export ships only what was."


def _sense(comparison: MethodComparison) -> Iterator[str]:
    first = comparison.rows[0]
    for row in comparison.rows[1:]:
        if not row.shown or row.delta is None or row.delta <= 0 or SENSE not in row.dimensions:
            continue
        found = difference(comparison.results, comparison.arms[row.method], comparison.arms[first.method], SENSE)
        if found is not None and (found.interval.low <= 0 or found.p_value >= ALPHA):
            yield (
                f"That {row.method} makes more sense: its overall score rose, its sense changed by "
                f"{_interval(found.interval)}. Read its plans."
            )


def _budgets(comparison: MethodComparison) -> Iterator[str]:
    """Which quantity was equal; controls took what the arm took that they are derived from."""
    rows = [row for row in comparison.rows if row.ledger and (row.ledger.lm_calls or row.ledger.training_tokens)]
    rows = [row for row in rows if row.method.partition(":")[0] not in CONTROLLED]
    spent: dict[str, Spent] = {row.method: row.ledger for row in rows if row.ledger}
    if len(spent) < 2:
        return
    equal, unequal = [], []
    for field, name in QUANTITIES.items():
        values = {method: getattr(ledger, field) for method, ledger in spent.items()}
        low, high = min(values, key=lambda m: values[m]), max(values, key=lambda m: values[m])
        if values[high] - values[low] <= EQUAL * values[high]:
            if values[high]:
                equal.append(f"{name} ({values[high]:,.0f})")
        else:
            unequal.append(f"{name} ({low} {values[low]:,.0f}, {high} {values[high]:,.0f})")
    caps = {s.budget for s in comparison.searches.values() if s.budget}
    cap = f" Each search was allowed {next(iter(caps))}." if len(caps) == 1 else ""
    said = _listed(equal) if equal else "none"
    yield (
        f"That {_listed(list(spent))} cost the same: within {100 * EQUAL:g} % equal: {said}; not equal: "
        f"{_listed(unequal) if unequal else 'none'}.{cap}"
    )


def _controls(comparison: MethodComparison) -> Iterator[str]:
    for each in comparison.contrasts:
        control = each.name.partition(" - ")[2].partition(":")[0]
        if control in CONTROLLED and not each.shown:
            yield f"That there is more in it than in {control}: {each.name} is {each}."


def _scope(comparison: MethodComparison) -> Iterator[str]:
    model = f"One model ({comparison.model})" if comparison.model else "One model"
    yield f"Anything about other models or tasks. {model}, one task ({comparison.task}), one metric."
    yield "That people would say the same: the score is the task's own metric, and nobody read these results."


def _size(row: MethodRow) -> str:
    low, high = row.delta_ci or (0.0, 0.0)
    return f"{row.delta:+.3f} [{low:+.3f}, {high:+.3f}]"


def _interval(interval: Interval) -> str:
    return f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _sample(row: MethodRow) -> str:
    searches = "" if row.searches == 1 else f", {row.searches} searches"
    return f"{row.n} test examples{searches}"


def _corrected(comparison: MethodComparison) -> str:
    arms = len(comparison.rows) - 1
    return "one arm" if arms == 1 else f"corrected for {arms} arms"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
