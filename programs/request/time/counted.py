"""Numbers of sessions and minutes, as sentences have them."""

from __future__ import annotations

from ...learner import LONGEST, SHORTEST


def bounded(minutes: int) -> str:
    """That a session of so many minutes is planned with others."""
    if minutes < SHORTEST:
        return f"Of {minutes} minutes nothing can be learned, so a session takes {SHORTEST}, the least."
    return f"Of {minutes} minutes on a day {LONGEST} are planned: that is the most."


def be(number: int) -> str:
    return "is" if number == 1 else "are"


def there_is(number: int, noun: str) -> str:
    """What follows after "there"."""
    return f"{be(number)} {count(number, noun)}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def even(minutes: int, sessions: int, most: int) -> int:
    """``sessions``, or one more or less where the minutes go into those without a rest; at most ``most``."""
    near = (n for n in (sessions, sessions + 1, sessions - 1) if 0 < n <= most and minutes <= n * LONGEST)
    return next((n for n in near if minutes % n == 0), sessions)


def uneven(minutes: int, sessions: int, noun: str) -> str:
    """That whole minutes of so many sessions, or study days, leave a rest."""
    each = minutes // sessions
    return f"Of {minutes} minutes a week {each * sessions} are planned, in {count(sessions, noun)} of {each} minutes."
