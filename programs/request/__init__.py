"""Reading what a person typed: topics, time, facts, and completing the profile from them."""

__all__ = ["complete", "facts", "question", "spans", "time", "topics", "values"]
