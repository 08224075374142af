"""Files that commands about plans read and write; what is wrong with one is a line that names the option."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..programs.curriculum import Curriculum
    from ..programs.plan import StudyPlan

Bundle = Annotated[Path | None, typer.Option(help="An exported bundle to plan with.")]
Form = Annotated[str, typer.Option(help="markdown, json or ical.")]
OutFile = Annotated[Path | None, typer.Option(help="File to write instead of the terminal.")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan as JSON, as `plan --format json` writes it.")]
Today = Annotated[str | None, typer.Option(help="The day to plan from, YYYY-MM-DD; today if left out.")]
Wording = Annotated[
    str | None, typer.Option(help="chosen among written sentences (the default), or free: written by the model.")
]

Reading = Annotated[
    str | None, typer.Option(help="rules read the request (the default), or the model too: it marks what is said.")
]


def read_json_object(path: Path, field: str) -> dict[str, Any]:
    from ..programs.errors import InputError
    from ..programs.text_file import parse_json, read_text

    value = parse_json(read_text(path, field), f"{field}: {path}")
    if not isinstance(value, dict):
        raise InputError(f"{field}: {path} must hold a JSON object")
    return value


def read_plan(path: Path) -> StudyPlan:
    """The plan of a JSON file. Raises InputError, which says how to get one where a page or a calendar was given."""
    from pydantic import ValidationError

    from ..programs.errors import InputError, explain
    from ..programs.plan import StudyPlan
    from ..programs.text_file import parse_json, read_text

    text = read_text(path, "plan")
    needed = 'a plan is needed as JSON, as `studysmith plan "..." --json --out plan.json` writes it'
    if not text.lstrip().startswith("{"):
        raise InputError(f"plan: {path} is not JSON; {needed}")
    try:
        return StudyPlan.model_validate(parse_json(text, f"plan: {path}"))
    except ValidationError as error:
        raise InputError(f"plan: {path}: {explain(error)}; {needed}") from None


def read_day(text: str | None) -> date:
    """The day of an option; today where it is left out."""
    from ..programs.calendar import check_today
    from ..programs.errors import InputError

    try:
        day = date.fromisoformat(text) if text is not None else date.today()
    except ValueError:
        raise InputError(f"today: a date as YYYY-MM-DD (got {text!r})") from None
    return check_today(day)


def check_output(
    form: str, wording: str | None, bundle: Path | None, out: Path | None, reading: str | None = None
) -> None:
    """Raises InputError now rather than after the work when a plan cannot be written like that, or not there."""
    from ..programs.errors import InputError

    if form not in ("markdown", "json", "ical"):
        raise InputError(f"format: markdown, json or ical (got {form!r})")
    if wording not in (None, "chosen", "free"):
        raise InputError(f"wording: chosen or free (got {wording!r})")
    if reading not in (None, "rules", "model"):
        raise InputError(f"reading: rules or model (got {reading!r})")
    for name, chosen in (("wording", wording), ("reading", reading)):
        if bundle and chosen:
            raise InputError(f"{name}: a bundle has its own; leave it out")
    if out is not None:
        _check_place(out)


def put_out(plan: StudyPlan, form: str, source: Curriculum | None, out: Path | None) -> None:
    """Write a plan to a file or the terminal, and say there what is weak about it."""
    from ..metrics.explain import weaknesses
    from ..programs.ics import to_icalendar
    from ..programs.render import to_markdown

    if form == "markdown":
        made = to_markdown(plan, source).encode()
    else:
        made = to_icalendar(plan, source=source) if form == "ical" else (plan.model_dump_json(indent=1) + "\n").encode()
    if out is not None:
        _write(out, made)
        typer.echo(f"wrote {out}", err=True)
    else:
        typer.echo(made.decode(), nl=False)
    if weak := weaknesses(plan, source):
        typer.echo(f"note: {weak}", err=True)


def _check_place(path: Path) -> None:
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
