"""Reading what a person typed: topics, time, facts, and completing the profile from them."""

__all__ = ["account", "complete", "facts", "pair", "said", "spans", "time", "topics"]
