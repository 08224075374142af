"""What errors point to, before a model is asked."""

from __future__ import annotations

from studysmith.programs.curriculum import curriculum
from studysmith.programs.diagnosis import MOST_SUSPECTS, diagnose_call, suspects_for
from studysmith.programs.learner import Attempt, LearnerProfile
from studysmith.programs.likeness import alike
from studysmith.programs.synthetic_learners import SIZES, learners

SOURCE = curriculum()


def test_the_likeliest_suspect_is_mostly_the_right_one_and_beats_the_rule() -> None:
    """The rule says that the topic itself is shaky. Errors are variants of practice tasks, which are not looked at."""
    everyone = [learner for split in SIZES for learner in learners(split)]
    right = rule = 0
    for learner in everyone:
        suspects = suspects_for(learner.given.model_copy(update={"topics": [learner.target]}), SOURCE)
        assert learner.shaky in suspects
        right += suspects[0] == learner.shaky
        rule += learner.target == learner.shaky
    assert right / len(everyone) >= 0.8
    assert rule / len(everyone) < 0.6


def test_practice_tasks_are_not_looked_up() -> None:
    """The same concept with other practice tasks is described alike."""
    concept = SOURCE["slope"]
    error = Attempt(problem=concept.practice[0].task, answer=concept.practice[0].wrong, correct_answer="1")
    other = type(SOURCE)(
        [
            c if c.id != "slope" else c.model_copy(update={"practice": SOURCE["ratios"].practice})
            for c in SOURCE.values()
        ]
    )
    assert alike("slope", error, other) == alike("slope", error, SOURCE)


def test_the_call_ranks_suspects_by_their_likeness() -> None:
    learner = next(x for x in learners("train") if x.shaky != x.target)
    profile = LearnerProfile(topics=[learner.target], errors=learner.given.errors)
    suspects = suspects_for(profile, SOURCE)
    call = diagnose_call(profile, suspects, SOURCE)
    assert call.rank
    assert call.options["shaky"] == [SOURCE[c].name for c in suspects]
    assert call.rank["prior"] == sorted(call.rank["prior"], reverse=True)
    assert 1 < len(suspects) <= MOST_SUSPECTS
