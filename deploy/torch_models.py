"""Opening a model in torch, to train or to run it: a base, a tuned run, or a merged model, once it is known to fit."""

import hashlib
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..programs.errors import InputError
from .threads import sleeping_at_barriers

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Use = Literal["solve", "lora", "qlora", "full"]
Precision = Literal["float32", "bfloat16"]

# Bytes per weight: the weights themselves, and for training their gradients and both moments of AdamW in float32.
# LoRA's own share is small beside the activations, which the last factor allows for.
_BYTES: dict[Use, dict[Precision, float]] = {
    "solve": {"float32": 4, "bfloat16": 2},
    "lora": {"float32": 4.6, "bfloat16": 2.6},
    "qlora": {"float32": 1.2, "bfloat16": 1.2},
    "full": {"float32": 16, "bfloat16": 16},
}
_HEADROOM = 1.25
RESULT = "result.json"


@dataclass(frozen=True)
class Opened:
    """A model ready to generate or to be trained. `base` is the name of what it was tuned from, "" for a base."""

    model: Any
    tokenizer: "PreTrainedTokenizerBase"
    base: str


def artefact(name: str) -> Path | None:
    """The folder or file behind a name (a run's newest model for a run folder), or None if it is no local path."""
    path = Path(name)
    if (path / RESULT).is_file():
        path = path / json.loads((path / RESULT).read_text(encoding="utf-8"))["model"]
    elif (path / "config.yaml").is_file():
        raise InputError(f"model: {name} is a run that is not finished; `studysmith finetune` goes on with it")
    return path if path.exists() else None


def base_of(name: str) -> str:
    """What a tuned model was tuned from, "" for a base."""
    path = artefact(name)
    if path is None or path.is_file():
        return _gguf_base(path) if path else ""
    for file, key in (("adapter_config.json", "base_model_name_or_path"), ("tuned.json", "base")):
        if (path / file).is_file():
            return str(json.loads((path / file).read_text(encoding="utf-8")).get(key) or "")
    return ""


def _gguf_base(path: Path) -> str:
    beside = path.with_suffix(".tuned.json")
    return str(json.loads(beside.read_text(encoding="utf-8"))["base"]) if beside.is_file() else ""


def weights_digest(name: str) -> str:
    """Hash of what generates, so that what a model said before it was trained again is not taken for its own now."""
    from .files import sha256

    path = artefact(name)
    path = path if path is not None else find_gguf(name, None)
    if path is None:
        return name
    hashes = [sha256(file) for file in ([path] if path.is_file() else sorted(path.glob("*.safetensors")))]
    if (path / "adapter_config.json").is_file():
        hashes.append(weights_digest(base_of(name)))
    return hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:16]


def has_cuda() -> bool:
    """Whether torch is there and can use a GPU."""
    try:
        with sleeping_at_barriers():
            import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def fast_precision(device: str) -> Precision:
    """What a frozen model computes in fastest: bfloat16 where the device multiplies it itself, else float32.

    On a CPU that does not, bfloat16 took 14 s where float32 took 0.8 (a step of soft training).
    """
    import torch

    # Older torch does not tell; it gets float32.
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    native = device == "cuda" or any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))
    return "bfloat16" if native else "float32"


def choose_device(wanted: str) -> str:
    """`cpu` or `cuda`. Raises InputError where CUDA is asked for and there is none."""
    with sleeping_at_barriers():
        import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "device: cuda was asked for, but this machine has no CUDA GPU that torch can use; use cpu or auto"
        )
    return "cuda" if wanted == "cuda" or (wanted == "auto" and torch.cuda.is_available()) else "cpu"


def open_model(name: str, *, device: str = "cpu", precision: Precision = "float32", use: Use = "solve") -> Opened:
    """Load a model by registry name, GGUF file, Hugging Face folder, adapter folder, run folder, or hub id.

    A LoRA adapter is merged into its base. Raises InputError when nothing is there, or when it would not fit in memory.
    """
    path = artefact(name)
    if path is not None and (path / "adapter_config.json").is_file():
        return _open_adapter(path, device, precision, use)
    gguf = find_gguf(name, path)
    check_fits(name, parameters(gguf or path or name), use, precision, device)
    model: Any
    if gguf is not None:
        from .gguf.torch_model import load_torch

        model, tokenizer = load_torch(gguf, precision)
    else:
        model, tokenizer = _from_pretrained(str(path or name), precision)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Opened(model.to(device), tokenizer, base_of(name))


def find_gguf(name: str, path: Path | None) -> Path | None:
    """The GGUF file behind a name, or None if it is a folder or a hub id."""
    if path is not None:
        return path if path.suffix.lower() == ".gguf" else None
    if "/" in name:
        return None
    from .models import resolve

    return resolve(name)


def _from_pretrained(name: str, precision: Precision) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(name, dtype=getattr(torch, precision))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"model: {name!r} is not a model that can be loaded ({reason})") from error
    return model.eval(), tokenizer


def _open_adapter(path: Path, device: str, precision: Precision, use: Use) -> Opened:
    from peft import PeftModel

    base = base_of(str(path))
    opened = open_model(base, device=device, precision=precision, use=use)
    model = PeftModel.from_pretrained(opened.model, str(path)).merge_and_unload()
    return Opened(model.eval(), opened.tokenizer, base)


def parameters(where: Path | str) -> int:
    """Weights of a model, counted from file headers without loading it; 0 if they cannot be had beforehand."""
    path = Path(where)
    if path.suffix.lower() == ".gguf":
        from .gguf.header import read_header

        return sum(_product(tensor.shape) for tensor in read_header(path).tensors)
    if path.is_dir():
        return sum(_safetensors_weights(file) for file in path.glob("*.safetensors"))
    return _hub_weights(str(where))


def _safetensors_weights(file: Path) -> int:
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    return sum(_product(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def _hub_weights(hub_id: str) -> int:
    from huggingface_hub import get_safetensors_metadata

    try:
        return sum(get_safetensors_metadata(hub_id).parameter_count.values())
    except Exception:  # No network, no such repository, no safetensors: loading says which in its own words.
        return 0


def _product(shape: Any) -> int:
    total = 1
    for size in shape:
        total *= int(size)
    return total


def check_fits(
    name: str,
    weights: int,
    use: Use,
    precision: Precision,
    device: str,
    free: Callable[[str], int] | None = None,
) -> None:
    """Raises InputError when `weights` would not fit into what is free, naming both sizes and what to do."""
    needed = weights * _BYTES[use][precision] * _HEADROOM
    there = (free or free_bytes)(device)
    if needed > there:
        advice = {"full": "use adapter type lora", "lora": "use adapter type qlora on CUDA"}.get(use, "use bfloat16")
        raise InputError(
            f"base: {name} needs about {needed / 1e9:.1f} GB of memory for {use} in {precision}, and {device} has "
            f"{there / 1e9:.1f} GB free; {advice} or take a smaller model"
        )


def free_bytes(device: str) -> int:
    """Memory that a new model can take on `cpu` or `cuda`."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    # A container may have less than its machine; the smaller of both counts.
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    available = int(psutil.virtual_memory().available)
    return min(available, int(text)) if text.isdigit() else available


def quiet_libraries() -> None:
    """Keep transformers, TRL and datasets from drawing their own bars over ours."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
