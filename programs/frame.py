"""The fixed phrases around a plan, in the languages that have a data file: headings, days, months."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from .yaml_file import read_yaml

SPOKEN = ("es", "pt", "fr", "de", "zh")
"""Languages, beside English, in which requests are understood."""
_FILES = Path(__file__).parent / "data" / "languages"


@cache
def language_data(language: str) -> Mapping[str, Any]:
    """All that is written down for one of ``SPOKEN``."""
    data: Mapping[str, Any] = read_yaml(_FILES / f"{language}.yaml")
    return data


class Frame:
    """Says the fixed phrases of a plan in its language; as they are for English and any language that is not known."""

    def __init__(self, language: str) -> None:
        self._said: Mapping[str, Any] = language_data(language)["frame"] if language in SPOKEN else {}

    def __call__(self, phrase: str) -> str:
        return str(self._said.get(phrase, phrase))

    def day(self, day: date) -> str:
        """Weekday, day and month: "Tue 06 Jan"."""
        if not self._said:
            return f"{day:%a %d %b}"
        words = {"day": self._said["days"][day.weekday()], "month": self._said["months"][day.month - 1]}
        return str(self._said["date"]).format(number=day.day, **words)
