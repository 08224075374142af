"""Many completions at once, behind one Protocol."""

import json
import random
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..deploy.engines.base import Message
from ..programs.errors import InputError
from . import prompts

if TYPE_CHECKING:
    from ..deploy.engines.base import Mode

Turns = Sequence[Message]


@dataclass(frozen=True)
class Sample:
    """One completion: `index` of its prompt, the text before any stop string, and how many tokens were generated."""

    index: int
    text: str
    tokens: int


class Sampler(Protocol):
    """An engine with a model in it."""

    name: str

    def complete(
        self, turns: Sequence[Turns], *, max_tokens: int, temperature: float, seed: int, done: Collection[int] = ()
    ) -> Iterator[Sample]:
        """One completion per conversation, in any order, as they come; those in `done` may be left out.

        What a completion is does not depend on `done`, so work that was cut off goes on as if it had not been
        (on engines whose batches are fixed, see each).
        """

    def close(self) -> None: ...


class LlamaCppSampler:
    """llama.cpp in this process. Fast mode batches `slots` conversations continuously; exact mode runs one at a time,
    so that each text is the same in every run."""

    def __init__(self, path: Path, mode: "Mode" = "fast", *, slots: int = 16, threads: int | None = None) -> None:
        self._path, self._mode, self._slots, self._threads = path, mode, slots if mode == "fast" else 1, threads
        self._engine: Any = None
        self._context = 0
        self.name = f"llamacpp ({mode}, {self._slots} slots)" if mode == "fast" else "llamacpp (exact)"

    def complete(
        self, turns: Sequence[Turns], *, max_tokens: int, temperature: float, seed: int, done: Collection[int] = ()
    ) -> Iterator[Sample]:
        """See Sampler.complete."""
        from ..deploy.engines.base import Request

        engine = self._open(turns, max_tokens)

        def one(index: int) -> Sample:
            request = Request(
                messages=turns[index],
                max_tokens=max_tokens,
                temperature=temperature,
                seed=random.Random(f"{seed} {index}").randrange(2**31),
                stop=prompts.STOP,
            )
            reply = engine.complete(request)
            return Sample(index, prompts.until_stop(reply.text), reply.completion_tokens)

        yield from _in_threads(one, [i for i in range(len(turns)) if i not in done], self._slots)

    def _open(self, turns: Sequence[Turns], max_tokens: int) -> Any:
        """An engine whose slots hold the longest of these conversations and its reply."""
        # Guessed from the characters, then counted in tokens: an engine must be open to count.
        longest = sorted(turns, key=lambda t: -sum(len(m["content"]) for m in t))[:16]
        guess = max(sum(len(m["content"]) + 40 for m in t) for t in longest) // 2 + max_tokens
        engine = self._with_context(guess)
        counted = max(len(engine.tokenize(engine.render(t))) for t in longest) + max_tokens
        return self._with_context(counted)

    def _with_context(self, needed: int) -> Any:
        from ..deploy.engines.llamacpp import LlamaCppEngine

        if self._context < needed:
            self.close()
            self._context = -(-needed // 256) * 256
            self._engine = LlamaCppEngine(
                self._path, self._mode, context=self._context, slots=self._slots, threads=self._threads
            )
        return self._engine

    def close(self) -> None:
        """Free the model."""
        if self._engine is not None:
            self._engine.close()


class ServerSampler:
    """Any OpenAI-compatible server, `parallel` requests at a time. `url` ends in `/v1`."""

    def __init__(self, url: str, model: str, *, key: str = "", parallel: int = 16, timeout: float = 600) -> None:
        self._url, self._model, self._key = url.rstrip("/"), model, key
        self._parallel, self._timeout = parallel, timeout
        self.name = f"server ({parallel} at a time)"

    def complete(
        self, turns: Sequence[Turns], *, max_tokens: int, temperature: float, seed: int, done: Collection[int] = ()
    ) -> Iterator[Sample]:
        """See Sampler.complete."""

        def one(index: int) -> Sample:
            reply = self._post(
                {
                    "model": self._model,
                    "messages": list(turns[index]),
                    "max_tokens": max_tokens,
                    "temperature": temperature,
                    "seed": random.Random(f"{seed} {index}").randrange(2**31),
                    # Servers accept at most four stop strings.
                    "stop": list(prompts.STOP),
                }
            )
            text = reply["choices"][0]["message"]["content"] or ""
            return Sample(index, prompts.until_stop(text), reply.get("usage", {}).get("completion_tokens", 0))

        yield from _in_threads(one, [i for i in range(len(turns)) if i not in done], self._parallel)

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        request = Request(f"{self._url}/chat/completions", json.dumps(body).encode(), headers)
        try:
            with urlopen(request, timeout=self._timeout) as reply:
                return dict(json.load(reply))
        except HTTPError as error:
            detail = " ".join(error.read(300).decode(errors="replace").split())
            raise InputError(f"server: {self._url} answered {error.code}: {detail}") from error
        except (OSError, ValueError) as error:
            raise InputError(f"server: {self._url} does not answer as an OpenAI-compatible server: {error}") from error

    def close(self) -> None:
        """Nothing to let go of."""


def _in_threads(one: Any, indices: list[int], workers: int) -> Iterator[Sample]:
    pool = ThreadPoolExecutor(workers)
    try:
        for future in as_completed([pool.submit(one, i) for i in indices]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
