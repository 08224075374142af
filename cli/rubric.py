"""`studysmith rubric ...`: testing the rubric, and making one for a task of your own."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

rubric_app = typer.Typer(no_args_is_help=True, help="Test the rubric, or make one for a task of your own.")

RubricFile = Annotated[Path | None, typer.Option("--rubric", help="A rubric.toml; the built-in one if left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Judge = Annotated[str | None, typer.Option(help="Model that answers or judges: a name, a file, or a hub id.")]


@rubric_app.command()
def validate(
    rubric: RubricFile = None,
    experts: Annotated[int, typer.Option(min=8, help="How many expert plans to use.")] = 60,
    figure: Annotated[Path | None, typer.Option(help="Write a heat map of the corruptions to this PNG or SVG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Corrupt plans and attack the rubric; exit code 1 when a bar is missed."""
    from ..metrics.rubric import Rubric
    from ..metrics.validity.cases import default_cases
    from ..metrics.validity.figure import heat_map
    from ..metrics.validity.report import validate as run

    report = run(Rubric.load(rubric), default_cases(experts))
    if figure is not None:
        heat_map(report.validity).savefig(figure)
    missed = report.missed()
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=1))
    else:
        for name, d in report.validity.dimensions.items():
            typer.echo(
                f"{name:13} detection {d.detection_full.mean:.3f} full, {d.detection_light.mean:.3f} light; "
                f"monotone {d.monotone.mean:.3f}; drift {d.drift:.3f}"
            )
        worst = max(report.attacks, key=lambda attack: attack.overall - attack.limit)
        typer.echo(f"{len(report.attacks)} attacks; closest: {worst.name} {worst.overall:.3f}, limit {worst.limit:.3f}")
        typer.echo(f"{report.plans_per_second:.0f} plans a second")
        typer.echo("\n".join(f"MISSED {line}" for line in missed) or "every bar is met")
    raise typer.Exit(1 if missed else 0)


@rubric_app.command()
def mae(
    source: Annotated[Path | None, typer.Option(help="data.json; $STUDYSMITH_DATA/mae or the hub if left out.")] = None,
    encoder: Annotated[
        bool, typer.Option(help="Use the packaged sentence encoder: two minutes instead of 15 s.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Name the misconception behind 220 real wrong answers, beside the published numbers."""
    from ..metrics.mae import load_mae, mae_benchmark, packaged_encoder

    report = mae_benchmark(load_mae(source), packaged_encoder() if encoder else None)
    if as_json:
        typer.echo(report.to_json())
        return
    for name, measured in (("all 55", report.all_misconceptions), ("within topic", report.within_topic)):
        typer.echo(f"{name:13} precision {measured.precision:.3f}  recall {measured.recall:.3f}  n={report.n}")


@rubric_app.command()
def draft(
    folder: Annotated[Path, typer.Argument(help="Folder of the new rubric.")],
    task: Annotated[str, typer.Option(help="What is to be judged, in a sentence.")],
    dimension: Annotated[list[str], typer.Option(help="name=words or name=file.py:function; may be repeated.")],
    request: Annotated[list[str] | None, typer.Option(help="An example request; may be repeated.")] = None,
    model: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 1: write a draft; with a model also pairs of responses to compare."""
    from ..metrics.customize.phases import draft as run

    with _lm(model) as lm:
        _show(run(task, dimension, folder, requests=request or [], lm=lm), folder / "draft.toml", as_json)


@rubric_app.command()
def refine(
    folder: Annotated[Path, typer.Argument(help="Folder of the draft.")],
    answers: Annotated[Path | None, typer.Option(help="A person's answers: the filled questions.toml.")] = None,
    expert: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 2: let an expert, a person or a model, compare the pairs; writes a proposal."""
    from ..metrics.customize.experts import ModelExpert, PersonExpert
    from ..metrics.customize.phases import refine as run

    with _lm(expert) as lm:
        judge = PersonExpert(answers) if answers else ModelExpert(lm) if lm is not None else None
        _show(run(folder, judge), folder / "proposal.toml", as_json)


@rubric_app.command()
def freeze(
    folder: Annotated[Path, typer.Argument(help="Folder of the draft or proposal.")],
    out: Annotated[Path | None, typer.Option(help="The rubric file; rubric.toml in the folder if left out.")] = None,
    choose: Annotated[list[str] | None, typer.Option(help="A dimension to keep; may be repeated.")] = None,
    judge: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 3: write the kept dimensions as a rubric; a judge is tested before it counts."""
    from ..metrics.customize.phases import freeze as run

    with _lm(judge) as lm:
        _show(run(folder, out, choose=choose or [], judge=lm), out or folder / "rubric.toml", as_json)


def _show(result: Any, path: Path, as_json: bool) -> None:
    typer.echo(result.model_dump_json(indent=1) if as_json else str(path))


@contextmanager
def _lm(model: str | None) -> Iterator[Any]:
    """The model as DSPy sees it, in exact mode; None without a name."""
    if model is None:
        yield None
        return
    from ..deploy.engines.lm import language_model
    from ..deploy.engines.open import open_engine

    with open_engine(model) as engine:
        yield language_model(engine)
