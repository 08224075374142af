"""The engine over an Ollama server: the very prompt that llama.cpp gets, written here and sent as it is.

Ollama's chat route renders with a Go template that is not the file's own, reads special tokens in what users say, and
cuts a prompt that is too long without a word. So the prompt is rendered and counted here, from the server's own GGUF
file, and sent raw; the server says how many tokens it read, and another number is an error.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import EngineError, ModelError, RequestError
from ..files import sha256
from ..gguf.header import read_header
from ..gguf.vocabulary import Pieces, write_vocabulary
from .base import BaseEngine, Completion, Message, Mode, Request, TokenLogprob, check_settings
from .llamacpp import LlamaCppEngine
from .ollama_server import OllamaServer, split_model
from .schema import check_schema

_MOST_LOGPROBS = 20
_PENALIZED = 64
# Until v0.30 these ran in an engine of Ollama's own, which takes repeat_penalty and does nothing with it.
_OWN_ENGINE_UNTIL = (0, 30)
_OWN_ENGINE = frozenset(
    "gemma3 gemma3n gemma4 llama4 mistral3 olmo3 qwen3 qwen3moe qwen3next qwen3vl qwen3vlmoe qwen35 qwen35moe gptoss"
    " gpt-oss deepseek2 glm4moelite lfm2 lfm2moe nemotron_h nemotron_h_moe".split()
)


class OllamaEngine(BaseEngine):
    """A model of an Ollama server, in fast mode: the server always reuses prompt prefixes.

    model: `ollama://NAME`, on the server at OLLAMA_HOST, or `ollama://host:port/NAME`. gguf: the model's file, where
    the server is on another machine and its own cannot be read here. context: tokens for prompt and reply, at most what
    the model was trained for. slots: requests sent at a time; the server runs OLLAMA_NUM_PARALLEL of them at once.
    threads: CPU threads of the model there; the server's own choice, its cores, if None. timeout: seconds for one
    reply. What a Modelfile adds (TEMPLATE, SYSTEM, MESSAGE, PARAMETER) is not used.
    Raises RequestError for exact mode and a model that is not there, ModelError for one without a chat template or
    whose file cannot be read, EngineError when the server is not there, slow, or talks nonsense.
    """

    def __init__(
        self,
        model: str,
        mode: Mode = "exact",
        *,
        gguf: str | Path | None = None,
        context: int = 4096,
        slots: int = 4,
        threads: int | None = None,
        timeout: float = 600,
    ) -> None:
        check_settings(mode, slots=slots, context=context, threads=threads)
        if mode == "exact":
            raise RequestError("mode: Ollama reuses prompt prefixes and so has no exact mode; use fast, or llamacpp")
        host, self.name = split_model(str(model))
        self.mode, self.slots, self._threads = mode, slots, threads
        self._server = OllamaServer(host, timeout)
        shown = self._server.show(self.name)
        file = _checked(Path(gguf) if gguf else shown.path, shown.sha256, self.name)
        header = read_header(file)
        self._bos = header.added_bos
        self._piece = Pieces(header)
        penalizes = shown.architecture not in _OWN_ENGINE or _numbers(self._server.version) >= _OWN_ENGINE_UNTIL
        self._cannot = () if penalizes else ("repeat_penalty",)
        self.context = min(context, shown.context_length or context)
        settings = f"ctx{self.context}-slots{slots}-v{self._server.version}"
        self.id = f"ollama/{self.name}-{shown.sha256[:16]}-{mode}-{settings}"
        self._prompts = _prompts(file)
        self.template_sha256 = self._prompts.template_sha256

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self._prompts.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        return self._prompts.tokenize(text)

    def complete(self, request: Request) -> Completion:
        """See Engine.complete.

        Of the reply, Ollama tells no ids; where `logprobs` are asked for, they are looked up by their texts, -1 for a
        part of a character. A reply in circles (31 times the same token) it breaks off, which counts as "length".
        """
        request.refuse(f"{self.name} on Ollama {self._server.version}", *self._cannot)
        if request.logprobs > _MOST_LOGPROBS:
            raise RequestError(f"logprobs must be from 0 to {_MOST_LOGPROBS} on Ollama, not {request.logprobs}")
        schema = None if request.schema is None else check_schema(request.schema)
        started = time.perf_counter()
        prompt = self.render(request.messages)
        prompt_ids = self.tokenize(prompt)
        self.check_room(len(prompt_ids), request)
        reply = self._server.ask(
            "POST",
            "/api/generate",
            {
                "model": self.name,
                "prompt": prompt.removeprefix(self._bos),  # the server puts it there
                "raw": True,
                "stream": False,
                "think": False,
                "truncate": False,
                "shift": False,
                "format": schema or "",
                "logprobs": request.logprobs > 0,
                "top_logprobs": request.logprobs,
                "options": pinned_options(request, self.context)
                | ({} if self._threads is None else {"num_thread": self._threads}),
            },
            expect={"response": str, "done": bool},
        )
        text, broken_off = reply["response"], not reply["done"]
        read = reply.get("prompt_eval_count", 0)
        if not broken_off and read != len(prompt_ids):
            raise EngineError(
                f"{self._server.url} read {read} tokens of a prompt of {len(prompt_ids)}: "
                "it cut the prompt, or splits text in another way than the llama.cpp here"
            )
        alternatives = self._alternatives(reply.get("logprobs") or []) if request.logprobs else None
        return Completion(
            text=text,
            finish_reason="length" if broken_off or reply.get("done_reason") == "length" else "stop",
            prompt_tokens=len(prompt_ids),
            completion_tokens=len(self.tokenize(text)) if broken_off else int(reply.get("eval_count", 0)),
            prompt_ids=prompt_ids,
            token_ids=[self._piece(sampled["token"]) for sampled in reply.get("logprobs") or []],
            seconds=time.perf_counter() - started,
            logprobs=alternatives,
        )

    def _alternatives(self, positions: list[dict[str, Any]]) -> list[list[TokenLogprob]]:
        found = []
        for sampled in positions:
            best = sampled.get("top_logprobs") or []
            if all(one["token"] != sampled["token"] for one in best):
                best = [*best, sampled]
            found.append(
                [TokenLogprob(id=self._piece(a["token"]), token=a["token"], logprob=a["logprob"]) for a in best]
            )
        return found

    def close(self) -> None:
        """Let go of the connections and the tokenizer; the model stays on the server as long as that keeps it."""
        self._server.close()
        self._prompts.close()


def pinned_options(request: Request, context: int) -> dict[str, Any]:
    """Every option that changes a reply: what is left out, the server or a Modelfile would choose."""
    return {
        "num_ctx": context,
        "num_predict": request.max_tokens,
        "num_keep": 0,
        "temperature": request.temperature,
        "top_k": 0,
        "top_p": request.top_p,
        "min_p": request.min_p,
        "typical_p": 1.0,
        "repeat_penalty": request.repeat_penalty,
        "repeat_last_n": _PENALIZED,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "seed": request.seed,
        "stop": list(request.stop),
    }


def _checked(gguf: Path, digest: str, name: str) -> Path:
    """The file, if it is the one that the server runs."""
    if not gguf.is_file():
        raise ModelError(f"gguf: the server keeps {name} in {gguf}, which cannot be read here; name a copy of the file")
    if (found := sha256(gguf)) != digest:
        raise ModelError(f"gguf: {gguf} is not the file of {name}: sha256 {found[:12]} instead of {digest[:12]}")
    return gguf


def _prompts(gguf: Path) -> LlamaCppEngine:
    """llama.cpp with the chat template and the tokenizer of a file, and nothing else of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        vocabulary = Path(folder) / "vocabulary.gguf"
        write_vocabulary(gguf, vocabulary)
        return LlamaCppEngine(vocabulary, "fast", context=512, slots=1, threads=1)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())
