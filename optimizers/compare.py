"""Methods side by side on examples that no search has seen, in exact mode, paired, with their costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..deploy.engines.llamacpp import LlamaCppEngine
from ..deploy.engines.meter import Meter, Usage
from ..deploy.files import sha256, write_atomically
from ..metrics.statistics import mean_interval, paired_difference
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .candidate import Candidate
from .evaluate import Outcome, evaluate
from .task import Task

if TYPE_CHECKING:
    import dspy


@dataclass(frozen=True)
class Entry:
    """A method to compare: a program, and the model that serves it."""

    method: str
    program: Callable[[], dspy.Module]
    model: Path


class Row(BaseModel):
    """One method's line: mean score with interval, difference to the first method, and what a result costs."""

    model_config = ConfigDict(extra="forbid")

    method: str
    n: int
    overall: float
    ci: tuple[float, float]
    delta: float | None = None
    delta_ci: tuple[float, float] | None = None
    p_value: float | None = None
    lm_calls: int
    prompt_tokens_per_plan: float
    reply_tokens_per_plan: float
    seconds: float
    failures: int = 0
    dimensions: dict[str, float] = Field(default_factory=dict)


class Result(BaseModel):
    """One example under one method."""

    model_config = ConfigDict(extra="forbid")

    id: str
    score: float
    usage: Usage
    failure: str | None = None
    dimensions: dict[str, float] = Field(default_factory=dict)
    plan: dict[str, Any] | None = None


class Comparison(BaseModel):
    """All rows, and the results that they summarize."""

    model_config = ConfigDict(extra="forbid")

    task: str
    rows: list[Row]
    results: dict[str, list[Result]] = Field(default_factory=dict)

    def table(self) -> dict[str, Any]:
        """The rows alone, as ``compare --json`` prints them."""
        return {"task": self.task, "rows": [row.model_dump() for row in self.rows]}


def compare(
    task: Task, entries: Sequence[Entry], folder: Path, *, limit: int | None = None, report: Progress = silent
) -> Comparison:
    """Score every entry on the task's test examples in exact mode; the first entry is what the others are measured by.

    limit: how many examples, the first ones of the split. Results are kept in ``folder`` as they come, one JSON line
    each, so an interrupted comparison continues. Raises InputError for fewer than two examples, methods of one name,
    and a folder that cannot be written.
    """
    examples = list(task.test)[:limit]
    if len(examples) < 2:
        raise InputError(f"learners: a comparison needs at least 2 test examples (got {len(examples)})")
    names = [entry.method for entry in entries]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"runs: two methods are called {twice}; rename the folder of one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"out: cannot write to {folder} ({error.strerror})") from None
    results: dict[str, list[Result]] = {}
    measured: dict[str, str] = {}
    for number, entry in enumerate(entries):
        # A search may keep the program as it was: exact mode would only say the same again.
        program = entry.program()
        identity = f"{Candidate.of(program).id}-{type(program).__name__}-{sha256(entry.model)[:12]}"
        same = measured.setdefault(identity, entry.method)
        if same in results:
            results[entry.method] = results[same]
            continue

        def on_score(done: int, score: float, number: int = number, method: str = entry.method) -> None:
            total = len(examples) * len(entries)
            report("compare", number * len(examples) + done, total, f"{method}, score {score:.3f}")

        journal = folder / f"{entry.method}-{identity}.jsonl"
        results[entry.method] = _run(task, program, entry.model, examples, journal, on_score)
    return Comparison(task=task.name, rows=_rows(results), results=results)


def _run(
    task: Task,
    program: dspy.Module,
    model: Path,
    examples: Sequence[Any],
    journal: Path,
    on_score: Callable[[int, float], None],
) -> list[Result]:
    known = {r.id: r for r in _kept(journal)}
    missing = [e for e in examples if e.id not in known]
    if missing:
        with LlamaCppEngine(model, "exact") as engine, journal.open("a", encoding="utf-8") as file:
            for example in missing:
                meter = Meter()
                evaluation = evaluate(program, [example], task.metric, engine, meter=meter)
                result = _result(task, example, evaluation.outcomes[0], meter.usage)
                known[example.id] = result
                file.write(result.model_dump_json() + "\n")
                file.flush()
                on_score(len(known), result.score)
    return [known[e.id] for e in examples]


def _kept(journal: Path) -> list[Result]:
    """The results in a journal. A line that a crash or a full disk cut short is removed, so that others can follow."""
    if not journal.exists():
        return []
    lines, results = journal.read_bytes().splitlines(keepends=True), list[Result]()
    for line in lines:
        try:
            results.append(Result.model_validate_json(line))
        except ValidationError:
            break
    if len(results) < len(lines) or (lines and not lines[-1].endswith(b"\n")):
        write_atomically(journal, "".join(result.model_dump_json() + "\n" for result in results))
    return results


def _result(task: Task, example: Any, outcome: Outcome, usage: Usage) -> Result:
    plan = getattr(outcome.prediction, "plan", None)
    return Result(
        id=example.id,
        score=outcome.score,
        usage=usage,
        failure=outcome.failure,
        dimensions=task.explain(example, outcome.prediction) if task.explain and outcome.prediction else {},
        plan=plan.model_dump(mode="json") if isinstance(plan, BaseModel) else None,
    )


def _rows(results: dict[str, list[Result]]) -> list[Row]:
    rows: list[Row] = []
    first = next(iter(results.values()))
    for method, outcomes in results.items():
        scores = [r.score for r in outcomes]
        interval = mean_interval(scores)
        n = len(outcomes)
        row = Row(
            method=method,
            n=n,
            overall=round(interval.mean, 4),
            ci=(round(interval.low, 4), round(interval.high, 4)),
            lm_calls=sum(r.usage.lm_calls for r in outcomes),
            prompt_tokens_per_plan=round(sum(r.usage.prompt_tokens for r in outcomes) / n, 1),
            reply_tokens_per_plan=round(sum(r.usage.completion_tokens for r in outcomes) / n, 1),
            seconds=round(sum(r.usage.seconds for r in outcomes), 1),
            failures=sum(r.failure is not None for r in outcomes),
            dimensions=_means([r.dimensions for r in outcomes]),
        )
        if rows:
            difference = paired_difference(scores, [r.score for r in first])
            row.delta = round(difference.interval.mean, 4)
            row.delta_ci = (round(difference.interval.low, 4), round(difference.interval.high, 4))
            row.p_value = float(f"{difference.p_value:.3g}")
        rows.append(row)
    return rows


def _means(dimensions: Sequence[dict[str, float]]) -> dict[str, float]:
    """Mean by name over the results that have any; a failed result has none."""
    known = [d for d in dimensions if d]
    return {name: round(sum(d[name] for d in known) / len(known), 4) for name in (known[0] if known else {})}


def save(comparison: Comparison, path: Path) -> None:
    """Keep a comparison with all its results."""
    write_atomically(path, json.dumps(comparison.model_dump(mode="json"), ensure_ascii=False) + "\n")
