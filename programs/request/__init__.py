"""Reading what a person typed: topics, time, facts, and completing the profile from them."""

__all__ = ["complete", "facts", "spans", "time", "topics", "values"]
