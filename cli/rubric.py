"""`studysmith rubric ...`: testing the rubric, and making one for a task of your own."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..programs.progress import progress_bar
from .options import AsJson, noun, show

if TYPE_CHECKING:
    from collections.abc import Iterator

app = noun()
rubric = noun(help="Test the rubric, or make one for a task of your own.")
app.add_typer(rubric, name="rubric")

RubricFile = Annotated[Path | None, typer.Option("--rubric", help="A rubric.toml; the built-in one if left out.")]
Judge = Annotated[str | None, typer.Option(help="Model that answers or judges: a name, a file, or a hub id.")]


@rubric.command()
def validate(
    rubric: RubricFile = None,
    experts: Annotated[int, typer.Option(min=8, help="How many expert plans to use.")] = 60,
    figure: Annotated[Path | None, typer.Option(help="Write a heat map of the corruptions to this PNG or SVG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Corrupt plans and attack the rubric, in a minute or two. Exit code 1 when a bar is missed."""
    from ..metrics.rubric import Rubric
    from ..metrics.validity.cases import default_cases
    from ..metrics.validity.figure import heat_map
    from ..metrics.validity.validate import validate as run

    with progress_bar() as progress:
        validation = run(Rubric.load(rubric), default_cases(experts), progress)
    if figure is not None:
        heat_map(validation.validity).savefig(figure)
    missed = validation.missed()
    worst = max(validation.attacks, key=lambda attack: attack.overall - attack.limit)
    lines = [
        f"{name:13} detection {d.detection_full.mean:.3f} full, {d.detection_light.mean:.3f} light; "
        f"monotone {d.monotone.mean:.3f}; drift {d.drift:.3f}"
        for name, d in validation.validity.dimensions.items()
    ]
    lines += [
        f"{len(validation.attacks)} attacks; closest: {worst.name} {worst.overall:.3f}, limit {worst.limit:.3f}",
        f"{validation.plans_per_second:.0f} plans a second",
        *([f"MISSED {line}" for line in missed] or ["every bar is met"]),
    ]
    show(validation.to_json(), as_json, lambda: "\n".join(lines))
    raise typer.Exit(1 if missed else 0)


@rubric.command()
def draft(
    folder: Annotated[Path, typer.Argument(help="Folder of the new rubric.")],
    task: Annotated[str, typer.Option(help="What is to be judged, in a sentence.")],
    dimension: Annotated[list[str], typer.Option(help="name=words or name=file.py:function; may be repeated.")],
    request: Annotated[list[str] | None, typer.Option(help="An example request; may be repeated.")] = None,
    model: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 1: write a draft. With a model also pairs of responses to compare."""
    from ..metrics.customize.phases import draft as run

    with _lm(model) as lm:
        made = run(task, dimension, folder, requests=request or [], lm=lm)
    show(made, as_json, lambda: str(folder / "draft.toml"))


@rubric.command()
def refine(
    folder: Annotated[Path, typer.Argument(help="Folder of the draft.")],
    answers: Annotated[Path | None, typer.Option(help="A person's answers: the filled questions.toml.")] = None,
    expert: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 2: let an expert compare the pairs. A person or a model; writes a proposal."""
    from ..metrics.customize.experts import ModelExpert, PersonExpert
    from ..metrics.customize.phases import refine as run

    with _lm(expert) as lm:
        judge = PersonExpert(answers) if answers else ModelExpert(lm) if lm is not None else None
        made = run(folder, judge)
    show(made, as_json, lambda: str(folder / "proposal.toml"))


@rubric.command()
def freeze(
    folder: Annotated[Path, typer.Argument(help="Folder of the draft or proposal.")],
    out: Annotated[Path | None, typer.Option(help="The rubric file; rubric.toml in the folder if left out.")] = None,
    choose: Annotated[list[str] | None, typer.Option(help="A dimension to keep; may be repeated.")] = None,
    judge: Judge = None,
    as_json: AsJson = False,
) -> None:
    """Phase 3: write the kept dimensions as a rubric. A judge is tested before it counts."""
    from ..metrics.customize.phases import freeze as run

    with _lm(judge) as lm:
        made = run(folder, out, choose=choose or [], judge=lm)
    show(made, as_json, lambda: str(out or folder / "rubric.toml"))


@rubric.command()
def sound(
    file: Annotated[Path, typer.Argument(help="JSONL of concept, kind, audience, activity, why.")],
    as_json: AsJson = False,
) -> None:
    """Whether sessions make sense: what to do and why, each from 0 to 1."""
    from ..metrics.sessions import read_sessions, soundness

    sessions = read_sessions(file)
    values = [soundness(session) for session in sessions]

    def table() -> Any:
        from rich.table import Table

        made = Table("activity", "why", "session")
        for value, session in zip(values, sessions, strict=True):
            said = f"{session.concept}: {session.activity} {session.why}"
            made.add_row(f"{value['activity']:.2f}", f"{value['why']:.2f}", said.replace("[", r"\["))
        return made

    show(values, as_json, table)


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
