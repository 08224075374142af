"""`studysmith replan`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from .files import Bundle, Form, OutFile, PlanFile, Today, Wording, check_output, put_out, read_day, read_plan
from .options import AsJson, Model, noun

app = noun()

Sessions = list[str] | None


@app.command()
def replan(
    plan_file: PlanFile,
    done: Annotated[
        Sessions, typer.Option(help="Sessions or weeks that are done: 1.1,1.2 or 1; may be repeated.")
    ] = None,
    missed: Annotated[
        Sessions, typer.Option(help="Sessions or weeks that were missed: 2.1 or 2; may be repeated.")
    ] = None,
    hard: Annotated[Sessions, typer.Option(help="Concept that was hard, by id or name; may be repeated.")] = None,
    bundle: Bundle = None,
    model: Model = DEFAULT_MODEL,
    wording: Wording = None,
    format: Form = "markdown",
    out: OutFile = None,
    today: Today = None,
    as_json: AsJson = False,
) -> None:
    """Plan the rest of a plan anew, from today to its end: what was done is not learned again, what was missed or hard
    is. The new plan says what changed and why."""
    from ..deploy.planner import default_planner, load_planner
    from ..programs.curriculum import curriculum
    from ..programs.replan import Marks, check_marks

    form = "json" if as_json else format
    check_output(form, wording, bundle, out)
    day = read_day(today)
    plan = read_plan(plan_file)
    marks = Marks(done=_split(done), missed=_split(missed), hard=hard or [])
    if bundle is None:
        check_marks(plan, marks, curriculum(), day)  # what cannot be used is said before a model is loaded
    with (
        load_planner(bundle) if bundle else default_planner(model, "free" if wording == "free" else "chosen") as planner
    ):
        put_out(planner.replan(plan, marks, day), form, planner.source, out)


def _split(values: list[str] | None) -> list[str]:
    return [mark.strip() for value in values or () for mark in value.split(",") if mark.strip()]
