"""Arms side by side: those that are asked for by name are made first, what is there already is used; with a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..deploy.engines.base import Engine
from ..deploy.files import make_folder
from ..deploy.models import DEFAULT_MODEL
from ..programs.errors import InputError
from ..programs.progress import Progress, told
from .api import DEFAULT_SECONDS, check_program, model_file
from .arms import Made, Tune, Workshop, arms_of, as_it_is, made_of
from .budget import Budget
from .compare import DATA, MethodComparison, compare_methods, save
from .ledger import Spent
from .mlflow_log import check_mlflow, log_comparison
from .report.page import write_report
from .result import Result
from .run import load_compiled
from .task import Task
from .tasks.load import can_name, load_task


def compare(
    runs: Sequence[Result | str | Path] = (),
    task: str | Task | None = None,
    *,
    methods: str | Sequence[str] = (),
    seeds: int = 1,
    budget: Budget | None = None,
    learners: int | None = None,
    model: str | Path = DEFAULT_MODEL,
    engine: str | Callable[..., Engine] | None = None,
    out: str | Path = "runs/compare",
    tune: Tune | None = None,
    mlflow: str | None = None,
    progress: Progress | bool = True,
    **settings: int,
) -> MethodComparison:
    """Arms on test examples that no search has seen, with their costs; all are measured by the first one.

    runs: results, or the folders of runs: the winner of each is an arm. methods: arms by name, separated by commas;
    each is searched for with ``seeds`` seeds within ``budget`` (ten minutes if None), in ``out/arms``, or found there.
    Without methods, the unchanged program and the task's baselines, but for those ``on_request``, go before the runs.
    task: that of the first run if None, "plan" without runs. learners: how many test examples, all if None. tune: what
    makes fine-tuned weights, for ``lora`` arms. mlflow: a tracking store to log the arms to. progress and settings:
    as ``compile`` takes them.
    Writes ``report.html``, ``report.md``, ``overall.svg`` and ``compare.json`` into ``out``; see ``compare_methods``
    for what is kept and when it is used again. Raises InputError with one line that names what cannot be used, and
    KeyboardInterrupt when a search was stopped; called again, it goes on.
    """
    names = [name.strip() for name in (methods.split(",") if isinstance(methods, str) else methods) if name.strip()]
    if methods and not names:
        raise InputError(f"methods: arms, separated by commas, such as base,text (got {methods!r})")
    if seeds < 1:
        raise InputError(f"seeds: at least 1 (got {seeds})")
    if mlflow is not None:
        check_mlflow()
    task = task or _task_of(runs)
    loaded, folder = load_task(task), Path(out)
    check_program(loaded)
    arms = arms_of(names, loaded, tune=tune is not None)
    if not arms:
        arms = [as_it_is(name) for name in ("baseline", *loaded.baselines) if name not in loaded.on_request]
    base = model_file(model)
    results = [run if isinstance(run, Result) else Result.open(run, loaded, engine=engine) for run in runs]
    shared = engine or next((run.engine for run in runs if isinstance(run, Result)), None)
    limits = budget or Budget(seconds=DEFAULT_SECONDS)
    make_folder(folder, "out")
    with told(progress) as report:
        shop = Workshop(task, base, folder, limits, settings, shared, tune, report)
        searches = [(arm, seed) for arm in arms for seed in range(seeds if arm.seeded else 1)]
        made: list[Made] = []
        for arm, seed in searches:
            if names:
                report("arms", len(made), len(searches), arm.search(seed))
            made.append(shop.make(arm, seed))
        if names:
            report("arms", len(searches), len(searches), "all are there")
        seen = [result.method for result in results]
        for result in results:
            name = result.method if seen.count(result.method) == 1 else result.folder.name
            made.append(made_of(result, name, name))
        comparison = compare_methods(loaded, [each.method for each in made], folder, limit=learners, progress=report)
    comparison = _with_searches(comparison, made, base.name)
    save(comparison, folder / DATA)
    write_report(comparison, folder)
    if mlflow is not None:
        log_comparison(comparison, folder, mlflow)
    return comparison


def _task_of(runs: Sequence[Result | str | Path]) -> str | Task:
    """What the first run was compiled for, as far as its folder can name it; "plan" where there is none."""
    if not runs:
        return "plan"
    first = runs[0]
    if isinstance(first, Result):
        return first.task
    named = load_compiled(Path(first)).task
    if not can_name(named):
        raise InputError(f"task: {first} was compiled for a Task object, {named}; give it as task")
    return named


def _with_searches(comparison: MethodComparison, made: Sequence[Made], model: str) -> MethodComparison:
    """The comparison with what is known of how its methods were made."""
    searches = {each.method.name: each.search for each in made}
    for row in comparison.rows:
        own = [searches[name] for name in comparison.arms[row.method]]
        row.ledger = Spent.mean([search.ledger for search in own])
        judged = [search.confirmed for search in own if search.confirmed is not None]
        row.confirmed = sum(judged) if judged else None
    return comparison.model_copy(update={"searches": searches, "model": model})
