"""Instructions that grow by what the score finds fault with: the rubric's feedback, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..deploy.errors import BudgetExceeded
from ..programs.errors import InputError
from .candidate import Candidate

if TYPE_CHECKING:
    from .bench import Bench, Scored


class FeedbackOptimizer:
    """Sentences written for the weakest part of the score, each put after a step's instruction; what helps is kept.

    Greedy: a part is taken once, the weakest first, and the next one is the weakest under what was kept till then.
    """

    name = "feedback"
    settings: ClassVar[dict[str, Any]] = {}

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer."""
        left = dict(bench.task.feedback)
        if not left:
            raise InputError(
                f"task: {bench.task.name} has no feedback, sentences that ask for more of a part of the score; "
                "give Task(explain=..., feedback=...)"
            )
        best = bench.score(bench.start)
        while left:
            sentences = left.pop(_weakest(bench, best, left))
            candidates = [_with(best.candidate, step, text) for step, texts in sentences.items() for text in texts]
            try:
                found = bench.halve(candidates)
            except BudgetExceeded:
                yield from candidates  # of a round that was cut, the bench takes those that came furthest
                raise
            if found and found[0].mean > best.mean:
                best = found[0]
                yield best.candidate


def _weakest(bench: Bench, best: Scored, left: Mapping[str, Any]) -> str:
    """The part that has the lowest mean over the examples; the first one where none is known, as all failed."""
    rows = [row["parts"] for row in bench.rows(best.candidate, bench.examples, "fast") if row.get("parts")]
    if rows and (unknown := next((part for part in left if part not in rows[0]), None)):
        raise InputError(f"task: feedback is for {unknown!r}, which is no part of the score ({', '.join(rows[0])})")
    return min(left, key=lambda part: sum(row[part] for row in rows))


def _with(candidate: Candidate, step: str, sentence: str) -> Candidate:
    """The candidate with one more sentence at the end of a step's instruction."""
    prompt = candidate.prompts[step]
    longer = prompt.model_copy(update={"instructions": f"{prompt.instructions} {sentence}"})
    return candidate.model_copy(update={"prompts": {**candidate.prompts, step: longer}})
