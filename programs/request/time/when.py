"""A stretch of a text that names days, and the words for months and weekdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ...learner import Day

Kind = Literal["date", "slashes", "dots", "range", "weekday", "near", "week", "month", "edge", "season", "feast"]

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

FAR = timedelta(days=550)
"""A date without a year lies no further ahead."""


@dataclass(frozen=True)
class When:
    """``first`` to ``last``: the day or days that the characters ``start`` to ``end`` name."""

    start: int
    end: int
    kind: Kind
    first: date
    last: date
    how: str = ""
    """How an open wording was read: "month first", "its first day"."""
    due: date | None = None
    """The day of something that happens then, where it is not the first."""
