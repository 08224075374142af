"""`studysmith compile`, `compare` and `optimizers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from ..programs.progress import progress_bar
from .options import AsJson, Model, OutFolder, Seed, Task, noun, show
from .tables import comparison_table

app = noun()


@app.command("compile")
def compile_(
    optimizer: Annotated[str, typer.Option(help="A name (see `optimizers`), or path/to/file.py:Class.")] = "text",
    task: Task = "plan",
    model: Model = DEFAULT_MODEL,
    quantize: Annotated[str, typer.Option(help="Store the model like this first: keep, Q8_0, Q4_K_M, ...")] = "keep",
    engine: Annotated[str | None, typer.Option(help="What runs it: llamacpp, or path/to/file.py:Class.")] = None,
    prompt_model: Annotated[
        str | None, typer.Option(help="Who writes prompts, if not the model: as --model, or http://host/v1#NAME.")
    ] = None,
    small_proposer: Annotated[bool, typer.Option("--small-proposer", help="Go on if it is too small to.")] = False,
    seconds: Annotated[float | None, typer.Option(help="Budget: seconds on the clock (600 if there is none).")] = None,
    lm_calls: Annotated[int | None, typer.Option(help="Budget: calls of the model.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Budget: tokens.")] = None,
    examples: Annotated[int, typer.Option(min=2, help="Training examples that candidates are scored on.")] = 24,
    finalists: Annotated[int, typer.Option(min=1, help="Candidates that meet in exact mode.")] = 2,
    validation: Annotated[int, typer.Option(min=2, help="Validation examples that they meet on, at most.")] = 16,
    confirm: Annotated[int, typer.Option(min=2, help="Examples to confirm the winner on, at most.")] = 48,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/TASK-OPTIMIZER if left out.")] = None,
    storage: Annotated[
        str | None, typer.Option(help="sqlite:///FILE, postgresql://..., or a journal file: shared by many workers.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search the best prompts, text or soft, within a budget. Ctrl-C keeps what was found; again, it continues."""
    from ..optimizers.api import compile
    from ..optimizers.budget import budget_of

    with progress_bar() as progress:
        result = compile(
            task,
            optimizer,
            model=model,
            quantize=quantize,
            engine=engine,
            prompt_model=prompt_model,
            small_proposer=small_proposer,
            budget=budget_of(seconds=seconds, lm_calls=lm_calls, tokens=tokens),
            seed=seed,
            out=out,
            storage=storage,
            progress=progress,
            examples=examples,
            finalists=finalists,
            validation=validation,
            confirm=confirm,
        )
    show(result.compiled, as_json, lambda: "\n".join([*result.notes, f"kept in {result.folder}"]))
    if not result.compiled.finished:
        raise KeyboardInterrupt


@app.command()
def compare(
    runs: Annotated[list[Path] | None, typer.Argument(help="Run folders of `compile`.")] = None,
    methods: Annotated[str, typer.Option(help="Arms to make and compare: base,text,soft,lora,lora+soft, ...")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Searches of each arm in --methods.")] = 1,
    task: Task = "plan",
    model: Model = DEFAULT_MODEL,
    engine: Annotated[str | None, typer.Option(help="What runs it: llamacpp, or path/to/file.py:Class.")] = None,
    learners: Annotated[int | None, typer.Option(min=2, help="How many test examples; all if left out.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Budget of a search: seconds (600 if there is none).")] = None,
    lm_calls: Annotated[int | None, typer.Option(help="Budget of a search: calls of the model.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Budget of a search: tokens.")] = None,
    examples: Annotated[int, typer.Option(min=2, help="As in `compile`.")] = 24,
    finalists: Annotated[int, typer.Option(min=1, help="As in `compile`.")] = 2,
    validation: Annotated[int, typer.Option(min=2, help="As in `compile`.")] = 16,
    confirm: Annotated[int, typer.Option(min=2, help="As in `compile`.")] = 48,
    out: OutFolder = Path("runs/compare"),
    mlflow: Annotated[str | None, typer.Option(help="An MLflow tracking store to log the arms to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare arms on held-out learners, in exact mode: baseline, direct and the runs that are given, or --methods.

    What is missing of --methods is made first, in --out; what is there is used. Interrupted, it goes on.
    """
    from ..optimizers.budget import budget_of
    from ..optimizers.compare_runs import compare
    from ..optimizers.report.conclusions import conclude
    from .tuning import tune

    with progress_bar() as progress:
        comparison = compare(
            runs or [],
            task,
            methods=methods,
            seeds=seeds,
            budget=budget_of(seconds=seconds, lm_calls=lm_calls, tokens=tokens),
            model=model,
            engine=engine,
            out=out,
            learners=learners,
            tune=tune,
            mlflow=mlflow,
            progress=progress,
            examples=examples,
            finalists=finalists,
            validation=validation,
            confirm=confirm,
        )
    show(comparison.table(), as_json, lambda: comparison_table(comparison))
    if not as_json:
        if any(row.method == "direct" for row in comparison.rows):
            typer.echo("baseline: the program as it is, step by step; direct: one call writes the whole plan")
        if best := next((row.method for row in comparison.rows if row.method.startswith("best-of-")), None):
            n = best.removeprefix("best-of-")
            typer.echo(f"{best}: {n} sampled runs, the best by the rubric without the truth; costs {n} times at use")
        said = conclude(comparison)
        for line in (said.first, *said.may):
            typer.echo(line)
        typer.echo(f"report: {out / 'report.html'}")


@app.command()
def optimizers(as_json: AsJson = False) -> None:
    """List the optimizers that `compile --optimizer` takes by name, in one line each."""
    from ..optimizers.registry import describe

    found = describe()
    show(found, as_json, lambda: "\n".join(f"{name:14} {line}" for name, line in found.items()))
