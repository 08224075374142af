"""Does a halved search find as good a prompt as one that scores every candidate in full, and for how many fewer calls?

    python benchmarks/halving.py --table scores.jsonl [--seeds 5] [--learners 48] [--draws 400] [--json]

Scores are real: of the 16 candidates of the first round of ``text``, for each seed, on so many examples, in fast mode.
The task is to name a way of working for a learner and a session, one call each; its score is the share of the experts
who chose the same way. The table is kept, and filled where it is not; with it, any search can be replayed at no cost.

Searches: ``full`` scores every candidate on all examples; ``race`` drops one as soon as a paired Wilcoxon test says
that it is behind the best (p < .1, looked at every 8 examples: what ``text`` did before); ``halving`` is what it does.
Once as it is: each seed's round, searched on half of the examples and its winner judged on the other half. Then many
times: as many examples as the table has are drawn from it with replacement, and the best is the one of the highest mean
in all of it. Intervals are over tables: seeds and examples drawn anew, 95 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import dspy
import numpy as np
import yaml
from scipy.stats import wilcoxon
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.errors import BudgetExceeded
from studysmith.deploy.files import sha256
from studysmith.deploy.journal import Journal
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.optimizers.bench import FEWEST_LEFT
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.evaluate import evaluate
from studysmith.optimizers.halving import ROUND, rungs
from studysmith.optimizers.space import Space
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.text import TextOptimizer
from studysmith.programs.curriculum import DATA
from studysmith.programs.demonstrations import demonstrations_of
from studysmith.programs.expert_choices import ExpertChoice, expert_choices
from studysmith.programs.planner import MAX_TOKENS, STEPS

STEP = "choose_way"
RACE_EVERY, P_DROP = 8, 0.1
MOST_LEARNERS = 48
OUTER, INNER = 100, 20
"""Tables that are drawn for the intervals, and searches on each."""
Scores = np.ndarray[Any, np.dtype[np.float64]]


class Found(NamedTuple):
    """Which candidate a search ends with, and how many calls it took."""

    best: int
    calls: int


class Way(dspy.Module):
    """Names the way of working, in a call of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.choose_way = dspy.Predict(STEPS[STEP], max_tokens=MAX_TOKENS[STEP])

    def forward(self, learner: str, session: str, offered: list[str]) -> dspy.Prediction:
        return self.choose_way(learner=learner, session=session, config={"options": {"way": offered}})


def way_task(learners: int) -> Task:
    """Experts' choices for concepts that no demonstration is about."""
    unseen = {str(choice.call()[0].inputs): choice for choice in expert_choices() if choice.split != "train"}
    drawn = random.Random(0).sample(list(unseen.values()), MOST_LEARNERS + 3)
    examples = [_example(number, choice) for number, choice in enumerate(drawn)]
    written = yaml.safe_load((DATA / "instructions.yaml").read_text("utf-8"))[STEP]
    return Task(
        name="way",
        program=Way,
        metric=lambda example, prediction: example.readings.count(prediction.way) / len(example.readings),
        train=examples[3:][:learners],
        validation=examples[:1],  # nothing is judged here
        confirm=examples[1:2],
        test=examples[2:3],
        pools={STEP: StepPool([STEPS[STEP].instructions, *written], demonstrations_of(STEP))},
    )


def _example(number: int, choice: ExpertChoice) -> dspy.Example:
    call, _ = choice.call()
    given = {"offered": list(choice.offered), "readings": list(choice.readings), **call.inputs}
    return dspy.Example(id=str(number), **given).with_inputs("learner", "session", "offered")


def proposals(task: Task, seed: int) -> list[Candidate]:
    """The first round of ``text``."""
    space = Space(task.pools, Candidate.of(task.program()), seed)

    def nothing_left(candidates: Sequence[Candidate]) -> None:
        raise BudgetExceeded("proposals alone")

    found: dict[str, Candidate] = {}
    try:
        for candidate in TextOptimizer().search(SimpleNamespace(space=lambda: space, seed=seed, halve=nothing_left)):  # type: ignore[arg-type]
            found[candidate.id] = candidate
    except BudgetExceeded:
        return list(found.values())
    raise AssertionError("the search goes on without a budget")


def tables(task: Task, model: str, path: Path, seeds: int, candidates: int) -> list[Scores]:
    """For each seed, the scores of its candidates (rows) on the examples."""
    file, made = resolve(model), []
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(path, {"task": task.name, "model": sha256(file)}, key="key"))
        engine = cache(lambda: stack.enter_context(MeteredEngine(open_engine(file, "fast"), Meter())))
        for seed in range(seeds):
            rows = []
            for candidate in proposals(task, seed)[:candidates]:
                keys = {f"{candidate.id} {_digest(example)}": example for example in task.train}
                missing = {key: example for key, example in keys.items() if key not in journal.rows}
                if missing:
                    program = candidate.apply(task.program())
                    outcomes = evaluate(program, list(missing.values()), task, engine())
                    for key, outcome in zip(missing, outcomes, strict=True):
                        journal.add(key, {"score": outcome.score, "failure": outcome.failure})
                rows.append([journal.rows[key]["score"] for key in keys])
            made.append(np.array(rows))
    return made


def _digest(example: dspy.Example) -> str:
    return hashlib.sha256(json.dumps(example.toDict(), sort_keys=True).encode()).hexdigest()[:12]


def full(scores: Scores) -> Found:
    return Found(int(scores.mean(1).argmax()), scores.size)


def race(scores: Scores) -> Found:
    best, calls = 0, scores.shape[1]
    for number, row in enumerate(scores[1:], 1):
        met = next(_dropped_at(row, scores[best]), len(row))
        calls += met
        if met == len(row) and row.mean() > scores[best].mean():
            best = number
    return Found(best, calls)


def _dropped_at(row: Scores, best: Scores) -> Iterator[int]:
    for met in range(RACE_EVERY, len(row), RACE_EVERY):
        behind = row[:met] - best[:met]
        if behind.sum() < 0 and wilcoxon(behind, alternative="less", zero_method="zsplit").pvalue < P_DROP:
            yield met


def halving(scores: Scores) -> Found:
    left, met, calls = list(range(len(scores))), 0, 0
    for size, examples in rungs(*scores.shape, FEWEST_LEFT):
        left = sorted(left, key=lambda number: -scores[number, :met].sum())[:size]
        calls, met = calls + size * (examples - met), examples
    return Found(max(left, key=lambda number: scores[number].mean()), calls)


SEARCHES: dict[str, Callable[[Scores], Found]] = {"full": full, "race": race, "halving": halving}


def once(made: Sequence[Scores], search: Callable[[Scores], Found]) -> list[dict[str, float]]:
    """Each seed's round, searched on one half of the examples, its winner's score on the other half."""
    half = made[0].shape[1] // 2
    found = [search(scores[:, :half]) for scores in made]
    return [{"calls": f.calls, "score": float(s[f.best, half:].mean())} for f, s in zip(found, made, strict=True)]


def replay(made: Sequence[Scores], draws: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """By search: its share of the calls of ``full``, how often it ends with the best, and how much worse it is then."""
    rows: dict[str, list[tuple[float, bool, float]]] = {name: [] for name in SEARCHES}
    for _ in range(draws):
        scores = made[rng.integers(len(made))]
        truth, count = scores.mean(1), scores.shape[1]
        order = rng.permutation(len(scores))  # which comes first decides between equals
        drawn = scores[order][:, rng.integers(scores.shape[1], size=count)]
        for name, search in SEARCHES.items():
            found = search(drawn)
            lost = truth.max() - truth[order[found.best]]
            rows[name].append((found.calls / drawn.size, lost < 1e-9, lost))
    return {name: list(np.mean(each, axis=0)) for name, each in rows.items()}


def with_intervals(made: Sequence[Scores], draws: int) -> dict[str, list[dict[str, float]]]:
    """The replay of the table as it is, and between which values that of a table drawn from it lies."""
    rng = np.random.default_rng(0)
    whole, others = replay(made, draws, rng), []
    for _ in range(OUTER):
        columns = rng.integers(made[0].shape[1], size=made[0].shape[1])
        again = [made[number][:, columns] for number in rng.integers(len(made), size=len(made))]
        others.append(replay(again, INNER, rng))
    shown = {}
    for name, values in whole.items():
        low, high = np.quantile([other[name] for other in others], (0.025, 0.975), axis=0)
        shown[name] = [
            {"value": v, "low": a, "high": b} for v, a, b in zip(values, map(float, low), map(float, high), strict=True)
        ]
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, required=True, help="JSON lines; filled where scores are missing")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--candidates", type=int, default=ROUND, help="of a seed's round, the first ones")
    parser.add_argument("--learners", type=int, default=MOST_LEARNERS)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    made = tables(way_task(options.learners), options.model, options.table, options.seeds, options.candidates)
    found = {name: once(made, search) for name, search in SEARCHES.items()}
    drawn = with_intervals(made, options.draws)
    if options.json:
        print(json.dumps({"once": found, "drawn": drawn}, indent=1))
        return
    means = np.concatenate([scores.mean(1) for scores in made])
    print(f"{len(means)} candidates, means {means.min():.3f} to {means.max():.3f}, median {np.median(means):.3f}\n")
    print(f"| search | calls of {options.seeds} seeds | winners' scores on the other half | share of calls | "
          "ends with the best | lost against the best |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for name, rows in found.items():
        shown = [f"{each['value']:.3f} [{each['low']:.3f}, {each['high']:.3f}]" for each in drawn[name]]
        calls = sum(row["calls"] for row in rows)
        scores = ", ".join(f"{row['score']:.3f}" for row in rows)
        mean = sum(row["score"] for row in rows) / len(rows)
        print(f"| {name} | {calls:.0f} | {mean:.3f} ({scores}) | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
