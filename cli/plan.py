"""`studysmith plan`, `score` and `concepts`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..deploy.models import DEFAULT_MODEL
from .options import AsJson, Model, noun, show

if TYPE_CHECKING:
    from ..programs.curriculum import Curriculum
    from ..programs.plan import StudyPlan
    from ..programs.steps import ReadingMode, WordingMode

app = noun()


@app.command()
def plan(
    text: Annotated[str, typer.Argument(help="What you want to learn, in your own words.")] = "",
    profile: Annotated[
        Path | None, typer.Option(help="A LearnerProfile as JSON; the options below win over it.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="An exported bundle to plan with.")] = None,
    model: Model = DEFAULT_MODEL,
    topic: Annotated[list[str] | None, typer.Option(help="Concept to reach; may be repeated.")] = None,
    known: Annotated[list[str] | None, typer.Option(help="Concept that is known; may be repeated.")] = None,
    interest: Annotated[list[str] | None, typer.Option(help="An interest; may be repeated.")] = None,
    audience: Annotated[str | None, typer.Option(help="student or teacher.")] = None,
    weeks: Annotated[int | None, typer.Option(help="Weeks, 1 to 52.")] = None,
    minutes: Annotated[int | None, typer.Option(help="Minutes per week, 20 to 3000.")] = None,
    sessions: Annotated[int | None, typer.Option(help="Sessions per week, 1 to 7.")] = None,
    practice: Annotated[int | None, typer.Option(help="Add a sheet of so many further tasks, 1 to 200.")] = None,
    wording: Annotated[
        str | None, typer.Option(help="chosen among written sentences (the default), or free: written by the model.")
    ] = None,
    reading: Annotated[
        str | None, typer.Option(help="rules read the request (the default), or the model too: it marks what is said.")
    ] = None,
    format: Annotated[str, typer.Option(help="markdown, json or ical.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="File to write instead of the terminal.")] = None,
    today: Annotated[str | None, typer.Option(help="The day to plan from, YYYY-MM-DD; today if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a study plan for a request in plain words. Options win over the profile, and the profile over the text."""
    from ..deploy.planner import default_planner, load_planner
    from ..metrics.explain import weaknesses
    from ..programs.errors import InputError
    from ..programs.learner import profile_for
    from ..programs.render import to_icalendar, to_markdown
    from ..programs.sheet import MOST

    write: dict[str, Callable[[StudyPlan, Curriculum | None], bytes]] = {
        "markdown": lambda made, source: to_markdown(made, source).encode(),
        "json": lambda made, source: (made.model_dump_json(indent=1) + "\n").encode(),
        "ical": lambda made, source: to_icalendar(made),
    }
    form = "json" if as_json else format
    if form not in write:
        raise InputError(f"format: markdown, json or ical (got {format!r})")
    if wording not in (None, "chosen", "free"):
        raise InputError(f"wording: chosen or free (got {wording!r})")
    if reading not in (None, "rules", "model"):
        raise InputError(f"reading: rules or model (got {reading!r})")
    for name, chosen in (("wording", wording), ("reading", reading)):
        if bundle and chosen:
            raise InputError(f"{name}: a bundle has its own; leave it out")
    if practice is not None and not 1 <= practice <= MOST:
        raise InputError(f"practice: 1 to {MOST} (got {practice})")
    if out is not None:
        _check_place(out)
    day = _day(today)
    given = _read_json_object(profile, "profile") if profile else {}
    fields = {
        "text": text or None, "topics": topic, "known": known, "interests": interest, "audience": audience,
        "weeks": weeks, "minutes_per_week": minutes, "sessions_per_week": sessions,
    }  # fmt: skip
    learner = profile_for(**given | {name: value for name, value in fields.items() if value is not None})
    mode: WordingMode = "free" if wording == "free" else "chosen"
    by: ReadingMode = "model" if reading == "model" else "rules"
    with load_planner(bundle) if bundle else default_planner(model, mode, by) as planner:
        study = planner.plan_for(learner, day, practice=practice or 0)
        made = write[form](study, planner.source)
        weak = weaknesses(study, planner.source)
    if out is not None:
        _write(out, made)
    else:
        typer.echo(made.decode(), nl=False)
    if weak:
        typer.echo(f"note: {weak}", err=True)


@app.command()
def score(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="A StudyPlan as JSON.")],
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

    first = _plan(plan_file)
    learner = profile_for(**_read_json_object(profile, "profile")) if profile else first.profile
    if learner is None:
        raise InputError(f"profile: {plan_file} does not say who it is for; give a profile")
    judge = Rubric.load(rubric)
    card = judge.score(first, learner)
    if compare is None:
        show(card, as_json, lambda: score_table(card, judge))
    else:
        other = judge.score(_plan(compare), learner)
        both = {"plan": card.model_dump(), "other": other.model_dump()}
        show(both, as_json, lambda: compare_table(card, other, judge, (plan_file.name, compare.name)))


@app.command()
def concepts(search: str = typer.Argument("", help="Words to look for."), as_json: AsJson = False) -> None:
    """List the concepts of the curriculum: id, strand and name."""
    from ..programs.curriculum import curriculum

    found = [c for c in curriculum().values() if search.lower() in f"{c.id} {c.name} {' '.join(c.aliases)}".lower()]
    rows = [{"id": c.id, "name": c.name, "strand": c.strand, "level": c.level} for c in found]
    lines = [f"{c.id:40} {c.strand:16} {c.name}" for c in found]
    show(rows, as_json, lambda: "\n".join(lines) or f"no concept matches {search!r}")


def _read_json_object(path: Path, field: str) -> dict[str, Any]:
    from ..programs.errors import InputError

    try:
        value = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{field}: cannot read {path} ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{field}: {path} is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise InputError(f"{field}: {path} must hold a JSON object")
    return value


def _plan(path: Path) -> Any:
    from pydantic import ValidationError

    from ..programs.errors import InputError, explain
    from ..programs.plan import StudyPlan

    try:
        return StudyPlan.model_validate(_read_json_object(path, "plan"))
    except ValidationError as error:
        raise InputError(f"plan: {path}: {explain(error)}") from None


def _day(text: str | None) -> date | None:
    from ..programs.errors import InputError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"today: a date as YYYY-MM-DD (got {text!r})") from None


def _check_place(path: Path) -> None:
    """Raises InputError now rather than after the work when a file cannot be written there."""
    from tempfile import TemporaryFile

    from ..programs.errors import InputError

    if path.is_dir():
        raise InputError(f"out: a file, not a folder ({path})")
    try:
        if path.is_file() or not path.exists():
            TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise InputError(f"out: cannot write {path} ({error.strerror})") from None


def _write(path: Path, content: bytes) -> None:
    from ..deploy.files import write_atomically
    from ..programs.errors import InputError

    try:
        write_atomically(path, content)
    except OSError as error:
        raise InputError(f"out: cannot write {path} ({error.strerror})") from None
