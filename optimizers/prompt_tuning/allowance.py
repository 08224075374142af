"""A share of what is left of a run's budget, for one training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...deploy.errors import BudgetExceeded

if TYPE_CHECKING:
    from ..budget import Ledger


class Allowance:
    """seconds: for the training, None where no clock limits it. refused: whether it asked for more than its share."""

    def __init__(self, ledger: Ledger, share: float):
        left = ledger.left
        self._ledger = ledger
        self.reads, self.tokens = left.lm_calls * share, left.prompt_tokens * share
        self.seconds = None if left.seconds == float("inf") else max(1.0, left.seconds * share)
        self.refused = False

    def may_read(self, examples: int, tokens: int, passes: int) -> bool:
        """Count what is read, beforehand; False where that is more than the share or the budget allows."""
        self.reads, self.tokens = self.reads - examples, self.tokens - tokens
        self.refused = min(self.reads, self.tokens) < 0
        if not self.refused:
            try:
                self._ledger.spend(examples, tokens, passes * tokens)
            except BudgetExceeded:
                self.refused = True
        return not self.refused
