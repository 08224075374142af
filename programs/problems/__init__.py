"""Word problems: one normal form, where they come from, and a generator."""

__all__ = ["formats", "generator", "sources"]
