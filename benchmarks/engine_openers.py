"""The engines of `engines.py`, opened: each answers messages, and says what it expects at each place of a reply."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from studysmith.deploy.engines.base import Completion, Engine, Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.gguf.chat import SOFT_TOKEN, ChatTemplate
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.threads import sleeping_at_barriers

from benchmarks.engine_bundle import ADAPTERS, BUNDLE, base_of, gguf, mlx

REFERENCE = "peft"
FORMS = {
    "transformers": "F32",
    "llamacpp-f32": "F32",
    "llamacpp-own": "keep",
    "llamacpp-q8_0": "Q8_0",
    "llamacpp-q4_k_m": "Q4_K_M",
}
BITS = {"mlx-32": 32, "mlx-8": 8, "mlx-4": 4}
ROWS = (REFERENCE, *FORMS, "ollama", *BITS, "verify")
_LOOK, _OLLAMA_LOOK = 1000, 20


@dataclass
class Reply:
    prompt_ids: list[int]
    ids: list[int]
    prompt_seconds: float
    """Of the prompt and one token."""
    seconds: float
    expected: list[dict[int, float]] = field(default_factory=list)
    """Logprobs of the likeliest tokens by id at each place, of an engine that takes no token ids."""


@dataclass
class Opened:
    """An engine at work. forced: logprobs at each place of a given reply, a whole row or the likeliest tokens by id;
    None where the engine takes no token ids, and then each reply has `expected`."""

    reply: Callable[[Sequence[Message], int], Reply]
    forced: Callable[[Sequence[int], Sequence[int]], Iterator[np.ndarray | dict[int, float]]] | None
    file: Path
    notes: list[str] = field(default_factory=list)
    peak: Callable[[], float | None] = lambda: _peak(os.getpid())
    cpu: Callable[[], float | None] = time.process_time


def open_row(name: str, files: Path) -> AbstractContextManager[Opened]:
    """The engine of a row. Raises StudysmithError or ImportError where it cannot run here."""
    if name in BITS:
        return _mlx(files, BITS[name])
    if name.startswith("llamacpp"):
        return _llamacpp(files, FORMS[name])
    return {REFERENCE: _peft, "transformers": _transformers, "ollama": _ollama}[name](files)


def _timed(engine: Engine) -> Callable[[Sequence[Message], int], Reply]:
    def reply(messages: Sequence[Message], length: int) -> Reply:
        def ask(most: int) -> Completion:
            return engine.complete(Request(messages=messages, max_tokens=most))

        first, done = ask(1), ask(length)
        return Reply(done.prompt_ids, done.token_ids, first.seconds, done.seconds)

    return reply


@contextmanager
def _peft(files: Path) -> Iterator[Opened]:
    with sleeping_at_barriers():
        import torch
        from peft import PeftModel
    from studysmith.deploy.gguf.torch_model import load_torch

    base, header = base_of(files), read_header(gguf(files, "keep"))
    bos, eos = header.token("bos"), header.token("eos")
    template = ChatTemplate(header.chat_template or "", header.special_tokens, bos=bos, eos=eos)
    soft = {index: text.split(":")[1] for text, index in header.special_tokens.items() if SOFT_TOKEN.fullmatch(text)}
    model, tokenizer = load_torch(base, "float32")
    first, *more = sorted((files / ADAPTERS).iterdir())
    tuned = PeftModel.from_pretrained(model, first, adapter_name=first.name)
    for folder in more:
        tuned.load_adapter(folder, folder.name)

    def without_soft(prompt: Sequence[int]) -> list[int]:
        """The ids that follow the soft prompt, whose vectors PEFT puts before them."""
        tuned.set_adapter(soft[prompt[0]])
        return [token for token in prompt if token not in soft]

    def generate(prompt: Sequence[int], most: int) -> tuple[list[int], float]:
        started = time.perf_counter()
        given = torch.tensor([without_soft(prompt)])
        settings = {"attention_mask": torch.ones_like(given), "max_new_tokens": most, "do_sample": False}
        with torch.inference_mode():
            out = tuned.generate(input_ids=given, **settings)
        return out[0, given.shape[1] :].tolist(), time.perf_counter() - started

    def reply(messages: Sequence[Message], length: int) -> Reply:
        text = template.render(messages)
        names = SOFT_TOKEN.findall(messages[0]["content"])
        rest = tokenizer(text.removeprefix("".join(names)), add_special_tokens=False).input_ids
        prompt = [*(header.special_tokens[name] for name in names), *rest]
        (_, prompt_seconds), (ids, seconds) = generate(prompt, 1), generate(prompt, length)
        return Reply(prompt, ids, prompt_seconds, seconds)

    def forced(prompt: Sequence[int], given: Sequence[int]) -> Iterator[np.ndarray]:
        ids = torch.tensor([[*without_soft(prompt), *given[:-1]]])
        with torch.inference_mode():
            yield from tuned(input_ids=ids).logits[0, -len(given) :].log_softmax(-1).numpy()

    yield Opened(reply, forced, base)


@contextmanager
def _transformers(files: Path) -> Iterator[Opened]:
    from studysmith.deploy.engines.transformers import TransformersEngine

    with TransformersEngine(path := gguf(files, "F32"), device="cpu", precision="float32") as engine:
        yield Opened(_timed(engine), lambda *ids: iter(engine.forced_logprobs(*ids)), path)


@contextmanager
def _llamacpp(files: Path, form: str) -> Iterator[Opened]:
    path = gguf(files, form)
    with LlamaCppEngine(path) as engine:

        def forced(prompt: Sequence[int], given: Sequence[int]) -> Iterator[dict[int, float]]:
            for place in range(len(given)):
                yield engine.next_logprobs([*prompt, *given[:place]], _LOOK, reuse=True)

        yield Opened(_timed(engine), forced, path)


@contextmanager
def _mlx(files: Path, bits: int) -> Iterator[Opened]:
    from studysmith.deploy.engines.mlx import MlxEngine

    with MlxEngine(path := mlx(files, bits)) as engine:
        yield Opened(_timed(engine), lambda *ids: iter(engine.forced_logprobs(*ids)), path)


@contextmanager
def _ollama(files: Path) -> Iterator[Opened]:
    from studysmith.deploy.bundle.ollama import to_ollama
    from studysmith.deploy.engines.ollama_server import OllamaServer

    name = f"studysmith-engines{os.getpid()}"
    path, server = gguf(files, "keep"), OllamaServer()
    made = to_ollama(files / BUNDLE, f"ollama://{name}")
    try:
        shown = "its server's own rendering is the bundle's prompt" if all(m.prompt_shown for m in made) else ""
        tokens = "its server counts the tokens that xllamacpp has"
        notes = [f"Ollama {server.version}", *([shown] if shown else []), tokens]
        with open_engine(f"ollama://{made[0].model}", "fast", slots=1) as engine:

            def reply(messages: Sequence[Message], length: int) -> Reply:
                first = engine.complete(Request(messages=messages, max_tokens=1))
                done = engine.complete(Request(messages=messages, max_tokens=length, logprobs=_OLLAMA_LOOK))
                expected = [{a["id"]: a["logprob"] for a in place} for place in done.logprobs or []]
                return Reply(done.prompt_ids, done.token_ids, first.seconds, done.seconds, expected)

            notes.append(f"places up to where its reply parts, {_OLLAMA_LOOK} likeliest tokens")
            digest = server.show(made[0].model).sha256
            yield Opened(reply, None, path, notes, *_runner(digest))
    finally:
        for model in made:
            server.remove(model.model)
        server.close()


def _peak(process: int) -> float:
    """The most memory that a process has had, in MB."""
    try:
        [line] = [s for s in Path(f"/proc/{process}/status").read_text().splitlines() if s.startswith("VmHWM")]
        return int(line.split()[1]) / 1e3
    except (OSError, ValueError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1e6 if sys.platform == "darwin" else 1e3)


def _runner(digest: str) -> tuple[Callable[[], float | None], Callable[[], float | None]]:
    """Peak of memory in MB and CPU seconds so far of the process in which Ollama runs a model; None where it is on
    another machine."""
    import psutil

    def found() -> psutil.Process | None:
        for process in psutil.process_iter(["cmdline"]):
            if any(f"sha256-{digest}" in part for part in process.info["cmdline"] or ()):
                return process
        return None

    def cpu() -> float | None:
        times = (process := found()) and process.cpu_times()
        return times.user + times.system if times else None

    return lambda: _peak(process.pid) if (process := found()) else None, cpu
