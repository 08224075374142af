"""The network of ``metrics/dimensions/sense.py`` in torch, its training, and its numbers as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from studysmith.metrics.dimensions.associations import INTERESTS
from studysmith.metrics.dimensions.sense import FIRST_WORD, MOST_WORDS, encode, places
from studysmith.metrics.dimensions.text import words
from studysmith.programs.curriculum import curriculum
from torch import nn

from .rows import Row

WIDTH, EPOCHS, BATCH, RATE, DROP = 64, 16, 512, 2e-3, 0.2
SHARES = {
    "demonstration": 0.45, "teaching": 0.4, "reasons": 0.05, "plain": 0.18, "model": 0.58, "untuned": 0.07,
    "swap": 0.16, "hobby": 0.1, "salad": 0.05, "shuffle": 0.1, "concept": 0.18, "reason": 0.2,
}  # fmt: skip
"""How much each source counts, whatever its number of sentences."""
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def vocabulary(rows: Sequence[Row], most: int = 7000, least: int = 4) -> list[str]:
    """The words that are told apart, the most frequent first."""
    count: dict[str, int] = {}
    named = [f"{c.name} {c.objective}" for c in curriculum().values()] + list(INTERESTS)
    for text in [r.text for r in rows] + named * least:
        for word in set(words(text)):
            count[word] = count.get(word, 0) + 1
    return [w for w in sorted(count, key=lambda w: (-count[w], w)) if count[w] >= least][:most]


def start(known: Sequence[str], table: np.ndarray, pieces: Any) -> np.ndarray:
    """First vectors of the words: the embedded model's own, averaged over a word's pieces, in their main directions."""
    mean = np.array([table[pieces(f" {w}")].mean(0) for w in known], np.float32)
    u, s, _ = np.linalg.svd(mean - mean.mean(0), full_matrices=False)
    found = (u * s)[:, :WIDTH]
    return 0.5 * found / found.std()


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        d = WIDTH
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o, self.a, self.b = (
            nn.Linear(d, 3 * d),
            nn.Linear(d, d),
            nn.Linear(d, 2 * d),
            nn.Linear(2 * d, d),
        )
        self.drop = nn.Dropout(DROP)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        n, length, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(n, length, 3, 4, d // 4).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        x = x + self.drop(self.o(mixed.transpose(1, 2).reshape(n, length, d)))
        return x + self.drop(self.b(nn.functional.gelu(self.a(self.n2(x)), approximate="tanh")))


class Net(nn.Module):
    def __init__(self, first: np.ndarray) -> None:
        super().__init__()
        self.e = nn.Embedding(len(first) + FIRST_WORD, WIDTH, padding_idx=0)
        nn.init.normal_(self.e.weight, std=0.5)
        self.e.weight.data[FIRST_WORD:] = torch.tensor(first)
        self.r, self.g, self.f, self.q = (nn.Embedding(n, WIDTH) for n in (9, 3, 2, MOST_WORDS))
        for table in (self.r, self.g, self.f, self.q):
            nn.init.normal_(table.weight, std=0.1)
        self.bl = nn.ModuleList(Layer() for _ in range(2))
        self.n, self.h, self.drop = nn.LayerNorm(WIDTH), nn.Linear(2 * WIDTH, 2), nn.Dropout(DROP)

    def forward(self, x: torch.Tensor, reason: torch.Tensor) -> torch.Tensor:
        """x: rows of words, roles, parts, shared, places; padding has word 0."""
        ids, mask = x[:, 0], x[:, 0] > 0
        if self.training:
            ids = torch.where((torch.rand(ids.shape, device=ids.device) < 0.08) & (ids >= FIRST_WORD), 2, ids)
        h = self.drop(self.e(ids) + self.r(x[:, 1]) + self.g(x[:, 2]) + self.f(x[:, 3]) + self.q(x[:, 4]))
        for layer in self.bl:
            h = layer(h, mask)
        h = self.n(h)
        judged = (x[:, 2] == reason[:, None] + 1) & mask
        mean = (h * judged[..., None]).sum(1) / judged.sum(1, keepdim=True).clamp(min=1)
        return self.h(torch.cat([h[:, 0], mean], 1)).gather(1, reason[:, None]).squeeze(1)


class Encoded:
    """Rows as one tensor, with their weights and targets (a teacher's where given)."""

    def __init__(self, rows: Sequence[Row], known: dict[str, int], teacher: np.ndarray | None = None):
        found = [encode(r.text, r.concept, r.activity, curriculum(), known).rows for r in rows]
        x = np.zeros((len(rows), 5, max(f.shape[1] for f in found)), np.int64)
        for i, f in enumerate(found):
            x[i, :4, : f.shape[1]], x[i, 4, : f.shape[1]] = f, places(f[2])
        self.x, self.reason = torch.tensor(x), torch.tensor([int(r.activity is not None) for r in rows])
        groups = [(r.source, r.activity is not None) for r in rows]
        count = Counter(groups)
        self.weight = torch.tensor([SHARES[s] / count[s, k] for s, k in groups])
        self.weight *= len(rows) / self.weight.sum()
        label = np.array([float(r.sense) for r in rows])
        if teacher is not None:
            # What was spoilt on purpose is known; of what a model wrote, the teacher knows which part makes sense.
            part = np.array([0.6 if r.sense or r.source in ("model", "untuned") else 0.15 for r in rows])
            label = part / (1 + np.exp(-teacher)) + (1 - part) * label
        self.target = torch.tensor(label * 0.96 + 0.02, dtype=torch.float32)


def fit(data: Encoded, first: np.ndarray, use: np.ndarray, seed: int = 0) -> Net:
    """Trains on the rows that ``use`` names; about 20 s on a GPU."""
    torch.manual_seed(seed)
    net = Net(first).to(_DEVICE).train()
    rest = [p for name, p in net.named_parameters() if name != "e.weight"]
    optimizer = torch.optim.AdamW([{"params": [net.e.weight]}, {"params": rest}], weight_decay=0.02)
    steps, done, order = EPOCHS * (len(use) // BATCH), 0, torch.tensor(use)
    for _ in range(EPOCHS):
        for part in order[torch.randperm(len(order))].split(BATCH)[: len(use) // BATCH]:
            rate, done = min(1, done / 200) * max(0.01, 1 - done / steps), done + 1
            for group, base in zip(optimizer.param_groups, (0.2 * RATE, RATE), strict=True):
                group["lr"] = base * rate
            x, reason = data.x[part].to(_DEVICE), data.reason[part].to(_DEVICE)
            wrong = nn.functional.binary_cross_entropy_with_logits(
                net(x[:, :, : int((x[:, 0] > 0).sum(1).max())], reason), data.target[part].to(_DEVICE), reduction="none"
            )
            optimizer.zero_grad()
            (wrong * data.weight[part].to(_DEVICE)).mean().backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
    return net.eval()


@torch.no_grad()
def logits(net: Net, data: Encoded, use: np.ndarray) -> np.ndarray:
    parts = torch.tensor(use).split(1024)
    return np.concatenate([net(data.x[p].to(_DEVICE), data.reason[p].to(_DEVICE)).float().cpu().numpy() for p in parts])


def save(net: Net, known: Sequence[str], path: Path) -> None:
    """The numbers as ``sense.Network`` reads them: a byte each, with a scale for each row."""
    out: dict[str, Any] = {"words": np.frombuffer("\n".join(known).encode(), np.uint8)}
    for key, tensor in net.state_dict().items():
        value = tensor.float().cpu().numpy()
        name = key.removeprefix("bl.").replace(".weight", ".w").replace(".bias", ".b")
        name = name[0] if name in ("e.w", "r.w", "g.w", "f.w", "q.w") else name
        scale = np.abs(value).max(1, keepdims=True) / 127 + 1e-12 if value.ndim == 2 and name != "h.w" else None
        out[name] = value if scale is None else np.round(value / scale).astype(np.int8)
        out[f"scale {name}"] = np.float32(1) if scale is None else scale.astype(np.float32)
    np.savez_compressed(path, **out)
