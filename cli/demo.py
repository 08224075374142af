"""`studysmith demo`: the whole way on the embedded model, from a search to a bundle.

Every stage keeps its result in the output folder and is skipped when that result is still valid.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..programs.progress import progress_bar
from .options import AsJson, OutFolder, Seed, console, noun, show
from .tables import comparison_table

if TYPE_CHECKING:
    from ..optimizers.compare import MethodComparison
    from ..optimizers.result import Result
    from ..programs.progress import Progress

app = noun()

TASK = "read"
"""One call for each example, and the model as it is does it badly, so that a search of minutes finds something."""
SMALL: dict[str, int] = {"examples": 4, "finalists": 1, "validation": 2, "confirm": 12}
"""A search that fits a demo on two cores."""
TRAINING = ("torch", "transformers", "peft")
"""What soft prompts are learned with."""
NO_TORCH = "Soft prompts are left out: {} is not installed. In a clone of the repository: pip install '.[train]'."


@app.command()
def demo(
    out: OutFolder = Path("runs/demo"),
    seconds: Annotated[float, typer.Option(min=10, help="Seconds for each of the two searches.")] = 150,
    learners: Annotated[int, typer.Option(min=2, help="Held-out requests in the comparison.")] = 8,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The whole way on the embedded model, in about seven minutes: search, train, compare, export, verify, ask, plan.

    It compiles the task `read`, marking what a request for a plan says, first with text prompts, then with a soft
    prompt. That one needs torch, so the extra `train` (pip install '.[train]'); without it there is text alone, in half
    the time.
    """
    screen = console(stderr=as_json)
    with progress_bar(screen) as progress:
        result = _run(
            out, seconds, learners, seed, progress, lambda what: screen.print(what, markup=False, highlight=False)
        )
    show(result, as_json, lambda: "\n".join(["", result["plan"], *result["summary"]]))


def _run(
    out: Path, seconds: float, learners: int, seed: int, progress: Progress, say: Callable[[Any], None]
) -> dict[str, Any]:
    """Run every stage: where everything is, the comparison's rows, the seconds of each stage, and the summary."""
    from ..deploy.bundle.bundle import load
    from ..deploy.bundle.verify import verify
    from ..deploy.errors import BundleError
    from ..deploy.files import write_atomically
    from ..optimizers.api import compile
    from ..optimizers.budget import Budget
    from ..optimizers.compare_runs import compare

    times: dict[str, float] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        times[name] = round(time.perf_counter() - started, 1)
        say(f"{name}: {times[name]:.0f} s")
        return result

    def compiled(optimizer: str) -> Any:
        budget = Budget(seconds=seconds)
        return compile(TASK, optimizer, budget=budget, seed=seed, out=out / optimizer, progress=progress, **SMALL)  # type: ignore[arg-type]

    optimizers = ["text", "soft"]
    if missing := next((name for name in TRAINING if find_spec(name) is None), None):
        say(NO_TORCH.format(missing))
        optimizers.remove("soft")
    say("The task `read`: mark what a request for a plan says, such as its topic and its time.")
    results: dict[str, Result] = {name: stage(f"search {name}", lambda n=name: compiled(n)) for name in optimizers}  # type: ignore[misc]
    comparison: MethodComparison = stage(
        "compare on held-out requests",
        lambda: compare(list(results.values()), learners=learners, out=out / "compare", progress=progress),
    )
    say(comparison_table(comparison))
    winner = max((row for row in comparison.rows if row.method in results), key=lambda row: row.overall).method
    bundle = out / "bundle"
    stage("export the winner", lambda: _export(results[winner], bundle, comparison, progress))
    problems = stage("verify the bundle", lambda: verify(bundle))
    if problems:
        raise BundleError(f"{bundle}: {problems[0]}")
    example = (results[winner].task.test or ())[-1]

    def asked() -> str:
        with load(bundle) as program:
            spans = program(request=example.request).spans
        return ", ".join(f"{slot}: {words}" for slot, words in spans) or "nothing"

    answer = stage("ask the bundle alone", asked)
    plan = stage("plan the same request", lambda: _planned(example.request))
    write_atomically(out / "plan.md", plan.encode())
    report = str(out / "compare" / "report.html")
    summary = [
        *summary_of(comparison, results, winner),
        f"The bundle read “{example.request}”",
        f"and marked: {answer}.",
        f"The plan above is for the same request, by the default planner ({out / 'plan.md'}).",
        f"All of it took {sum(times.values()):.0f} s. Report: {report}. Bundle: {bundle}.",
    ]
    return {
        "report": report, "bundle": str(bundle), "winner": winner, **comparison.table(), "seconds": times,
        "plan": plan, "summary": summary,
    }  # fmt: skip


def _planned(request: str) -> str:
    from ..deploy.planner import default_planner
    from ..programs.render import to_markdown

    with default_planner() as planner:
        return to_markdown(planner.plan(request), planner.source)


def summary_of(comparison: MethodComparison, results: dict[str, Result], winner: str) -> Sequence[str]:
    """What came out, in a few sentences that agree with each other."""
    n = comparison.rows[0].n
    scores = ", ".join(f"{row.method} {row.overall:.2f}" for row in comparison.rows)
    lines = [
        f"F1 on {n} held-out requests: {scores}.",
        "`baseline` is the program as it was, and `rules` are those of the planner, which ask no model.",
    ]
    best = results[winner]
    if best.compiled.candidate == best.unchanged:
        return [*lines, "No search found a better prompt in this time, so the bundle holds the program as it was."]
    if best.verdict.confirmed:
        return [*lines, f"The bundle holds the prompt of `{winner}`, which was confirmed on requests of its own."]
    return [
        *lines,
        f"The bundle holds the prompt of `{winner}`, which this short search did not confirm; `studysmith export` "
        "would ship the program as it was.",
    ]


def _export(result: Result, bundle: Path, comparison: MethodComparison, progress: Progress) -> None:
    """Export unless the bundle there already is of this very run and comparison.

    A demo shows what a bundle with a winner's prompt is, also where its search was too short to confirm it.
    """
    facts = bundle.with_suffix(".json")
    wanted = json.dumps([result.compiled.model_dump(mode="json"), comparison.table()], sort_keys=True)
    if bundle.is_dir() and facts.exists() and facts.read_text("utf-8") == wanted:
        return
    shutil.rmtree(bundle, ignore_errors=True)
    result.export(bundle, name="demo", anyway=True, evidence=comparison.table(), progress=progress)
    facts.write_text(wanted, "utf-8")
