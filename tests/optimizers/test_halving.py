"""Successive halving: who meets how many examples, and what the bench makes of it."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from studysmith.optimizers.bench import Bench, Scored
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.halving import ROUND, rungs
from studysmith.optimizers.result import Result

Compile = Callable[..., Result]


def test_a_round_costs_what_five_candidates_cost_in_full() -> None:
    found = rungs(ROUND, 24, 2)
    assert found == [(16, 3), (8, 6), (4, 12), (2, 24)]
    before = [0, *(examples for _, examples in found)]
    assert sum(n * (k - b) for (n, k), b in zip(found, before, strict=False)) == 5 * 24


@pytest.mark.parametrize("candidates", [1, 2, 3, 5, 16, 17, 40])
@pytest.mark.parametrize("examples", [1, 2, 6, 24, 100])
@pytest.mark.parametrize("keep", [1, 2, 4])
def test_each_rung_has_fewer_candidates_on_no_fewer_examples(candidates: int, examples: int, keep: int) -> None:
    found = rungs(candidates, examples, keep)
    sizes, counts = zip(*found, strict=True)
    assert sizes[0] == candidates
    assert sizes[-1] == min(candidates, keep)
    assert counts[-1] == examples
    assert list(counts) == sorted(counts)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert counts[0] >= 1


def numbered(count: int) -> list[Candidate]:
    """The fourth is the best; the tiny task's score is all but decided by the instruction."""
    texts = [f"Say it, {number}." for number in range(count)]
    texts[3] = "Always answer red."
    return [Candidate(prompts={"colour": Prompt(instructions=text)}) for text in texts]


class Halved:
    """Halves the same sixteen twice."""

    name = "halved"
    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self.found: list[list[Scored]] = []

    def search(self, bench: Bench) -> Iterator[Candidate]:
        self.bench = bench
        self.before = bench.ledger.usage.lm_calls
        for _ in range(2):
            self.found.append(bench.halve(numbered(16)))
            self.spent = bench.ledger.usage.lm_calls - self.before
        yield from numbered(16)


def test_the_best_meet_all_examples_and_the_others_few(quick: Compile) -> None:
    optimizer = Halved()
    result = quick(optimizer, lm_calls=500)
    first, again = optimizer.found
    assert first[0].candidate.prompts["colour"].instructions == "Always answer red."
    assert [s.candidate.id for s in again] == [s.candidate.id for s in first]
    assert all(s.complete and len(s.scores) == 6 for s in first)
    met = sorted(len(s.scores) for s in optimizer.bench.scored.values())
    assert met == [1] * 8 + [2] * 4 + [3] * 2 + [6] * 2
    assert optimizer.spent == sum(met)
    assert f"{16} candidates scored, 14 dropped early" in result.notes
    assert result.candidate(anyway=True) == first[0].candidate


class Nominating(Halved):
    """Leaves the scoring to the bench."""

    def search(self, bench: Bench) -> Iterator[Candidate]:
        self.bench = bench
        yield from numbered(20)


def test_what_is_only_proposed_is_halved_a_round_at_a_time(quick: Compile) -> None:
    optimizer = Nominating()
    result = quick(optimizer, lm_calls=500)
    met = sorted(len(s.scores) for s in optimizer.bench.scored.values())
    assert met == sorted([1] * 8 + [2] * 4 + [3] * 2 + [6] * 2 + [3] * 2 + [6] * 2)
    assert result.candidate(anyway=True).prompts["colour"].instructions == "Always answer red."


@pytest.mark.parametrize("calls", range(30, 56, 5))
def test_of_a_round_that_the_budget_cuts_the_foremost_is_judged(quick: Compile, calls: int) -> None:
    result = quick("text", lm_calls=calls)
    assert result.compiled.usage["lm_calls"] <= calls
    assert any(note.startswith("finalist") for note in result.notes)
