"""Successive halving: who of many candidates meets how many examples."""

from __future__ import annotations

ROUND = 16
"""Candidates that are halved together. From 16 to 2 they cost as much as 5 that meet all examples."""


def rungs(candidates: int, examples: int, keep: int) -> list[tuple[int, int]]:
    """How many candidates are left, and how many examples each of them has met then, from the first rung to the last.

    On each rung half of the candidates meet twice as many examples, so every rung costs about the same; on the last,
    ``keep`` candidates meet them all. Few candidates have fewer rungs, and are told apart on more examples.
    """
    sizes = [candidates]
    while sizes[-1] > max(1, keep):
        sizes.append(max(1, keep, -(-sizes[-1] // 2)))
    last = len(sizes) - 1
    return [(size, max(1, -(-examples // 2 ** (last - number)))) for number, size in enumerate(sizes)]
