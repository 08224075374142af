"""The engine over llama.cpp, in this process (xllamacpp)."""

import atexit
import json
import os
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import EngineError, ModelError
from ..files import sha256
from ..gguf.chat import ChatTemplate
from ..gguf.header import read_header
from ..gguf.lora import check_adapter
from ..gguf.trial import special_tokens
from ..machine import give_back_memory
from ..models import resolve
from ..threads import sleeping_at_barriers
from .base import BaseEngine, Completion, Likelihoods, Message, Mode, Request, TokenLogprob, check_settings
from .forks import Held
from .schema import grammar
from .score import check_candidates, likelihoods

# Tokens that llama.cpp works on at once; both change the floats, so they are fixed and not left to its defaults.
_BATCH, _MICRO_BATCH = 2048, 512
_QUIET, _CHATTY = -1, 4
# Alternatives that are looked at when candidates are scored: more of them cost time and tell little.
_LOOK = 1000
_MOST_THREADS = 8
# Prompts are rendered here, in a sandbox. llama.cpp's own renderer has none, and a template can crash it or never end.
_NO_TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


class _LastGrammar:
    """The server that followed a grammar last.

    llama.cpp keeps one tokenizer for grammars and knows it by its vocabulary's address. Were that model freed, the next
    one could come to stand at the same address with another vocabulary (a baked one has more tokens): the process
    aborts. So it stays until another model's grammar has taken its place.
    """

    server: Held | None = None

    @classmethod
    def follow(cls, server: Held | None) -> None:
        if server is not cls.server:
            cls.server = server
            give_back_memory()


@atexit.register
def _free_last() -> None:
    _LastGrammar.server = None


class LlamaCppEngine(BaseEngine):
    """A GGUF model in llama.cpp's own server, inside this process.

    model: a GGUF file, or all else that `resolve` makes one of. mode: see `base`. context: tokens for prompt and reply
    of one request, at most what the model was trained for. slots: requests that run at once in fast mode; exact mode
    has one. threads: CPU threads; if None as many as OMP_NUM_THREADS says, or all of the process's cores, at most 8.
    n_gpu_layers: layers on the GPU, -1 for all of them. lora: a GGUF file of an adapter that is added to the model as
    it computes (see `gguf.lora`). serves_chat: `url` answers as a stock server does, with the model's chat template in
    llama.cpp's own renderer, which has no sandbox: for models that you trust.
    Raises ModelError when the file is not a whole GGUF model with a chat template. Native logs are silent unless
    the environment has STUDYSMITH_LOG=debug.
    """

    def __init__(
        self,
        model: str | Path,
        mode: Mode = "exact",
        *,
        context: int = 4096,
        slots: int = 8,
        threads: int | None = None,
        n_gpu_layers: int = 0,
        lora: str | Path | None = None,
        serves_chat: bool = False,
    ) -> None:
        check_settings(mode, context=context, slots=slots, threads=threads)
        # What was converted lies in a cache: errors name what the user has.
        self.path, self._given = resolve(model).resolve(), str(model)
        self.mode: Mode = mode
        self.slots = slots if mode == "fast" else 1
        self._header = header = read_header(self.path)
        self.context = min(context, header.context_length or context)
        if not header.chat_template:
            raise ModelError(f"{self._given} has no chat template; use an instruction-tuned model")
        self._lora = Path(lora).resolve() if lora else None
        if self._lora:
            check_adapter(self._lora, header)
        bos, eos, special = header.token("bos"), header.token("eos"), special_tokens(header, self._given, self._lora)
        self._template = ChatTemplate(header.chat_template, special, bos=bos, eos=eos, name=self._given)
        self.template_sha256 = self._template.sha256
        self._serves_chat = serves_chat
        self.key = secrets.token_hex(16)
        self._server: Held | None = None
        # A server that is stopped before its loop runs never stops, and a signal stops whatever the main thread is at.
        with ThreadPoolExecutor(1) as starter:
            starter.submit(self._start, threads or _default_threads(), n_gpu_layers).result()
        self.id = self._identity(n_gpu_layers)

    @property
    def url(self) -> str:
        """Where this model also answers as an OpenAI-compatible server on this machine, to those who know `key`.

        Raises EngineError where `serves_chat` was not asked for: chats would be rendered without a template.
        """
        if not self._serves_chat:
            raise EngineError("this engine serves no chats; open it with serves_chat=True")
        return f"http://{self._host}:{self._port}/v1"

    def _start(self, threads: int, n_gpu_layers: int) -> None:
        xllamacpp = _native()
        params = xllamacpp.CommonParams()
        params.model.path = str(self.path)
        params.n_ctx, params.n_parallel = self.context * self.slots, self.slots
        params.n_batch, params.n_ubatch = _BATCH, _MICRO_BATCH
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.n_gpu_layers = n_gpu_layers
        if self.mode == "exact":
            # Past 512 tokens, flash attention on CPU splits its sums by thread: the result would depend on the machine.
            params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        if self._lora:
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(self._lora), 1.0)]
        if not self._serves_chat:
            params.chat_template = _NO_TEMPLATE
        params.fit_params = False
        params.cache_prompt = self.mode == "fast"
        params.cache_ram_mib = 0
        params.warmup = False
        params.verbosity = _CHATTY if os.environ.get("STUDYSMITH_LOG") == "debug" else _QUIET
        # The server listens on a local port: without a key, any page in the user's browser could use it.
        params.api_keys = [self.key]
        params.ui = False
        try:
            server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(f"llama.cpp cannot load {self._given}: STUDYSMITH_LOG=debug shows why") from error
        self._server = Held(server)
        address = urlsplit(server.listening_address)
        self._host, self._port = address.hostname or "127.0.0.1", address.port
        self._ask("GET", "/slots")  # answered as soon as the server's loop runs

    def _identity(self, n_gpu_layers: int) -> str:
        settings = f"ctx{self.context}-ngl{n_gpu_layers}-v{version('xllamacpp')}"
        batch = f"-slots{self.slots}" if self.mode == "fast" else ""
        lora = f"-lora{sha256(self._lora)[:16]}" if self._lora else ""
        return f"llamacpp/{sha256(self.path)[:16]}-{self.mode}-{settings}{batch}{lora}{self._template.mark}"

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        text = self._template.render(messages)
        bos = self._header.token("bos")
        return bos + text if self._header.adds_bos and not text.startswith(bos) else text

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        return self._post("/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"]

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        started = time.perf_counter()
        prompt_ids = self.tokenize(self.render(request.messages))
        self.check_room(len(prompt_ids), request)
        body = {
            "prompt": prompt_ids,
            "n_predict": request.max_tokens,
            "temperature": request.temperature,
            "samplers": ["penalties", "top_p", "min_p", "temperature"],
            "repeat_penalty": request.repeat_penalty,
            "repeat_last_n": 64,
            "top_p": request.top_p,
            "min_p": request.min_p,
            "seed": request.seed,
            "stop": list(request.stop),
            "n_probs": request.logprobs,
            "cache_prompt": self.mode == "fast",
            "return_tokens": True,
        }
        if request.schema is not None:
            body["grammar"] = grammar(request.schema)
            _LastGrammar.follow(self._server)
        reply = self._post("/completion", body)
        finish: Literal["stop", "length"] = "length" if reply["stop_type"] == "limit" else "stop"
        return Completion(
            text=reply["content"],
            finish_reason=finish,
            prompt_tokens=len(prompt_ids),
            completion_tokens=reply["tokens_predicted"],
            prompt_ids=prompt_ids,
            token_ids=reply["tokens"],
            seconds=time.perf_counter() - started,
            logprobs=_alternatives(reply) if request.logprobs else None,
        )

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score. A token that is not among the likeliest _LOOK counts as the last of them."""
        started = time.perf_counter()
        prompt = self.tokenize(self.render(messages))
        rows = [
            self._post("/tokenize", {"content": text, "add_special": False, "parse_special": False})["tokens"]
            for text in candidates
        ]
        read: list[int] = []

        def look(prefix: Sequence[int]) -> dict[int, float]:
            ids = [*prompt, *prefix]
            read.append(len(ids))
            return self.next_logprobs(ids, _LOOK)

        check_candidates(prompt, rows, self.context)
        found = likelihoods(rows, look)
        seconds = time.perf_counter() - started
        return Likelihoods(logprobs=found, prompt_tokens=sum(read), completion_tokens=len(read), seconds=seconds)

    def next_logprobs(self, ids: Sequence[int], count: int, reuse: bool = False) -> dict[int, float]:
        """Natural logprobs of the `count` likeliest tokens after these ids, which are taken as they are.

        reuse: what the last call has computed of the same beginning, also in exact mode: right for a walk along a reply
        token by token, which is how it was decoded.
        """
        # A sampled token that is a part of a character would be held back, and all that is known of it with it. So a
        # whole one is sampled, whatever its likelihood: what is reported is what the model said before any bias.
        body = {"prompt": list(ids), "n_predict": 1, "temperature": 0, "n_probs": count, "logit_bias": [["a", 1000]]}
        reply = self._post("/completion", {**body, "cache_prompt": reuse or self.mode == "fast"})
        return {a["id"]: a["logprob"] for a in reply["completion_probabilities"][0]["top_logprobs"]}

    def close(self) -> None:
        """Free the model. Using the engine afterwards raises EngineError.

        The last model that followed a grammar is freed when another one does, or at exit.
        """
        self._server = None
        give_back_memory()

    def _post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = self._ask("POST", route, body)
        if "error" in reply:
            raise EngineError(f"llama.cpp refused the request: {reply['error']['message']}")
        return reply

    def _ask(self, method: str, route: str, body: dict[str, Any] | None = None) -> Any:
        # Over the loopback, not through the binding's own call: that one cannot be interrupted by Ctrl-C, and knows
        # neither the route that tokenizes nor the one that takes and returns token ids.
        if self._server is None:
            raise EngineError("the engine is closed")
        connection = HTTPConnection(self._host, self._port)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
            connection.request(method, route, json.dumps(body), headers)
            return json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError) as error:
            raise EngineError(f"llama.cpp stopped answering: {error}") from error
        finally:
            connection.close()


def _default_threads() -> int:
    chosen = os.environ.get("OMP_NUM_THREADS", "")
    if chosen.isdecimal() and int(chosen):
        return int(chosen)
    # macOS cannot say which cores a process may use.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_THREADS)


def _native() -> Any:
    with sleeping_at_barriers():
        import xllamacpp
    return xllamacpp


def _alternatives(reply: dict[str, Any]) -> list[list[TokenLogprob]]:
    positions = []
    for sampled in reply["completion_probabilities"]:
        best = sampled["top_logprobs"]
        if all(a["id"] != sampled["id"] for a in best):
            best = [*best, sampled]
        positions.append([TokenLogprob(id=a["id"], token=a["token"], logprob=a["logprob"]) for a in best])
    return positions
