"""Whether `headroom` predicts what searches gain: ``python benchmarks/headroom.py [--out FOLDER] [--tasks NAME ...]``.

For each task and model it looks once and forecasts three budgets; then each search is run for real, and its winner and
the unchanged program are scored on the test examples in exact mode. A case counts as covered where the gain lies in the
interval of 90 %, and its time as met where the prediction is within 25 % of it. Cases are kept as they are finished, so
it goes on where it was stopped; ``--report`` prints the table of what is there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

# A script's own folder is on the path, and what holds it is not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from studysmith.deploy.journal import Journal
from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.metrics.statistics import wilson
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.compare import Method, compare_methods
from studysmith.optimizers.headroom import Forecast, Headroom, headroom
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task

from benchmarks.small_tasks import small_tasks

WITHIN = 0.25
CALLS = (40, 80, 120)
LOOK = MappingProxyType({"wordings": 6, "sample": 12, "replies": 2, "minutes": 30.0})
SCRIPTED = ("sentiment", "tone", "topic", "urgent", "language", "when", "asks", "parity", "size")
"""Tasks with labels, which scripted models know."""
SETTINGS = MappingProxyType({"examples": 12})


class Case(NamedTuple):
    """A task, and what its searches get."""

    make: Callable[[], Task]
    settings: Mapping[str, int] = SETTINGS
    test: int | None = None


def cases() -> dict[str, Case]:
    few = {"examples": 8, "validation": 6, "confirm": 8}
    return {
        **{name: Case(make) for name, make in small_tasks().items()},
        "read": Case(lambda: load_task("read"), few, 24),
        "solve": Case(lambda: load_task("solve"), few, 24),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/headroom"))
    parser.add_argument("--tasks", nargs="*", choices=list(cases()), default=list(cases()))
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scripted", type=int, default=0, help="so many scripted models instead, each on one task")
    parser.add_argument("--report", action="store_true", help="print what is there, run nothing")
    options = parser.parse_args()
    file = options.out / "cases.jsonl"
    if not options.report:
        with Journal(file, {"benchmark": "headroom"}, key="case") as journal:
            for number in range(options.scripted):
                model = scripted(number, options.out)
                run(SCRIPTED[number % len(SCRIPTED)], model, options.seed, options.out, journal)
            for name in () if options.scripted else options.tasks:
                run(name, options.model, options.seed, options.out, journal)
    print(report(list(Journal.read(file)), options.out))


def look(name: str, model: str, seed: int, out: Path) -> Headroom:
    """The forecasts of one task on one model. What was looked at is kept, so that the next time it takes no call."""
    case = cases()[name]
    budgets = [Budget(lm_calls=calls) for calls in CALLS]
    kept = out / f"{name}-{Path(model).stem}-{seed}-look"
    how: dict[str, Any] = {**LOOK, **case.settings, "engine": engine_of(model)}
    return headroom(case.make(), budgets=budgets, model=model, seed=seed, out=kept, **how)


def scripted(number: int, out: Path) -> str:
    """A model with skills of its own: wordings differ not at all with some, and very much with others."""
    skills = Random(f"skills/{number}")
    path = out / f"scripted{number}.gguf"
    given = {"seed": number, "skill": skills.uniform(-0.5, 1.5), "spread": skills.choice([0.0, 0.2, 0.4, 0.7])}
    path.write_text(json.dumps({**given, "ease": skills.uniform(0.0, 1.0)}), "utf-8")
    return str(path)


def engine_of(model: str) -> str | None:
    return (
        f"{Path(__file__).parent / 'skilled_engine.py'}:SkilledEngine"
        if Path(model).stem.startswith("scripted")
        else None
    )


def run(name: str, model: str, seed: int, out: Path, journal: Journal) -> None:
    """All budgets of one task on one model."""
    case, where = cases()[name], f"{name}-{Path(model).stem}-{seed}"
    task = case.make()
    forecasts = look(name, model, seed, out).forecasts
    for calls, forecast in zip(CALLS, forecasts, strict=True):
        key, folder, budget = f"{where} {calls}", out / f"{where}-{calls}", Budget(lm_calls=calls)
        if key in journal.rows:
            continue
        how: dict[str, Any] = {**case.settings, "engine": engine_of(model)}
        result = compile(task, "text", budget=budget, model=model, seed=seed, out=folder, **how)
        if not result.compiled.finished:
            raise KeyboardInterrupt
        gain = realised(task, result, model, out / where, case.test)
        done = {"gain": gain, "confirmed": result.verdict.confirmed, "usage": result.compiled.usage}
        journal.add(key, {"task": name, "model": model, "seed": seed, "calls": calls, **done})
        print(line(journal.rows[key], forecast), flush=True)


def realised(task: Task, result: Result, model: str, folder: Path, limit: int | None) -> float:
    """The winner's mean over the unchanged program's, on the same test examples."""
    winner, path, engine = result.compiled.candidate, result.model(result.unchanged), engine_of(model)
    if winner == result.unchanged:
        return 0.0
    methods = [
        Method("baseline", task.program, path, engine),
        Method("winner", lambda: winner.apply(task.program()), path, engine),
    ]
    return float(compare_methods(task, methods, folder, limit=limit).rows[1].delta or 0.0)


def covered(row: dict[str, Any], said: Forecast) -> bool:
    return said.low - 1e-9 <= row["gain"] <= said.high + 1e-9


def timely(row: dict[str, Any], said: Forecast) -> bool:
    return abs(60 * said.minutes / row["usage"]["seconds"] - 1) <= WITHIN


HEAD = (
    "| case | calls: budget, predicted, made | predicted gain [90 %] | gain | in | chance | confirmed | s: the same |"
)


def line(row: dict[str, Any], said: Forecast) -> str:
    """A case as a row of the table."""
    cells = [
        row["case"].rpartition(" ")[0],
        f"{row['calls']}, {said.lm_calls}, {row['usage']['lm_calls']:.0f}",
        f"{said.gain:+.3f} [{said.low:+.3f}, {said.high:+.3f}]",
        f"{row['gain']:+.3f}",
        "yes" if covered(row, said) else "**no**",
        f"{said.chance:.2f}",
        "yes" if row["confirmed"] else "no",
        f"{60 * said.minutes:.0f}, {row['usage']['seconds']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def report(rows: Sequence[dict[str, Any]], out: Path) -> str:
    """The table, and how often the predictions held."""
    looks = {key: look(*key, out) for key in dict.fromkeys((row["task"], row["model"], row["seed"]) for row in rows)}
    pairs = [(row, looks[row["task"], row["model"], row["seed"]].forecasts[CALLS.index(row["calls"])]) for row in rows]
    others = [pair for pair in pairs if pair[0]["gain"]]
    lines = [HEAD, "|---" * HEAD.count(" | ") + "|---|", *(line(*pair) for pair in pairs), ""]
    n = len(pairs)
    for what, holds in (("gains within the interval of 90 %", covered), ("times within 25 %", timely)):
        right = sum(holds(*pair) for pair in pairs)
        low, high = wilson(right, n)
        lines.append(f"- {what}: {right} of {n}, {right / n:.0%} (95 % interval {low:.0%} to {high:.0%})")
    lines.append(f"- of the gains other than 0: {sum(covered(*pair) for pair in others)} of {len(others)}")
    chance, made = sum(said.chance for _, said in pairs), sum(row["confirmed"] for row in rows)
    width = sum(said.high - said.low for _, said in pairs) / n
    error = sum(abs(said.gain - row["gain"]) for row, said in pairs) / n
    lines.append(f"- confirmed: {made} of {n}, predicted {chance:.1f}")
    lines.append(f"- mean width of the interval {width:.3f}, mean absolute error of the gain {error:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
