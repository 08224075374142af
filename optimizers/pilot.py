"""A look at a task before a search: a few wordings, sampled replies and guesses on the same few examples.

Everything is the bench's: metered, kept in the journal as it comes, and begun again where it was left.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from ..deploy.engines.guessing import GuessingEngine
from ..deploy.engines.lm import language_model
from ..deploy.engines.meter import Meter, MeteredEngine, Usage
from ..deploy.errors import BudgetExceeded, EngineError
from ..programs.errors import InputError
from .bench import Bench, spread
from .candidate import Candidate
from .evaluate import evaluate
from .space import Space

if TYPE_CHECKING:
    import dspy

TEMPERATURE = 0.7
GUESSES = 5
"""Random valid replies for each example."""
STARTERS = 2
"""Wordings with which a search of the pools begins, whatever its seed: the first of ``Space.defaults``."""
TRIES = 100
"""Draws for each wording that is wanted, in a pool that holds few different ones."""
FEWEST = {"wordings": 3, "examples": 8, "replies": 2}
"""However little time there is."""
TIMED = 4
"""Examples in exact mode, the first of which takes the time of loading as well."""


class Replies(BaseModel):
    """Sampled replies of the unchanged program: the mean of one, and the mean of each example's best of ``count``."""

    model_config = ConfigDict(extra="forbid")

    count: int
    temperature: float
    mean: float
    best: float


class Floor(BaseModel):
    """The program on a model that knows nothing: valid replies at random, and always the first; or why not."""

    model_config = ConfigDict(extra="forbid")

    random: float | None = None
    first: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Probed:
    """Scores of the unchanged program and of each wording on the same examples, the first ``first`` of which any search
    begins with; distinct: wordings that there are, None for more than can be looked at. Costs are those of one run of
    the program: of a wording in fast mode, of the unchanged program and of a wording in exact mode."""

    unchanged: list[float]
    wordings: list[list[float]]
    first: int
    distinct: int | None
    replies: Replies | None
    floor: Floor
    opening: float
    fast: Usage
    exact: Usage
    exact_wording: Usage
    notes: list[str]


def probe(bench: Bench, wordings: int, examples: int, replies: int, check: Callable[[], None]) -> Probed:
    """Look. check: called as soon as the engines are there; it may raise.

    Raises InputError where the time is over before there is a table, KeyboardInterrupt when it was stopped.
    """
    wanted = {"wordings": wordings, "examples": examples, "replies": replies}
    try:
        return _Probe(bench, wanted).run(check)
    except BudgetExceeded as error:
        if bench.interrupted:
            raise KeyboardInterrupt from None
        raise InputError(f"minutes: {error} before anything can be said; give more") from None


class _Probe:
    def __init__(self, bench: Bench, wanted: dict[str, int]) -> None:
        self.bench, self.wanted, self.notes = bench, wanted, list[str]()

    def run(self, check: Callable[[], None]) -> Probed:
        bench = self.bench
        opening = self._opening()
        check()
        candidates = self._candidates()
        examples = unshown(bench, candidates, self.wanted["examples"])
        exact = self._exact(bench.start, examples[:TIMED])[1:]
        if exact[0].lm_calls == 0:
            raise InputError("task: the program made no call of the model, so there is nothing to compile")
        unchanged, fast = self._sweep(bench.start, examples)
        plan = self._plan(fast, len(candidates), len(examples))
        examples, candidates = examples[: plan["examples"]], candidates[: plan["wordings"]]
        tables, costs = self._tables(candidates, examples)
        timed = [cost for c in candidates[:STARTERS] for cost in self._exact(c, examples[: TIMED // 2])]
        return Probed(
            unchanged=unchanged[: len(examples)],
            wordings=tables,
            first=min(STARTERS, len(tables)),
            distinct=self.distinct,
            replies=self._replies(examples, plan["replies"]),
            floor=self._floor(examples),
            opening=opening,
            fast=_mean(costs or ([fast] if fast else exact)),
            exact=_mean(exact),
            exact_wording=_mean(timed or exact),
            notes=self.notes,
        )

    def _opening(self) -> float:
        """Seconds until both engines are there."""
        journal, usage = self.bench.journal, self.bench.ledger.usage
        if "opening" not in journal.rows:
            for mode in ("fast", "exact"):
                self.bench.engine(mode)
            journal.add("opening", {"seconds": self.bench.ledger.usage.seconds - usage.seconds})
        return float(journal.rows["opening"]["seconds"])

    def _candidates(self) -> list[Candidate]:
        """Different wordings: those that a search begins with, then others at random. None where there is no choice."""
        try:
            space = self.bench.space()
        except InputError as error:
            self.notes.append(str(error))
            self.distinct: int | None = 0
            return []
        found = {c.id: c for c in map(space.candidate, space.defaults()[:STARTERS])}
        found |= {c.id: c for c in drawn(space, self.bench.seed, TRIES * self.wanted["wordings"])}
        found.pop(self.bench.start.id, None)
        # Where most draws give what was drawn before, these are about all that there are.
        self.distinct = len(found) if len(found) < TRIES * self.wanted["wordings"] / 2 else None
        return list(found.values())[: self.wanted["wordings"]]

    def _exact(self, candidate: Candidate, examples: Sequence[dspy.Example]) -> list[Usage]:
        return [Usage(**self.bench.exact(candidate, example)["cost"]) for example in examples]

    def _sweep(self, candidate: Candidate, examples: Sequence[dspy.Example]) -> tuple[list[float], Usage | None]:
        """Scores in fast mode, and what a run costs, where all were run in one go."""
        bench, key = self.bench, f"cost {candidate.id}"
        fresh = not any(f"fast {candidate.id} {e.id}" in bench.journal.rows for e in examples)
        before = bench.ledger.usage
        scores = [row["score"] for row in bench.rows(candidate, examples, "fast")]
        if fresh:
            spent = vars(bench.ledger.usage - before)
            bench.journal.add(key, {"cost": {name: value / len(examples) for name, value in spent.items()}})
        row = bench.journal.rows.get(key)
        return scores, Usage(**row["cost"]) if row else None

    def _plan(self, fast: Usage | None, wordings: int, examples: int) -> dict[str, int]:
        """What the time is enough for, decided once for each limit."""
        bench, key = self.bench, f"plan {self.bench.ledger.budget}"
        if key not in bench.journal.rows:
            counts = {"wordings": wordings, "examples": examples, "replies": self.wanted["replies"]}
            runs = (counts["wordings"] + counts["replies"]) * examples
            share = min(1.0, bench.ledger.left.seconds / max(runs * (fast.seconds if fast else 0.0), 1e-9))
            if share < 1.0:  # fewer rows and columns alike
                scale = math.sqrt(0.9 * share)
                counts = {name: min(n, max(FEWEST[name], int(n * scale))) for name, n in counts.items()}
            bench.journal.add(key, counts)
        plan = {name: int(bench.journal.rows[key][name]) for name in FEWEST}
        if plan["wordings"] < wordings or plan["examples"] < examples:
            said = ", ".join(f"{n} {name}" for name, n in plan.items())
            self.notes.append(f"the time is enough for {said}")
        return plan

    def _tables(
        self, candidates: Sequence[Candidate], examples: Sequence[dspy.Example]
    ) -> tuple[list[list[float]], list[Usage]]:
        """A row of scores for each wording that was run to the end, and what a run of it cost."""
        rows: list[list[float]] = []
        costs: list[Usage] = []
        for number, candidate in enumerate(candidates):
            try:
                scores, cost = self._sweep(candidate, examples)
            except BudgetExceeded:
                if self.bench.interrupted or not rows:
                    raise
                self.notes.append(f"the time ended after {number} wordings")
                break
            rows.append(scores)
            costs += [cost] if cost else []
            self.bench.progress("wordings", number + 1, len(candidates), f"{len(examples)} examples each")
        return rows, costs

    def _replies(self, examples: Sequence[dspy.Example], count: int) -> Replies | None:
        """Sampled replies of the unchanged program."""
        bench, scores = self.bench, list[list[float]]()
        for number in range(count):
            keys = [f"reply {number} {example.id}" for example in examples]
            missing = [e for key, e in zip(keys, examples, strict=True) if key not in bench.journal.rows]
            program, engine = bench.task.program(), bench.engine("fast")
            sampled = partial(language_model, temperature=TEMPERATURE, seed=bench.seed + number)
            try:
                outcomes = evaluate(program, missing, bench.task, engine, model=sampled)
                for example, outcome in zip(missing, outcomes, strict=True):
                    bench.journal.add(f"reply {number} {example.id}", {"score": outcome.score})
            except BudgetExceeded:
                if bench.interrupted:
                    raise
                self.notes.append(f"the time ended after {number} replies")
                break
            scores.append([bench.journal.rows[key]["score"] for key in keys])
            bench.progress("replies", number + 1, count, f"{len(examples)} examples each")
        if not scores:
            return None
        best = [max(column) for column in zip(*scores, strict=True)]
        mean = sum(map(sum, scores)) / (len(scores) * len(examples))
        return Replies(
            count=len(scores),
            temperature=TEMPERATURE,
            mean=round(mean, 4),
            best=round(sum(best) / len(best), 4),
        )

    def _floor(self, examples: Sequence[dspy.Example]) -> Floor:
        """Guesses, which cost no calls."""
        journal = self.bench.journal
        if "floor" not in journal.rows:
            journal.add("floor", guessed(self.bench, examples).model_dump())
            self.bench.progress("guesses", 1, 1, "random valid replies")
        row = journal.rows["floor"]
        return Floor(**{name: row[name] for name in Floor.model_fields})


def guessed(bench: Bench, examples: Sequence[dspy.Example]) -> Floor:
    """The unchanged program on replies that are valid and nothing else."""

    def mean(**how: Any) -> float:
        engine = MeteredEngine(GuessingEngine(**how), Meter())
        outcomes = evaluate(bench.task.program(), examples, bench.task, engine)
        return sum(outcome.score for outcome in outcomes) / len(examples)

    try:
        at_random = [mean(seed=bench.seed + number) for number in range(GUESSES)]
        return Floor(random=round(sum(at_random) / GUESSES, 4), first=round(mean(first=True), 4))
    except (EngineError, InputError) as error:
        return Floor(reason=str(error))


def drawn(space: Space, seed: int, count: int) -> Iterator[Candidate]:
    """Candidates at random, of which some may be the same."""
    rng = random.Random(f"headroom/{seed}")
    return (space.sample(rng) for _ in range(count))


def unshown(bench: Bench, candidates: Sequence[Candidate], count: int) -> list[dspy.Example]:
    """Examples of train, then of validation, that no wording shows as a demonstration: those would look too easy."""
    from dspy.adapters.utils import serialize_for_json

    demos = [demo for c in candidates for prompt in c.prompts.values() for demo in prompt.demos]

    def shown(example: dspy.Example) -> bool:
        given = {name: serialize_for_json(value) for name, value in example.inputs().toDict().items()}
        return any(given.items() <= demo.items() for demo in demos)

    splits = (bench.task.train, bench.task.validation or ())
    return [e for split in splits for e in spread(split, len(split), bench.seed) if not shown(e)][:count]


def _mean(costs: Sequence[Usage]) -> Usage:
    return Usage(**{name: sum(getattr(cost, name) for cost in costs) / len(costs) for name in vars(costs[0])})
