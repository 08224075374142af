"""Soft prompts: learned vectors in place of an instruction"s tokens."""

__all__ = [
    "adapters",
    "allowance",
    "distillation",
    "grpo",
    "objectives",
    "optimizer",
    "p_tuning",
    "policy",
    "race",
    "runs",
    "self_imitation",
    "served_text",
    "soft_prompt",
    "sweep",
    "trainer",
    "training",
    "vectors",
    "watched",
]
