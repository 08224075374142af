"""Which tokens may come next in replies that follow schemas (llguidance), for engines that hold the logits."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, RequestError, SchemaError
from .schema import Schema, grammar

if TYPE_CHECKING:
    import numpy as np
    from llguidance import LLMatcher

_KEPT = 64


class Grammars:
    """Compiles schemas for a tokenizer of transformers, each one once.

    vocabulary: width of the logits. ends: ids that end a reply, the only ones allowed after its last character.
    Raises RequestError where llguidance is not installed or cannot read the tokenizer.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Sequence[int]) -> None:
        try:
            from llguidance.hf import from_tokenizer
        except ImportError:
            raise RequestError('schema: this engine needs llguidance: pip install "studysmith[train]"') from None
        try:
            self._tokenizer = from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=list(ends))
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            raise RequestError(f"schema: no grammar can be made for this model's tokenizer ({reason})") from error
        self.vocabulary, self.ends = vocabulary, frozenset(ends)
        self._compiled = lru_cache(_KEPT)(self._compile)

    def _compile(self, text: str) -> "LLMatcher":
        from llguidance import LLMatcher

        matcher = LLMatcher(self._tokenizer, text, log_level=0)
        if matcher.is_error():
            raise SchemaError("$", matcher.get_error().partition("\n")[0])
        return matcher

    def rows(self, schemas: Sequence[Schema]) -> "GrammarRows":
        """A batch of replies, none begun. Raises SchemaError."""
        return GrammarRows(self, [self._compiled(grammar(schema)).deep_copy() for schema in schemas])


class GrammarRows:
    """How far each reply of a batch has come in its grammar."""

    def __init__(self, grammars: Grammars, matchers: Sequence["LLMatcher"]) -> None:
        from llguidance import LLExecutor

        self._grammars, self._executor = grammars, LLExecutor()
        self._open = dict(enumerate(matchers))

    def allowed(self, rows: Sequence[int]) -> "np.ndarray":
        """Bits, int32 [len(rows), vocabulary / 32 rounded up], lowest first: 1 for a token that may come next.

        All are 1 for a row that has ended.
        """
        from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par

        bits = allocate_token_bitmask(len(rows), self._grammars.vocabulary)
        open_ = [(self._open[row], place) for place, row in enumerate(rows) if row in self._open]
        if open_:
            fill_next_token_bitmask_par(self._executor, open_, bits)
        return bits

    def take(self, tokens: Mapping[int, int]) -> None:
        """Go on by one token in each of these rows. Raises EngineError for one that was not allowed."""
        for row, token in tokens.items():
            matcher = self._open.get(row)
            if matcher is None:
                continue
            if token in self._grammars.ends:
                del self._open[row]
            elif not matcher.consume_token(token):
                raise EngineError(f"the reply left its grammar: {matcher.get_error().partition(chr(10))[0]}")
