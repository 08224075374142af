"""The command line: thin, every heavy import inside its command, every error one line.

Exit codes: 0 done, 1 a check failed, 2 bad input.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from .finetune import finetune, merge, solve
from .rubric import rubric_app

_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Compile a small language model into a study planner: write, score, optimize, freeze and ship plans.",
)
app.add_typer(rubric_app, name="rubric")
app.command()(finetune)
app.command()(solve)
app.command()(merge)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Model = Annotated[str, typer.Option(help="smollm2-135m, a GGUF file, a Hugging Face folder, or a hub id.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
OutFolder = Annotated[Path, typer.Option(help="Folder to write to.")]


def show(value: Any) -> None:
    """Print JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


@app.command()
def plan(
    text: Annotated[str, typer.Argument(help="What you want to learn, in your own words.")] = "",
    profile: Annotated[
        Path | None, typer.Option(help="A LearnerProfile as JSON; the options below win over it.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="An exported bundle to plan with.")] = None,
    model: Model = "smollm2-135m",
    topic: Annotated[list[str] | None, typer.Option(help="Concept to reach; may be repeated.")] = None,
    known: Annotated[list[str] | None, typer.Option(help="Concept that is known; may be repeated.")] = None,
    interest: Annotated[list[str] | None, typer.Option(help="An interest; may be repeated.")] = None,
    audience: Annotated[str | None, typer.Option(help="student or teacher.")] = None,
    weeks: Annotated[int | None, typer.Option(help="Weeks, 1 to 52.")] = None,
    minutes: Annotated[int | None, typer.Option(help="Minutes per week, 20 to 3000.")] = None,
    sessions: Annotated[int | None, typer.Option(help="Sessions per week, 1 to 7.")] = None,
    format: Annotated[str, typer.Option(help="markdown, json or ical.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="File to write instead of the terminal.")] = None,
    today: Annotated[str | None, typer.Option(help="The day to plan from, YYYY-MM-DD; today if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a study plan for a request in plain words."""
    from ..deploy.bundle.bundle import load
    from ..deploy.planner import default_planner
    from ..programs.errors import InputError
    from ..programs.learner import profile_for
    from ..programs.render import to_icalendar, to_markdown

    form = "json" if as_json else format
    if form not in ("markdown", "json", "ical"):
        raise InputError(f"format: markdown, json or ical (got {format!r})")
    if out is not None:
        _check_place(out)
    day = _day(today)
    given = read_json_object(profile, "profile") if profile else {}
    fields = {
        "topics": topic, "known": known, "interests": interest, "audience": audience, "weeks": weeks,
        "minutes_per_week": minutes, "sessions_per_week": sessions,
    }  # fmt: skip
    given |= {name: value for name, value in fields.items() if value is not None}
    given |= {"text": text} if text else {}
    profile_for(**given)  # what cannot be used is said before a model is loaded
    with load(bundle) if bundle else default_planner(model) as planner:
        made = planner.plan(today=day, **given)
    write = {
        "markdown": lambda: to_markdown(made, planner.source).encode(),
        "json": lambda: (made.model_dump_json(indent=1) + "\n").encode(),
        "ical": lambda: to_icalendar(made),
    }
    if out is not None:
        _write(out, write[form]())
    else:
        typer.echo(write[form]().decode(), nl=False)


@app.command()
def score(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="A StudyPlan as JSON.")],
    profile: Annotated[Path, typer.Option(help="The LearnerProfile as JSON that the plan is for.")],
    compare: Annotated[Path | None, typer.Option(help="Another plan for the same learner.")] = None,
    rubric: Annotated[Path | None, typer.Option(help="A rubric.toml; the built-in one if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score a plan by the rubric, with the evidence."""
    from ..metrics.explain import compare_table, score_table
    from ..metrics.rubric import Rubric

    learner, first = _profile(profile), _plan(plan_file)
    judge = Rubric.load(rubric)
    card = judge.score(first, learner)
    if compare is not None:
        other = judge.score(_plan(compare), learner)
        if as_json:
            show({"plan": card.model_dump(), "other": other.model_dump()})
        else:
            _console().print(compare_table(card, other, judge, (plan_file.name, compare.name)))
    elif as_json:
        show(card.model_dump())
    else:
        _console().print(score_table(card, judge))


@app.command()
def concepts(search: str = typer.Argument("", help="Words to look for."), as_json: AsJson = False) -> None:
    """List the concepts of the curriculum."""
    from ..programs.curriculum import curriculum

    found = [c for c in curriculum().values() if search.lower() in f"{c.id} {c.name} {' '.join(c.aliases)}".lower()]
    if as_json:
        show([{"id": c.id, "name": c.name, "strand": c.strand, "level": c.level} for c in found])
    else:
        typer.echo("\n".join(f"{c.id:40} {c.strand:16} {c.name}" for c in found) or f"no concept matches {search!r}")


@app.command("compile")
def compile_(
    optimizer: Annotated[str, typer.Option(help="pool (text prompts) or soft (learned soft prompts).")] = "pool",
    task: Annotated[str, typer.Option(help="plan, solve, or path/to/file.py:name.")] = "plan",
    model: Model = "smollm2-135m",
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
    from .progress import progress_bar

    budget = {"seconds": seconds, "lm_calls": lm_calls, "tokens": tokens}
    with progress_bar(_console(stderr=True)) as report:
        compiled = compile_run(
            optimizer, task, model, budget, seed, out, examples=examples, validation=validation, report=report
        )
    if as_json:
        show(compiled.model_dump())
    else:
        typer.echo("\n".join([*compiled.notes, f"kept in {out}"]))


@app.command()
def compare(
    runs: Annotated[list[Path] | None, typer.Argument(help="Run folders of `compile`.")] = None,
    task: Annotated[str, typer.Option(help="plan, solve, or path/to/file.py:name.")] = "plan",
    model: Model = "smollm2-135m",
    learners: Annotated[int | None, typer.Option(min=2, help="How many test examples; all if left out.")] = None,
    out: OutFolder = Path("runs/compare"),
    as_json: AsJson = False,
) -> None:
    """Compare baseline, direct and compiled programs on held-out learners, in exact mode."""
    from ..optimizers.api import compare_runs
    from .progress import comparison_table, progress_bar

    with progress_bar(_console(stderr=True)) as report:
        comparison = compare_runs(runs or [], task, model, out, limit=learners, report=report)
    if as_json:
        show(comparison.table())
    else:
        _console().print(comparison_table(comparison))
        typer.echo(f"report: {out / 'report.html'}")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="A run folder of `compile`.")],
    out: OutFolder = Path("bundles/planner"),
    quantize: Annotated[str, typer.Option(help="keep (the model's own tensors, byte for byte) or Q8_0.")] = "keep",
    name: Annotated[str, typer.Option(help="Name of the bundle.")] = "planner",
    as_json: AsJson = False,
) -> None:
    """Freeze a compiled planner, prompt and weights, into one bundle."""
    from ..optimizers.api import export_run
    from .progress import progress_bar

    with progress_bar(_console(stderr=True)) as report:
        manifest = export_run(run, out, quantize, name, report=report)
    if as_json:
        show(manifest.model_dump())
    else:
        size = sum(entry.bytes for entry in manifest.files.values())
        typer.echo(f"{out}: {len(manifest.files)} files, {size / 1e6:.0f} MB, {manifest.method}")


@app.command()
def verify(bundle: Path, as_json: AsJson = False) -> None:
    """Check a bundle: file list, hashes, golden vectors. Exit code 1 when anything differs."""
    from ..deploy.bundle.verify import verify as check
    from ..deploy.errors import BundleError

    passed: list[str] = []
    try:
        problems = check(bundle, lambda stage, done, total, detail: passed.append(detail))
    except BundleError as error:
        if not bundle.is_dir():
            raise
        problems = [str(error)]
    if as_json:
        show({"ok": not problems, "passed": passed, "problems": problems})
    else:
        typer.echo("\n".join([*(f"ok    {line}" for line in passed), *(f"WRONG {line}" for line in problems)]))
    raise typer.Exit(1 if problems else 0)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine has and whether studysmith can run on it."""
    from ..deploy.doctor import examine

    findings = examine()
    if as_json:
        show([finding._asdict() for finding in findings])
    else:
        typer.echo("\n".join(f"{'ok   ' if f.ok else 'WRONG'} {f.what}: {f.said}" for f in findings))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command()
def demo(
    out: OutFolder = Path("runs/demo"),
    seconds: Annotated[float, typer.Option(min=10, help="Seconds for each of the two searches.")] = 90,
    learners: Annotated[int, typer.Option(min=2, help="Held-out learners in the comparison.")] = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The whole way on the embedded model: plan, search, train, compare, export, verify, plan from the bundle."""
    from ..optimizers.compare import Comparison
    from .demo import run_demo
    from .progress import comparison_table, progress_bar

    console = _console(stderr=as_json)

    def say(what: Any) -> None:
        console.print(comparison_table(what) if isinstance(what, Comparison) else what, markup=False, highlight=False)

    with progress_bar(console) as report:
        result = run_demo(out, seconds, learners, seed, report, say)
    if as_json:
        show(result)


def read_json_object(path: Path, field: str) -> dict[str, Any]:
    """A JSON object from a file. Raises InputError with one line."""
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


def _profile(path: Path) -> Any:
    from ..programs.learner import profile_for

    return profile_for(**read_json_object(path, "profile"))


def _plan(path: Path) -> Any:
    from pydantic import ValidationError

    from ..programs.errors import InputError, explain
    from ..programs.plan import StudyPlan

    try:
        return StudyPlan.model_validate(read_json_object(path, "plan"))
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


def _console(stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=stderr)


def main() -> None:
    """Run the command line; errors that a user can mend are one line and exit code 2."""
    try:
        code = app(standalone_mode=False)
    except Exception as error:
        if os.environ.get("STUDYSMITH_LOG") == "debug":
            raise
        _fail(_said(error))
    if code == _INTERRUPTED:
        _fail("interrupted; run the same command again to continue", code)
    sys.exit(code)


def _said(error: Exception) -> str:
    if hasattr(error, "format_message"):  # a usage error of Typer's
        return str(error.format_message())
    from ..deploy.errors import EngineError

    if isinstance(error, EngineError | OSError | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error} (STUDYSMITH_LOG=debug shows more)"


def _fail(line: str, code: int = 2) -> None:
    if line:  # it is empty after the help of a command that was called without any argument
        print("error: " + " ".join(line.split()), file=sys.stderr)
    sys.exit(code)
