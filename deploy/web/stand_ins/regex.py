"""In a page, what dateparser needs of the package ``regex``, by Python's own ``re``.

``re`` lacks look-behinds whose alternatives differ in length, which are written as several here; the place where a
match begins (``\\G``); one name for several groups; overlapping matches; and searching backwards, which dateparser does
only to be faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from re import *  # noqa: F403
from re import Match, Pattern  # noqa: F401
from typing import Any

REVERSE = 0
_NAMED, _TAKEN = re.compile(r"\(\?P<(\w+)>"), re.compile(r"\\(?:g<(\w+)>|1)")
_LOOKS_BEHIND = re.compile(r"\(\?<[=!]")
_FROM_HERE = (r"(.*?(?:\G|", r"(|.*?(?:")
"""What dateparser writes for "here, or after the next of these", and the same for matches that begin where it looks."""
_SPACES = 3
"""As many blanks a look-behind sees where it may see any number; dateparser has made one of several before."""


def compile(pattern: Any, flags: int = 0, cache_pattern: bool = True) -> Any:  # type: ignore[no-redef]
    if isinstance(pattern, str):
        pattern = fixed(pattern)
        names = _NAMED.findall(pattern)
        if len(set(names)) < len(names):
            return _Shared(pattern, flags)
    try:
        compiled = re.compile(pattern, flags)
    except re.error:  # "midi" not behind "après le": an hour, where only days are sought
        compiled = re.compile("(?!)")
    # dateparser does not keep the patterns in which it looks for overlaps.
    return compiled if cache_pattern else _Overlapping(compiled)


def _compiling(name: str) -> Any:
    def call(pattern: Any, *args: Any, **settings: Any) -> Any:
        return getattr(re, name)(fixed(pattern) if isinstance(pattern, str) else pattern, *args, **settings)

    return call


sub, split, search, match, fullmatch, findall, finditer = map(
    _compiling, ("sub", "split", "search", "match", "fullmatch", "findall", "finditer")
)


def fixed(pattern: str) -> str:
    """The pattern as ``re`` takes it: with a look-behind for each of the alternatives of one."""
    pattern, at = pattern.replace(*_FROM_HERE), 0
    while begin := _LOOKS_BEHIND.search(pattern, at):
        end = _closing(pattern, begin.start())
        looks = [f"{begin[0]}{option})" for option in _alternatives(pattern[begin.end() : end])]
        new = "".join(looks) if begin[0].endswith("!") else f"(?:{'|'.join(looks)})"
        if len(looks) > 1:
            pattern = pattern[: begin.start()] + new + pattern[end + 1 :]
            at = begin.start() + len(new)
        else:
            at = end
    return pattern


def _alternatives(inner: str) -> list[str]:
    if inner.startswith("(?:") and _closing(inner, 0) == len(inner) - 1:
        return _alternatives(inner[3:-1])
    places = [i for i, char, depth in _walk(inner) if char == "|" and depth == 0]
    options = [inner[a + 1 : b] for a, b in zip([-1, *places], [*places, len(inner)], strict=True)]
    return [
        made
        for option in options
        for made in (
            [option[:-3] + r"\s" * count for count in range(_SPACES + 1)] if option.endswith(r"\s*") else [option]
        )
    ]


def _closing(pattern: str, start: int) -> int:
    return next(i for i, char, depth in _walk(pattern) if char == ")" and depth == _depth(pattern, start) and i > start)


def _depth(pattern: str, place: int) -> int:
    return next(depth for i, _, depth in _walk(pattern) if i == place)


def _walk(pattern: str) -> Iterator[tuple[int, str, int]]:
    """Each character that is neither escaped nor in a set, and how many groups it is in (a group's own brackets: as
    many as are around it)."""
    depth, escaped, in_set = 0, False, False
    for i, char in enumerate(pattern):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif in_set:
            in_set = char != "]"
        elif char == "[":
            in_set = True
        elif char == "(":
            yield i, char, depth
            depth += 1
        elif char == ")":
            depth -= 1
            yield i, char, depth
        else:
            yield i, char, depth


class _Shared:
    """A pattern of alternatives in which a group of each has the same name, and so is the first one."""

    def __init__(self, pattern: str, flags: int) -> None:
        number = count()
        self._pattern = re.compile(_NAMED.sub(lambda name: f"(?P<{name[1]}__{next(number)}>", pattern), flags)
        self.match = self._pattern.match

    def sub(self, replacement: str, string: str) -> str:
        def made(found: re.Match[str]) -> str:
            texts = {name.partition("__")[0]: text for name, text in found.groupdict().items() if text is not None}
            return _TAKEN.sub(lambda taken: texts[taken[1] or next(iter(texts))], replacement)

        return self._pattern.sub(made, string)


class _Overlapping:
    """A pattern whose matches may share characters."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern, self.flags, self.groups = pattern, pattern.flags, pattern.groups

    def search(self, string: str) -> re.Match[str] | None:
        return self._pattern.search(string)

    def finditer(self, string: str, overlapped: bool = False) -> Iterator[re.Match[str]]:
        at = 0
        while found := self._pattern.search(string, at):
            yield found
            at = found.start() + 1 if overlapped else max(found.end(), found.start() + 1)
