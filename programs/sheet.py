"""Sheets of fresh tasks, with answers apart."""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from itertools import zip_longest

from .curriculum import Curriculum, Exercise
from .errors import InputError
from .fresh import Same, sameness, tasks_of
from .material import Material
from .plan import PracticeTask, StudyPlan
from .variants import LEVELS

MOST = 200
"""Tasks of a sheet, at most."""


def practice_sheet(
    concepts: Sequence[str],
    count: int,
    seed: int,
    source: Curriculum,
    material: Material,
    known: Set[Same] = frozenset(),
) -> list[PracticeTask]:
    """``count`` different tasks of these concepts in turn, the same for the same seed.

    known: ``sameness`` of tasks which are not wanted.

    Raises InputError for a count outside 1 to MOST, or one that there are not enough different tasks for.
    """
    _check(count, "count")
    found = _drawn(concepts, count, seed, source, material, known)
    if len(found) < count:
        raise InputError(f"count: there are {len(found)} different tasks of {', '.join(concepts)} (got {count})")
    return found


def with_sheet(plan: StudyPlan, count: int, source: Curriculum, material: Material) -> StudyPlan:
    """The plan with a sheet of tasks on what it teaches which do not stand in it: ``count``, or as many as there are,
    which it says; one that teaches nothing gets none.

    Raises InputError naming ``practice`` for a count outside 1 to MOST.
    """
    _check(count, "practice")
    concepts = list(dict.fromkeys(s.concept for s in plan.sessions if s.concept in source))
    if not concepts:
        return plan
    tasks = _drawn(concepts, count, 0, source, material, tasks_of(plan))
    fewer = f"The practice sheet has {len(tasks)} tasks, not {count}: there are no more on what is planned."
    omissions = [*plan.omissions, *([fewer] if len(tasks) < count else [])]
    return plan.model_copy(update={"practice": tasks, "omissions": omissions})


def _check(count: int, field: str) -> None:
    if not 1 <= count <= MOST:
        raise InputError(f"{field}: 1 to {MOST} (got {count})")


def _drawn(
    concepts: Sequence[str], count: int, seed: int, source: Curriculum, material: Material, known: Set[Same]
) -> list[PracticeTask]:
    """Different tasks of these concepts in turn, ``count`` at most."""
    rng = random.Random(f"sheet/{seed}")
    columns = []
    for concept in concepts:
        drawn = [v for i in range(3) for level in LEVELS for v in material.variants(concept, i, level)]
        tasks: dict[Same, Exercise] = {}
        for exercise in (*source[concept].practice, *drawn):
            tasks.setdefault(sameness(exercise.task, exercise.answer), exercise)
        left = [exercise for same, exercise in tasks.items() if same not in known]
        columns.append(rng.sample(left, len(left)))
    found = [e for row in zip_longest(*columns) for e in row if e is not None][:count]
    return [PracticeTask(task=e.task, answer=e.answer) for e in found]
