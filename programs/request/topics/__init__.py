"""Reading which concepts a request is about: names, descriptions, formulas, courses, and what is not wanted."""

__all__ = [
    "absent", "asked", "coordination", "corrected", "courses", "cues", "encoder", "families", "found", "ids",
    "items", "languages", "misspelt", "named", "names", "notation", "operations", "operations_abroad", "order",
    "outside", "places", "read", "retrieval", "senses", "stance", "stance_words", "subjects", "whole", "words", "work",
    "worked",
]  # fmt: skip
