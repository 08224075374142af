"""LoRA adapters beside their base: as GGUF for llama.cpp and Ollama, as mlx-lm's folder for MLX.

Nothing is merged, so one base in memory serves many planners. Numbers are kept in 32-bit floats: what is written is
what was trained, in another order (llama's GGUF files hold rotary pairs side by side) and, for MLX, transposed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...programs.errors import InputError
from ..errors import ModelError
from .header import Header, read_header
from .tensors import Floats, RawTensor, encode, quantize, type_id, write
from .torch_model import LLAMA_LIKE, torch_name

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
"""The files of PEFT's folder; MLX names its configuration the same."""
MLX_WEIGHTS = "adapters.safetensors"
_FLOAT32, _UINT32, _STRING = 6, 4, 8
_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Pair:
    """The two matrices of a layer, a [rank, in] and b [out, rank]: it adds `scale * b @ a` to the layer's weights."""

    a: Floats
    b: Floats
    scale: float

    @property
    def rank(self) -> int:
        return len(self.a)


@dataclass(frozen=True)
class Lora:
    """An adapter: pairs by the layer's name in transformers, and PEFT's `lora_alpha`."""

    pairs: Mapping[str, Pair]
    alpha: float

    @property
    def rank(self) -> int:
        """The largest one."""
        return max(pair.rank for pair in self.pairs.values())


def read_peft(folder: Path) -> Lora:
    """A LoRA adapter as PEFT saves it. Raises InputError, naming what it is, for any other kind of adapter.

    Refused are kinds that are no pair of matrices for each layer: soft prompts, DoRA, trained biases and whole layers.
    """
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text("utf-8"))
        kind = config["peft_type"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"run: {folder} holds no LoRA adapter ({CONFIG} is missing or unreadable)") from None
    if kind != "LORA" or config.get("use_dora"):
        named = "DoRA" if config.get("use_dora") else kind
        hint = "; a soft prompt is baked: leave --to out" if kind == "PROMPT_TUNING" else ""
        raise InputError(f"run: {folder} is an adapter of the kind {named}, not LoRA{hint}")
    rows, pairs = _read(folder / WEIGHTS), dict[str, Pair]()
    for name in sorted(n for n in rows if n.endswith(".lora_A.weight")):
        layer = name.removesuffix(".lora_A.weight")
        a, b = rows.pop(name), rows.pop(f"{layer}.lora_B.weight", None)
        if b is None:
            raise InputError(f"run: {folder} lacks {layer}.lora_B.weight")
        layer = layer.removeprefix(_PREFIX)
        pairs[layer] = Pair(a, b, _scale(config, layer, len(a)))
    if rows or not pairs:
        raise InputError(f"run: {folder} holds more than LoRA's pairs of matrices ({sorted(rows)[:1] or 'none'})")
    return Lora(pairs, float(config["lora_alpha"]))


def _scale(config: Mapping[str, Any], layer: str, rank: int) -> float:
    alpha = config["lora_alpha"]
    if patterns := config.get("alpha_pattern"):
        from peft.utils.other import get_pattern_key

        alpha = patterns.get(get_pattern_key(list(patterns), layer), alpha)
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _read(path: Path) -> dict[str, Floats]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # numpy has no bfloat16

    try:
        return {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise InputError(f"run: cannot read {path} ({error})") from None


def write_gguf(lora: Lora, base: Header, target: Path) -> None:
    """Write a GGUF adapter for `base`, as llama.cpp's `--lora` and Ollama's ADAPTER read it.

    Raises ModelError when the base is of another architecture or has not the layers that were trained.
    """
    architecture = base.metadata["general.architecture"]
    if architecture not in LLAMA_LIKE:
        known = ", ".join(sorted(LLAMA_LIKE))
        raise ModelError(f"{base.path} is a {architecture} model; an adapter can be written for {known}")
    shapes = {}
    for tensor in base.tensors:
        if len(tensor.shape) == 2 and tensor.name.endswith(".weight"):
            shapes[torch_name(tensor.name).removesuffix(".weight")] = tensor
    tensors = []
    for layer, pair in lora.pairs.items():
        there = shapes.get(layer)
        if there is None or there.shape != (pair.a.shape[1], pair.b.shape[0]):
            raise ModelError(f"{base.path} has no layer {layer} of the shape that the adapter was trained on")
        # llama.cpp scales by alpha / rank; what PEFT scales otherwise (rsLoRA, a layer's own alpha) goes into b.
        b = pair.b * np.float32(pair.scale * pair.rank / lora.alpha)
        heads = {"attn_q": "attention.head_count", "attn_k": "attention.head_count_kv"}.get(there.name.split(".")[-2])
        if architecture == "llama" and heads:
            count = base.metadata.get(f"llama.{heads}", base.metadata["llama.attention.head_count"])
            b = b.reshape(count, 2, len(b) // count // 2, -1).swapaxes(1, 2).reshape(b.shape)
        for part, values in (("lora_a", pair.a), ("lora_b", b)):
            data = quantize(values, type_id("F32"))
            tensors.append(RawTensor(f"{there.name}.{part}", values.shape[::-1], type_id("F32"), data))
    metadata = {
        "general.architecture": encode(architecture, _STRING),
        "general.type": encode("adapter", _STRING),
        "general.file_type": encode(0, _UINT32),
        "adapter.type": encode("lora", _STRING),
        "adapter.lora.alpha": encode(lora.alpha, _FLOAT32),
    }
    write(target, metadata, sorted(tensors, key=lambda tensor: tensor.name))


def check_adapter(path: Path, base: Header) -> None:
    """Raises ModelError, one line, for a file that is no LoRA adapter for this base: llama.cpp would abort."""
    adapter = read_header(path)
    if adapter.metadata.get("adapter.type") != "lora":
        raise ModelError(f"lora: {path} is no LoRA adapter in GGUF format")
    shapes = {tensor.name: tensor.shape for tensor in base.tensors}
    architecture = base.metadata["general.architecture"]
    for tensor in adapter.tensors:
        name, _, part = tensor.name.rpartition(".")
        there = shapes.get(name, ())[:2]
        size = tensor.shape[0 if part == "lora_a" else 1]
        if adapter.metadata["general.architecture"] != architecture or size not in there:
            raise ModelError(f"lora: {path} was made for another model than {base.path} ({name})")


def write_mlx(lora: Lora, base: Header, target: Path) -> None:
    """Write a folder that mlx-lm takes as `--adapter-path`: matrices transposed, smaller ranks filled with zeros."""
    from safetensors.numpy import save_file

    target.mkdir()
    scale, tensors = lora.alpha / lora.rank, {}
    for layer, pair in lora.pairs.items():
        fill = ((0, lora.rank - pair.rank), (0, 0))
        # In C order: safetensors writes the memory of an array as it lies.
        tensors[f"{layer}.lora_a"] = np.ascontiguousarray(np.pad(pair.a, fill).T)
        tensors[f"{layer}.lora_b"] = np.ascontiguousarray(np.pad(pair.b.T, fill)) * np.float32(pair.scale / scale)
    keys = {re.sub(r"^model\.layers\.\d+\.", "", layer) for layer in lora.pairs}
    config = {
        "fine_tune_type": "lora",
        # All of them: mlx-lm counts from the last one. A layer that was not trained gets a pair that adds nothing.
        "num_layers": base.metadata[f"{base.metadata['general.architecture']}.block_count"],
        "lora_parameters": {"rank": lora.rank, "scale": scale, "dropout": 0.0, "keys": sorted(keys)},
    }
    (target / CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    save_file(tensors, target / MLX_WEIGHTS)
