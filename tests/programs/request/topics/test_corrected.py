"""Topics that are taken back, refused one by one, in an order, or beside another subject."""

from __future__ import annotations

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.topics.subjects import subject_concepts

SOURCE = curriculum()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("decimals, actually no, make that percentages", "percentages"),
        ("slope, no wait, quadratics", "quadratics"),
        ("I need limits - I mean derivatives", "derivatives"),
        ("Brüche, nein doch lieber Prozente", "percentages"),
        ("necesito ayuda con los decimales, no, perdón, las fracciones", "fractions"),
    ],
)
def test_a_topic_that_is_taken_back_gives_way_to_the_next(text: str, meant: str) -> None:
    assert read_topics(text, SOURCE).topics == subject_concepts(meant, SOURCE)


@pytest.mark.parametrize(
    ("text", "topics", "known", "unwanted"),
    [
        (
            "integration by parts, u-substitution (know this one already)",
            ["integration-by-parts"],
            ["u-substitution"],
            [],
        ),
        (
            "product rule and quotient rule (both done), chain rule",
            ["chain-rule"],
            ["product-rule", "quotient-rule"],
            [],
        ),
        ("dot product yes, cross product no (not on the exam)", ["dot-product"], [], ["cross-product"]),
        (
            "vectors - done, dot product - done, cross product - not yet",
            ["cross-product"],
            ["vectors", "dot-product"],
            [],
        ),
        ("I've done ODEs. Taylor series please", ["taylor-polynomials"], ["separable-differential-equations"], []),
        ("We've done slope and he doesn't get it", ["slope"], [], []),
        ("We have covered the chain rule, related rates next", ["related-rates"], ["chain-rule"], []),
        ("slope ok, completing the square never understood", ["completing-the-square"], ["slope"], []),
    ],
)
def test_each_item_has_what_is_said_of_it(text: str, topics: list[str], known: list[str], unwanted: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, read.known, read.not_topics) == (topics, known, unwanted)


def test_an_everyday_word_that_is_named_once_is_named_wherever_it_stands() -> None:
    assert read_topics("surds, indices - i can already do indices", SOURCE).topics == ["simplifying-radicals"]


def test_a_concept_that_is_wanted_by_one_name_and_not_by_another_stays_and_is_said() -> None:
    read = read_topics("converting fractions to decimals but NOT decimals to fractions", SOURCE)
    assert read.topics == ["fractions-and-decimals"]
    assert any("decimals to fractions" in said for said in read.assumptions)


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("Please no geometry. I need algebra 1: two-step equations", "Algebra 1"),
        ("I know calculus but no linear algebra", ""),
        ("I'm not doing calculus, I need slope", ""),
        ("boolean algebra", ""),
        ("In geometry we do similar figures", "Geometry"),
    ],
)
def test_a_subject_that_is_refused_or_known_is_not_the_course(text: str, course: str) -> None:
    assert read_topics(text, SOURCE).course == course


def test_the_order_that_is_asked_for_is_kept_where_prerequisites_allow_and_said() -> None:
    read = read_topics("Mean and median, then ratios, then telling time, in this order please", SOURCE)
    assert (read.topics, read.ordered) == (["mean-and-median", "ratios", "telling-time"], True)
    assert any("in the order in which the request names them" in said for said in read.assumptions)
    forced = read_topics("eigenvalues then determinants, in that order", SOURCE)
    assert forced.topics == ["determinants", "eigenvalues"]
    assert any("Determinants comes before Eigenvalues" in said for said in forced.assumptions)


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("need help with my essay about Shakespeare and also with slope", ["essay about Shakespeare"]),
        ("long division, spelling and times tables for my daughter", ["spelling"]),
        ("I need to learn Spanish and also fractions", ["Spanish"]),
        ("eigenvalues for my physics class", []),
        ("slope, and I code in Python", []),
    ],
)
def test_what_is_asked_for_beside_mathematics_is_listed(text: str, beside: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert read.topics
    assert [said for said, _ in read.beside] == beside
