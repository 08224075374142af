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
from ..deploy.files import locked, make_folder, write_atomically
from ..deploy.journal import Journal
from ..deploy.machine import machine
from ..deploy.torch_models import weights_digest
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .candidate import Candidate, Prompt
from .compare_rows import MethodResult, MethodRow, rows_of
from .contrasts import Contrast, contrasts_of
from .evaluate import Outcome, evaluate
from .ledger import Point, Spent
from .task import Task, settings_of

if TYPE_CHECKING:
    import dspy

DATA = "compare.json"
"""The file of a comparison in its folder."""
SHOWN, LONGEST = 3, 500
"""Examples that a report shows, and characters of what one asks."""


@dataclass(frozen=True)
class Method:
    """A method to compare: a program, and the model that serves it.

    arm: what it is one of several searches for; its own name if None.
    """

    name: str
    program: Callable[[], dspy.Module]
    model: Path
    engine: str | Callable[..., Engine] | None = None
    arm: str | None = None


class Search(BaseModel):
    """How the prompts of a method came to be, for the report: as far as it is known."""

    model_config = ConfigDict(extra="forbid")

    arm: str
    seed: int | None = None
    folder: str = ""
    budget: str = ""
    confirmed: bool | None = None
    reason: str = ""
    notes: list[str] = Field(default_factory=list)
    prompts: dict[str, Prompt] = Field(default_factory=dict)
    ledger: Spent = Field(default_factory=Spent)
    curve: list[Point] = Field(default_factory=list)


class MethodComparison(BaseModel):
    """All rows, and the results that they summarize, by the name of a method or of one of its searches."""

    model_config = ConfigDict(extra="forbid")

    task: str
    model: str = ""
    machine: str = ""
    rows: list[MethodRow]
    results: dict[str, list[MethodResult]] = Field(default_factory=dict)
    asked: dict[str, str] = Field(default_factory=dict, description="what the first few examples ask, by their ids")
    arms: dict[str, list[str]] = Field(default_factory=dict, description="the searches of each arm")
    searches: dict[str, Search] = Field(default_factory=dict)
    contrasts: list[Contrast] = Field(default_factory=list)

    def table(self) -> dict[str, Any]:
        """The rows and contrasts alone, as ``compare --json`` prints them."""
        contrasts = {"contrasts": [each.model_dump() for each in self.contrasts]} if self.contrasts else {}
        return {"task": self.task, "rows": [row.model_dump() for row in self.rows], **contrasts}


def compare_methods(
    task: Task,
    methods: Sequence[Method],
    folder: Path,
    *,
    limit: int | None = None,
    part: slice = slice(None),
    progress: Progress = silent,
) -> MethodComparison:
    """Score every method on the task's test examples in exact mode; the first one is what the others are measured by.

    limit: how many examples, the first ones of the split; part: which of them, where several processes share them; the
    lines that each keeps belong in one file then. Results are kept in ``folder`` as they come, one JSON line
    each, so an interrupted comparison continues; they are used again only for the same program, model, task, metric,
    examples and engine. Raises InputError for fewer than two examples, methods of one name, and a folder that is in use
    or cannot be written.
    """
    examples = list(task.test or ())[:limit][part]
    if len(examples) < 2:
        raise InputError(f"learners: a comparison needs at least 2 test examples (got {len(examples)})")
    names = [method.name for method in methods]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"runs: two methods are called {twice}; rename the folder of one")
    make_folder(folder, "out")
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
    arms: dict[str, list[str]] = {}
    for method in methods:
        arms.setdefault(method.arm or method.name, []).append(method.name)
    return MethodComparison(
        task=task.name,
        machine=machine(),
        rows=rows_of(results, arms),
        results=results,
        asked={str(example.id): _asked(example) for example in examples[:SHOWN]},
        arms=arms,
        contrasts=contrasts_of(results, arms),
    )


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
        reply=_reply(outcome) if plan is None else None,
    )


def _asked(example: Any) -> str:
    """The inputs of an example, as far as a reader needs them; of a learner, what was said."""
    inputs = {name: getattr(value, "text", None) or str(value) for name, value in example.inputs().items()}
    said = "; ".join(f"{name}: {text}" for name, text in inputs.items())
    return said if len(said) <= LONGEST else f"{said[:LONGEST]} ..."


def _reply(outcome: Outcome) -> dict[str, Any] | None:
    """What a program without a plan answered, as JSON."""
    from dspy.adapters.utils import serialize_for_json

    if outcome.prediction is None:
        return None
    return {name: serialize_for_json(value) for name, value in outcome.prediction.items()}


def save(comparison: MethodComparison, path: Path) -> None:
    """Keep a comparison with all its results."""
    write_atomically(path, json.dumps(comparison.model_dump(mode="json"), ensure_ascii=False) + "\n")
