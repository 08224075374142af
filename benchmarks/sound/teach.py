"""A teacher for the small network: the embedded model itself, trained to tell sense from nonsense.

Each half of the concepts is judged by a teacher that has read only on the other half. Needs a GPU (about two minutes
a half).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from studysmith.programs.curriculum import curriculum
from torch import nn

from .fit import SHARES
from .rows import Row, folds

KEPT = {"swap": 0.2, "hobby": 0.2, "salad": 0.08, "shuffle": 0.1, "concept": 0.25, "reason": 0.5}
"""The share of each kind of spoilt sentence that a teacher reads; of the rest it reads all."""
EPOCHS, BATCH, RATE, HEAD_RATE = 2, 64, 6e-5, 1e-3


def prompt(row: Row) -> str:
    c = curriculum()[row.concept]
    done = row.text if row.activity is None else f"{row.activity}\nWhy: {row.text}"
    return f"{c.name}. {c.objective} Wrong idea: {c.misconception}\nDo: {done}\n"


def judged(rows: Sequence[Row], model: Any, tokenizer: Any) -> np.ndarray:
    """Log odds of sense for every row. ``model``: the embedded one in float32."""
    fold, rng = folds(), random.Random(0)
    half = np.array([fold[r.concept] % 2 for r in rows])
    tokens = [tokenizer(prompt(r), add_special_tokens=False, truncation=True, max_length=220).input_ids for r in rows]
    read = np.array([rng.random() < KEPT.get(r.source, 1.0) for r in rows])
    first = {name: value.clone() for name, value in model.state_dict().items()}
    found = np.zeros(len(rows))
    for k in (0, 1):
        model.load_state_dict(first)
        head = _train(model, rows, tokens, [int(i) for i in np.nonzero(read & (half != k))[0]], k)
        ask = sorted((int(i) for i in np.nonzero(half == k)[0]), key=lambda i: len(tokens[i]))
        with torch.no_grad():
            for at in range(0, len(ask), 1024):
                found[ask[at : at + 1024]] = _logits(model, head, tokens, ask[at : at + 1024]).cpu().numpy()
    return found


def _logits(model: Any, head: nn.Linear, tokens: list[list[int]], use: list[int]) -> torch.Tensor:
    longest = max(len(tokens[i]) for i in use)
    ids = torch.tensor([tokens[i] + [0] * (longest - len(tokens[i])) for i in use], device=model.device)
    mask = torch.tensor([[1] * len(tokens[i]) + [0] * (longest - len(tokens[i])) for i in use], device=model.device)
    with torch.autocast("cuda", dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids, attention_mask=mask).last_hidden_state
    return head(hidden[torch.arange(len(use)), mask.sum(1) - 1].float()).squeeze(1)


def _train(model: Any, rows: Sequence[Row], tokens: list[list[int]], use: list[int], seed: int) -> nn.Linear:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    head = nn.Linear(model.config.hidden_size, 1).to(model.device)
    nn.init.zeros_(head.weight)
    groups = {i: (rows[i].source, rows[i].activity is None) for i in use}
    counts = {g: sum(other == g for other in groups.values()) for g in set(groups.values())}
    weight = {i: SHARES[g[0]] / counts[g] for i, g in groups.items()}
    scale = len(use) / sum(weight.values())
    optimizer = torch.optim.AdamW([{"params": list(model.parameters())}, {"params": list(head.parameters())}])
    steps, done = EPOCHS * len(use) // BATCH, 0
    model.train()
    for _ in range(EPOCHS):
        rng.shuffle(use)
        # Sentences of one length go together, so that little is padding.
        chunks = [sorted(use[at : at + 2048], key=lambda i: len(tokens[i])) for at in range(0, len(use), 2048)]
        batches = [chunk[at : at + BATCH] for chunk in chunks for at in range(0, len(chunk), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            rate, done = min(1, done / 150) * max(0.02, 1 - done / steps), done + 1
            for group, base in zip(optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
                group["lr"] = base * rate
            target = torch.tensor([float(rows[i].sense) for i in batch], device=model.device)
            wrong = nn.functional.binary_cross_entropy_with_logits(
                _logits(model, head, tokens, batch), target, reduction="none"
            )
            optimizer.zero_grad()
            (wrong * torch.tensor([scale * weight[i] for i in batch], device=model.device)).mean().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    model.eval()
    return head
