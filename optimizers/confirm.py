"""Whether the winner is better than the unchanged program, on examples that nothing else has touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..deploy.errors import BudgetExceeded
from ..metrics.sequential import Evidence, evidence
from .candidate import Candidate
from .verdict import ALPHA, Verdict

if TYPE_CHECKING:
    import dspy

    from .bench import Bench


def confirm(bench: Bench, winner: Candidate, examples: Sequence[dspy.Example]) -> Verdict:
    """Compare the winner with the unchanged program example by example, until it is confirmed or nothing is left.

    It may look after each example, because the evidence is an e-process (see ``metrics.sequential``).
    """
    if winner.id == bench.start.id:
        return Verdict(confirmed=False, reason="the unchanged program stays: there is nothing to confirm")
    seen: list[str] = []
    differences: list[float] = []
    found: Evidence | None = None
    ended = "all examples were seen"
    for example in examples:
        try:
            ours, theirs = (bench.exact(candidate, example) for candidate in (winner, bench.start))
        except BudgetExceeded as error:
            ended = str(error)
            break
        seen.append(str(example.id))
        differences.append(round(ours["score"] - theirs["score"], 6))
        found = evidence(differences, ALPHA)
        bench.progress("confirm", len(seen), len(examples), str(found))
        if found.confirmed:
            break
    if found is None:
        return Verdict(confirmed=False, reason=f"not confirmed: {ended} before an example was compared")
    said = f"{found}, needs {1 / ALPHA:g}"
    reason = f"confirmed: {said}" if found.confirmed else f"not confirmed: {said}; {ended}"
    return Verdict(confirmed=found.confirmed, reason=reason, evidence=found, examples=seen, differences=differences)
