"""Compiled programs beside the unchanged one, with a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..deploy.files import write_atomically
from ..deploy.models import DEFAULT_MODEL
from ..programs.progress import Progress, silent
from .api import model_file
from .compare import Method, MethodComparison, compare_methods, save
from .report import overall_plot, write_report
from .result import Result
from .task import Task
from .tasks.load import load_task


def compare(
    runs: Sequence[Result | str | Path] = (),
    task: str | Task | None = None,
    *,
    learners: int | None = None,
    model: str | Path = DEFAULT_MODEL,
    out: str | Path = "runs/compare",
    progress: Progress = silent,
) -> MethodComparison:
    """The unchanged program, the task's baselines and the winner of each run, on test examples that no search has seen.

    runs: results, or the folders of runs. task: that of the first result if None, else "plan". learners: how many test
    examples, all if None. Writes ``report.html``, ``overall.svg`` and ``compare.json`` into ``out``; see
    ``compare_methods`` for what is kept and when it is used again.
    """
    given = next((run.task for run in runs if isinstance(run, Result)), "plan")
    loaded, base, folder = load_task(task or given), model_file(model), Path(out)
    shared = next((run.engine for run in runs if isinstance(run, Result)), None)
    results = [run if isinstance(run, Result) else Result.open(run, loaded) for run in runs]
    methods = [Method("baseline", loaded.program, base, shared)]
    methods += [Method(name, make, base, shared) for name, make in loaded.baselines.items()]
    names = [result.method for result in results]
    for result in results:
        name = result.method if names.count(result.method) == 1 else result.folder.name
        candidate = result.candidate(anyway=True)
        program = candidate.apply(loaded.program())
        methods.append(Method(name, lambda program=program: program, result.model(candidate), result.engine))  # type: ignore[misc]
    comparison = compare_methods(loaded, methods, folder, limit=learners, progress=progress)
    save(comparison, folder / "compare.json")
    write_report(comparison, folder / "report.html", [result.compiled for result in results])
    write_atomically(folder / "overall.svg", overall_plot(comparison.rows))
    return comparison
