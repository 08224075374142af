"""Compiling: from a task, an optimizer and a budget to a result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from ..deploy.engines.base import Engine
from ..deploy.engines.open import engine_name
from ..deploy.engines.schema import check_outputs
from ..deploy.files import sha256
from ..deploy.gguf.quantize import check_quantization, quantized
from ..deploy.models import DEFAULT_MODEL, resolve
from ..programs.cache import cache_dir
from ..programs.errors import InputError, users_code
from ..programs.progress import Progress, told
from ..programs.reply_schema import typed
from ..programs.validators import check_validators
from .bench import Bench
from .budget import Budget
from .drive import drive
from .proposer import proposing
from .registry import find, for_many_workers
from .result import Result
from .run import Run, RunConfig
from .shared_study import storage_errors
from .space import labelled_examples
from .task import Task
from .tasks.load import load_task

if TYPE_CHECKING:
    import dspy
    from dspy.teleprompt import Teleprompter

    from .base import Optimizer

DEFAULT_SECONDS = 600.0


def compile(
    task: str | Task,
    optimizer: str | Optimizer | Teleprompter = "text",
    *,
    model: str | Path = DEFAULT_MODEL,
    quantize: str = "keep",
    budget: Budget | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    engine: str | Callable[..., Engine] | None = None,
    storage: str | None = None,
    prompt_model: str | Path | Engine | None = None,
    small_proposer: bool = False,
    progress: Progress | bool = True,
    **settings: int,
) -> Result:
    """Search the best prompts for a task on a model, within a budget for all of it (ten minutes if None).

    task: "plan", "solve", ``path/to/file.py:name``, or a Task. optimizer: a name (``studysmith optimizers`` lists
    them), ``path/to/file.py:Class``, an object with our Protocol, or one of DSPy's. model: as ``resolve`` takes it.
    quantize: "keep", or a format that the model is stored in first, once: prompts are searched for, and soft prompts
    trained on, the very weights that ship.
    out: the run folder, ``runs/TASK-OPTIMIZER`` if None; a run that was interrupted there goes on, one that has ended
    is returned, and with a larger budget continued. engine: what runs the model, see ``open_engine``. storage: the URL
    of an Optuna storage, or a journal file, that workers of the same compile share; each has a folder of its own, the
    next free one of FOLDER-2, FOLDER-3, ... where they were given the same one. prompt_model: who writes prompts, for
    optimizers that ask a model, the model itself if None; small_proposer: go on with one that a probe finds too small
    for it (see ``Proposer``). progress: True shows it where standard error is a terminal, False does not; or a function
    that hears of it. settings: examples, finalists, validation and confirm of ``RunConfig``.
    Raises InputError with one line that names what cannot be used.
    """
    form, chosen = check_quantization(quantize), proposing(find(optimizer), prompt_model, small_proposer)
    if storage is not None and not storage.strip():
        raise InputError(f"storage: the URL of an Optuna storage, or a journal file (got {storage!r})")
    if storage and not getattr(chosen, "many_workers", False):
        sharing = ", ".join(for_many_workers())
        raise InputError(f"storage: {chosen.name} works alone, in a folder of its own; {sharing} can share a study")
    loaded, path = load_task(task), model_file(model).resolve()
    check_program(loaded)
    if hasattr(chosen, "check"):
        chosen.check(loaded)
    limits = budget or Budget(seconds=DEFAULT_SECONDS)
    if not isinstance(limits, Budget):
        raise InputError(f"budget: a Budget, such as Budget(seconds=600) (got {limits!r})")
    if form != "keep":
        with told(progress) as report:
            report("quantize", 0, 1, f"storing the model as {form}")
            path = quantized(path, form, cache_dir())
    config = RunConfig(
        task=_name(task, loaded),
        parts=loaded.identity(),
        optimizer=chosen.name,
        settings=dict(chosen.settings),
        model=sha256(path),
        engine=engine_name(engine),
        seed=seed,
        **settings,
    )
    run = Run(Path(out) if out else Path("runs") / f"{loaded.name}-{chosen.name}", config, limits)
    with run.open_beside_others() if storage else run.open():
        compiled = run.finished
        if compiled is None:
            run.keep_confirmed()
            with told(progress) as report, storage_errors(storage) if storage else nullcontext():
                compiled = drive(Bench(loaded, path, run, progress=report, engine=engine, storage=storage), chosen)
    return Result(run.folder, compiled, loaded, engine)


def model_file(model: str | Path) -> Path:
    """The file of a model that scores can be reported on. Raises ModelError, or InputError for a server."""
    if str(model).startswith(("http://", "https://")):
        raise InputError("model: a server has no exact mode, in which programs are compared; give a model file")
    return resolve(model)


def check_program(task: Task) -> None:
    """Refuse, before the first call, what a grammar cannot hold. Raises InputError naming the step and the field."""
    with users_code("task: the program cannot be made:"):
        program = task.program()
    if not hasattr(program, "named_predictors"):
        raise InputError(f"task: program must make a dspy.Module (got {program!r})")
    steps = dict(program.named_predictors())
    named = {"pools name": list(task.pools), "feedback names": [n for texts in task.feedback.values() for n in texts]}
    for said, names in named.items():
        if unknown := next((name for name in names if name not in steps), None):
            raise InputError(f"task: {said} {unknown!r}, which is no step of the program ({', '.join(steps)})")
    for step, predict in steps.items():
        if predict.lm is not None:
            raise InputError(f"task: step {step} brings a language model of its own; leave that to studysmith")
        check_validators(step, predict.signature)
        check_outputs(step, predict.signature.output_fields)
        _check_demos(step, predict.signature, task)


def _check_demos(step: str, signature: type[dspy.Signature], task: Task) -> None:
    """Refuse a demonstration that lacks a field, or whose answer is none that the step could give."""
    pool, fields = task.pools.get(step), list(signature.fields)
    if pool is not None:
        named = {f"demonstration {number} of step {step}": demo for number, demo in enumerate(pool.demos, 1)}
    else:
        labelled = labelled_examples(task, fields)
        named = {f"train example {example.id!r}, a demonstration of step {step}": example for example in labelled}
    answers = {name: TypeAdapter(typed(field)) for name, field in signature.output_fields.items()}
    for which, demo in named.items():
        where = f"task: {which}"
        if missing := [name for name in fields if name not in demo]:
            raise InputError(f"{where} lacks {', '.join(missing)}")
        for name, answer in answers.items():
            try:
                answer.validate_python(demo[name])
            except ValidationError as error:
                reason = error.errors()[0]["msg"]
                raise InputError(f"{where}: {name} is {demo[name]!r:.60}, which is no answer ({reason})") from None


def _name(task: str | Task, loaded: Task) -> str:
    if isinstance(task, Task):
        return loaded.name
    file, colon, attribute = task.rpartition(":")
    return f"{Path(file).resolve()}{colon}{attribute}" if file else task
