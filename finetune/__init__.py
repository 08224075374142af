"""Making the base better: data sets of word problems, LoRA and rejection-sampling training, solve rate, merging."""

__all__ = [
    "card",
    "checkpoints",
    "config",
    "curves",
    "data",
    "fit",
    "merge",
    "order",
    "prompts",
    "rejection",
    "result",
    "sampling",
    "solve",
    "train",
]
