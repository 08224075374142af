"""Reading which concepts a request is about: names, descriptions, formulas, courses, and what is not wanted."""

__all__ = ["encoder", "names", "words"]
