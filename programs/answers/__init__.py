"""Short mathematical answers: parsing them, and deciding whether two of them say the same."""

__all__ = ["checks", "comparing", "expressions", "extract", "parsing", "units"]
