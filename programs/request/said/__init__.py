"""What a request says of people: for whom it is, what they like, how they work, what for, and what they need."""

__all__ = ["abroad", "goals", "likes", "needs", "people", "phrases", "ways"]
