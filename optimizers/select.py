"""The best of the finalists, on validation examples in exact mode."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from statistics import fmean
from typing import TYPE_CHECKING

from ..deploy.errors import BudgetExceeded
from .candidate import Candidate

if TYPE_CHECKING:
    import dspy

    from .bench import Bench


def select(
    bench: Bench, finalists: Sequence[Candidate], examples: Sequence[dspy.Example]
) -> tuple[Candidate, list[str]]:
    """The best by its mean, the unchanged program if none is above it; and what was seen.

    Every example is given to all before the next one, so that those who are compared have met on the same examples
    when the budget ends it.
    """
    contenders = [bench.start, *finalists]
    scores: list[list[float]] = []
    with suppress(BudgetExceeded):
        bench.all_rows.share_out([(c, [e]) for e in (examples if finalists else ()) for c in contenders], "exact")
    for number, example in enumerate(examples if finalists else ()):
        try:
            scores.append([bench.exact(candidate, example)["score"] for candidate in contenders])
        except BudgetExceeded:
            break
        bench.progress("validate", number + 1, len(examples), f"{len(contenders)} finalists, exact mode")
    if not scores:
        return bench.start, ["no candidate was compared with the unchanged program"]
    # Exact sums: the same scores in another order are a tie, not a winner by the last digit.
    means = [fmean(column) for column in zip(*scores, strict=True)]
    notes = [f"validation n={len(scores)}: unchanged program {means[0]:.3f}"]
    notes += [f"finalist {c.id}: {mean:.3f}" for c, mean in zip(finalists, means[1:], strict=True)]
    return contenders[means.index(max(means))], notes
