"""Soft prompts: learned vectors in place of an instruction"s tokens."""

__all__ = ["adapters", "objectives", "optimizer", "served_text", "soft_prompt", "training"]
