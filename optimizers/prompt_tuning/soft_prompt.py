"""A soft prompt as data: how it is trained, what came of it, and its folder, which is a PEFT adapter."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ...deploy.files import sha256
from ...deploy.models import SoftPromptName
from ...programs.errors import InputError

_ADAPTER, _ADAPTER_CONFIG, _ABOUT = "adapter_model.safetensors", "adapter_config.json", "soft_prompt.json"
_KEY = "prompt_embeddings"  # PEFT's name for the one tensor of a prompt-tuning adapter


class SoftPromptConfig(BaseModel):
    """How one soft prompt is trained.

    tokens: vectors to learn. init: what they start as: "text", the embeddings of the tokens of `init_text`, repeated or
    cut to `tokens`; or "vocabulary", those of tokens drawn with the seed. encoder: "none" to learn the vectors
    themselves; "mlp" or "lstm" to learn a network that makes them (p-tuning).
    learning_rate: the highest; `warmup` is the share of the training that leads up to it, `schedule` what follows.
    batch_size: on a CPU small ones learn most in a given time, because a larger batch is no faster; on a GPU it is, and
    optimizers take 8 there.
    clip: longest gradient. patience: validations (one an epoch) without a better loss after which to stop; None: never.
    max_seconds: wall time for all of it, validations included; the schedule then ends with the time.
    max_length: tokens of prompt and completion together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: SoftPromptName
    tokens: int = Field(default=32, ge=1, le=1024)
    init: Literal["text", "vocabulary"] = "text"
    init_text: str = Field(min_length=1)
    encoder: Literal["none", "mlp", "lstm"] = "none"
    learning_rate: float = Field(default=3e-2, gt=0, le=10)
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.05, ge=0, lt=1)
    epochs: int = Field(default=10, ge=1)
    batch_size: int = Field(default=1, ge=1)
    clip: float = Field(default=1.0, gt=0)
    patience: int | None = Field(default=None, ge=1)
    max_seconds: float | None = Field(default=None, gt=0)
    max_length: int = Field(default=2048, ge=8)
    seed: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Point:
    """Where the training stood after `step` steps: losses per token, natural logarithm; no training loss at step 0."""

    step: int
    seconds: float
    training: float | None
    validation: float


@dataclass(frozen=True)
class SoftPrompt:
    """A trained soft prompt: `vectors` float32 [n, width], as they were when the validation loss was best."""

    name: str
    vectors: npt.NDArray[np.float32]
    history: tuple[Point, ...] = ()
    tokens_seen: int = 0
    interrupted: bool = False

    @property
    def best_loss(self) -> float:
        """Validation loss per token of `vectors`; infinite without a history."""
        return min((point.validation for point in self.history), default=math.inf)

    def save(self, folder: Path, base: Path | None = None) -> None:
        """Writes a PEFT prompt-tuning adapter, and `soft_prompt.json` with the history and the hash of `base`.

        base: the GGUF file whose weights this was trained on.
        """
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        count, width = self.vectors.shape
        config = {
            "peft_type": "PROMPT_TUNING",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base.name if base else None,
            "inference_mode": True,
            "num_virtual_tokens": count,
            "token_dim": width,
            "num_transformer_submodules": 1,
            "prompt_tuning_init": "RANDOM",  # what to do before the vectors are loaded
        }
        about = {
            "name": self.name,
            "base_sha256": sha256(base) if base else None,
            "tokens_seen": self.tokens_seen,
            "interrupted": self.interrupted,
            "history": [asdict(point) for point in self.history],
        }
        save_file({_KEY: np.ascontiguousarray(self.vectors, dtype=np.float32)}, folder / _ADAPTER)
        (folder / _ADAPTER_CONFIG).write_text(json.dumps(config, indent=2) + "\n")
        # Last, so that a folder that has it is whole.
        (folder / _ABOUT).write_text(json.dumps(about, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path, base: Path | None = None) -> SoftPrompt:
        """Reads what `save` wrote. Raises InputError when `base` is given and is not what it was trained on."""
        from safetensors.numpy import load_file

        about = json.loads((folder / _ABOUT).read_text())
        if base is not None and about["base_sha256"] not in (None, sha256(base)):
            raise InputError(f"the soft prompt in {folder} was trained on other weights than those of {base}")
        history = tuple(Point(**point) for point in about["history"])
        vectors = load_file(folder / _ADAPTER)[_KEY]
        return cls(about["name"], vectors, history, about["tokens_seen"], about["interrupted"])
