"""The whole way on the embedded model, in one command: plan, search, train, compare, export, verify, plan again.

Every stage keeps its result in the output folder and is skipped when that result is still valid.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..deploy.bundle.bundle import load
from ..deploy.bundle.verify import verify
from ..deploy.errors import BundleError
from ..deploy.planner import DEFAULT_MODEL, default_planner
from ..optimizers.api import compare_runs, compile_run, export_run
from ..optimizers.compare import Comparison
from ..programs.progress import Progress
from ..programs.render import to_markdown

REQUEST = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
EXAMPLES, FINALISTS, VALIDATION = 3, 1, 2
"""A search that fits a demo: two cores make about eight plans a minute."""


def run_demo(
    out: Path, seconds: float, learners: int, seed: int, report: Progress, say: Callable[[Any], None]
) -> dict[str, Any]:
    """Run every stage; where everything is, the comparison's rows, and the seconds of each stage.

    seconds: budget of each of the two searches. learners: held-out learners in the comparison. say: shows a line, or
    the Comparison. Raises InputError or EngineError with one line when something cannot be done.
    """
    times: dict[str, float] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        times[name] = round(time.perf_counter() - started, 1)
        say(f"{name}: {times[name]:.0f} s")
        return result

    def compiled(optimizer: str) -> Any:
        return compile_run(
            optimizer,
            "plan",
            DEFAULT_MODEL,
            {"seconds": seconds},
            seed,
            out / optimizer,
            examples=EXAMPLES,
            finalists=FINALISTS,
            validation=VALIDATION,
            report=report,
        )

    say(f"The request: {REQUEST}")
    first = stage("plan with the default program", _first_plan)
    say(f"  {first.title}; {len(first.sessions)} sessions, {len(first.assumptions)} assumptions stated")
    for optimizer in ("pool", "soft"):
        for note in stage(f"compile {optimizer}", lambda o=optimizer: compiled(o)).notes:  # type: ignore[misc]
            say(f"  {note}")
    runs = [out / "pool", out / "soft"]
    comparison: Comparison = stage(
        "compare on held-out learners",
        lambda: compare_runs(runs, "plan", DEFAULT_MODEL, out / "compare", limit=learners, report=report),
    )
    say(comparison)
    winner = max((row for row in comparison.rows if row.method in ("pool", "soft")), key=lambda row: row.overall)
    bundle = out / "bundle"
    stage("export the winner", lambda: _export(out / winner.method, bundle, comparison, report))
    problems = stage("verify the bundle", lambda: verify(bundle))
    if problems:
        raise BundleError(f"{bundle}: {problems[0]}")
    final, source = stage("plan from the bundle alone", lambda: _plan_from(bundle))
    (out / "plan.md").write_text(to_markdown(final, source), "utf-8")
    (out / "plan.json").write_text(final.model_dump_json(indent=1) + "\n", "utf-8")
    say(to_markdown(final, source))
    places = {"report": str(out / "compare" / "report.html"), "bundle": str(bundle), "plan": str(out / "plan.md")}
    say("\n".join(f"{name}: {path}" for name, path in places.items()))
    say(f"The winner is {winner.method}; all of it took {sum(times.values()):.0f} s.")
    return {**places, "winner": winner.method, **comparison.table(), "seconds": times}


def _first_plan() -> Any:
    with default_planner() as planner:
        return planner.plan(REQUEST)


def _plan_from(bundle: Path) -> Any:
    with load(bundle) as planner:
        return planner.plan(REQUEST), planner.source


def _export(run: Path, bundle: Path, comparison: Comparison, report: Progress) -> None:
    """Export unless the bundle there already is of this very run and comparison."""
    facts = bundle.with_suffix(".json")
    wanted = json.dumps([run.name, (run / "compiled.json").read_text("utf-8"), comparison.table()], sort_keys=True)
    if bundle.is_dir() and facts.exists() and facts.read_text("utf-8") == wanted:
        return
    shutil.rmtree(bundle, ignore_errors=True)
    export_run(run, bundle, "keep", "demo", evidence=comparison, report=report)
    facts.write_text(wanted, "utf-8")
