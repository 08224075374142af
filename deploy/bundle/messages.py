"""A bundle as plain messages, for those who serve its prompts elsewhere, with golden vectors that say whether they do.

The prompts are messages as OpenAI's protocol has them, with slots, and JSON schemas for the replies. What a server
cannot do is not used: where our own flow ranks candidates, the model of a server writes its choice.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...programs.errors import InputError, explain
from ...programs.progress import Progress, silent
from ..engines.base import Completion, Engine, Message, Request
from ..engines.open import open_engine
from ..engines.schema import check_schema
from ..errors import CannotScore, EngineError
from ..files import read_data, whole_folder
from .bundle import GOLDEN, MODEL, PROGRAM, check, open_checked
from .frozen import SLOT, FrozenProgram, FrozenStep, Source
from .golden import Example, Golden, Recorder, Vector

MESSAGES, VECTORS = "messages.json", "golden.json"
_SHOWN = 60
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')


class StepMessages(BaseModel):
    """One step: fill the slots of the last message in one pass, and send the whole as a chat request."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    response_format: dict[str, Any] | None = Field(description="as OpenAI's protocol has it; None for a text")
    max_tokens: int
    temperature: float = 0.0
    repeat_penalty: float = Field(description="over the last 64 tokens; 1 is none")


class Messages(BaseModel):
    """The file ``messages.json``. Of a planner, the flow between the steps is code of ours and not in it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str
    bundle_sha256: str = Field(description="what the manifest of the bundle states as its own")
    model_sha256: str = Field(description="of the GGUF file that gave the golden replies")
    steps: dict[str, StepMessages]
    inputs: list[str]
    wiring: dict[str, dict[str, Source]]
    outputs: dict[str, Source]


class StepVector(Vector):
    """A golden vector, and the step that it is one of."""

    step: str


class Vectors(BaseModel):
    """The file ``golden.json``: requests with prompts, token ids and replies; inputs and outputs of the whole."""

    model_config = ConfigDict(extra="forbid")

    vectors: list[StepVector]
    examples: list[Example]


@dataclass
class Checked:
    """How a server answers a step's vectors. problems: each difference, a line; none if all is well."""

    step: str
    vectors: int = 0
    same_tokens: int = 0
    same_replies: int = 0
    problems: list[str] = field(default_factory=list)


def export_messages(source: Path, target: Path, progress: Progress = silent) -> list[str]:
    """Write the prompts of a bundle and its golden vectors to the new folder `target`.

    The golden examples of the bundle are answered once more, by its model in exact mode without ranking. Returns what
    was made, a line each. Raises BundleError for a bundle that was changed, EngineError when its model fails.
    """
    manifest, golden = check(source), Golden.load(source / GOLDEN)
    FrozenProgram.load(source / PROGRAM).refuse_nearest()
    with open_checked(source) as bundle, whole_folder(target, "out") as work:
        recorder = Recorder(_NoRanks(bundle.engine))
        bundle.engine, examples = recorder, []
        for number, example in enumerate(golden.examples):
            progress("export", number, len(golden.examples), f"golden example {number + 1}")
            examples.append(Example(inputs=example.inputs, outputs=bundle.answer_golden(example.inputs)))
        program = bundle.program
        # A retry samples: what it says depends on the server's random numbers.
        found = [v for v in recorder.vectors if isinstance(v, Vector) and v.temperature == 0]
        vectors = [StepVector(step=_step_of(program, v.messages), **dict(v)) for v in found]
        messages = Messages(
            name=manifest.name,
            kind=manifest.kind,
            bundle_sha256=manifest.sha256,
            model_sha256=manifest.files[MODEL].sha256,
            steps={name: _as_messages(step) for name, step in program.steps.items()},
            **program.model_dump(include={"inputs", "wiring", "outputs"}),
        )
        _write(work / MESSAGES, messages)
        _write(work / VECTORS, Vectors(vectors=vectors, examples=examples))
    shown = {vector.step for vector in vectors}
    lines = [f"{target / MESSAGES}: {len(program.steps)} steps", f"{target / VECTORS}: {len(vectors)} golden vectors"]
    if missing := [name for name in program.steps if name not in shown]:
        lines.append(
            f"No golden example asks {', '.join(missing)}, so nothing says whether a server answers it the same."
        )
    return lines


def verify_messages(folder: Path, model: str, progress: Progress = silent) -> list[Checked]:
    """Ask a server, or any other engine, the golden vectors of an export; what it does otherwise, by step.

    model: what ``open_engine`` takes, such as `http://host/v1#name`; OPENAI_API_KEY is sent if it is set.
    Raises InputError for a folder that is no such export, EngineError when the model cannot be reached.
    """
    vectors = _load(folder / VECTORS).vectors
    key = os.environ.get("OPENAI_API_KEY")
    settings = {"key": key} if key and model.startswith("http") else {}
    checked: dict[str, Checked] = {}
    with open_engine(model, "fast", **settings) as engine:
        for number, vector in enumerate(vectors, 1):
            progress("verify", number, len(vectors), vector.step)
            row = checked.setdefault(vector.step, Checked(vector.step))
            row.vectors += 1
            try:
                reply = engine.complete(vector.request)
            except EngineError as error:
                row.problems.append(f"{vector.step}, vector {number}: no reply: {error}")
                continue
            problems = [_tokens(vector, reply), _text(vector, reply)]
            row.same_tokens += problems[0] == ""
            row.same_replies += problems[1] == ""
            row.problems += [f"{vector.step}, vector {number}: {problem}" for problem in problems if problem]
    return list(checked.values())


def _tokens(vector: Vector, reply: Completion) -> str:
    wanted = len(vector.prompt_ids)
    if reply.prompt_ids and reply.prompt_ids != vector.prompt_ids:
        return "the prompt has other token ids: another chat template or tokenizer"
    if reply.prompt_tokens == 0:
        return "the server does not say how many tokens the prompt has, so its chat template is not checked"
    if reply.prompt_tokens != wanted:
        return f"the prompt has {reply.prompt_tokens} tokens instead of {wanted}: another chat template or tokenizer"
    return ""


def _text(vector: Vector, reply: Completion) -> str:
    if reply.text == vector.text or (vector.reply_schema and _value(reply.text) == _value(vector.text)):
        return ""
    pairs = zip(reply.text, vector.text, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(reply.text), len(vector.text)))
    said, wanted = reply.text[same:][:_SHOWN], vector.text[same:][:_SHOWN]
    why = "other weights, or rounding"
    if vector.reply_schema and re.search(r"\s", _STRING.sub("", reply.text)):
        why = "the server lets white space into JSON, after which a model goes on otherwise; have it write compact JSON"
    return f"the reply differs from character {same + 1} on: {said!r} instead of {wanted!r} ({why})"


def _value(text: str) -> Any:
    """What JSON says, however it is spaced; a text as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


class _NoRanks:
    """An engine that does what a server can: it writes, and says nothing of how likely a reply is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> NoReturn:
        raise CannotScore("a server does not rank")

    def complete(self, request: Request) -> Completion:
        return self._engine.complete(request)


def _as_messages(step: FrozenStep) -> StepMessages:
    form = None
    if step.text_field is None:
        schema = {"name": "reply", "strict": True, "schema": check_schema(step.reply_schema)}
        form = {"type": "json_schema", "json_schema": schema}
    return StepMessages(
        messages=[*step.messages, Message(role="user", content=step.question)],
        response_format=form,
        max_tokens=step.max_tokens,
        repeat_penalty=step.repeat_penalty,
    )


def _step_of(program: FrozenProgram, asked: Sequence[Message]) -> str:
    """The step that these messages are a request of."""
    for name, step in program.steps.items():
        pattern = "(.*)".join(re.escape(part) for part in SLOT.split(step.question)[::2])
        if list(asked[:-1]) == step.messages and re.fullmatch(pattern, asked[-1]["content"], re.DOTALL):
            return name
    raise InputError("run: a golden example asks what none of the bundle's steps asks")


def _load(path: Path) -> Vectors:
    try:
        return Vectors.model_validate_json(read_data(path, named=str(path)))
    except InputError as error:
        raise InputError(f"messages: {error}; `export --to messages` writes it") from None
    except ValidationError as error:
        raise InputError(f"messages: {path}: {explain(error)}") from None


def _write(path: Path, content: BaseModel) -> None:
    path.write_text(json.dumps(content.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")
