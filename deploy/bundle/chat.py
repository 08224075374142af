"""One GGUF file for apps that have a chat box only: the frozen prompt is what the chat template says by default.

Where the app sends no system message, the template begins with the frozen prompt, text or soft, and its demonstrations;
where it sends one, that one counts. Nothing else of the file changes, but for how its replies are sampled.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ...programs.errors import InputError
from ...programs.progress import Progress, silent
from ..errors import ModelError, RequestError
from ..gguf.chat import ChatTemplate, Message, Neutralizer
from ..gguf.header import Header
from ..gguf.tensors import GgufFile, encode, write
from ..models import resolve
from .bundle import MODEL, PROGRAM, check
from .frozen import FrozenProgram, FrozenStep
from .manifest import NAME

_FLOAT32, _INT32, _STRING = 6, 5, 8
_ASKED = [
    Message(role="user", content="fractions"),
    Message(role="assistant", content="Plan."),
    Message(role="user", content="more"),
]
_TEMPLATE = """\
{{%- if not messages or messages[0]['role'] != 'system' -%}}
{{%- set messages = {default} + messages -%}}
{{%- endif -%}}
{original}"""


def export_chat(source: str | Path, target: Path, progress: Progress = silent) -> list[str]:
    """Write the model of a bundle, with its only prompt as the default one, to the new file `target`.

    source: a bundle of one step whose reply is text, or a model under the written prompt of ``programs.chat``.
    Returns what was made, a line each. Raises InputError for a program that a chat cannot be, ModelError for a chat
    template that takes no such prompt.
    """
    if target.suffix != ".gguf" or target.exists():
        raise InputError(f"out: a new file whose name ends with .gguf (got {target})")
    folder = Path(source)
    if (folder / NAME).is_file():
        check(folder)
        program, model = FrozenProgram.load(folder / PROGRAM), folder / MODEL
    else:
        program, model = _written(), resolve(source)
    step, file = _only_step(program), GgufFile(model)
    clean = Neutralizer(file.header.special_tokens)
    default = [
        Message(role=m["role"], content=(clean.keeping_soft_tokens if m["role"] == "system" else clean)(m["content"]))
        for m in step.messages
    ]
    template = chat_template(file.header, default)
    sampling = {
        "temp": encode(0.0, _FLOAT32),
        "penalty_repeat": encode(step.repeat_penalty, _FLOAT32),
        "penalty_last_n": encode(64, _INT32),
    }
    metadata = {**file.metadata, "tokenizer.chat_template": encode(template, _STRING)}
    metadata |= {f"general.sampling.{name}": value for name, value in sampling.items()}
    progress("export", 0, 1, target.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, metadata, map(file.raw, file.names))
    size = target.stat().st_size / 1e6
    return [
        f"{target}: {size:.0f} MB, a prompt of {len(default)} messages where the app sends no system message",
        f"Ask for up to {step.max_tokens} tokens of reply, greedy, with a repeat penalty of {step.repeat_penalty}.",
    ]


def chat_template(header: Header, default: Sequence[Message]) -> str:
    """The model's template with these messages before a conversation that has no system message.

    Raises ModelError where it does not then render what the model's own does with the same messages.
    """
    source = header.chat_template
    if not source:
        raise ModelError(f"{header.path} has no chat template; use an instruction-tuned model")
    template = _TEMPLATE.format(default=json.dumps(default, ensure_ascii=False), original=source)
    system = Message(role="system", content="Be kind.")
    try:
        before, after = (_rendering(header, text) for text in (source, template))
        same = all(after.render(chat) == before.render([*default, *chat]) for chat in (_ASKED[:1], _ASKED))
        same &= after.render([system, *_ASKED]) == before.render([system, *_ASKED])
    except RequestError as error:
        raise ModelError(f"{header.path}: {error}; put the prompt into the app instead") from error
    if not same:
        raise ModelError(f"{header.path} has a chat template that takes no default prompt; put it into the app instead")
    return template


def _rendering(header: Header, source: str) -> ChatTemplate:
    return ChatTemplate(source, header.special_tokens, bos=header.token("bos"), eos=header.token("eos"))


def is_chat(program: FrozenProgram) -> bool:
    """Whether a program is one step, from a text to a text."""
    steps = list(program.steps.values())
    if len(steps) != 1:
        return False
    return steps[0].text_field is not None and steps[0].question == "{{" + "".join(program.inputs) + "}}"


def _only_step(program: FrozenProgram) -> FrozenStep:
    if not is_chat(program):
        raise InputError(
            "run: a chat box holds a program of one step, from a text to a text (`programs.text_reply`); this one has "
            f"the steps {', '.join(program.steps)}"
        )
    program.refuse_nearest()
    return next(iter(program.steps.values()))


def _written() -> FrozenProgram:
    from ...programs.chat import ChatPlanner
    from .freeze import freeze

    return freeze(ChatPlanner())
