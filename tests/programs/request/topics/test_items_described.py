"""Items of lists that are shortened, misspelt or only described; lines of a calculator."""

from __future__ import annotations

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.topics.work import pasted_work

SOURCE = curriculum()


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("simultaneous equations, both substitution and elimination", "systems-by-substitution systems-by-elimination"),
        ("the difference between permutations and combinatons??", "permutations combinations"),
        ("polynomial division + remainder thm", "polynomial-division remainder-theorem"),
        ("2 digit by 2 digit multiplication on squared paper", "multi-digit-multiplication"),
        ("turning mixed numbers into improper fractions, then multiplying the fractions",
         "mixed-numbers multiplying-fractions"),
        ("negative numbers: fine on a number line, but he has to add or subtract them and guesses",
         "adding-integers subtracting-integers"),
        ("how do you divide by a fraction", "dividing-fractions"),
        ("how do you times a decimal by a decimal", "multiplying-decimals"),
        ("fractions where you flip the second one and times it, why flip??", "dividing-fractions"),
        ("when I take away a negative number I never know if it goes up or down", "subtracting-integers"),
        ("can't tell which of two numbers is bigger, like 39 or 51", "counting-and-comparing"),
        ("a² + b² = c²", "pythagorean-theorem"),
        ('d/dx [ (3x^2 + 1)^5 ] = 5(3x^2 + 1)^4 "where is the derivative of the inside?"', "chain-rule"),
    ],
)  # fmt: skip
def test_items_and_descriptions(text: str, topics: str) -> None:
    assert set(topics.split()) <= set(read_topics(text, SOURCE).topics)


def test_all_of_a_subject_that_is_also_a_course() -> None:
    found = read_topics("they assume a full first course in linear algebra", SOURCE)
    assert found.subject == "linear algebra"


def test_interactions_are_no_integrals() -> None:
    assert read_topics("pharmacology quiz: drug classes, side effects, interactions", SOURCE).outside


def test_what_a_calculator_rounds_and_degrees_are_not_wrong() -> None:
    for line in ("sin 30 = 0.5", "sin 30 = -0.988", "sqrt(2) = 1.41"):
        assert not pasted_work(line, SOURCE), line
    for line in ("sin 30 = 0.7", "sqrt(2) = 1.5", "sqrt(16 + 9) = 7"):
        assert pasted_work(line, SOURCE), line


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("product and quotient rule, also sine and cosine rules",
         "product-rule quotient-rule law-of-sines law-of-cosines"),
        ("integration by parts and by substitution, mock on 26 January", "integration-by-parts u-substitution"),
        ("systems of equations (both substitution and elimination). She says slope is fine.",
         "systems-by-substitution systems-by-elimination"),
        ("definite and indefinite integrals", "definite-integrals antiderivatives"),
        ("circles unit test: area and circumference", "area-of-circles circumference"),
        ("reflections and rotations in the coordinate plane", "congruence-transformations"),
        ("a course: vectors, dot product, orthogonal projection", "vectors dot-product orthogonal-projection"),
        ("Long division, turning fractions into decimals, mean and median",
         "long-division fractions-and-decimals mean-and-median"),
        ("we are on slope-intercept form but I never really got slope itself", "slope slope-intercept-form"),
    ],
)  # fmt: skip
def test_names_that_share_a_word_or_a_list(text: str, topics: str) -> None:
    assert set(topics.split()) == set(read_topics(text, SOURCE).topics)
