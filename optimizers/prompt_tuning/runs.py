"""Runs of a program on training examples, with every call that they made: what soft prompts learn from beside
demonstrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...deploy.engines.lm import language_model
from ...programs.errors import InputError
from ..evaluate import evaluate
from ..run import load_compiled, load_config

if TYPE_CHECKING:
    import dspy

    from ..bench import Bench
    from ..candidate import Candidate
    from ..task import Task


def recorded(
    bench: Bench, candidate: Candidate, examples: Sequence[dspy.Example], label: str, **sampling: Any
) -> list[dict[str, Any]]:
    """For each example its ``score`` and ``calls`` (a predictor's name, and the fields of its call and reply), in fast
    mode; kept in the run's journal under the label, so begun again it costs nothing up to where it was.

    sampling: settings of ``language_model``. Raises BudgetExceeded.
    """
    from .watched import Remembering

    keys = [f"{label} {candidate.id} {example.id}" for example in examples]
    rows = bench.journal.rows
    missing = [example for key, example in zip(keys, examples, strict=True) if key not in rows]
    if missing:
        engine = bench.engine("fast", candidate)
        program = candidate.apply(bench.task.program())
        model = partial(language_model, **sampling)
        outcomes = evaluate(program, missing, bench.task, engine, model=model, adapter=Remembering())
    for key in keys:
        if key not in rows:
            bench.ledger.check()
            outcome = next(outcomes)
            row = {"score": outcome.score, "failure": outcome.failure, "cost": vars(outcome.cost)}
            bench.journal.add(key, {**row, "calls": outcome.trace})
            bench.progress("sample", sum(key in rows for key in keys), len(keys), label)
        bench.all_rows.charge(key)
    return [rows[key] for key in keys]


def text_winner(field: str, folder: str) -> Candidate:
    """The winner of a finished text run. Raises InputError, naming the field, where there is none."""
    try:
        winner = load_compiled(Path(folder)).candidate
    except InputError as error:
        raise InputError(f"{field}: {str(error).removeprefix('run: ')}") from None
    if winner.weights is not None:
        raise InputError(f"{field}: {folder} is a run of soft prompts; name one of text prompts")
    return winner


def check_same_program(field: str, folder: str, task: Task) -> None:
    """Raises InputError, naming the field, where a run was compiled for another program than the task's."""
    config = load_config(Path(folder))
    if config.parts.get("program") != task.identity()["program"]:
        raise InputError(
            f"{field}: {folder} was compiled for other steps than those of {task.name} (for {config.task})"
        )


def by_step(calls: Sequence[Sequence[Any]]) -> Mapping[str, list[dict[str, Any]]]:
    """The fields of calls by the predictor's name, in order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, fields in calls:
        found.setdefault(name, []).append(fields)
    return found
