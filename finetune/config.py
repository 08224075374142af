"""The configuration of a training run: a small YAML file, validated before anything loads."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..programs.errors import InputError, explain
from ..programs.problems.sources import Source
from ..programs.text_file import read_text


class Adapter(BaseModel):
    """What is trained: `lora` matrices, `qlora` (the same over a 4-bit base, CUDA only), or all weights (`full`).

    rank, alpha and dropout are LoRA's; alpha 0 means twice the rank.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["lora", "qlora", "full"] = "lora"
    rank: int = Field(default=32, ge=1, le=512)
    alpha: int = Field(default=0, ge=0, le=2048)
    dropout: float = Field(default=0.0, ge=0, lt=1)


class Rejection(BaseModel):
    """How the model makes its own training data: `samples` tries per problem and round at `temperature`; of the right
    ones, up to `keep` distinct solutions per problem. `start` is the run or model that samples first (the base if
    empty), `sources` the sets whose problems are sampled (all if empty), `seed` the seed of sampling, apart from that
    of training, so that runs with other seeds can share samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: str = ""
    sources: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, lt=2**31)
    rounds: int = Field(default=1, ge=1, le=10)
    samples: int = Field(default=4, ge=1, le=256)
    keep: int = Field(default=4, ge=1, le=64)
    temperature: float = Field(default=0.7, gt=0, le=2)
    max_tokens: int = Field(default=256, ge=16, le=4096)
    batch: int = Field(default=512, ge=1, le=65536)


class TrainConfig(BaseModel):
    """One run.

    method: `sft` trains on the given rationales, `rejection` on the model's own verified solutions, `mixed` on both.
    data: the mixture. tests: sets that the data must not overlap with. held_out: share of the training problems that
    early stopping watches. patience: evaluations without progress before it stops, 0 for never. batch_size: problems
    (with packing, packed rows) per step over all devices. max_length: tokens per problem or packed row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str = "smollm2-135m"
    method: Literal["sft", "rejection", "mixed"] = "sft"
    adapter: Adapter = Adapter()
    data: tuple[Source, ...] = Field(min_length=1)
    tests: tuple[Source, ...] = ()
    rejection: Rejection = Rejection()
    epochs: float = Field(default=3.0, gt=0, le=100)
    max_steps: int = Field(default=0, ge=0)
    learning_rate: float = Field(default=0.0, ge=0, le=1)
    warmup: float = Field(default=0.05, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    batch_size: int = Field(default=32, ge=1, le=4096)
    device_batch_size: int = Field(default=32, ge=1, le=4096)
    max_length: int = Field(default=512, ge=32, le=131072)
    packing: bool = False
    gradient_checkpointing: bool = False
    held_out: float = Field(default=0.02, ge=0, le=0.5)
    evaluations: int = Field(default=1, ge=1, le=100)
    patience: int = Field(default=0, ge=0, le=100)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.patience and not self.held_out:
            raise ValueError("patience needs held_out above 0: early stopping watches a held-out part")
        if self.method != "sft" and all(s.set == "chat" for s in self.data):
            raise ValueError(f"method {self.method} needs problems with answers in data; chat has none")
        return self

    @property
    def rate(self) -> float:
        """The learning rate, or a good one for what is trained when none is given."""
        return self.learning_rate or (1e-4 if self.adapter.type == "full" else 5e-4)

    @property
    def sha256(self) -> str:
        """Names the configuration: equal files with equal meaning have equal hashes."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def read_config(path: str | Path, overrides: dict[str, Any] | None = None) -> TrainConfig:
    """The configuration in a YAML file, with top-level fields replaced by `overrides`. Paths in it are relative to the
    current folder. Raises InputError naming the file and the field."""
    path = Path(path)
    text = read_text(path)
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    except ValueError:  # of Python's, which reads no longer numbers, and no such dates
        raise InputError(f"{path}: holds a number that is too long or a date that there is not") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: must hold fields such as `base` and `data`, not {type(content).__name__}")
    try:
        return TrainConfig.model_validate({**content, **(overrides or {})})
    except ValidationError as error:
        raise InputError(f"{path}: {explain(error)}") from error
