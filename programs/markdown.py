"""Text as it is: nothing that data, models and learners write is taken for markup by a renderer of Markdown."""

from __future__ import annotations

import re

_TIMES = re.compile(r"(?<=[\w)\]}|!])( ?)\*\1(?=[-+\w(\[{|√])")
"""A star between operands; one between spaces on one side only may stress a word."""
_MARKUP = re.compile(
    r"""
    \\(?=[!-/:-@\[-`{-~]|$)         # a backslash that would vanish, or break the line
    | [*`~]
    | (?<![^\W_])_ | _(?![^\W_])    # within a word it marks nothing: a_n
    | <(?=[a-z/!?]) | &(?=\#?\w+;)  # a tag, an entity
    | \](?=[(\[:])                  # the end of a link's text: without it, brackets are just brackets
    | \#(?=\#*$)                    # closes a heading
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AT_THE_START = re.compile(
    r"(?P<number>\d{1,9})(?=[.)](?: |$))|(?=[-+](?: |$)|-{2,}|=+$|>|\#{1,6}(?: |$)|\[[ x]\])", re.I
)


def with_dots(text: str) -> str:
    """A formula as people write it: "4*5 = 20" is "4·5 = 20"."""
    return _TIMES.sub(r"\1·\1", text)


def as_is(text: str) -> str:
    """One line of Markdown that any renderer of CommonMark shows as ``text``, with a dot for each sign of times.

    Escaped is only what would be markup where it stands, because the same lines are read on terminals. Line breaks
    become spaces.
    """
    line = _MARKUP.sub(r"\\\g<0>", " ".join(with_dots(text).split()))
    start = _AT_THE_START.match(line)
    if start is None or line.startswith("\\"):
        return line
    number = start["number"] or ""
    return f"{number}\\{line[len(number) :]}"
