"""Sentences for the weakest part of the score, one after another; those that help stay."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

Compile = Callable[..., Result]


@pytest.fixture
def told(tiny: str) -> Task:
    return load_task(f"{tiny}:told")


def test_what_helps_is_kept_and_the_rest_is_not(quick: Compile, told: Task) -> None:
    result = quick("feedback", task=told, lm_calls=500)
    # "brief" is the weakest at first, so its sentence stands first; of two for "kind" one helps.
    assert result.candidate(anyway=True).prompts["colour"].instructions == "Answer. Be brief. Be kind."
    assert result.verdict.confirmed


def test_a_task_without_feedback_is_refused_in_one_line(quick: Compile, tiny: str) -> None:
    with pytest.raises(InputError, match=r"^task: colour has no feedback, .*; give Task\(explain=\.\.\., feedback"):
        quick("feedback", lm_calls=100)


def test_feedback_for_what_is_no_part_of_the_score_is_named(quick: Compile, told: Task) -> None:
    odd = replace(told, feedback={"loud": {"colour": ["Be loud."]}})
    with pytest.raises(InputError, match=r"^task: feedback is for 'loud', .* no part of the score \(kind, brief\)$"):
        quick("feedback", task=odd, lm_calls=100)


def test_feedback_for_no_step_is_named(quick: Compile, told: Task) -> None:
    odd = replace(told, feedback={"kind": {"shade": ["Be kind."]}})
    with pytest.raises(InputError, match=r"^task: feedback names 'shade', which is no step of the program \(colour\)"):
        quick("feedback", task=odd, lm_calls=100)


def test_an_explanation_that_raises_is_named(quick: Compile, told: Task) -> None:
    odd = replace(told, explain=lambda example, prediction: {"kind": 1 / 0})
    with pytest.raises(InputError, match=r"^explain: raised ZeroDivisionError: .* on example"):
        quick("feedback", task=odd, lm_calls=100)


@pytest.mark.parametrize("name", ["plan", "plan-free"])
def test_the_planner_s_sentences_are_for_its_dimensions_and_steps(name: str) -> None:
    from studysmith.metrics.rubric import default_rubric

    task = load_task(name)
    assert set(task.feedback) <= set(default_rubric().spec.dimensions)
    steps = {step for by_step in task.feedback.values() for step in by_step}
    assert steps
    assert steps <= {step for step, _ in task.program().named_predictors()}
    sentences = [text for by_step in task.feedback.values() for texts in by_step.values() for text in texts]
    assert all(text[0].isupper() and text[-1] == "." for text in sentences)
    assert len(set(sentences)) == len(sentences)
