"""A rubric of one"s own, for any task, in three phases: draft, refine, freeze."""

__all__ = ["experts", "files", "phases"]
