"""Making the base better: data sets of word problems, LoRA and rejection-sampling training, solve rate, merging."""

__all__ = [
    "card",
    "checkpoints",
    "commands",
    "config",
    "curves",
    "data",
    "generate",
    "kv_cache",
    "merge",
    "models",
    "order",
    "prompts",
    "rejection",
    "solve",
    "stats",
    "torch_sampling",
    "train",
]
