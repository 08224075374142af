"""Keys and values of a batch: the rows' own in place, and those of a beginning that all rows share only once."""

from collections.abc import Sequence
from typing import Any, Self

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

_BLOCK = 32


class _Layer(CacheLayerMixin):
    """One layer's `keys` and `values`, each (rows, heads, room, width), of which `used` places of `room` are filled;
    `start` is the number of tokens before them."""

    is_sliding = False
    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start, self.used = start, 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the next tokens' keys and values; the rows' own, with the room that is left, which masks hide."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end, room = self.used + key_states.shape[2], self.room(key_states.shape[2])
        if room > self.keys.shape[2]:
            # Zeros, not what is in memory: a masked place weighs 0, and 0 times NaN is NaN.
            self.keys, self.values = (_padded(old, right=room - old.shape[2]) for old in (self.keys, self.values))
        self.keys[:, :, self.used : end] = key_states
        self.values[:, :, self.used : end] = value_states
        self.used = end
        return self.keys, self.values

    def room(self, more: int) -> int:
        """Places once there are `more` tokens: just enough for a prompt, then in blocks."""
        end = self.used + more
        if not self.used:
            return end
        room = int(self.keys.shape[2])
        return room if end <= room else -(-end // _BLOCK) * _BLOCK

    def get_seq_length(self) -> int:
        return self.start + self.used

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.start + self.room(query_length), 0

    def get_max_length(self) -> int:
        return -1


class BatchCache(Cache):
    """A cache of rows that all begin with the tokens of `shared`, a cache of one row.

    Masks and positions count the shared tokens; what attention is given does not have them, so it must be one that
    takes them from `shared` (see `attention`). Written in place, because concatenation copies everything at each token,
    and given whole, because products of a part of a tensor copy it on a CPU: masks must end at the last token.
    """

    layers: list[_Layer]  # type: ignore[assignment]  # Base: any mixture of layers; here all are ours.

    def __init__(self, shared: "BatchCache | None" = None) -> None:
        self.shared = shared
        self.start = shared.get_seq_length() if shared is not None else 0
        super().__init__(layers=[])

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `transformers.Cache.update`; without the shared tokens."""
        while len(self.layers) <= layer_idx:
            self.layers.append(_Layer(self.start))
        return self.layers[layer_idx].update(key_states, value_states)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Tokens so far, shared ones and padding included."""
        return self.layers[layer_idx].get_seq_length() if self.layers else self.start

    def get_mask_sizes(self, query_length: int, layer_idx: int) -> tuple[int, int]:
        """See `transformers.Cache.get_mask_sizes`; right before the first token, too."""
        return self.layers[layer_idx].get_mask_sizes(query_length) if self.layers else (self.start + query_length, 0)

    def keep(self, rows: torch.Tensor) -> None:
        """Drop all rows but those of these indices."""
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[rows], layer.values[rows]

    @classmethod
    def join(cls, pieces: Sequence["BatchCache"]) -> Self:
        """The rows of caches with the same shared tokens below each other; shorter ones are padded on the left."""
        joined = cls(pieces[0].shared)
        for layers in zip(*(piece.layers for piece in pieces), strict=True):
            layer = _Layer(joined.start)
            width = max(one.used for one in layers)
            layer.update(
                torch.cat([_padded(one.keys, left=width - one.used) for one in layers]),
                torch.cat([_padded(one.values, left=width - one.used) for one in layers]),
            )
            joined.layers.append(layer)
        return joined


def _padded(states: torch.Tensor, left: int = 0, right: int = 0) -> torch.Tensor:
    return torch.nn.functional.pad(states, (0, 0, left, right))


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    shared: BatchCache | None = None,
    **rest: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of (rows, heads, tokens, width) queries over the shared tokens and the rows' own.

    transformers copies the keys for every query head before it attends, which is most of the time of a large batch;
    here each key is read once, and each shared key once for all rows. The results are the same numbers. Prompts that
    share nothing go through its own attention, which does not hold all scores at once.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    rows, heads, tokens, width = query.shape
    if shared is None and tokens != 1:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **rest)
    groups, own = key.shape[1], key.shape[2]
    grouped = (query * (scaling or width**-0.5)).reshape(rows, groups, -1, width)
    scores = grouped @ key.transpose(2, 3)
    if shared is not None:
        begin = shared.layers[module.layer_idx]
        scores = torch.cat([_over_rows(grouped, begin.keys.transpose(2, 3)), scores], -1)
    if attention_mask is not None:
        by_token = scores.view(rows, groups, -1, tokens, scores.shape[-1])
        by_token.masked_fill_(~attention_mask[:, :, None], float("-inf"))
    weights = torch.softmax(scores, -1)
    out = weights[..., -own:] @ value
    if shared is not None:
        out = out + _over_rows(weights[..., :-own], begin.values)
    return out.reshape(rows, heads, tokens, width).transpose(1, 2), None


def _over_rows(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(rows, groups, n, a) @ (1, groups, a, b), one product a group: broadcasting would copy `right` for each row."""
    rows, groups, n, _ = left.shape
    product = left.transpose(0, 1).reshape(groups, rows * n, -1) @ right[0]
    return product.reshape(groups, rows, n, -1).transpose(0, 1)
