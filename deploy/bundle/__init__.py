"""A frozen program, its weights and the proof that both are unchanged, in one folder."""

__all__ = [
    "bundle",
    "export",
    "freeze",
    "frozen",
    "golden",
    "manifest",
    "mlx",
    "mlx_tokenizer",
    "mlx_weights",
    "parity",
    "verify",
]
