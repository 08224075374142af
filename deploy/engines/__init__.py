"""Whatever runs a model, behind one Protocol."""

__all__ = [
    "base",
    "continuous",
    "kv_cache",
    "llamacpp",
    "lm",
    "meter",
    "mlx",
    "open",
    "recorded",
    "schema",
    "score",
    "server",
    "testing",
    "token_masks",
    "transformers",
]
