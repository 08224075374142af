"""Making the base better: data sets of word problems, LoRA and rejection-sampling training, solve rate, merging."""

__all__ = [
    "card",
    "checkpoints",
    "config",
    "curves",
    "data",
    "merge",
    "order",
    "prompts",
    "rejection",
    "sampling",
    "solve",
    "train",
]
