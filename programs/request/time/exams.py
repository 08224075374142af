"""Exams by their names: "GMAT 4/18" needs no other word to say that something happens on the day."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ...yaml_file import read_yaml
from .written import Written

_FILE = Path(__file__).parents[2] / "data" / "courses.yaml"
_SERIES = ("AP ", "IB ")
"""Courses that end in an exam of the same name."""


def exam_beside(text: Written, start: int, end: int) -> bool:
    """Whether a known exam's name and the day between two places of the text stand together, with no other word."""
    before, after = text.typed[: text.at[start][0]], text.typed[text.at[end - 1][1] :]
    named_before, named_after, alone = _patterns()
    return bool((named_before.search(before) and alone.match(after)) or named_after.match(after))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    marks, said = set(), set()
    for course in read_yaml(_FILE):
        # Names that are also words are those of exams.
        if course.get("exam") or course.get("marks") or course["name"].startswith(_SERIES):
            marks |= set(course.get("marks", ()))
            said |= {re.escape(name) for name in course["said"]}
    name = rf"\b(?:{'|'.join(sorted(marks))}|(?i:{'|'.join(sorted(said, key=lambda s: (-len(s), s)))}))"
    alone = r"(?=\s*(?:$|[.,;:!?)\n]| [-–—] ))"
    return (
        re.compile(rf"{name}(?:,|:| [-–—])?\s+(?:(?:is|on)\s+)*\(?$"),
        re.compile(rf"(?::|,| [-–—])?\s+{name}{alone}"),
        re.compile(alone),
    )
