"""The tasks of one plan: none twice, and fresh ones when the curriculum's own are used up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from itertools import zip_longest

from .curriculum import Concept, Exercise
from .material import Material
from .teaching import SlotKind


class Tasks:
    """Hands out tasks; remembers how often each one stands in the plan.

    shown: tasks that the plan has already, such as the learner's own errors.
    """

    def __init__(self, material: Material, shown: Iterable[str] = ()):
        self._material = material
        self.used = Counter(shown)
        self._kept_back = ""

    def example(self, concept: Concept) -> tuple[Exercise, tuple[str, ...]]:
        """A worked example and its steps: the curriculum's own, or a fresh one if that is in the plan already."""
        worked: list[tuple[Exercise, tuple[str, ...]]] = [(concept.example, concept.steps)]
        worked += [(v, v.steps) for v in self._material.variants(concept.id, 0) if v.steps]
        exercise, steps = min(worked, key=lambda pair: self.used[pair[0].task])
        self.used[exercise.task] += 1
        return exercise, steps

    def practice(
        self, concept: Concept, kind: SlotKind, count: int, here: Set[str] = frozenset(), easy_first: bool = False
    ) -> list[Exercise]:
        """Up to ``count`` tasks that the plan does not have yet; if there is none, one that it has, but not ``here``.

        The one that tells the longest story comes first when a concept is applied. easy_first: begin with an easier
        one where there is one. A task of this week's checkpoint is left alone.
        """
        fresh = [e for e in self._in_order(concept, kind, easy_first) if e.task != self._kept_back]
        unused = [e for e in fresh if not self.used[e.task]][:count]
        known = [e for e in (*concept.practice, concept.example) if e.task not in {self._kept_back, *here}]
        chosen = unused or sorted(known, key=lambda e: self.used[e.task])[:1]
        self.used.update(e.task for e in chosen)
        return chosen

    def checkpoint(self, concept: Concept) -> Exercise:
        """A task like those of the concept, which stands nowhere else in the plan if there is one left."""
        self._kept_back = ""
        everything = [e for e in self._in_order(concept, "practise") if e.task != concept.example.task]
        chosen = min(everything, key=lambda e: self.used[e.task])
        self.used[chosen.task] += 1
        self._kept_back = chosen.task
        return chosen

    def _in_order(self, concept: Concept, kind: SlotKind, easy_first: bool = False) -> list[Exercise]:
        """Every task of the concept, each once, in the order in which they are wanted."""
        story = max((1, 2), key=lambda i: len(concept.exercises[i].task))
        order = (story, 3 - story) if kind == "apply" else (3 - story, story)
        eased = [v for i in order for v in self._material.variants(concept.id, i, "easy")[:1]] if easy_first else []
        usual, hard = ([self._material.variants(concept.id, i, at) for i in (*order, 0)] for at in ("usual", "hard"))
        first, then = (hard, usual) if kind in ("apply", "review") else (usual, hard)
        drawn = [v for rank in zip_longest(*first, *then) for v in rank if v is not None]
        tasks = {e.task: e for e in (*eased[:1], *(concept.exercises[i] for i in order), *drawn)}
        return list(tasks.values())
