"""Training data: word problems mixed, cleaned and varied, and study plans."""

__all__ = ["drills", "equations", "mixture", "overlap", "plans", "renumber"]
