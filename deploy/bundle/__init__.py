"""A frozen program, its weights and the proof that both are unchanged, in one folder."""

__all__ = [
    "adapters",
    "bundle",
    "chat",
    "content",
    "export",
    "freeze",
    "frozen",
    "golden",
    "manifest",
    "messages",
    "mlx",
    "mlx_tokenizer",
    "mlx_weights",
    "ollama",
    "parity",
    "sign",
    "soft_check",
    "targets",
    "verify",
]
