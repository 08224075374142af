"""The synthetic learners: sizes, splits, and the truth behind their errors."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from itertools import combinations

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.diagnosis import suspects_for
from studysmith.programs.material import material
from studysmith.programs.synthetic_learners import SIZES, Learner, learners, split_of

ALL = [learner for split in SIZES for learner in learners(split)]
DIGEST = (
    "import hashlib; from studysmith.programs.synthetic_learners import SIZES, learners; "
    "print(hashlib.sha256(''.join(x.model_dump_json() for s in SIZES for x in learners(s)).encode()).hexdigest())"
)


def test_sizes_and_ids() -> None:
    assert dict(SIZES) == {"train": 64, "validation": 32, "confirm": 48, "test": 48}
    assert {split: len(learners(split)) for split in SIZES} == SIZES
    assert len({learner.id for learner in ALL}) == 192
    assert len({learner.given.text for learner in ALL}) == 192


def test_targets_of_the_splits_are_disjoint() -> None:
    targets = {split: {x.target for x in learners(split)} for split in SIZES}
    assert all(not targets[a] & targets[b] for a, b in combinations(SIZES, 2))
    assert all(split_of(x.target) == x.split for x in ALL)
    shares = Counter(split_of(c) for c in curriculum())
    assert shares["train"] > 2 * max(shares[split] for split in SIZES if split != "train")
    assert min(shares.values()) >= 20


def test_learners_are_the_same_in_every_process() -> None:
    """Hash randomization changes the order of sets; this process has a seed of its own."""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    run = subprocess.run(
        [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == hashlib.sha256("".join(x.model_dump_json() for x in ALL).encode()).hexdigest()


def test_another_seed_gives_other_learners_with_the_same_splits() -> None:
    other = learners("test", seed=1)
    assert [x.given.text for x in other] != [x.given.text for x in learners("test")]
    assert {split_of(x.target) for x in other} == {"test"}


@pytest.mark.parametrize("learner", ALL, ids=lambda learner: learner.id)
def test_errors_come_from_the_shaky_concept(learner: Learner) -> None:
    source = curriculum()
    shaky = source[learner.shaky]
    assert learner.shaky in (learner.target, *source[learner.target].prerequisites)
    # Of both practice tasks, with other numbers where there are any; never of the example, which diagnosis reads.
    drawn = [(*shaky.practice[i - 1 : i], *material().variants(shaky.id, i)) for i in (1, 2)]
    known = {(e.task, e.wrong, e.answer) for tasks in drawn for e in tasks}
    made = [(e.problem, e.answer, e.correct_answer) for e in learner.given.errors]
    assert 2 <= len(set(made)) == len(made) <= 3
    assert set(made) <= known
    assert all({e.task for e in tasks} & {task for task, _, _ in made} for tasks in drawn)
    suspects = suspects_for(learner.given.model_copy(update={"topics": [learner.target]}), source)
    assert learner.shaky in suspects
    # The planner gets the text and the errors, and nothing of the truth.
    assert learner.given.model_fields_set == {"text", "errors"}
    truth = learner.truth
    assert truth.topics == [learner.target]
    assert truth.struggles == [learner.shaky]
    assert 1 <= (truth.weeks or 0) <= 6
    assert 20 <= (truth.minutes_per_week or 0) // (truth.sessions_per_week or 1) <= 60


def test_there_are_students_and_teachers_and_both_kinds_of_trouble() -> None:
    assert Counter(x.truth.audience for x in ALL)["teacher"] > 10
    assert 60 < sum(x.shaky != x.target for x in ALL) < 130
