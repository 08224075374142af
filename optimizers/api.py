"""What the command line does with runs: compile one, compare several, export one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..deploy.files import sha256, write_atomically
from ..deploy.models import resolve
from ..programs.errors import InputError, explain
from ..programs.progress import Progress, silent
from .base import Job, Optimizer
from .budget import Budget
from .compare import Comparison, Entry, save
from .compare import compare as compare_entries
from .report import overall_plot, write_report
from .run import Compiled, Run, RunConfig, load_compiled
from .task import Task
from .tasks.load import load_task

if TYPE_CHECKING:
    from ..deploy.bundle.manifest import Manifest
    from ..deploy.gguf.bake import Quantization

DEFAULT_SECONDS = 600.0
QUANTIZATIONS: dict[str, Quantization] = {"keep": "keep", "Q8_0": "Q8_0"}


def compile_run(
    optimizer: str,
    task: str,
    model: str,
    budget: dict[str, Any],
    seed: int,
    out: Path,
    *,
    examples: int = 24,
    finalists: int = 2,
    validation: int = 16,
    report: Progress = silent,
) -> Compiled:
    """Compile a task into a run folder; a run that has finished there is returned as it is."""
    chosen = _optimizer(optimizer)
    limits = {k: v for k, v in budget.items() if v is not None} or {"seconds": DEFAULT_SECONDS}
    try:
        spending = Budget(**limits)
    except ValidationError as error:
        raise InputError(f"budget: {explain(error)}") from None
    path = resolve(model)
    run = Run(out, RunConfig(task=task, optimizer=optimizer, model=sha256(path), budget=spending, seed=seed))
    before = run.compiled
    if before is not None and before.finished:
        return before
    return chosen.compile(Job(load_task(task), path, run, report, examples, finalists, validation))


def _optimizer(name: str) -> Optimizer:
    if name == "pool":
        from .text import PoolOptimizer

        return PoolOptimizer()
    if name == "soft":
        from .prompt_tuning.optimizer import SoftOptimizer

        return SoftOptimizer()
    raise InputError(f"optimizer: pool or soft (got {name!r})")


def compare_runs(
    runs: Sequence[Path], task: str, model: str, out: Path, *, limit: int | None = None, report: Progress = silent
) -> Comparison:
    """Compare the unchanged program, the task's baselines and the runs; writes ``report.html``,
    ``overall.svg`` and ``compare.json``."""
    loaded, base = load_task(task), resolve(model)
    entries = [Entry("baseline", loaded.program, base)]
    entries += [Entry(name, make, base) for name, make in loaded.baselines.items()]
    compiles = [load_compiled(folder) for folder in runs]
    names = [c.optimizer for c in compiles]
    for folder, compiled in zip(runs, compiles, strict=True):
        method = compiled.optimizer if names.count(compiled.optimizer) == 1 else folder.name
        _check_fits(compiled, loaded, folder)
        served = _model_file(compiled.model, folder)
        entries.append(Entry(method, lambda c=compiled: c.candidate.apply(loaded.program()), served))  # type: ignore[misc]
    comparison = compare_entries(loaded, entries, out, limit=limit, report=report)
    save(comparison, out / "compare.json")
    write_report(comparison, out / "report.html", compiles)
    write_atomically(out / "overall.svg", overall_plot(comparison.rows))
    return comparison


def _check_fits(compiled: Compiled, task: Task, folder: Path) -> None:
    steps = [name for name, _ in task.program().named_predictors()]
    if set(compiled.candidate.prompts) != set(steps):
        raise InputError(f"run: {folder} was compiled for other steps than those of {task.name} ({', '.join(steps)})")


def _model_file(name: str, folder: Path) -> Path:
    if not Path(name).is_file():
        raise InputError(f"run: {folder} needs the model {name}, which is gone; compile again")
    return Path(name)


def export_run(
    run: Path, out: Path, quantize: str, name: str, *, evidence: Comparison | None = None, report: Progress = silent
) -> Manifest:
    """Export a run of the task "plan" as a bundle, with the comparison that speaks for it if there is one.

    A bundle holds the flow of planning; other tasks have prompts that no bundle could run.
    """
    from ..deploy.bundle.bundle import export
    from ..deploy.bundle.frozen import freeze
    from .prompt_tuning.training import SoftPrompt

    quantization = QUANTIZATIONS.get(quantize)
    if quantization is None:
        raise InputError(f"quantize: {' or '.join(QUANTIZATIONS)} (got {quantize!r})")
    compiled = load_compiled(run)
    planner = load_task("plan")
    _check_fits(compiled, planner, run)
    program = compiled.candidate.apply(planner.program())
    base, adapters = _model_file(compiled.base, run), run / "adapters"
    prompts = {p.name: SoftPrompt.load(p, base) for p in sorted(adapters.iterdir())} if adapters.is_dir() else {}
    steps = ["model", "golden vectors", "hashes"]
    return export(
        freeze(dict(program.named_predictors())),
        base,
        out,
        name=name,
        method=compiled.optimizer,
        soft_prompts={n: p.vectors for n, p in prompts.items()},
        quantization=quantization,
        report=evidence.table() if evidence else {},
        adapters=adapters if prompts else None,
        on_step=lambda step: report("export", steps.index(step), len(steps), step),
    )
