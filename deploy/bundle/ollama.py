"""A bundle as models of Ollama: over its API, or as Modelfiles beside the weights.

One model for each step of the program, with the step's frozen prompt in it, so that a plain chat client needs to send
the question only; they share the weights. Template and parameters are always stated: left to itself, Ollama takes a
stock template where it finds the file's own similar to one, and drops the soft prompt.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...programs.errors import InputError
from ...programs.progress import Progress, silent
from ..engines.base import Message, Request
from ..engines.llamacpp import LlamaCppEngine
from ..engines.ollama import pinned_options
from ..engines.ollama_server import OllamaServer, split_model
from ..errors import BundleError
from ..gguf.chat import Neutralizer
from ..gguf.go_template import go_template
from ..gguf.header import Header, read_header
from ..gguf.trial import special_tokens
from .bundle import GOLDEN, MODEL, PROGRAM, check
from .frozen import SLOT, FrozenProgram, FrozenStep
from .golden import Golden

MODELFILE = "Modelfile"
_CONTEXT = 4096
_REPLY = 8
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Prompt:
    """What one model has besides the weights: the frozen messages of a step, and its options."""

    step: str
    messages: list[Message]
    options: dict[str, Any]

    @property
    def system(self) -> str:
        return self.messages[0]["content"] if self.messages and self.messages[0]["role"] == "system" else ""

    @property
    def turns(self) -> list[Message]:
        """The demonstrations: what was said before the question."""
        return self.messages[1:] if self.system else self.messages


@dataclass(frozen=True)
class Checked:
    """What a request to a new model showed. tokens: of its prompt, as both sides count them. prompt_shown: whether the
    server showed its prompt, which then is equal. same_text: whether the first tokens of a greedy reply are
    llama.cpp's; rounding can make them differ."""

    model: str
    step: str
    tokens: int
    prompt_shown: bool
    same_text: bool


def prompts_of(program: FrozenProgram, header: Header) -> list[Prompt]:
    """The frozen prompt of each step. Special tokens in them are broken as they are at every request.

    Raises InputError for a step whose demonstrations depend on the question.
    """
    program.refuse_nearest()
    clean = Neutralizer(special_tokens(header))
    context = min(_CONTEXT, header.context_length or _CONTEXT)

    def prompt(name: str, step: FrozenStep) -> Prompt:
        messages = [
            Message(
                role=m["role"], content=(clean.keeping_soft_tokens if m["role"] == "system" else clean)(m["content"])
            )
            for m in step.messages
        ]
        return Prompt(name, messages, pinned_options(step.request(dict.fromkeys(step.slots, "x")), context))

    return [prompt(name, step) for name, step in program.steps.items()]


def names_of(name: str, steps: list[str]) -> dict[str, str]:
    """The model's name for each step: NAME for the only one, else NAME:STEP (NAME:TAG-STEP where NAME has a tag).

    Raises InputError for a step that cannot be a tag.
    """
    if len(steps) == 1:
        return {steps[0]: name}
    front = f"{name}-" if ":" in name.rsplit("/", 1)[-1] else f"{name}:"
    for step in steps:
        if not _TAG.fullmatch(step):
            raise InputError(f"{step}: Ollama takes no such tag; rename the step")
    return {step: front + step for step in steps}


def to_ollama(folder: str | Path, target: str, progress: Progress = silent) -> list[Checked]:
    """Make the models of a bundle on the server of `ollama://NAME`, and ask each one question.

    Raises BundleError when a model there is asked another prompt than the frozen program asks, and EngineError when the
    server is not there or fails.
    """
    folder = Path(folder)
    check(folder)
    host, name = split_model(target)
    header = read_header(folder / MODEL)
    template, program = go_template(header), FrozenProgram.load(folder / PROGRAM)
    prompts = prompts_of(program, header)
    names = names_of(name, [prompt.step for prompt in prompts])
    server, found = OllamaServer(host), []
    if taken := sorted(set(names.values()) & server.names()):
        raise BundleError(f"to: {server.url} has a model {taken[0]}; remove it first: ollama rm {' '.join(taken)}")
    with LlamaCppEngine(folder / MODEL, context=prompts[0].options["num_ctx"]) as engine:
        for number, prompt in enumerate(prompts):
            progress("ollama", number, len(prompts), names[prompt.step])
            server.create(
                names[prompt.step],
                folder / MODEL,
                template=template,
                system=prompt.system or None,
                messages=prompt.turns or None,
                parameters=prompt.options,
            )
            question = _question(folder, program.steps[prompt.step])
            try:
                found.append(_checked(server, names[prompt.step], prompt, question, engine, header.added_bos))
            except BundleError:
                server.remove(names[prompt.step])
                raise
    server.close()
    return found


def to_modelfile(folder: str | Path, out: str | Path) -> list[Path]:
    """Write `model.gguf` and a Modelfile for each step to a new folder; the Modelfiles.

    Each is used with `ollama create NAME -f FILE`. Raises BundleError when something is there already, or for a prompt
    with characters that a Modelfile drops.
    """
    folder, out = Path(folder), Path(out)
    check(folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BundleError(f"out: {out} exists and is not empty; name a new folder")
    header = read_header(folder / MODEL)
    template, prompts = go_template(header), prompts_of(FrozenProgram.load(folder / PROGRAM), header)
    texts = {
        MODELFILE if len(prompts) == 1 else f"{MODELFILE}.{prompt.step}": modelfile(prompt, template)
        for prompt in prompts
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            shutil.copyfile(folder / MODEL, work / MODEL)
            for name, text in texts.items():
                (work / name).write_text(text, "utf-8")
            if out.exists():
                out.rmdir()
            work.rename(out)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise BundleError(f"out: cannot write {out} ({error.strerror or error})") from None
    return [out / name for name in texts]


def modelfile(prompt: Prompt, template: str) -> str:
    """The Modelfile of one step. Raises BundleError for what the format cannot hold."""

    def quoted(what: str, text: str) -> str:
        odd = next((c for c in text if not c.isprintable() and c != "\n"), '"""' if '"""' in text else None)
        if odd is not None:
            raise BundleError(f"{prompt.step}: a Modelfile cannot hold {odd!r} in {what}; use --to ollama://NAME")
        return f'"""{text}"""'

    lines = [f"FROM ./{MODEL}", f"TEMPLATE {quoted('the template', template)}"]
    lines += [f"PARAMETER {name} {value}" for name, value in prompt.options.items() if name != "stop"]
    if prompt.system:
        lines.append(f"SYSTEM {quoted('its prompt', prompt.system)}")
    lines += [f"MESSAGE {turn['role']} {quoted('its demonstrations', turn['content'])}" for turn in prompt.turns]
    return "\n".join(lines) + "\n"


def _question(folder: Path, step: FrozenStep) -> str:
    """A question that the bundle was recorded with, or one made of its slots' names."""
    for vector in Golden.load(folder / GOLDEN).vectors:
        if vector.messages[:-1] == step.messages:
            return vector.messages[-1]["content"]
    return SLOT.sub(lambda slot: slot[1], step.question)


def _checked(
    server: OllamaServer, name: str, prompt: Prompt, question: str, engine: LlamaCppEngine, bos: str
) -> Checked:
    messages = [*prompt.messages, Message(role="user", content=question)]
    wanted, penalty = engine.render(messages), prompt.options["repeat_penalty"]
    ours = engine.complete(Request(messages=messages, max_tokens=_REPLY, repeat_penalty=penalty))
    body = {
        "model": name,
        "messages": [{"role": "user", "content": question}],
        "stream": False,
        "think": False,
        "truncate": False,
        "options": {"num_predict": _REPLY},
    }
    rendered = _rendered(server.ask("POST", "/api/chat", {**body, "_debug_render_only": True}, expect={}))
    if rendered is not None and rendered != wanted.removeprefix(bos):
        raise BundleError(f"{name}: Ollama sends another prompt than the bundle's: {_difference(rendered, wanted)}")
    reply = server.ask("POST", "/api/chat", body, expect={"message": dict, "done": bool})
    if (read := reply.get("prompt_eval_count")) != ours.prompt_tokens:
        raise BundleError(f"{name}: Ollama reads {read} tokens where the bundle's prompt has {ours.prompt_tokens}")
    same_text = reply["message"].get("content") == ours.text
    return Checked(name, prompt.step, ours.prompt_tokens, rendered is not None, same_text)


def _rendered(reply: Mapping[str, Any]) -> str | None:
    """The prompt, where the server shows it instead of an answer."""
    shown = reply.get("_debug_info")
    return str(shown["rendered_template"]) if isinstance(shown, dict) and "rendered_template" in shown else None


def _difference(found: str, wanted: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), min(len(found), len(wanted)))
    return f"from character {at} on it has {found[at : at + 30]!r}, not {wanted[at : at + 30]!r}"
