"""Whatever runs a model, behind one Protocol."""

__all__ = ["base", "llamacpp", "lm", "meter", "schema", "threads"]
