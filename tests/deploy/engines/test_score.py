"""Scoring candidates, with a model that is a table; each engine's own scores are in the contract."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from studysmith.deploy.engines.base import Likelihoods, Message, Rank, Request
from studysmith.deploy.engines.score import best_reply, candidates_of, likelihoods, nodes, ranked_field
from studysmith.deploy.errors import RequestError, SchemaError

SCHEMA = {"type": "object", "properties": {"way": {"enum": ["draw", "say", "do"]}}, "required": ["way"]}
TABLE = {(): {1: -1.0, 2: -2.0}, (1,): {3: -0.5, 4: -3.0, 5: -4.0}, (2, 6): {7: -0.1}}


def look(prefix: Sequence[int]) -> dict[int, float]:
    return TABLE[tuple(prefix)]


def test_a_row_counts_where_rows_part_and_only_there() -> None:
    rows = [[1, 3, 9], [1, 4, 9], [2, 6, 7], [2, 6, 8]]
    assert likelihoods(rows, look) == [-1.5, -4.0, -2.1, -2.1], (
        "a token that is not reported counts as the least likely"
    )
    assert likelihoods([[1, 3]], look) == [0.0]
    assert {node.prefix for node in nodes(rows)} == {(), (1,), (2, 6)}


@pytest.mark.parametrize("rows", [[[1], [1]], [[1], [1, 2]], [[], [1]]])
def test_candidates_that_do_not_part_are_refused(rows: list[list[int]]) -> None:
    with pytest.raises(RequestError, match="candidates must differ"):
        nodes(rows)


def request_for(prior: tuple[float, ...], weight: float = 1.0) -> Request:
    return Request(messages=[Message(role="user", content="?")], schema=SCHEMA, rank=Rank(prior=prior, weight=weight))


def said(messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
    own = [-3.0, -1.0, -2.0]
    return Likelihoods(logprobs=own, prompt_tokens=5, completion_tokens=1, seconds=0.1)


@pytest.mark.parametrize(
    ("prior", "weight", "best"),
    [((0, 0, 0), 1.0, "say"), ((3, 0, 0), 1.0, "draw"), ((0, 0, 0.5), 0.1, "do"), ((0, 0, 0), 0.0, "draw")],
)
def test_prior_and_likelihood_are_added(prior: tuple[float, ...], weight: float, best: str) -> None:
    done = best_reply(request_for(prior, weight), said)
    assert done.text == f'{{"way":"{best}"}}'
    assert (done.prompt_tokens, done.completion_tokens, done.finish_reason) == (5, 1, "stop")


def test_what_cannot_be_ranked_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match=r"rank\.prior: a number for each of the 3 values"):
        best_reply(request_for((1.0,)), said)
    for schema in (
        None,
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"properties": {"a": {}, "b": {}}},
    ):
        with pytest.raises(SchemaError, match="one field, an enum"):
            ranked_field(schema)
    assert candidates_of(request_for((0, 0, 0)))[0] == '{"way":"draw"}'
    assert math.isclose(sum(math.exp(v) for v in look(()).values()), math.exp(-1) + math.exp(-2))
