"""In a page, what dateparser needs of the package ``regex``, by Python's own ``re``.

dateparser asks for two things that ``re`` lacks: overlapping matches, and to search backwards, which it does only to be
faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import *  # noqa: F403
from re import Match, Pattern  # noqa: F401
from typing import Any

REVERSE = 0


class _Overlapping:
    """A pattern whose matches may share characters."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern, self.flags, self.groups = pattern, pattern.flags, pattern.groups

    def search(self, string: str) -> re.Match[str] | None:
        return self._pattern.search(string)

    def finditer(self, string: str, overlapped: bool = False) -> Iterator[re.Match[str]]:
        at = 0
        while match := self._pattern.search(string, at):
            yield match
            at = match.start() + 1 if overlapped else max(match.end(), match.start() + 1)


def compile(pattern: Any, flags: int = 0, cache_pattern: bool = True) -> Any:
    compiled = re.compile(pattern, flags)
    # dateparser does not keep the patterns in which it looks for overlaps.
    return compiled if cache_pattern else _Overlapping(compiled)
