"""`studysmith compile`, `compare` and `optimizers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from .options import AsJson, Model, OutFolder, Seed, Task, noun, show
from .progress import comparison_table, progress_bar

app = noun()


@app.command("compile")
def compile_(
    optimizer: Annotated[str, typer.Option(help="pool (text prompts) or soft (learned soft prompts).")] = "pool",
    task: Task = "plan",
    model: Model = DEFAULT_MODEL,
    seconds: Annotated[float | None, typer.Option(help="Budget: seconds.")] = None,
    lm_calls: Annotated[int | None, typer.Option(help="Budget: calls of the model.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Budget: tokens.")] = None,
    examples: Annotated[int, typer.Option(min=2, help="Training examples that each candidate is raced on.")] = 24,
    validation: Annotated[int, typer.Option(min=2, help="Validation examples for the finalists.")] = 16,
    seed: Seed = 0,
    out: OutFolder = Path("runs/compile"),
    as_json: AsJson = False,
) -> None:
    """Search the best prompts, text or soft, within a budget. Ctrl-C keeps what was found; again, it continues."""
    from ..optimizers.api import compile_run

    budget = {"seconds": seconds, "lm_calls": lm_calls, "tokens": tokens}
    with progress_bar() as progress:
        compiled = compile_run(
            optimizer, task, model, budget, seed, out, examples=examples, validation=validation, report=progress
        )
    show(compiled, as_json, lambda: "\n".join([*compiled.notes, f"kept in {out}"]))


@app.command()
def compare(
    runs: Annotated[list[Path] | None, typer.Argument(help="Run folders of `compile`.")] = None,
    task: Task = "plan",
    model: Model = DEFAULT_MODEL,
    learners: Annotated[int | None, typer.Option(min=2, help="How many test examples; all if left out.")] = None,
    out: OutFolder = Path("runs/compare"),
    as_json: AsJson = False,
) -> None:
    """Compare baseline, direct and compiled programs on held-out learners, in exact mode. Interrupted, it goes on."""
    from ..optimizers.api import compare_runs

    with progress_bar() as progress:
        comparison = compare_runs(runs or [], task, model, out, limit=learners, report=progress)
    show(comparison.table(), as_json, lambda: comparison_table(comparison))
    if not as_json:
        typer.echo(f"report: {out / 'report.html'}")


@app.command()
def optimizers(as_json: AsJson = False) -> None:
    """List the optimizers that `compile --optimizer` takes by name, in one line each."""
    from ..optimizers.registry import describe

    found = describe()
    show(found, as_json, lambda: "\n".join(f"{name:10} {line}" for name, line in found.items()))
