"""What somebody needs beside a topic: dyslexia, no internet, left-handed."""

from __future__ import annotations

import re
from functools import cache

from ...needs import needs
from ..time.written import Written


def read_needs(text: Written) -> list[tuple[str, int, int]]:
    """The names of the needs that a text states, and where; of two that share words, the one that says more."""
    found = [(name, *match.span()) for name, pattern in _patterns().items() for match in pattern.finditer(text.text)]
    kept: list[tuple[str, int, int]] = []
    for name, start, end in sorted(found, key=lambda f: (f[1] - f[2], f[1])):
        if all(end <= other[1] or other[2] <= start for other in kept) and not _denied(text.text, start):
            kept.append((name, start, end))
    return sorted(kept, key=lambda f: f[1])


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(rf"(?<!\w)(?:{'|'.join(need.said)})(?!\w)") for name, need in needs().items()}


def _denied(text: str, start: int) -> bool:
    return bool(re.search(r"\b(?:not|isn't|aren't|never had|don't have|doesn't have) (?:an? )?$", text[:start]))
