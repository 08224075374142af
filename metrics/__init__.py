"""How good it is: the rubric, the tests that the rubric itself has to pass, and the statistics of comparing."""

__all__ = [
    "customize",
    "dimensions",
    "explain",
    "judge",
    "rubric",
    "searches",
    "sequential",
    "sessions",
    "statistics",
    "validity",
    "variance",
]
