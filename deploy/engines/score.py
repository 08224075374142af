"""How likely a model finds each of several replies, as far as they can be told apart.

Candidates are a tree of tokens. Where they part, the model's own distribution says which way it would go; where only
one way is left, nothing is asked. So twenty candidates that differ in their first word cost one look at the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...programs.steps import compact
from ..errors import ContextOverflow, RequestError, SchemaError
from .base import Completion, Likelihoods, Message, Request

Look = Callable[[Sequence[int]], Mapping[int, float]]
"""Natural logprobs of the next token after the prompt and these tokens; of the likeliest ones at least."""


@dataclass(frozen=True)
class Node:
    """A place where candidates part: the tokens before it, and which candidates go on with which token."""

    prefix: tuple[int, ...]
    branches: Mapping[int, tuple[int, ...]]


def nodes(rows: Sequence[Sequence[int]]) -> list[Node]:
    """The places where rows of tokens part. Raises RequestError when one row is another one, or its beginning."""
    found: list[Node] = []
    open_: list[tuple[int, tuple[int, ...]]] = [(0, tuple(range(len(rows))))]
    while open_:
        depth, together = open_.pop()
        while len(together) > 1:
            branches: dict[int, list[int]] = {}
            for row in together:
                if depth == len(rows[row]):
                    raise RequestError("candidates must differ, and none may be the beginning of another")
                branches.setdefault(rows[row][depth], []).append(row)
            if len(branches) > 1:
                found.append(Node(tuple(rows[together[0]][:depth]), {t: tuple(r) for t, r in branches.items()}))
                open_ += [(depth + 1, tuple(r)) for r in branches.values()]
                break
            depth += 1
    return found


def likelihoods(rows: Sequence[Sequence[int]], look: Look) -> list[float]:
    """Log-likelihood of each row up to where it is the only one left. A token that `look` leaves out counts as the
    least likely one that it reports."""
    totals = [0.0] * len(rows)
    for node in nodes(rows):
        known = look(node.prefix)
        least = min(known.values())
        for token, together in node.branches.items():
            for row in together:
                totals[row] += known.get(token, least)
    return totals


def check_candidates(prompt: Sequence[int], rows: Sequence[Sequence[int]], context: int) -> None:
    """Raise ContextOverflow when the prompt and the longest candidate do not fit into the context together."""
    longest = max(map(len, rows), default=0)
    if len(prompt) + longest > context:
        raise ContextOverflow(len(prompt), longest, context)


def candidates_of(request: Request) -> list[str]:
    """The replies that a request's schema allows, one for each value of its only field. Raises SchemaError."""
    field, values = ranked_field(request.schema)
    return [compact({field: value}) for value in values]


def ranked_field(schema: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    """The only field of a reply, and its values. Raises SchemaError unless the schema is an object with one enum."""
    properties = (schema or {}).get("properties", {})
    if len(properties) == 1:
        [(name, part)] = properties.items()
        if isinstance(part.get("enum"), list):
            return name, part["enum"]
    raise SchemaError("$", "ranking needs an object with one field, an enum")


def best_reply(request: Request, score: Callable[[Sequence[Message], Sequence[str]], Likelihoods]) -> Completion:
    """The reply with the highest sum of prior and weighted log-likelihood; of equals, the first.

    Raises SchemaError and RequestError, naming the field, when request and prior do not fit together.
    """
    replies = candidates_of(request)
    assert request.rank is not None
    if len(request.rank.prior) != len(replies):
        raise RequestError(f"rank.prior: a number for each of the {len(replies)} values")
    found = score(request.messages, replies)
    totals = [p + request.rank.weight * own for p, own in zip(request.rank.prior, found.logprobs, strict=True)]
    return Completion(
        text=replies[totals.index(max(totals))],
        finish_reason="stop",
        prompt_tokens=found.prompt_tokens,
        completion_tokens=found.completion_tokens,
        prompt_ids=[],
        token_ids=[],
        seconds=found.seconds,
    )
