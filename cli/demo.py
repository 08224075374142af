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

from .options import AsJson, OutFolder, Seed, console, noun, show
from .progress import comparison_table, progress_bar

if TYPE_CHECKING:
    from ..optimizers.compare import MethodComparison
    from ..optimizers.result import Result
    from ..programs.progress import Progress

app = noun()

REQUEST = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
SMALL: dict[str, int] = {"examples": 3, "finalists": 1, "validation": 2, "confirm": 2}
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
    from ..deploy.bundle.verify import verify
    from ..deploy.errors import BundleError
    from ..deploy.planner import default_planner, load_planner
    from ..optimizers.api import compile
    from ..optimizers.budget import Budget
    from ..optimizers.compare_runs import compare
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
            return planner.plan(REQUEST), planner.source

    def compiled(optimizer: str) -> Any:
        budget = Budget(seconds=seconds)
        return compile("plan", optimizer, budget=budget, seed=seed, out=out / optimizer, progress=progress, **SMALL)  # type: ignore[arg-type]

    say(f"The request: {REQUEST}")
    first, _ = stage("plan with the default program", lambda: planned(default_planner()))
    say(f"  {first.title}; {len(first.sessions)} sessions, {len(first.assumptions)} assumptions stated")
    results = {name: stage(f"compile {name}", lambda n=name: compiled(n)) for name in ("text", "soft")}  # type: ignore[misc]
    for name, result in results.items():
        say("\n".join(f"  {name}: {note}" for note in result.notes))
    comparison: MethodComparison = stage(
        "compare on held-out learners",
        lambda: compare(list(results.values()), learners=learners, out=out / "compare", progress=progress),
    )
    say(comparison_table(comparison))
    winner = max((row for row in comparison.rows if row.method in results), key=lambda row: row.overall).method
    bundle = out / "bundle"
    stage("export the winner", lambda: _export(results[winner], bundle, comparison, progress))
    problems = stage("verify the bundle", lambda: verify(bundle))
    if problems:
        raise BundleError(f"{bundle}: {problems[0]}")
    final, source = stage("plan from the bundle alone", lambda: planned(load_planner(bundle)))
    (out / "plan.md").write_text(to_markdown(final, source), "utf-8")
    (out / "plan.json").write_text(final.model_dump_json(indent=1) + "\n", "utf-8")
    say(to_markdown(final, source))
    places = {"report": str(out / "compare" / "report.html"), "bundle": str(bundle), "plan": str(out / "plan.md")}
    say("\n".join(f"{name}: {path}" for name, path in places.items()))
    say(f"The winner is {winner}, {results[winner].verdict.reason}; the bundle holds it anyway.")
    return {**places, "winner": winner, **comparison.table(), "seconds": times}


def _export(result: Result, bundle: Path, comparison: MethodComparison, progress: Progress) -> None:
    """Export unless the bundle there already is of this very run and comparison.

    A demo's searches are too short to confirm anything; it shows what a bundle with a winner's prompt is all the same.
    """
    facts = bundle.with_suffix(".json")
    wanted = json.dumps([result.compiled.model_dump(mode="json"), comparison.table()], sort_keys=True)
    if bundle.is_dir() and facts.exists() and facts.read_text("utf-8") == wanted:
        return
    shutil.rmtree(bundle, ignore_errors=True)
    result.export(bundle, name="demo", anyway=True, evidence=comparison.table(), progress=progress)
    facts.write_text(wanted, "utf-8")
