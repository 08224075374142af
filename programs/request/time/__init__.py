"""What a request says about time, read by rules: deadline, span, minutes, rhythm, days, times of day, absences."""

__all__ = ["away", "dates", "days", "deadline", "durations", "hours", "read", "rhythm", "stated", "weeks", "written"]
