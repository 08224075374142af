"""Reading which concepts a request is about: names, descriptions, formulas, courses, and what is not wanted."""

__all__ = [
    "absent", "asked", "coordination", "courses", "cues", "encoder", "ids", "items", "languages", "names", "notation",
    "operations", "outside", "places", "read", "retrieval", "stance", "subjects", "whole", "words", "work",
]  # fmt: skip
