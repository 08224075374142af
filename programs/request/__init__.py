"""Reading what a person typed: topics, time, facts, what a model marks, and completing the profile."""

__all__ = [
    "account", "complete", "facts", "identifier", "pair", "question", "said", "schedule", "spans", "spoken", "time",
    "values", "vote",
]  # fmt: skip
