"""A language model as a judge of one dimension, and the tests that it has to pass first."""

__all__ = ["judge", "prompt", "validation"]
