"""How long work says how far it is: one signature, everywhere."""

from collections.abc import Callable

Progress = Callable[[str, int, int, str], None]
"""``progress(stage, done, total, detail)``: how far a stage is."""


def silent(stage: str, done: int, total: int, detail: str) -> None:
    """Tell nobody."""
