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


@pytest.mark.parametrize(
    ("text", "topics", "known"),
    [
        ("ratios i get. unit rates too. its proportions i dont get", ["proportions"], ["ratios", "unit-rates"]),
        ("vectors yes, dot product yes, determinants no thanks", ["vectors", "dot-product"], []),
        ("we already know the power rule so just the chain rule please", ["chain-rule"], ["power-rule"]),
        ("elimination was last week in class, now it's substitution", ["systems-by-substitution"], [
            "systems-by-elimination"]),
        ("I know percentages, help with ratios", ["ratios"], ["percent-meaning"]),
    ],
)  # fmt: skip
def test_what_is_said_of_one_name_is_said_of_the_next(text: str, topics: list[str], known: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, read.known) == (topics, known)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("log_2(32) = 16, teacher says no", "logarithms"),
        ("[2 0; 1 3] times [1 1; 4 2] = [2 0; 4 6], zero marks", "matrix-multiplication"),
        ("d/dx [x^3 ln x] = 3x^2 / x", "product-rule"),
        ("d/dx (5x - 2)^3 = 3(5x - 2)^2", "chain-rule"),
        ("3/5 ÷ 2/7 = 5/3 x 2/7 = 10/21 wrong?", "dividing-fractions"),
        ("25% of 40 = 1000", "percent-of-a-number"),
        ("6! = 36 apparently not", "permutations"),
        ("i^3 = i", "complex-numbers"),
    ],
)
def test_wrong_work_is_about_what_was_to_be_done(text: str, topic: str) -> None:
    [work] = pasted_work(text, SOURCE)
    assert work.concept == topic
    assert read_topics(text, SOURCE).topics == [topic]


@pytest.mark.parametrize(
    "text",
    ["20% of 80 = 16", "log_3(9) = 2", "5! = 120", "6 choose 2 = 15", "a triangle with base 6 and height 4 = 24"],
)
def test_right_work_and_half_a_line_claim_nothing(text: str) -> None:
    assert pasted_work(text, SOURCE) == []


def test_what_is_done_with_a_function_is_the_topic_and_not_its_definition() -> None:
    assert read_topics("f(x) = x + 5, g(x) = 2x, find g(f(1))", SOURCE).topics == ["composition-of-functions"]
    assert read_topics("help me with f(x)", SOURCE).topics == ["function-notation"]


def test_a_subject_that_is_named_in_passing_is_not_wanted_as_a_whole() -> None:
    passing = read_topics(
        "the box with the most room from one sheet, I set the derivative to zero and then stop", SOURCE
    )
    assert passing.topics == ["optimization-problems"]
    assert read_topics("I do not get derivatives", SOURCE).subject == "derivatives"
    assert read_topics("every single topic in statistics from zero", SOURCE).subject == "statistics"


def test_graphs_of_a_kind_that_is_not_known_are_asked_back() -> None:
    for text in ("those curvy graphs", "help with those squiggly graphs"):
        assert read_topics(text, SOURCE).topics == [], text
    assert read_topics("help me understand graphs", SOURCE).subject == "graphs"


def test_an_exam_in_another_subject_is_no_exam_in_mathematics() -> None:
    outside = read_topics("Balancing equations for GCSE chemistry", SOURCE).outside
    assert outside is not None
    assert outside.subject == "chemistry"


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Addieren und Subtrahieren von Brüchen", ["adding-like-fractions", "adding-unlike-fractions"]),
        ("suma y resta de números negativos para mi hijo", ["adding-integers", "subtracting-integers"]),
        ("multiplier et diviser des fractions, niveau collège", ["multiplying-fractions", "dividing-fractions"]),
        ("小数的乘法和除法", ["multiplying-decimals", "dividing-decimals"]),
        ("等差数列和等比数列", ["arithmetic-sequences", "geometric-sequences"]),
    ],
)
def test_operations_with_their_kind_in_other_languages(text: str, topics: list[str]) -> None:
    assert read_topics(text, SOURCE).topics == topics


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("Leaving Cert Higher Level, geometric series", "Leaving Cert"),
        ("Functional Skills Level 2, percentages of amounts", "Functional Skills Level 2"),
        ("mi hija está en 5to grado, fracciones", "5to grado"),
        ("está en tercer grado, no entiende las fracciones", "tercer grado"),
    ],
)
def test_courses_and_grades_of_other_countries(text: str, course: str) -> None:
    assert read_topics(text, SOURCE).course == course
