"""Opening a sampler: which engine completes many conversations at once."""

from typing import TYPE_CHECKING

from ..programs.errors import InputError
from .generate import LlamaCppSampler, Sampler, ServerSampler

if TYPE_CHECKING:
    from .models import Precision

ENGINES = ("auto", "llamacpp", "transformers", "continuous", "server")


def open_sampler(
    model: str,
    engine: str = "auto",
    *,
    exact: bool = False,
    device: str = "auto",
    precision: "Precision | None" = None,
    batch: int = 0,
    url: str = "",
    key: str = "",
) -> Sampler:
    """The engine for a model. `auto` is llama.cpp for a GGUF file or a registry name without CUDA, else transformers.

    batch: rows, slots or parallel requests; 0 for what suits the engine. precision: None for bfloat16 where the device
    computes in it, and for float32 elsewhere and in exact mode. Raises InputError for an unknown engine, a model that
    the engine cannot run, or CUDA where there is none.
    """
    if engine not in ENGINES:
        raise InputError(f"engine: {engine!r} is unknown; accepted are {', '.join(ENGINES)}")
    if batch < 0:
        raise InputError(f"batch: must be 0 (automatic) or more, not {batch}")
    if engine == "server" or url:
        if not url:
            raise InputError(
                "engine: server needs the address of an OpenAI-compatible server, such as http://host:8000/v1"
            )
        return ServerSampler(url, model, key=key, parallel=1 if exact else batch or 16)
    from . import models

    path = models.artefact(model)
    gguf = models.find_gguf(model, path)
    if engine == "auto" and gguf is not None:
        on_gpu = device == "cuda" or (device == "auto" and path is None and _has_cuda())
        engine = "transformers" if on_gpu else "llamacpp"
    if engine == "llamacpp":
        if gguf is None:
            raise InputError(
                f"engine: llamacpp needs a GGUF file, and {model} is none; merge it into one or use transformers"
            )
        return LlamaCppSampler(gguf, "exact" if exact else "fast", slots=batch or 16)
    if engine == "auto":
        engine = "transformers"
    device = models.choose_device(device)
    models.quiet_libraries()
    opened = models.open_model(model, device=device, precision=precision or _precision(device, exact))
    from .torch_sampling import ContinuousSampler, TransformersSampler

    if engine == "continuous":
        return ContinuousSampler(opened)
    return TransformersSampler(opened, batch=1 if exact else batch or (1024 if device == "cuda" else 256))


def _has_cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def _precision(device: str, exact: bool) -> "Precision":
    return "bfloat16" if not exact and (device == "cuda" or _has_bfloat16_products()) else "float32"


def _has_bfloat16_products() -> bool:
    """Whether this CPU multiplies bfloat16 matrices itself; where it does not, they are slower than float32."""
    import torch

    # Older torch does not tell; it gets float32.
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))
