"""Random search: the plainest optimizer, and an example of how little one takes."""

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from .bench import Bench
    from .candidate import Candidate


class RandomSearch:
    """Text prompts drawn at random: the baseline that every search has to beat."""

    name = "random"
    settings: ClassVar[dict[str, Any]] = {}
    many_workers = True

    def search(self, bench: "Bench") -> "Iterator[Candidate]":
        """See Optimizer."""
        rng, space = Random(bench.seed), bench.space()
        while True:
            yield space.sample(rng)
