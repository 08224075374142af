"""Long times with breaks: nobody learns for two hours at a stretch, and a dozen tasks of one kind are no lesson."""

from __future__ import annotations

from itertools import count

LONGEST, BREAK = 75, 10
"""Minutes of a session at a stretch at most, and of the break before the next one on the same day."""


def sessions_in(minutes: int) -> tuple[int, int]:
    """How many sessions the time on a day makes, and the minutes of each; a rest of a few goes to the breaks."""
    sessions = next(n for n in count(1) if (minutes - BREAK * (n - 1)) / n <= LONGEST)
    return sessions, (minutes - BREAK * (sessions - 1)) // sessions


def with_breaks(minutes: int) -> str:
    """What a time of so many minutes becomes; empty where it is one session."""
    sessions, each = sessions_in(minutes)
    if sessions == 1:
        return ""
    between = "a break" if sessions == 2 else "breaks"
    return (
        f"{minutes} minutes are long at a stretch, so they are {sessions} sessions of {each}, "
        f"with {between} of {BREAK} minutes between them."
    )
