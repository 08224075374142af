"""What a request says about time, read by rules: deadline, span, minutes, rhythm, days, times of day, absences."""

__all__ = [
    "away",
    "blocks",
    "dates",
    "days",
    "deadline",
    "durations",
    "hours",
    "items",
    "named",
    "read",
    "rhythm",
    "shares",
    "start",
    "stated",
    "tongues",
    "weeks",
    "when",
    "words",
    "written",
]
