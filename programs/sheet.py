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
    if not 1 <= count <= MOST:
        raise InputError(f"count: 1 to {MOST} (got {count})")
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
    if len(found) < count:
        raise InputError(f"count: there are {len(found)} different tasks of {', '.join(concepts)} (got {count})")
    return [PracticeTask(task=e.task, answer=e.answer) for e in found]


def sheet_for(plan: StudyPlan, count: int, source: Curriculum, material: Material) -> list[PracticeTask]:
    """Tasks on what a plan teaches which do not stand in it."""
    concepts = list(dict.fromkeys(s.concept for s in plan.sessions if s.concept in source))
    if not concepts:
        return []
    return practice_sheet(concepts, count, 0, source, material, tasks_of(plan))
