"""Duplicates and leaks between sets, found by shared runs of words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...programs.problems.formats import Problem

NGRAM = 8
_WORD = re.compile(r"[a-z]+|\d[\d,]*(?:\.\d+)?")


class Dropped(NamedTuple):
    """A problem that was left out: which, of what it is a copy, and the share of its n-grams found there."""

    id: str
    source: str
    like: str
    overlap: float
    why: str


def ngrams(question: str, *, mask: bool, n: int = NGRAM) -> set[str]:
    """Runs of n words in lower case (one run if the question is shorter). With `mask`, every number reads `0`, so the
    same story with other numbers is the same."""
    words = ["0" if mask and w[0].isdigit() else w for w in _WORD.findall(question.lower())]
    return {" ".join(words[i : i + n]) for i in range(max(1, len(words) - n + 1))}


class Index:
    """Questions to compare with. `closest` gives the entry that holds the largest share of a question's n-grams."""

    def __init__(self, problems: Iterable[Problem] = (), *, mask: bool) -> None:
        self._mask = mask
        self._where: dict[str, list[str]] = defaultdict(list)
        for problem in problems:
            self.add(problem)

    def add(self, problem: Problem) -> None:
        """Make a problem one of those compared with."""
        for gram in ngrams(problem.question, mask=self._mask):
            self._where[gram].append(problem.id)

    def closest(self, problem: Problem) -> tuple[str, float]:
        """(id, share from 0 to 1); ("", 0.0) when nothing is shared."""
        grams = ngrams(problem.question, mask=self._mask)
        shared = Counter(id_ for gram in grams for id_ in self._where.get(gram, ()))
        if not shared:
            return "", 0.0
        best, count = shared.most_common(1)[0]
        return best, count / len(grams)


def clean(
    problems: Sequence[Problem], tests: Sequence[Problem], *, leak: float = 0.5, duplicate: float = 0.9
) -> tuple[list[Problem], list[Dropped]]:
    """Leave out what a test holds and what came before.

    A problem leaks when a test question holds at least `leak` of its n-grams, numbers masked; it is a duplicate when an
    earlier problem holds at least `duplicate` of them, numbers kept. Returns (kept, dropped), in order.
    """
    held_out, earlier = Index(tests, mask=True), Index(mask=False)
    kept: list[Problem] = []
    dropped: list[Dropped] = []
    for problem in problems:
        like, share = held_out.closest(problem)
        why = "in a test set"
        if share < leak:
            like, share = earlier.closest(problem)
            why = "duplicate"
            if share < duplicate:
                kept.append(problem)
                earlier.add(problem)
                continue
        dropped.append(Dropped(problem.id, problem.source, like, round(share, 3), why))
    return kept, dropped
