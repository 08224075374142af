"""Words that mean several topics, and words whose sense the rest of the request decides."""

from __future__ import annotations

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.names import load_data, mentions
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.topics.subjects import subject_concepts

SOURCE = curriculum()


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("help with percentages", "percentages"),
        ("my son is rubbish at simultaneous equations, yr 10", "simultaneous equations"),
        ("negitive numbers", "negative numbers"),
        ("ich brauche Hilfe mit Prozentrechnung", "percentages"),
        ("j'ai besoin d'aide avec les nombres relatifs", "negative numbers"),
        ("necesito ayuda con inecuaciones", "inequalities"),
        ("preciso de ajuda com porcentagem", "percentages"),
        ("我想学小数", "decimals"),
    ],
)
def test_a_word_that_means_several_topics_is_read_as_all_of_them(text: str, family: str) -> None:
    read = read_topics(text, SOURCE)
    assert read.topics == subject_concepts(family, SOURCE)
    assert read.subject == family
    assert any(SOURCE[read.topics[0]].name in said or family in said for said in read.assumptions)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("area for my 4th grader", ["area-of-rectangles"]),
        ("angles for Year 5 please", ["measuring-angles"]),
        ("exponents, grade 8", ["whole-number-exponents", "exponent-rules", "negative-exponents"]),
    ],
)
def test_a_family_goes_as_far_as_the_school_year(text: str, topics: list[str]) -> None:
    assert read_topics(text, SOURCE).topics == topics


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("percentages, it is percent change that I mix up", {"percent-change", "percent-meaning"}),
        (
            "simultaneous equations, both substitution and elimination",
            {"systems-by-substitution", "systems-by-elimination"},
        ),
        ("inequalities but not compound inequalities", {"linear-inequalities"}),
    ],
)
def test_what_is_named_of_a_family_is_what_is_meant(text: str, topics: set[str]) -> None:
    assert set(read_topics(text, SOURCE).topics) <= topics


def test_a_family_word_is_the_name_of_one_of_its_concepts() -> None:
    for about in load_data("subjects.yaml").values():
        for word in about.get("family", ()):
            [mention] = mentions(f"help with {word}", SOURCE)
            assert mention.family
            assert set(mention.concepts) <= set(about["concepts"]), word


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("prime numbers and factorisation, year 7", ["prime-factorization"]),
        ("linear algebra: elimination", ["gaussian-elimination"]),
        ("transformations, algebra 2", ["function-transformations"]),
        ("product rule for logs", ["logarithm-rules"]),
        ("polynomials: long division", ["polynomial-division"]),
    ],
)
def test_the_rest_of_the_request_decides_the_sense_of_a_word(text: str, topics: list[str]) -> None:
    assert read_topics(text, SOURCE).topics == topics


def test_a_word_means_what_is_absent_beside_its_subject_only() -> None:
    text = "Multivariable calculus: gradient"
    assert [text[a.start : a.end] for a in read_topics(text, SOURCE).absent] == ["gradient"]
    assert read_topics("gradient of a line", SOURCE).topics == ["slope"]


def test_senses_name_concepts_or_subjects_that_there_are() -> None:
    for sense in load_data("senses.yaml"):
        assert set(sense.get("means", ())) <= set(SOURCE)
        assert sense.get("means") or sense["subject"] in load_data("subjects.yaml")
