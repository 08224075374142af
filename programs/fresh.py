"""The tasks of one plan: none twice, and fresh ones when the curriculum's own are used up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Set
from itertools import zip_longest

from .curriculum import Concept, Exercise
from .material import Material
from .plan import StudyPlan
from .teaching import SlotKind

Same = tuple[tuple[str, ...], str]
_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
_NUMBERS = {word: str(n) for n, word in enumerate(_WORDS, 2)}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\b(?:" + "|".join(_NUMBERS) + r")\b", re.IGNORECASE)

_UNIT = re.compile(r"\b[a-z]{2,}\b(?!\()|(?<=\d) [a-z]\b")
"""A word of an answer that is no function's name, or the letter of a unit."""


def numbers_of(task: str) -> tuple[str, ...]:
    """The numbers of a task, also those in words, each once; the task itself where it has none."""
    found = sorted({_NUMBERS.get(number.lower(), number) for number in _NUMBER.findall(task)})
    return tuple(found) or (task,)


def sameness(task: str, answer: str) -> Same:
    """What two tasks share when one is the other with another noun, unit or order: their numbers and their answer."""
    bare = "".join(_UNIT.sub("", answer.lower()).split())
    return numbers_of(task), bare or answer


def tasks_of(plan: StudyPlan) -> frozenset[Same]:
    """The tasks that a plan holds, but for the learner's own errors."""
    shown = [(a.task, a.answer) for s in plan.sessions for a in s.activities if a.task and a.kind != "repair"]
    shown += [(w.checkpoint.question, w.checkpoint.answer) for w in plan.weeks if w.checkpoint]
    return frozenset(sameness(task, answer or "") for task, answer in shown)


class Tasks:
    """Hands out tasks; remembers how often each one stands in the plan.

    shown: tasks that the plan has already, such as the learner's own errors; past: ``sameness`` of an earlier plan's.
    """

    def __init__(self, material: Material, shown: Iterable[str] = (), past: Iterable[Same] = ()):
        self._material = material
        self._shown = frozenset(map(numbers_of, shown))
        self._used: Counter[Same] = Counter(past)
        self._kept_back: Same | None = None

    def times(self, exercise: Exercise) -> int:
        """How often the plan has this task, or one that differs by a noun, a unit or the order only."""
        key = _key(exercise)
        return self._used[key] + (key[0] in self._shown)

    def _take(self, *exercises: Exercise) -> None:
        self._used.update(map(_key, exercises))

    def example(self, concept: Concept, own: bool = False) -> tuple[Exercise, tuple[str, ...]]:
        """A worked example and its steps: the curriculum's own, or a fresh one if that is in the plan already, or was
        in an earlier one. own: no fresh one will do."""
        worked: list[tuple[Exercise, tuple[str, ...]]] = [(concept.example, concept.steps)]
        if not own:
            worked += [(v, v.steps) for v in self._material.variants(concept.id, 0) if v.steps]
        exercise, steps = min(worked, key=lambda pair: self.times(pair[0]))
        self._take(exercise)
        return exercise, steps

    def practice(
        self, concept: Concept, kind: SlotKind, count: int, here: Set[str] = frozenset(), easy_first: bool = False
    ) -> list[Exercise]:
        """Up to ``count`` tasks that the plan does not have yet; where there are fewer than half as many, also some
        that it has, those that it had least often first, but none that is ``here``.

        The one that tells the longest story comes first when a concept is applied. easy_first: begin with an easier
        one where there is one. A task of this week's checkpoint is left alone.
        """
        every = [e for e in self._in_order(concept, kind, easy_first) if not self._is_kept_back(e)]
        chosen = [e for e in every if not self.times(e)][:count]
        if 2 * len(chosen) < count:
            worked = [] if self._is_kept_back(concept.example) else [concept.example]
            known = [e for e in (*every, *worked) if e.task not in here and e not in chosen]
            chosen += sorted(known, key=self.times)[: count - len(chosen)]
        self._take(*chosen)
        return chosen

    def checkpoint(self, concept: Concept) -> Exercise:
        """A task like those of the concept, which stands nowhere else in the plan if there is one left."""
        everything = [e for e in self._in_order(concept, "practise") if e.task != concept.example.task]
        chosen = min(everything, key=self.times)
        self._take(chosen)
        self._kept_back = _key(chosen)
        return chosen

    def _is_kept_back(self, exercise: Exercise) -> bool:
        return _key(exercise) == self._kept_back

    def _in_order(self, concept: Concept, kind: SlotKind, easy_first: bool = False) -> list[Exercise]:
        """Every task of the concept, each once, in the order in which they are wanted."""
        story = max((1, 2), key=lambda i: len(concept.exercises[i].task))
        order = (story, 3 - story) if kind == "apply" else (3 - story, story)
        eased = [v for i in order for v in self._material.variants(concept.id, i, "easy")[:1]] if easy_first else []
        usual, hard = ([self._material.variants(concept.id, i, at) for i in (*order, 0)] for at in ("usual", "hard"))
        first, then = (hard, usual) if kind in ("apply", "review") else (usual, hard)
        drawn = [v for rank in zip_longest(*first, *then) for v in rank if v is not None]
        tasks: dict[Same, Exercise] = {}
        for exercise in (*eased[:1], *(concept.exercises[i] for i in order), *drawn):
            tasks.setdefault(_key(exercise), exercise)
        return list(tasks.values())


def _key(exercise: Exercise) -> Same:
    return sameness(exercise.task, exercise.answer)
