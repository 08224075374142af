"""Whatever runs a model, behind one Protocol."""

__all__ = [
    "base",
    "continuous",
    "decode",
    "kv_cache",
    "llamacpp",
    "lm",
    "load_failure",
    "meter",
    "mlx",
    "ollama",
    "ollama_server",
    "open",
    "recorded",
    "sampling",
    "schema",
    "score",
    "server",
    "testing",
    "token_masks",
    "transformers",
]
