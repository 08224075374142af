"""Whatever runs a model, behind one Protocol."""

__all__ = [
    "base",
    "continuous",
    "kv_cache",
    "llamacpp",
    "lm",
    "meter",
    "ollama",
    "ollama_server",
    "open",
    "recorded",
    "schema",
    "score",
    "server",
    "testing",
    "transformers",
]
