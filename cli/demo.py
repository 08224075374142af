"""`studysmith demo`: the whole way on the embedded model, from plan to bundle.

Every stage keeps its result in the output folder and is skipped when that result is still valid.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..deploy.models import DEFAULT_MODEL
from .options import AsJson, OutFolder, Seed, console, noun, show
from .progress import comparison_table, progress_bar

if TYPE_CHECKING:
    from ..optimizers.compare import Comparison
    from ..programs.progress import Progress

app = noun()

REQUEST = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
SMALL = {"examples": 3, "finalists": 1, "validation": 2}
"""A search that fits a demo: two cores make about eight plans a minute."""


@app.command()
def demo(
    out: OutFolder = Path("runs/demo"),
    seconds: Annotated[float, typer.Option(min=10, help="Seconds for each of the two searches.")] = 90,
    learners: Annotated[int, typer.Option(min=2, help="Held-out learners in the comparison.")] = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The whole way on the embedded model: plan, search, train, compare, export, verify, plan from the bundle."""
    screen = console(stderr=as_json)
    with progress_bar(screen) as progress:
        result = _run(
            out, seconds, learners, seed, progress, lambda what: screen.print(what, markup=False, highlight=False)
        )
    show(result, as_json, lambda: f"All of it took {sum(result['seconds'].values()):.0f} s.")


def _run(
    out: Path, seconds: float, learners: int, seed: int, progress: Progress, say: Callable[[Any], None]
) -> dict[str, Any]:
    """Run every stage: where everything is, the comparison's rows, and the seconds of each stage."""
    from ..deploy.bundle.bundle import load, verify
    from ..deploy.errors import BundleError
    from ..deploy.planner import default_planner
    from ..optimizers.api import compare_runs, compile_run
    from ..programs.render import to_markdown

    times: dict[str, float] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        times[name] = round(time.perf_counter() - started, 1)
        say(f"{name}: {times[name]:.0f} s")
        return result

    def planned(opened: Any) -> Any:
        with opened as planner:
            return planner.plan(REQUEST)

    def compiled(optimizer: str) -> Any:
        budget = {"seconds": seconds}
        return compile_run(optimizer, "plan", DEFAULT_MODEL, budget, seed, out / optimizer, report=progress, **SMALL)

    say(f"The request: {REQUEST}")
    first = stage("plan with the default program", lambda: planned(default_planner()))
    say(f"  {first.title}; {len(first.sessions)} sessions, {len(first.assumptions)} assumptions stated")
    for optimizer in ("pool", "soft"):
        for note in stage(f"compile {optimizer}", lambda o=optimizer: compiled(o)).notes:  # type: ignore[misc]
            say(f"  {note}")
    runs = [out / "pool", out / "soft"]
    comparison: Comparison = stage(
        "compare on held-out learners",
        lambda: compare_runs(runs, "plan", DEFAULT_MODEL, out / "compare", limit=learners, report=progress),
    )
    say(comparison_table(comparison))
    winner = max((row for row in comparison.rows if row.method in ("pool", "soft")), key=lambda row: row.overall)
    bundle = out / "bundle"
    stage("export the winner", lambda: _export(out / winner.method, bundle, comparison, progress))
    problems = stage("verify the bundle", lambda: verify(bundle))
    if problems:
        raise BundleError(f"{bundle}: {problems[0]}")
    final = stage("plan from the bundle alone", lambda: planned(load(bundle)))
    (out / "plan.md").write_text(to_markdown(final), "utf-8")
    (out / "plan.json").write_text(final.model_dump_json(indent=1) + "\n", "utf-8")
    say(to_markdown(final))
    places = {"report": str(out / "compare" / "report.html"), "bundle": str(bundle), "plan": str(out / "plan.md")}
    say("\n".join(f"{name}: {path}" for name, path in places.items()))
    say(f"The winner is {winner.method}.")
    return {**places, "winner": winner.method, **comparison.table(), "seconds": times}


def _export(run: Path, bundle: Path, comparison: Comparison, progress: Progress) -> None:
    """Export unless the bundle there already is of this very run and comparison."""
    from ..optimizers.api import export_run

    facts = bundle.with_suffix(".json")
    wanted = json.dumps([run.name, (run / "compiled.json").read_text("utf-8"), comparison.table()], sort_keys=True)
    if bundle.is_dir() and facts.exists() and facts.read_text("utf-8") == wanted:
        return
    shutil.rmtree(bundle, ignore_errors=True)
    export_run(run, bundle, "keep", "demo", evidence=comparison, report=progress)
    facts.write_text(wanted, "utf-8")
