"""Which engine completes many conversations at once, and how large it is opened."""

from collections.abc import Sequence
from typing import Any

from ..deploy import torch_models as models
from ..deploy.engines.base import Engine, Mode, Request
from ..deploy.engines.open import ENGINES, open_engine
from ..programs.errors import InputError


def open_sampler(
    model: str,
    requests: Sequence[Request],
    engine: str = "auto",
    *,
    exact: bool = False,
    device: str = "auto",
    precision: models.Precision | None = None,
    batch: int = 0,
    url: str = "",
    key: str = "",
    context: int = 0,
) -> Engine:
    """An engine for these requests. `auto` is llama.cpp for a GGUF file or a registry name without CUDA, else
    transformers; a `url` is a server.

    batch: rows, slots or parallel requests; 0 for what suits the engine. context: tokens for a prompt and its reply; 0
    for what the longest needs, or what the model was trained for. precision: see `TransformersEngine`. Raises
    InputError for an unknown engine or a model that it cannot run, and what the engine raises.
    """
    if engine not in ("auto", *ENGINES):
        raise InputError(f"engine: {engine!r} is unknown; accepted are auto, {', '.join(ENGINES)}")
    if batch < 0:
        raise InputError(f"batch: must be 0 (automatic) or more, not {batch}")
    mode: Mode = "exact" if exact else "fast"
    if engine == "server" or url:
        if not url:
            raise InputError(
                "engine: server needs the address of an OpenAI-compatible server, such as http://host:8000/v1"
            )
        room = {"context": context} if context else {}
        return open_engine(f"{url}#{model}", mode, engine="server", key=key, slots=batch or 16, **room)
    path = models.artefact(model)
    gguf = models.find_gguf(model, path)
    if engine == "auto":
        on_gpu = device == "cuda" or (device == "auto" and path is None and models.has_cuda())
        engine = "llamacpp" if gguf is not None and not on_gpu else "transformers"
    if engine == "llamacpp":
        if gguf is None:
            raise InputError(
                f"engine: llamacpp needs a GGUF file, and {model} is none; merge it into one or use transformers"
            )
        settings: dict[str, Any] = {"model": gguf, "mode": mode, "engine": "llamacpp", "slots": batch or 16}
        return open_engine(context=context, **settings) if context else _with_room(requests, **settings)
    settings = {"device": device, "precision": precision} | ({"context": context} if context else {})
    if engine == "transformers":
        settings["batch"] = batch or None
    return open_engine(model, mode, engine=engine, **settings)


def _with_room(requests: Sequence[Request], **settings: Any) -> Engine:
    """An engine whose slots hold the longest of these conversations and its reply."""
    # Guessed from the characters, then counted in tokens: an engine must be open to count.
    longest = sorted(requests, key=lambda r: -sum(len(m["content"]) for m in r.messages))[:16]
    reply = max(r.max_tokens for r in requests)
    guess = max(sum(len(m["content"]) + 40 for m in r.messages) for r in longest) // 2 + reply
    opened = open_engine(context=_rounded(guess), **settings)
    counted = max(len(opened.tokenize(opened.render(r.messages))) for r in longest) + reply
    if counted <= opened.context:
        return opened
    opened.close()
    return open_engine(context=_rounded(counted), **settings)


def _rounded(tokens: int) -> int:
    return -(-tokens // 256) * 256
