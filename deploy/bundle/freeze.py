"""From a DSPy program to a frozen one: each predictor as data, and how values flow between them.

The flow is found as torch.fx finds that of a network: ``forward`` runs once with placeholders for its inputs,
predictors that note what they are given and answer with placeholders, and no model. A placeholder can be handed on and
nothing else; whatever computes with one (a loop, a branch, a tool, an f-string) is refused by its name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from pydantic import BaseModel

from ...programs.errors import InputError
from ...programs.nearest import NEAREST
from ...programs.reply_schema import reply_schema, typed
from ...programs.steps import narrow
from ...programs.validators import check_validators, validated
from ..engines.base import Engine, Message
from ..engines.lm import language_model
from ..engines.schema import check_outputs
from ..errors import OutputError
from .frozen import GENERIC, Constant, FrozenProgram, FrozenStep, Source, as_json

if TYPE_CHECKING:
    import dspy

_CONFIG = {"max_tokens", "repeat_penalty", "options", "temperature", NEAREST}
_CALL_TIME = ("config", "demos", "signature", "lm")


def freeze(program: dspy.Module, inputs: Iterable[str] | None = None) -> FrozenProgram:
    """A DSPy program as data. No model is called.

    inputs: names of what it is called with; those of its ``forward`` if None. A program with an attribute ``kind`` has
    its flow in code of ours, and only its steps are frozen.
    Raises InputError naming the step and the field that a bundle cannot hold.
    """
    steps, kind = frozen_steps(program), getattr(program, "kind", GENERIC)
    if kind != GENERIC:
        return FrozenProgram(kind=kind, steps=steps)
    names = list(inputs) if inputs is not None else _parameters(program)
    wiring, outputs = _flow(program.deepcopy(), names)
    for name in steps:
        if name not in wiring:
            raise InputError(f"{name}: forward does not call this step, given {', '.join(names)}")
    return FrozenProgram(steps=steps, inputs=names, wiring=wiring, outputs=outputs)


def run_live(program: dspy.Module, engine: Engine, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the DSPy program itself puts out on an engine, as JSON. Raises EngineError when the model fails."""
    import dspy
    from dspy.utils.exceptions import AdapterParseError

    from ...programs.adapter import LeanAdapter

    live = program.deepcopy()
    live.set_lm(language_model(engine))
    try:
        with dspy.context(adapter=LeanAdapter(), trace=None):
            prediction = live(**inputs)
    except AdapterParseError as error:
        # A validator of the user's own: the frozen program could not refuse what it refuses.
        raise OutputError(f"the program refuses a reply that follows its schema ({error.message})") from None
    return {name: as_json(name, value) for name, value in prediction.items()}


def frozen_steps(program: dspy.Module) -> dict[str, FrozenStep]:
    """The predictors of a program as data, by name.

    Raises InputError naming step and field where a prompt or a grammar cannot hold what they need.
    """
    import dspy

    for name, module in program.named_sub_modules():
        kind = type(module)
        if unfreezable := getattr(module, "unfreezable", None):
            raise InputError(f"{'program' if name == 'self' else name.removeprefix('self.')}: {unfreezable}")
        ours = kind in (dspy.Module, dspy.Predict, dspy.ChainOfThought)
        if not ours and (kind.__module__.startswith("dspy.") or issubclass(kind, dspy.Predict)):
            where = "program" if name == "self" else name.removeprefix("self.")
            raise InputError(
                f"{where}: dspy.{kind.__name__} does more than a prompt says; "
                "a bundle holds dspy.Predict and dspy.ChainOfThought"
                if kind.__module__.startswith("dspy.")
                else f"{where}: {kind.__name__} is a predictor of its own kind; a bundle holds dspy.Predict itself"
            )
    steps = {name: _step(name, predict) for name, predict in program.named_predictors()}
    if not steps:
        raise InputError("program: it has no predictor (dspy.Predict or dspy.ChainOfThought) to freeze")
    return steps


def _step(name: str, predict: dspy.Predict) -> FrozenStep:
    from ...programs.adapter import LeanAdapter

    signature, config = predict.signature, predict.config
    for field, info in signature.fields.items():
        if special := next(_special(info.annotation), None):
            raise InputError(f"{name}.{field}: a bundle holds text and JSON, not dspy.{special.__name__}")
    check_validators(name, signature)
    for field, info in signature.output_fields.items():
        if validated(typed(info)):
            raise InputError(
                f"{name}.{field}: a bundle cannot run a validator of your own; give the type what a schema can say "
                "(Literal, pattern, max_length)"
            )
    check_outputs(name, signature.output_fields)
    for setting, value in config.items():
        if setting not in _CONFIG or (setting == "temperature" and value):
            raise InputError(f"{name}: {setting}={value!r} cannot be frozen; max_tokens and repeat_penalty can")
    for demo in predict.demos:
        for field, value in demo.items():
            if field in signature.fields and next(_special(type(value)), None):
                raise InputError(f"{name}.{field}: a demonstration holds {type(value).__name__}, which is no text")
    slots = {field: "{{" + field + "}}" for field in signature.input_fields}
    *messages, question = LeanAdapter().format(signature, predict.demos, slots)
    return FrozenStep(
        messages=[Message(role=m["role"], content=m["content"]) for m in messages],
        question=question["content"],
        reply_schema=narrow(reply_schema(signature.output_fields), config.get("options", {})),
        **{key: config[key] for key in ("max_tokens", "repeat_penalty", NEAREST) if config.get(key) is not None},
    )


def _special(annotation: Any, seen: frozenset[Any] = frozenset()) -> Iterator[type]:
    """The types of DSPy's own (images, tools, histories) that a type holds."""
    import dspy

    for part in get_args(annotation):
        yield from _special(part, seen)
    if not isinstance(annotation, type) or annotation in seen:
        return
    if issubclass(annotation, dspy.Type | dspy.History | dspy.Tool):
        yield annotation
    elif issubclass(annotation, BaseModel):
        for info in annotation.model_fields.values():
            yield from _special(info.annotation, seen | {annotation})


def _parameters(program: dspy.Module) -> list[str]:
    """Names of what a program is called with; one that takes ``**kwargs`` is called as its first step is."""
    parameters = inspect.signature(type(program).forward).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return list(program.predictors()[0].signature.input_fields)
    return [p.name for p in parameters if p.name != "self"]


def _flow(program: dspy.Module, inputs: list[str]) -> tuple[dict[str, dict[str, Source]], dict[str, Source]]:
    """Where each input field of each step comes from, in the order of calls, and each output of the program."""
    import dspy

    wiring: dict[str, dict[str, Source]] = {}
    for name, predict in program.named_predictors():
        predict.forward = _stand_in(name, predict.signature, wiring)
    try:
        with dspy.context(lm=None):
            prediction = program(**{name: Placeholder(name) for name in inputs})
    except _Computed as computed:
        raise InputError(str(computed)) from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"forward: must only hand inputs and outputs on, as a bundle does ({reason})") from None
    if not isinstance(prediction, dspy.Prediction):
        raise InputError(f"forward: must return a dspy.Prediction (got {type(prediction).__name__})")
    return wiring, {name: _source(f"outputs.{name}", value) for name, value in prediction.items()}


def _stand_in(
    name: str, signature: type[dspy.Signature], wiring: dict[str, dict[str, Source]]
) -> Callable[..., dspy.Prediction]:
    """A predictor's forward that notes what it is given and answers with placeholders."""
    import dspy

    def forward(**given: Any) -> dspy.Prediction:
        if name in wiring:
            raise _Computed(f"{name}: forward calls this step more than once; a bundle calls each step once")
        for setting in _CALL_TIME:
            if given.get(setting) is not None and setting not in signature.fields:
                raise _Computed(f"{name}: {setting} is given at the call; give it to the predictor instead")
        given = {f: i.default for f, i in signature.input_fields.items() if not i.is_required()} | given
        if missing := [field for field in signature.input_fields if field not in given]:
            raise _Computed(f"{name}.{missing[0]}: forward does not give it")
        try:
            wiring[name] = {field: _source(f"{name}.{field}", given[field]) for field in signature.input_fields}
        except InputError as error:
            raise _Computed(str(error)) from None
        return dspy.Prediction(**{field: Placeholder(f"{name}.{field}") for field in signature.output_fields})

    return forward


def _source(field: str, value: Any) -> Source:
    return value._source if type(value) is Placeholder else Constant(value=as_json(field, value))


class _Computed(BaseException):
    """Python computes where a bundle has none. No Exception: a program's own ``except`` must not hide it."""


class Placeholder:
    """Stands for a value that is not known yet: it can be handed on, and refuses all else."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __repr__(self) -> str:
        return f"<{self._source}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Placeholder:
        return self

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(self, f"reads its {name}")


def _refuse(value: Placeholder, how: str) -> NoReturn:
    raise _Computed(
        f"{value._source}: forward {how}, which a bundle cannot do; it hands inputs and outputs on as they are"
    )


def _refusal(how: str) -> Callable[..., NoReturn]:
    return lambda self, *_: _refuse(self, how)


_OPERATIONS = {
    "makes text of it": "str format bytes",
    "decides by it": "bool eq ne lt le gt ge contains hash",
    "loops over it": "iter next reversed len",
    "takes a part of it": "getitem setitem delitem",
    "calls it": "call",
    "calculates with it": "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand "
    "or ror xor rxor neg pos abs invert int float complex index round",
}
for _how, _names in _OPERATIONS.items():
    for _name in _names.split():
        setattr(Placeholder, f"__{_name}__", _refusal(_how))
