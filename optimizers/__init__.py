"""Better prompts: a driver that scores candidates within a budget, and the strategies that propose them."""

__all__ = [
    "api",
    "base",
    "budget",
    "candidate",
    "compare",
    "evaluate",
    "interrupt",
    "prompt_tuning",
    "report",
    "run",
    "task",
    "tasks",
    "text",
]
