"""A task: a program, the metric that scores it, and the examples it is compiled on."""

from __future__ import annotations

import hashlib
import inspect
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ..programs.errors import InputError, users_code

if TYPE_CHECKING:
    import dspy

Metric = Callable[..., Any]
"""``(example, prediction)`` or DSPy's ``(example, prediction, trace=None)``, to a number from 0 to 1 or a bool."""
SPLITS = ("train", "validation", "confirm", "test")
LEAST = {"train": 2, "validation": 2, "confirm": 6, "test": 2}
"""Examples that a split has at least when it is cut: one shows no spread, and even perfect wins are confirmed by the
fifth at the earliest."""


@dataclass(frozen=True)
class StepPool:
    """What a search may put into one predictor: written instructions (the first is the default) and demonstrations.

    Raises InputError where these are no lists of texts and of dictionaries.
    """

    instructions: Sequence[str]
    demos: Sequence[dict[str, Any]] = ()

    def __post_init__(self) -> None:
        for name, of, what in (("instructions", str, "texts"), ("demos", Mapping, "dictionaries")):
            given = getattr(self, name)
            listed = isinstance(given, Sequence) and not isinstance(given, str | bytes)
            if not listed or not all(isinstance(each, of) for each in given):
                raise InputError(f"pool: {name} must be a list of {what} (got {given!r:.60})")
        if not self.instructions:
            raise InputError("pool: instructions must hold at least one text, the default")


@dataclass(frozen=True)
class Task:
    """Everything that an optimizer needs to know about a job.

    program: a DSPy module, or what makes one. metric: see ``Metric``, higher is better. train: what candidates are
    searched on; validation: what finalists are compared on; confirm: what only the winner meets; test: what only
    ``compare`` sees. A split that is missing is cut from train with the seed, and ``notes`` says so. An example without
    an ``id`` gets one from its content. pools: what a search may use, by predictor name; without one, the predictor's
    own instruction, and as demonstrations the labelled training examples, or those that the program itself solved.
    baselines: other programs to compare with, by name; on_request: those that are only compared where they are asked
    for. explain: the parts of a score, by name. feedback: for such a
    part, sentences by predictor name that ask for more of it. version: names what else a score depends on. Raises
    InputError that names the split and what is wrong with it.
    """

    program: Callable[[], dspy.Module]
    metric: Metric
    train: Sequence[dspy.Example]
    validation: Sequence[dspy.Example] | None = None
    confirm: Sequence[dspy.Example] | None = None
    test: Sequence[dspy.Example] | None = None
    name: str = "task"
    pools: Mapping[str, StepPool] = field(default_factory=dict)
    baselines: Mapping[str, Callable[[], dspy.Module]] = field(default_factory=dict)
    on_request: Collection[str] = ()
    explain: Callable[[dspy.Example, dspy.Prediction], dict[str, float]] | None = None
    feedback: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    version: str = ""
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name):
            raise InputError(f"task: name must be made of letters, digits, '_', '-' and '.' (got {self.name!r})")
        if not callable(self.program):
            raise InputError(f"task: program must be a dspy.Module or what makes one (got {self.program!r})")
        pools = self.pools
        if not isinstance(pools, Mapping) or not all(isinstance(pool, StepPool) for pool in pools.values()):
            raise InputError(f"task: pools must be a StepPool for each predictor's name (got {pools!r:.60})")
        if self.train is None:
            raise InputError("task: train must hold examples (got None)")
        if hasattr(self.program, "named_predictors") and not isinstance(self.program, type):
            object.__setattr__(self, "program", self.program.deepcopy)  # type: ignore[attr-defined]
        for split in SPLITS:
            examples = getattr(self, split)
            if examples is not None:
                object.__setattr__(self, split, _identified(split, examples))
        self._cut_missing()
        seen: dict[str, str] = {}
        for split in SPLITS:
            for content in {_content(example) for example in getattr(self, split)}:
                if content in seen:
                    raise InputError(f"task: {split} and {seen[content]} hold an example with the same inputs")
                seen[content] = split

    def _cut_missing(self) -> None:
        missing = [split for split in SPLITS if getattr(self, split) is None]
        if not missing:
            return
        # What stands there twice stays together, where nothing is claimed by it.
        times = Counter(map(_content, self.train))
        rows = [example for example in self.train if times[_content(example)] == 1]
        again = [example for example in self.train if times[_content(example)] > 1]
        random.Random(f"splits/{self.seed}").shuffle(rows)
        needed = sum(LEAST[split] for split in missing) + max(0, LEAST["train"] - len(again))
        if len(rows) < needed:
            raise InputError(
                f"task: train must hold at least {needed} examples, so that {', '.join(missing)} can be cut from it "
                f"(got {len(self.train)}{f', of which {len(rows)} stand there once' if again else ''})"
            )
        sizes = {split: max(LEAST[split], len(rows) // 6) for split in missing}
        for split, size in sizes.items():
            object.__setattr__(self, split, [rows.pop() for _ in range(size)])
        rows += again
        object.__setattr__(self, "train", rows)
        cut = ", ".join(f"{size} for {split}" for split, size in sizes.items())
        said = f"cut from train (seed {self.seed}): {cut}; {len(rows)} examples are left to train on"
        object.__setattr__(self, "notes", (*self.notes, said))

    def score(self, example: dspy.Example, prediction: dspy.Prediction) -> float:
        """The metric's value. Raises InputError that names the example when it raises or gives no number."""
        with users_code("metric: raised", _on(example)):
            given = self.metric(example, prediction)
        given = given.item() if hasattr(given, "item") else given  # a number of numpy's
        value = getattr(given, "score", given)  # DSPy's metrics with feedback give a prediction that holds the score
        if not isinstance(value, bool | int | float) or not 0 <= value <= 1:
            raise InputError(
                f"metric: must return a number from 0 to 1 or a bool, not {value!r}, on example {example.id!r}"
            )
        return float(value)

    def parts(self, example: dspy.Example, prediction: dspy.Prediction) -> dict[str, float]:
        """The parts of a score, by name; none where the task does not explain. Raises InputError as ``score`` does."""
        with users_code("explain: raised", _on(example)):
            return self.explain(example, prediction) if self.explain else {}

    def identity(self) -> dict[str, str]:
        """A hash of each part that a score depends on, by the part's name."""
        examples = {f"{s} examples": [(e.id, _text(e.toDict())) for e in getattr(self, s)] for s in SPLITS}
        program = self.program()
        parts: dict[str, Any] = {
            "program": [
                [source_of(type(module)) for _, module in program.named_sub_modules()],
                [(name, predict.dump_state()) for name, predict in program.named_predictors()],
                *settings_of(program),
            ],
            "metric": [source_of(self.metric), self.version],
            "pools": {name: [list(pool.instructions), list(pool.demos)] for name, pool in self.pools.items()},
            **({"feedback": self.feedback} if self.feedback else {}),
            **examples,
        }
        return {name: _digest(value) for name, value in parts.items()}


def _on(example: dspy.Example) -> str:
    return f" on example {getattr(example, 'id', None)!r}"


def settings_of(program: dspy.Module) -> list[Mapping[str, Any]]:
    """What modules that say so in ``settings`` depend on beside their prompts; see ``BestOf``."""
    found = [getattr(module, "settings", None) for _, module in program.named_sub_modules()]
    return [settings for settings in found if isinstance(settings, Mapping)]


def _identified(split: str, examples: Sequence[Any]) -> list[Any]:
    """The examples, each with an id. Raises InputError naming the split and the example."""
    found: dict[str, Any] = {}
    for number, example in enumerate(examples):
        if getattr(example, "_input_keys", None) is None:
            raise InputError(f"task: {split}[{number}] must be a dspy.Example that says its inputs with .with_inputs()")
        if "id" in example:
            name = str(example.id)
            if name in found:
                raise InputError(f"task: {split}[{number}] has the id {name!r}, as another one; ids must differ")
            found[name] = example
            continue
        name = _digest(example.toDict())
        while name in found:
            name += "+"  # the same content twice is two examples
        found[name] = example.copy(id=name)
    if not found:
        raise InputError(f"task: {split} must hold at least one example")
    return list(found.values())


def _content(example: dspy.Example) -> str:
    """What a program is given: two examples with the same are one and the same to it."""
    return _digest(example.inputs().toDict())


def _digest(value: Any) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()[:12]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(_text(each) for each in value)  # in an order that no process changes
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else re.sub(r" at 0x[0-9a-f]+", "", str(value))


def source_of(what: Any, depth: int = 3) -> str:
    """The source of a class or function and of what it encloses; a plain text where there is no source to be had."""
    if not callable(what) or depth == 0:
        return _text(what)
    if isinstance(what, partial):
        return "\n".join(source_of(each, depth - 1) for each in (what.func, what.args, what.keywords))
    if not hasattr(what, "__qualname__"):  # an object with a __call__
        return "\n".join([source_of(type(what), depth), _text(getattr(what, "__dict__", {}))])
    try:
        text = inspect.getsource(what)
    except (OSError, TypeError):
        text = f"{type(what).__module__}.{getattr(what, '__qualname__', type(what).__qualname__)}"
    enclosed = [source_of(cell.cell_contents, depth - 1) for cell in getattr(what, "__closure__", None) or ()]
    return "\n".join([text, *enclosed])
