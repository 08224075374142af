"""A frozen program, its weights and the proof that both are unchanged, in one folder."""

__all__ = ["bundle", "export", "freeze", "frozen", "golden", "manifest", "ollama", "verify"]
