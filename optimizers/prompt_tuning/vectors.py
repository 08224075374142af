"""What training changes: the vectors themselves, or a network that makes them (p-tuning); vectors are what is kept."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ...programs.errors import InputError
from .soft_prompt import SoftPromptConfig


def trainable(
    model: Any, tokenizer: Any, config: SoftPromptConfig, start: npt.NDArray[np.float32] | None = None
) -> Any:
    """A torch module that gives the vectors, float32 [n, width], when it is called. start: what they start as, if it is
    not what `config.init` says."""
    import torch

    embeddings = model.get_input_embeddings().weight
    if start is None:
        ids = torch.tensor(_initial_ids(tokenizer, config, len(embeddings)), device=embeddings.device)
        rows = embeddings[ids].detach().float().clone()
    else:
        rows = torch.tensor(start, device=embeddings.device)
    return _plain(rows) if config.encoder == "none" else _encoded(rows, config)


def _initial_ids(tokenizer: Any, config: SoftPromptConfig, size: int) -> list[int]:
    if config.init == "vocabulary":
        special = set(tokenizer.all_special_ids)
        words = [i for i in range(min(size, len(tokenizer))) if i not in special]
        return [int(i) for i in np.random.default_rng(config.seed).choice(words, config.tokens)]
    ids = list(tokenizer(config.init_text, add_special_tokens=False).input_ids)
    if not ids:
        raise InputError("init_text must hold at least one token")
    return (ids * math.ceil(config.tokens / len(ids)))[: config.tokens]


def _plain(rows: Any) -> Any:
    import torch

    class Vectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.soft = torch.nn.Parameter(rows)

        def forward(self) -> torch.Tensor:
            return self.soft

    return Vectors()


def _encoded(rows: Any, config: SoftPromptConfig) -> Any:
    """PEFT's encoder, whose output is added to the first vectors.

    Its last layer starts at zero, so the first step is taken from those vectors and not from anywhere: by itself, an
    encoder starts at outputs that are like no token of the model.
    """
    import torch
    from peft import PromptEncoder, PromptEncoderConfig

    count, width = rows.shape
    settings = PromptEncoderConfig(
        num_virtual_tokens=count,
        token_dim=width,
        num_transformer_submodules=1,
        encoder_hidden_size=width,
        encoder_reparameterization_type=config.encoder.upper(),
    )
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        encoder = PromptEncoder(settings)
    for parameter in encoder.mlp_head[-1].parameters():
        torch.nn.init.zeros_(parameter)

    class Encoded(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            self.register_buffer("rows", rows)
            self.register_buffer("places", torch.arange(count))

        def forward(self) -> torch.Tensor:
            made: torch.Tensor = self.rows + self.encoder(self.places)
            return made

    return Encoded().to(rows.device)
