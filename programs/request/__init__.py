"""Reading what a person typed: topics, time, facts, what a model marks, and completing the profile."""

__all__ = ["complete", "facts", "spans", "spoken", "time", "topics", "vote"]
