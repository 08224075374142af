"""Soft prompts: learned vectors in place of an instruction"s tokens."""

__all__ = ["objectives", "optimizer", "training"]
