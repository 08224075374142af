"""Variants of exercises: every one that can ever be drawn is checked here, where STUDYSMITH_EVERY_VARIANT is set.

Without it, of each exercise and level every sixth one is recomputed, so that each template is.
"""

from __future__ import annotations

import os
import random
import re

import pytest
from studysmith.metrics.dimensions import facts
from studysmith.metrics.dimensions.answers import check_answer
from studysmith.programs.answers.checks import evaluate_check
from studysmith.programs.answers.parsing import equivalent
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.fresh import sameness
from studysmith.programs.material import material
from studysmith.programs.request.topics.ids import concept_named
from studysmith.programs.sheet import practice_sheet
from studysmith.programs.variants import LEVELS, Template, Variant, _numbers, fill, root_text, variants

SOURCE = curriculum()
STEP = 1 if os.environ.get("STUDYSMITH_EVERY_VARIANT") else 6
BAD = re.compile(r"[{}]|[+-] -|(?<![\d.])1x\b|\b0x\b|Fraction")


def everything(concept: str, step: int = 1) -> list[tuple[int, Variant]]:
    return [(i, v) for i in range(3) for level in LEVELS for v in material().variants(concept, i, level)[::step]]


@pytest.mark.parametrize("concept", SOURCE)
def test_every_variant_is_right_and_its_wrong_answer_wrong(concept: str) -> None:
    # A draw of two levels is one task: it is recomputed once.
    for index, variant in {
        v.model_copy(update={"level": "usual"}): (i, v) for i, v in everything(concept, STEP)
    }.values():
        computed = evaluate_check(variant.check)
        assert equivalent(variant.answer, computed), f"{variant.task}: {variant.answer} is not {computed}"
        assert not equivalent(variant.wrong, variant.answer), f"{variant.task}: {variant.wrong} is right"
        assert check_answer(variant.task, variant.answer, {}, SOURCE) is not False
        for text in (variant.task, variant.answer, variant.wrong, *variant.steps):
            assert not BAD.search(text), text
        assert len(variant.task.split()) <= 50
        assert bool(variant.steps) == (index == 0)


def test_nearly_every_exercise_has_twenty_variants_and_many_have_levels() -> None:
    tasks = {(c, i): {v.task for j, v in everything(c) if j == i} for c in SOURCE for i in range(3)}
    assert sum(len(found) >= 20 for found in tasks.values()) >= 500
    levels = [c for c in SOURCE if any(t and len(t.levels) == 3 for t in material().templates(c))]
    assert len(levels) >= 80


def test_variants_are_known_by_their_wording() -> None:
    for concept in ("limits-by-factoring", "slope"):
        for _, variant in everything(concept)[::9]:
            found = facts.exercise(variant.task, SOURCE)
            assert found
            assert (found[0], found[1].answer) == (concept, variant.answer)
    assert facts.exercise("Find the limit of (x^2 - 7)/(x - 2) as x approaches 2.", SOURCE) is None


def test_draws_are_the_same_every_time_and_none_comes_twice() -> None:
    template = Template(
        draw={"a": "2..9", "who": ("Ann", "Bo")},
        let={"b": "a*a"},
        where=("a != 5",),
        task="{who}: {a}^2?",
        answer="{b}",
        check="{a}**2",
        wrong="{a}",
    )
    once = variants(template, "x")
    assert once == variants(template, "x")
    assert once != variants(template, "y")
    assert len({v.task for v in once}) == len(once) == 14
    assert variants(template, "x", "hard") == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x {a:+} and x {b:+}", "x + 3 and x - 4"),
        ("{a:c}x {b:+c}y {one:c}z {minus:+c}w", "3x - 4y z - w"),
        ("{half}", "1/2"),
        ("${price:money} or ${a:money}", "$2.50 or $3"),
    ],
)
def test_slots_read_as_people_write(text: str, shown: str) -> None:
    from fractions import Fraction

    values = {"a": 3, "b": -4, "one": 1, "minus": -1, "half": Fraction(1, 2), "price": Fraction(5, 2)}
    assert fill(text, values) == shown
    assert fill("{b} + {half}", values, code=True) == "(-4) + Rational(1, 2)"
    assert [root_text(n) for n in (0, 1, 36, 18, 7)] == ["0", "1", "6", "3 sqrt(2)", "sqrt(7)"]


def test_a_sheet_is_the_same_for_its_seed_and_has_no_task_twice() -> None:
    first = practice_sheet(["slope"], 20, 3, SOURCE, material())
    assert first == practice_sheet(["slope"], 20, 3, SOURCE, material())
    assert first != practice_sheet(["slope"], 20, 4, SOURCE, material())
    assert len({sameness(t.task, t.answer) for t in first}) == 20
    for task in first:
        assert check_answer(task.task, task.answer, {}, SOURCE) is not False


def test_another_noun_makes_no_other_task() -> None:
    tree = sameness("A young tree grew from 2 m to 5 m. By how many percent?", "150%")
    assert tree == sameness("A young birch grew from 2 m to 5 m. By how many percent?", "150%")
    assert sameness("An old coin lands on tails 5 times.", "1/16") == sameness(
        "A coin lands on heads five times.", "1/16"
    )
    assert sameness("The legs are 14 cm and 48 cm.", "50 cm") == sameness("One leg is 48 m, the other 14 m.", "50 m")
    assert tree != sameness("A young tree grew from 2 m to 6 m. By how many percent?", "200%")
    assert sameness("Find sin(30 degrees).", "1/2") != sameness("Find cos(30 degrees).", "sqrt(3)/2")
    assert sameness("Name a prime.", "two") != sameness("Name an even number.", "two")


@pytest.mark.parametrize("count", [0, 201, -1])
def test_a_sheet_of_another_size_is_refused(count: int) -> None:
    with pytest.raises(InputError, match="count: 1 to 200"):
        practice_sheet(["slope"], count, 0, SOURCE, material())


def test_a_concept_is_known_by_what_people_call_it() -> None:
    assert concept_named("slope", SOURCE) == "slope"
    assert concept_named("limits by factoring", SOURCE) == "limits-by-factoring"
    with pytest.raises(InputError, match="concept: 'juggling' is no concept of the curriculum"):
        concept_named("juggling", SOURCE)


def test_a_draw_from_more_than_32_bits_is_what_a_sample_of_them_is() -> None:
    total = 2**31 + 5
    assert list(_numbers(total, random.Random("key"))) == random.Random("key").sample(range(total), 2000)
