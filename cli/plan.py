"""`studysmith plan`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..deploy.models import DEFAULT_MODEL
from .files import Bundle, Form, OutFile, Reading, Today, Wording, check_output, put_out, read_day, read_json_object
from .options import AsJson, AskedModel, noun
from .question import ask
from .sentence import OneSentence

if TYPE_CHECKING:
    from ..programs.steps import ReadingMode, WordingMode

app = noun()

Texts = list[str] | None

_OPTIONS = {
    "minutes_per_week": "--minutes", "sessions_per_week": "--sessions", "total_minutes": "--total", "topics": "--topic",
    "struggles": "--struggle", "interests": "--interest", "preferences": "--prefer", "needs": "--need",
}  # fmt: skip
"""Options whose name is not that of the profile's field."""


@app.command(cls=OneSentence)
def plan(
    text: Annotated[str, typer.Argument(help="What you want to learn, in your own words, in quotes.")] = "",
    profile: Annotated[
        Path | None, typer.Option(help="A LearnerProfile as JSON; the options below win over it.")
    ] = None,
    bundle: Bundle = None,
    model: AskedModel = DEFAULT_MODEL,
    topic: Annotated[Texts, typer.Option(help="Concept to reach, by id or name; may be repeated.")] = None,
    known: Annotated[Texts, typer.Option(help="Concept that is known; may be repeated.")] = None,
    struggle: Annotated[Texts, typer.Option(help="Concept that is hard; may be repeated.")] = None,
    course: Annotated[str | None, typer.Option(help="Course or grade: Calculus 1, Grade 7.")] = None,
    audience: Annotated[str | None, typer.Option(help="student or teacher.")] = None,
    interest: Annotated[Texts, typer.Option(help="An interest; may be repeated.")] = None,
    prefer: Annotated[Texts, typer.Option(help="A way of working that suits you; may be repeated.")] = None,
    need: Annotated[Texts, typer.Option(help="Such as dyslexia or no internet; may be repeated.")] = None,
    deadline: Annotated[
        str | None, typer.Option(help="The day of the test: 2026-12-01, 1 December, next Friday.")
    ] = None,
    weeks: Annotated[int | None, typer.Option(help="Weeks, 1 to 52.")] = None,
    minutes: Annotated[int | None, typer.Option(help="Minutes per week, 20 to 3000.")] = None,
    sessions: Annotated[int | None, typer.Option(help="Sessions per week, 1 to 7.")] = None,
    total: Annotated[str | None, typer.Option(help="All the time that there is: 10h, 1h30, or minutes.")] = None,
    days: Annotated[Texts, typer.Option(help="Weekdays for study: mon,wed; weekends.")] = None,
    hours: Annotated[str | None, typer.Option(help="Times of day: 5 to 6 pm, after school.")] = None,
    away: Annotated[
        Texts, typer.Option(help="Days without study: 2026-12-01..2026-12-05, or one day; may be repeated.")
    ] = None,
    practice: Annotated[int | None, typer.Option(help="Add a sheet of so many further tasks, 1 to 200.")] = None,
    wording: Wording = None,
    reading: Reading = None,
    format: Form = "markdown",
    out: OutFile = None,
    today: Today = None,
    as_json: AsJson = False,
) -> None:
    """Write a study plan for a request in plain words. Options win over the profile, and the profile over the text."""
    from ..deploy.planner import default_planner, load_planner
    from ..programs.curriculum import curriculum
    from ..programs.errors import InputError
    from ..programs.learner import profile_for
    from ..programs.request.topics.ids import with_ids
    from ..programs.request.values import course_of
    from ..programs.sheet import MOST

    form = "json" if as_json else format
    check_output(form, wording, bundle, out, reading)
    if practice is not None and not 1 <= practice <= MOST:
        raise InputError(f"practice: 1 to {MOST} (got {practice})")
    day = read_day(today)
    given = read_json_object(profile, "profile") if profile else {}
    course = course_of(course) if course is not None else None
    context = f"{text or given.get('text', '')} {course or given.get('course', '')}"
    times, said = _times(deadline, total, days, hours, away, day, context)
    fields = {
        "text": text or None, "topics": topic, "known": known, "struggles": struggle, "course": course,
        "audience": audience, "interests": interest, "preferences": prefer, "needs": need, "weeks": weeks,
        "minutes_per_week": minutes, "sessions_per_week": sessions, **times,
    }  # fmt: skip
    typed = {name: value for name, value in fields.items() if value is not None}
    try:
        learner = profile_for(**given | typed)
    except InputError as error:
        field = re.match(r"\w+", str(error))
        if field and field[0] in typed and field[0] in _OPTIONS:
            raise InputError(f"{_OPTIONS[field[0]]}{str(error)[field.end() :]}") from None
        raise
    if bundle is None:
        with_ids(learner, curriculum())  # what is no concept is said before a model is loaded
    mode: WordingMode = "free" if wording == "free" else "chosen"
    by: ReadingMode = "model" if reading == "model" else "rules"
    with (
        load_planner(bundle, None if model == DEFAULT_MODEL else model)
        if bundle
        else default_planner(model, mode, by) as planner
    ):
        study = planner.plan_for(learner, day, practice or 0)
        if form != "json" and (meant := ask(study.needs, planner.source or curriculum())):
            study = planner.plan_for(learner.model_copy(update={"topics": [meant]}), day, practice or 0)
        put_out(study.model_copy(update={"assumptions": [*said, *study.assumptions]}), form, planner.source, out)


def _times(
    deadline: str | None,
    total: str | None,
    days: Sequence[str] | None,
    hours: str | None,
    away: Sequence[str] | None,
    today: date,
    context: str,
) -> tuple[dict[str, Any], list[str]]:
    """The profile's fields about time from options, None where one is left out, and how open dates were read."""
    from ..programs.request.values import away_of, day_of, hours_of, minutes_of, weekdays_of

    last, how = day_of(deadline, today, "deadline", context) if deadline is not None else (None, "")
    gone = [away_of(value, today, "away", context) for value in away or ()]
    fields = {
        "deadline": last,
        "total_minutes": minutes_of(total, "total") if total is not None else None,
        "days": weekdays_of(",".join(days), "days") if days else None,
        "hours": hours_of(hours, "hours") if hours is not None else None,
        "away": [span for span, _ in gone] or None,
    }
    return fields, list(filter(None, [how, *(said for _, said in gone)]))
