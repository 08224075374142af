"""Tests of the rubric itself: corruptions that must be noticed, attacks that must be lost."""

__all__ = [
    "attacks",
    "bare_attacks",
    "cases",
    "corruption",
    "corruptions",
    "figure",
    "gaming",
    "honesty",
    "nonsense",
    "phrases",
    "registry",
    "senseless",
    "suite",
    "timetable",
    "validate",
    "wording",
]
