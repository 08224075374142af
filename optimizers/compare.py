"""Methods side by side on examples that no search has seen, in exact mode, paired, with their costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from ..deploy.engines.base import Engine
from ..deploy.engines.meter import Meter, MeteredEngine, Usage
from ..deploy.engines.open import engine_name, open_engine
from ..deploy.files import locked, write_atomically
from ..deploy.journal import Journal
from ..deploy.torch_models import weights_digest
from ..metrics.statistics import mean_interval, paired_difference
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .candidate import Candidate
from .evaluate import Outcome, evaluate
from .task import Task, settings_of

if TYPE_CHECKING:
    import dspy


@dataclass(frozen=True)
class Method:
    """A method to compare: a program, and the model that serves it."""

    name: str
    program: Callable[[], dspy.Module]
    model: Path
    engine: str | Callable[..., Engine] | None = None


class MethodRow(BaseModel):
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


class MethodResult(BaseModel):
    """One example under one method."""

    model_config = ConfigDict(extra="forbid")

    id: str
    score: float
    usage: Usage
    failure: str | None = None
    dimensions: dict[str, float] = Field(default_factory=dict)
    plan: dict[str, Any] | None = None


class MethodComparison(BaseModel):
    """All rows, and the results that they summarize."""

    model_config = ConfigDict(extra="forbid")

    task: str
    rows: list[MethodRow]
    results: dict[str, list[MethodResult]] = Field(default_factory=dict)

    def table(self) -> dict[str, Any]:
        """The rows alone, as ``compare --json`` prints them."""
        return {"task": self.task, "rows": [row.model_dump() for row in self.rows]}


def compare_methods(
    task: Task, methods: Sequence[Method], folder: Path, *, limit: int | None = None, progress: Progress = silent
) -> MethodComparison:
    """Score every method on the task's test examples in exact mode; the first one is what the others are measured by.

    limit: how many examples, the first ones of the split. Results are kept in ``folder`` as they come, one JSON line
    each, so an interrupted comparison continues; they are used again only for the same program, model, task, metric,
    examples and engine. Raises InputError for fewer than two examples, methods of one name, and a folder that is in use
    or cannot be written.
    """
    examples = list(task.test or ())[:limit]
    if len(examples) < 2:
        raise InputError(f"learners: a comparison needs at least 2 test examples (got {len(examples)})")
    names = [method.name for method in methods]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"runs: two methods are called {twice}; rename the folder of one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"out: cannot write to {folder} ({error.strerror})") from None
    results: dict[str, list[MethodResult]] = {}
    measured: dict[str, str] = {}
    parts = task.identity()
    with locked(folder, "out"):
        for number, method in enumerate(methods):
            program = method.program()
            identity = {
                "program": f"{Candidate.of(program).id}-{type(program).__name__}",
                "model": weights_digest(str(method.model)),
                "engine": engine_name(method.engine),
                **{name: parts[name] for name in ("metric", "test examples")},
                # A baseline is a program of its own; all others are the task's under other prompts.
                "code": parts["program"] if method.name not in task.baselines else "",
            }
            if settings := settings_of(program):
                identity["settings"] = json.dumps(settings, sort_keys=True)
            # A search may keep the program as it was: exact mode would only say the same again.
            key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
            same = measured.setdefault(key, method.name)
            if same in results:
                results[method.name] = results[same]
                continue

            def on_score(done: int, score: float, number: int = number, name: str = method.name) -> None:
                total = len(examples) * len(methods)
                progress("compare", number * len(examples) + done, total, f"{name}, score {score:.3f}")

            with Journal(folder / f"{method.name}-{key}.jsonl", identity, key="id") as journal:
                results[method.name] = _run(task, program, method, examples, journal, on_score)
    return MethodComparison(task=task.name, rows=_rows(results), results=results)


def _run(
    task: Task,
    program: dspy.Module,
    method: Method,
    examples: Sequence[Any],
    journal: Journal,
    on_score: Callable[[int, float], None],
) -> list[MethodResult]:
    missing = [e for e in examples if str(e.id) not in journal.rows]
    if missing:
        meter = Meter()
        with MeteredEngine(open_engine(method.model, "exact", engine=method.engine), meter) as engine:
            before = meter.usage
            for example, outcome in zip(missing, evaluate(program, missing, task, engine), strict=True):
                result = _result(task, example, outcome, meter.usage - before)
                before = meter.usage
                journal.add(result.id, result.model_dump(mode="json", exclude={"id"}))
                on_score(len(journal.rows), result.score)
    return [MethodResult.model_validate(journal.rows[str(e.id)]) for e in examples]


def _result(task: Task, example: Any, outcome: Outcome, usage: Usage) -> MethodResult:
    plan = getattr(outcome.prediction, "plan", None)
    return MethodResult(
        id=str(example.id),
        score=outcome.score,
        usage=usage,
        failure=outcome.failure,
        dimensions=task.parts(example, outcome.prediction) if outcome.prediction else {},
        plan=plan.model_dump(mode="json") if isinstance(plan, BaseModel) else None,
    )


def _rows(results: dict[str, list[MethodResult]]) -> list[MethodRow]:
    rows: list[MethodRow] = []
    first = next(iter(results.values()))
    for method, outcomes in results.items():
        scores = [r.score for r in outcomes]
        interval = mean_interval(scores)
        n = len(outcomes)
        row = MethodRow(
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


def save(comparison: MethodComparison, path: Path) -> None:
    """Keep a comparison with all its results."""
    write_atomically(path, json.dumps(comparison.model_dump(mode="json"), ensure_ascii=False) + "\n")
