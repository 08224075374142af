"""`studysmith score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .files import PlanFile, read_json_object, read_plan
from .options import AsJson, noun, show

app = noun()


@app.command()
def score(
    plan_file: PlanFile,
    profile: Annotated[
        Path | None, typer.Option(help="The LearnerProfile as JSON that the plan is for; the plan's own if left out.")
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="Another plan for the same learner.")] = None,
    rubric: Annotated[Path | None, typer.Option(help="A rubric.toml; the built-in one if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score a plan by the rubric, with the evidence for each dimension."""
    from ..metrics.explain import compare_table, score_table
    from ..metrics.rubric import Rubric
    from ..programs.errors import InputError
    from ..programs.learner import profile_for

    first = read_plan(plan_file)
    learner = profile_for(**read_json_object(profile, "profile")) if profile else first.profile
    if learner is None:
        raise InputError(f"profile: {plan_file} does not say who it is for; give a profile")
    judge = Rubric.load(rubric)
    card = judge.score(first, learner)
    if compare is None:
        show(card, as_json, lambda: score_table(card, judge))
    else:
        other = judge.score(read_plan(compare), learner)
        both = {"plan": card.model_dump(), "other": other.model_dump()}
        show(both, as_json, lambda: compare_table(card, other, judge, (plan_file.name, compare.name)))
