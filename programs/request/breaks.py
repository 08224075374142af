"""Long times with breaks: nobody learns for two hours at a stretch, and a dozen tasks of one kind are no lesson."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

BREAK = 10
"""Minutes before the next session of a day."""
WHOLE, STRETCH = {False: 90, True: 60}, {False: 75, True: 45}
"""Minutes up to which a day has one session, and of each of several at most; less where a learner sits for shorter."""


def sessions_in(minutes: int, short: bool = False) -> tuple[int, int]:
    """How many sessions the time on a day makes, and the minutes of each; a rest of a few goes to the breaks.

    short: for a learner who sits for less than others, as a child does.
    """
    sessions = 1 if minutes <= WHOLE[short] else ceil(minutes / STRETCH[short])
    return sessions, (minutes - BREAK * (sessions - 1)) // sessions


def noun_of(minutes: int, short: bool = False) -> str:
    """What a day with so many minutes is called: a session, or a study day where it has several."""
    return "session" if sessions_in(minutes, short)[0] == 1 else "study day"


def time_of(lengths: Sequence[int]) -> int:
    """Minutes that sessions of one day take, with the breaks between them."""
    return sum(lengths) + BREAK * (len(lengths) - 1)


def with_breaks(minutes: int, short: bool = False) -> str:
    """What a time of so many minutes becomes; empty where it is one session."""
    sessions, each = sessions_in(minutes, short)
    if sessions == 1:
        return ""
    between = "a break" if sessions == 2 else "breaks"
    return (
        f"{minutes} minutes are long at a stretch, so they are {sessions} sessions of {each}, "
        f"with {between} of {BREAK} minutes between them."
    )
