"""What a text says about topics, as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...learner import Attempt
from ..spans import Span
from .absent import Absent
from .outside import Outside


@dataclass
class Topics:
    """What a text says about topics; concepts by id.

    ``subject`` is set where all of a subject or course is asked for; ``choices``: wordings that may mean several
    concepts, the likeliest first; ``alternatives``: the nearest concepts where it stays unclear which is meant;
    ``outside``: another subject that is asked for, with the mathematics in it, and ``beside``: what is asked for of
    other subjects beside mathematics, with their names; ``absent``: mathematics that is asked for and that the
    curriculum does not have; ``ordered``: the text says that its topics are in their order.
    """

    topics: list[str] = field(default_factory=list)
    not_topics: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    struggles: list[str] = field(default_factory=list)
    errors: list[Attempt] = field(default_factory=list)
    course: str = ""
    subject: str = ""
    choices: list[list[str]] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    outside: Outside | None = None
    beside: list[tuple[str, str]] = field(default_factory=list)
    ordered: bool = False
    absent: list[Absent] = field(default_factory=list)
    used: list[Span] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
