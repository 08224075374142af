"""The arms of a comparison by name, and how the prompts and weights of one are made, or found where they were.

An arm is a name and a way to make it with a seed; one of one's own is a line in ``ARMS``. Every optimizer is an arm
under its own name, and after ``lora+`` on fine-tuned weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..deploy.engines.base import Engine, Message
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .api import DEFAULT_SECONDS, compile
from .budget import Budget
from .candidate import Candidate
from .compare import Method, Search
from .controls import Control, random_demos, same_length, shuffled_soft
from .ledger import Spent, curve_of, spent_by, trained_on, words_of
from .registry import find
from .result import Result
from .run import load_config
from .space import pools_for
from .task import Task
from .tasks.load import load_task

BASE, LORA = "base", "lora"
SolvedCall = tuple[Sequence[Message], str]
"""The messages of a call, and the right reply."""


@dataclass(frozen=True)
class Tuned:
    """Fine-tuned weights as one file, and what the training took."""

    model: Path
    spent: Spent


Tune = Callable[[Sequence[SolvedCall], Path, int, Path, Budget, Progress], Tuned]
"""Makes weights from solved calls, a base model, a seed, a folder of its own in which it goes on where it was
interrupted, and the budget of a search; who knows how to fine-tune gives one to ``compare``."""


@dataclass
class Workshop:
    """What arms are made with. task: as it was given, so that a run's folder can name it."""

    task: str | Task
    model: Path
    folder: Path
    budget: Budget = field(default_factory=lambda: Budget(seconds=DEFAULT_SECONDS))
    settings: Mapping[str, int] = field(default_factory=dict)
    engine: str | Callable[..., Engine] | None = None
    tune: Tune | None = None
    progress: Progress = silent
    loaded: Task = field(init=False)
    _made: dict[str, Made] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.loaded = load_task(self.task)

    def make(self, arm: Arm, seed: int) -> Made:
        """One search of an arm; what was made before, in this process or another, is not made again."""
        name = arm.search(seed)
        if name not in self._made:
            self._made[name] = arm.make(self, arm, seed)
        return self._made[name]

    def place(self, arm: Arm, seed: int) -> Path:
        """The folder of a search."""
        return self.folder / "arms" / arm.search(seed)

    def told(self, arm: Arm, seed: int) -> Progress:
        """Progress that says which search it is of."""
        return lambda stage, done, total, detail: self.progress(stage, done, total, f"{arm.search(seed)}: {detail}")


@dataclass(frozen=True)
class Made:
    """One search of an arm, ready to be compared; the compile that it comes from, if one does."""

    method: Method
    search: Search
    result: Result | None = None


@dataclass(frozen=True)
class Arm:
    """A name, and what makes it. source: the arm that it is derived from. seeded: whether a seed changes it."""

    name: str
    make: Callable[[Workshop, Arm, int], Made]
    source: Arm | None = None
    seeded: bool = True

    def search(self, seed: int) -> str:
        """The name of its search with a seed, as files are called by it."""
        return re.sub(r"[^\w.+-]+", "-", f"{self.name}-{seed}" if self.seeded else self.name)


def made_of(result: Result, name: str, arm: str, trained: frozenset[str] = frozenset()) -> Made:
    """The winner of a compile, confirmed or not, as a search of an arm."""
    winner, verdict = result.compiled.candidate, result.verdict
    program = winner.apply(result.task.program())
    search = Search(
        arm=arm,
        seed=load_config(result.folder).seed,
        folder=str(result.folder),
        budget=str(result.compiled.budget),
        confirmed=verdict.confirmed,
        reason=verdict.reason,
        notes=result.notes,
        prompts=winner.prompts,
        ledger=spent_by(result.folder, result.compiled, result.task, trained),
        curve=curve_of(result.folder),
    )
    return Made(Method(name, lambda: program, result.model(winner), result.engine, arm), search, result)


def _unchanged(shop: Workshop, arm: Arm, seed: int) -> Made:
    """The program as it is, or one of the task's other programs."""
    make = shop.loaded.baselines.get(arm.name, shop.loaded.program)
    prompts = Candidate.of(make()).prompts
    search = Search(arm=arm.name, prompts=prompts, ledger=Spent(words=words_of(shop.loaded, pools=False)))
    return Made(Method(arm.name, make, shop.model, shop.engine), search)


def _searched(shop: Workshop, arm: Arm, seed: int, optimizer: Callable[[Made | None], Any] | None = None) -> Made:
    """A compile, on the base or on the weights of the arm that it stands on.

    optimizer: makes one from what it stands on; the one of the arm's name if None.
    """
    below = shop.make(arm.source, seed) if arm.source else None
    result = compile(
        shop.task,
        optimizer(below) if optimizer else arm.name.removeprefix(f"{LORA}+"),
        model=below.method.model if below else shop.model,
        budget=shop.budget,
        seed=seed,
        out=shop.place(arm, seed),
        engine=shop.engine,
        progress=shop.told(arm, seed),
        **shop.settings,  # type: ignore[arg-type]
    )
    if not result.compiled.finished:
        raise KeyboardInterrupt
    made = made_of(result, arm.search(seed), arm.name, frozenset(_trained(shop.loaded)) if below else frozenset())
    if below is None:
        return made
    return replace(made, search=made.search.model_copy(update={"ledger": below.search.ledger + made.search.ledger}))


def _tuned(shop: Workshop, arm: Arm, seed: int) -> Made:
    """The unchanged program on weights that were fine-tuned on the task's demonstrations."""
    assert shop.tune is not None  # arms_of has seen to it
    calls = solved_calls(shop.loaded)
    tuned = shop.tune(calls, shop.model, seed, shop.place(arm, seed), shop.budget, shop.told(arm, seed))
    known = {"labels": len(_trained(shop.loaded)), "words": words_of(shop.loaded)}
    search = Search(
        arm=arm.name,
        seed=seed,
        folder=str(shop.place(arm, seed)),
        notes=[f"fine-tuned on {len(calls)} solved calls: {tuned.model.stat().st_size / 1e6:.0f} MB"],
        prompts=Candidate.of(shop.loaded.program()).prompts,
        ledger=tuned.spent.model_copy(update=known),
    )
    return Made(Method(arm.search(seed), shop.loaded.program, tuned.model, shop.engine, arm.name), search)


def _derived(control: Control, shop: Workshop, arm: Arm, seed: int) -> Made:
    """A control of a finished search: what that one took was needed for it too."""
    assert arm.source is not None
    made = shop.make(arm.source, seed)
    assert made.result is not None
    candidate, model = control(made.result, seed, shop.place(arm, seed))
    program = candidate.apply(shop.loaded.program())
    same = candidate == made.result.compiled.candidate
    notes = [f"the same as {arm.source.name}: its winner has nothing that this control takes out"] if same else []
    search = Search(
        arm=arm.name,
        seed=seed,
        reason=f"control of {made.method.name}",
        notes=notes,
        prompts=candidate.prompts,
        ledger=made.search.ledger,
    )
    return Made(Method(arm.search(seed), lambda: program, model, shop.engine, arm.name), search)


def _from_vocabulary(_: Made | None) -> Any:
    from .prompt_tuning.optimizer import SoftOptimizer

    return SoftOptimizer(init="vocabulary")


def _from_winner(text: Made | None) -> Any:
    from .prompt_tuning.optimizer import SoftOptimizer

    assert text is not None
    return SoftOptimizer(init_run=text.search.folder)


ARMS: dict[str, tuple[Callable[[Workshop, Arm, int], Made], str | None]] = {
    LORA: (_tuned, None),
    "soft-from-vocabulary": (partial(_searched, optimizer=_from_vocabulary), None),
    "soft-from-text": (partial(_searched, optimizer=_from_winner), "text"),
}
"""Arms that are no optimizer's by its name, each with the optimizer's arm that it stands on, if it does on one.

``soft`` itself starts from the words of the instruction, these two from words drawn at random, and from the winner of
``text``.
"""
CONTROLS: dict[str, tuple[Control, str]] = {
    "shuffled-soft": (shuffled_soft, "soft"),
    "random-demos": (random_demos, "text"),
    "same-length": (same_length, "text"),
}
"""Controls, each with the arm that it is derived from unless another one is named after a colon."""


def arms_of(names: Sequence[str], task: Task, *, tune: bool) -> list[Arm]:
    """Arms by their names. Raises InputError naming what there is no such arm of, before anything is made.

    tune: whether somebody is there to fine-tune.
    """
    arms = [_arm(name, task) for name in names]
    listed = [arm.name for arm in arms]
    if twice := next((name for name in listed if listed.count(name) > 1), None):
        raise InputError(f"methods: {twice} stands there twice")
    for arm in arms:
        if arm.name.partition(":")[0] in CONTROLS and arm.source and arm.source.name not in listed:
            raise InputError(f"methods: {arm.name} is a control of {arm.source.name}, which is not among them")
        if not tune and LORA in (arm.name, arm.source and arm.source.name):
            raise InputError(f"methods: {arm.name} needs tune, what fine-tunes (`studysmith compare` brings it)")
        if arm.name == LORA or (arm.source and arm.source.name == LORA):
            solved_calls(task)
    return arms


def solved_calls(task: Task) -> list[SolvedCall]:
    """The task's demonstrations as calls with their replies, as the unchanged program makes them. Raises InputError
    where there is none."""
    from ..programs.adapter import LeanAdapter

    adapter, pools = LeanAdapter(), pools_for(task, lambda step: [])
    calls: list[SolvedCall] = []
    for step, predict in task.program().named_predictors():
        signature = predict.signature
        for demo in pools[step].demos:
            if all(name in demo for name in signature.fields):
                *asked, reply = adapter.format(signature, [dict(demo)], dict(demo))[:3]
                calls.append(
                    ([Message(role=each["role"], content=each["content"]) for each in asked], reply["content"])
                )
    if not calls:
        raise InputError(
            f"task: {task.name} has no demonstrations to fine-tune on; give it pools, or labelled examples"
        )
    return calls


def as_it_is(name: str) -> Arm:
    """The baseline of a task with that name, or else its program, unchanged."""
    return Arm(name, _unchanged, seeded=False)


def _arm(name: str, task: Task) -> Arm:
    if name == BASE or name in task.baselines:
        return as_it_is(name)
    if name in ARMS:
        made_by, below = ARMS[name]
        return Arm(name, made_by, source=_searched_arm(below) if below else None)
    control, _, source = name.partition(":")
    if control in CONTROLS:
        make, usual = CONTROLS[control]
        return Arm(name, partial(_derived, make), source=_searched_arm(source or usual))
    return _searched_arm(name)


def _searched_arm(name: str) -> Arm:
    """An arm that an optimizer makes."""
    optimizer = name.removeprefix(f"{LORA}+")
    try:
        find(optimizer)
    except InputError as error:
        others = ", ".join([BASE, *ARMS, *CONTROLS, f"{LORA}+OPTIMIZER"])
        raise InputError(f"methods: {others}, a baseline of the task, or an {error}") from None
    return Arm(name, _searched, source=Arm(LORA, _tuned) if optimizer != name else None)


def _trained(task: Task) -> set[str]:
    return trained_on(task, [name for name, _ in task.program().named_predictors()])
