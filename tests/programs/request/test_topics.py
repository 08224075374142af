"""Which concepts a request is about."""

from __future__ import annotations

from collections import Counter

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.names import (
    EVERYDAY,
    PARTS,
    SUBJECTS,
    UNUSED,
    joined_subjects,
    named_concepts,
    normalize,
    similar_concepts,
    subject_concepts,
    subject_named,
)

SOURCE = curriculum()
NAMES = [(normalize(name), c.id) for c in SOURCE.values() for name in (c.name, *c.aliases)]
SHARED = {name for name, n in Counter(name for name, _ in NAMES).items() if n > 1}
SUBJECT_NAMES = {name for names in SUBJECTS.values() for name in names}


def test_every_name_and_alias_finds_its_concept() -> None:
    wrong = [
        (name, concept, named_concepts(f"hey, i need help with {name}, i am in grade 5", SOURCE))
        for name, concept in NAMES
        if name not in SHARED | UNUSED | SUBJECT_NAMES and len(name) > 1
    ]
    assert not [item for item in wrong if item[2] != [item[1]]]


def test_of_nested_names_the_longest_counts_and_the_order_is_that_of_the_text() -> None:
    assert named_concepts("Integration by parts, then U-Substitution!", SOURCE) == [
        "integration-by-parts",
        "u-substitution",
    ]
    assert named_concepts("integration, particularly u-substitution", SOURCE) == ["u-substitution"]
    assert named_concepts("slopes", SOURCE) == ["slope"]
    assert named_concepts("slopestyle", SOURCE) == []


@pytest.mark.parametrize(
    "text",
    [
        "can you give me tips?",
        "what does it mean",
        "I mean it",
        "it is hard, plus I have a dog",
        "i have no time",
        "a wide range of problems",
        "my interest is music",
        "an average student with a degree",
        "Write me a poem about the ocean",
        "What is the best pizza in town?",
        "",
        "   ...   ",
    ],
)
def test_everyday_words_name_no_concept(text: str) -> None:
    assert named_concepts(text, SOURCE) == []


def test_everyday_words_name_a_concept_where_the_request_is_about_them() -> None:
    assert named_concepts("i'm stuck on tips", SOURCE) == ["percent-of-a-number"]
    assert named_concepts("how do i find the mean", SOURCE) == ["mean-and-median"]
    assert named_concepts("Money makes no sense to me", SOURCE) == ["money-problems"]
    assert {normalize(name) for name, _ in NAMES} >= EVERYDAY


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chain rulle", [["chain-rule"]]),
        ("pls help chain rulle and prodct rule", [["product-rule"], ["chain-rule"]]),
        ("the pythagorian theorem", [["pythagorean-theorem"]]),
        ("eigenvaluse", [["eigenvalues"]]),
        ("teorema de pitagoras", [["pythagorean-theorem"]]),
        ("cook pasta", []),
        ("", []),
    ],
)
def test_typing_errors_and_cognates(text: str, found: list[list[str]]) -> None:
    assert [alternatives[:1] for alternatives in similar_concepts(text, SOURCE)] == found


def test_one_wording_may_mean_several_concepts() -> None:
    [alternatives] = similar_concepts("factoring trinomals", SOURCE)
    assert alternatives[0] == "factoring-trinomials"
    assert len(alternatives) == len(set(alternatives)) > 1


@pytest.mark.parametrize(
    ("text", "subject", "spelt_right"),
    [
        ("all of calculus by tomorrow", "calculus", True),
        ("help me with stats", "statistics", True),
        ("Linear algebra", "linear algebra", True),
        ("derivatives", "derivatives", True),
        ("pre-calculus", "functions", True),
        ("ayuda con fracciones", "fractions", False),
        ("statistcs", "statistics", False),
        ("a poem", None, False),
    ],
)
def test_subjects(text: str, subject: str | None, spelt_right: bool) -> None:
    assert subject_named(text) == (subject, spelt_right)


def test_subjects_joined_to_a_concept_are_asked_for_as_well() -> None:
    assert joined_subjects("everything about vectors and matrices in two months", SOURCE) == ["matrices"]
    assert joined_subjects("limits and continuity!!", SOURCE) == ["limits"]
    assert joined_subjects("integration, particularly u-substitution", SOURCE) == []
    assert joined_subjects("I'm in algebra and slope is hard", SOURCE) == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_has_concepts_in_teaching_order(subject: str) -> None:
    concepts = subject_concepts(subject, SOURCE)
    assert len(concepts) >= 3
    assert concepts == SOURCE.in_order(concepts)
    assert set(concepts) == set(PARTS.get(subject, concepts))
    assert len({name for names in SUBJECTS.values() for name in names}) == sum(map(len, SUBJECTS.values()))
