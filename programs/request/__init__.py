"""Reading what a person typed: topics, time, facts, what a model marks, and completing the profile."""

__all__ = [
    "account", "breaks", "complete", "facts", "identifier", "lacking", "pair", "question", "said", "schedule",
    "spans", "spoken", "time", "topics", "values", "vote",
]  # fmt: skip
