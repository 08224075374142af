"""Concepts and subjects that a text names."""

from __future__ import annotations

from collections import Counter

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.languages import LANGUAGES, best_language, foreign_names
from studysmith.programs.request.topics.misspelt import misspelt
from studysmith.programs.request.topics.names import (
    everyday,
    load_data,
    mentions,
    named_concepts,
    names_of,
    plural_key,
    subject_names,
    wordings,
)
from studysmith.programs.request.topics.operations import operations_named
from studysmith.programs.request.topics.subjects import is_part, subject_concepts, subjects_misspelt, subjects_named
from studysmith.programs.request.topics.words import fold, key_of, words_of

SOURCE = curriculum()
NAMES = [(name, concept) for concept in SOURCE for name in names_of(concept, SOURCE)]
KEYS = {name: key_of(name) for name, _ in NAMES}
OWNERS = Counter(key for key in {(KEYS[name], concept) for name, concept in NAMES} for key in [key[0]])
PAIRS = {key_of(said): concepts for said, concepts in load_data("everyday.yaml")["pairs"].items()}
UNUSED = {key_of(name) for name in load_data("everyday.yaml")["unused"]}
SUBJECTS = load_data("subjects.yaml")


def test_every_name_finds_its_concept() -> None:
    wrong = [
        (name, concept, found)
        for name, concept in NAMES
        if OWNERS[KEYS[name]] == 1
        and KEYS[name] not in UNUSED
        and plural_key(name) not in subject_names()
        and len("".join(KEYS[name])) > 1
        if (found := named_concepts(f"hey, i need help with {name}, i am in grade 5", SOURCE)) != [concept]
        and concept not in PAIRS.get(KEYS[name], ())
    ]
    assert not wrong


def test_few_names_are_shared_and_each_concept_has_wordings() -> None:
    assert sum(count > 1 for count in OWNERS.values()) <= 6
    assert set(wordings()) == set(SOURCE)
    assert min(len(about["names"]) + len(about["said"]) for about in wordings().values()) >= 8
    said = Counter(text.casefold() for about in wordings().values() for text in about["said"])
    assert [text for text, count in said.items() if count > 2] == []


def test_of_nested_names_the_longest_counts_and_the_order_is_that_of_the_text() -> None:
    assert named_concepts("Integration by parts, then U-Substitution!", SOURCE) == [
        "integration-by-parts",
        "u-substitution",
    ]
    assert named_concepts("integration, particularly u-substitution", SOURCE) == ["u-substitution"]
    assert named_concepts("slopes", SOURCE) == ["slope"]
    assert named_concepts("slopestyle", SOURCE) == []
    assert named_concepts("circles, areas and volumes", SOURCE) == []


def test_a_mention_says_where_it_stands() -> None:
    text = "Hi! Long  division, please — and f(g(x))."
    assert [text[m.start : m.end] for m in mentions(text, SOURCE)] == ["Long  division", "f(g(x))"]


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
        "I 2 times a week",
        "on a regular basis",
        "I love Taylor Swift",
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
    assert {fold(name) for name, _ in NAMES} >= everyday()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chain rulle", ["chain-rule"]),
        ("pls help chain rulle and prodct rule", ["chain-rule", "product-rule"]),
        ("the pythagorian theorem", ["pythagorean-theorem"]),
        ("eigenvaluse", ["eigenvalues"]),
        ("binomial theorm", ["binomial-theorem"]),
        ("cook pasta", []),
        ("equations", []),
        ("", []),
    ],
)
def test_typing_errors_and_cognates(text: str, found: list[str]) -> None:
    assert [mention.concepts[0] for mention in misspelt(text, SOURCE)] == found


def test_one_wording_may_mean_several_concepts() -> None:
    [mention] = misspelt("rational equatons", SOURCE)
    assert mention.concepts == ("rational-equations", "radical-equations")


def test_national_spelling_number_and_accents_make_no_difference() -> None:
    assert fold("Factorisations") == fold("factorization") == "factorization"
    assert fold("boxes") == fold("box")
    assert fold("théorème") == "theoreme"
    assert [word.text for word in words_of("x² 分数, it's")] == ["x", "2", "分", "数", "it"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("all of calculus by tomorrow", "calculus"),
        ("help me with stats", "statistics"),
        ("Linear algebra", "linear algebra"),
        ("derivatives", "derivatives"),
        ("pre-calculus", "functions"),
        ("areas and volumes", "area and volume"),
        ("statistical inference", "inference"),
        ("a function to differentiate", None),
        ("a poem", None),
    ],
)
def test_subjects(text: str, subject: str | None) -> None:
    assert [named.subject for named in subjects_named(text)] == [subject] * (subject is not None)


def test_subjects_with_typing_errors() -> None:
    assert [named.subject for named in subjects_misspelt("statistcs")] == ["statistics"]
    assert [named.subject for named in subjects_misspelt("ayuda con fracciones")] == ["fractions"]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_has_concepts_in_teaching_order(subject: str) -> None:
    concepts = subject_concepts(subject, SOURCE)
    assert len(concepts) >= 2
    assert concepts == SOURCE.in_order(concepts)
    if is_part(subject):
        assert set(concepts) == set(SUBJECTS[subject]["concepts"])


def test_a_name_belongs_to_one_subject() -> None:
    names = Counter(name for about in SUBJECTS.values() for name in about["names"])
    assert max(names.values()) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("adding and subtracting fractions", ["adding-like-fractions", "adding-unlike-fractions"]),
        ("multiplying and dividing decimals", ["multiplying-decimals", "dividing-decimals"]),
        (
            "fractions are fine but multiplying and dividing them is not",
            ["multiplying-fractions", "dividing-fractions"],
        ),
        (
            "add, subtract, multiply and divide negative numbers",
            ["adding-integers", "subtracting-integers", "multiplying-integers"],
        ),
        ("adding fractions", []),
        ("I need it at all times and it is divided", []),
    ],
)
def test_operations_and_what_they_are_done_to(text: str, found: list[str]) -> None:
    assert [c for mention in operations_named(text, SOURCE) for c in mention.concepts] == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("el teorema de Pitágoras", "es", ["pythagorean-theorem"]),
        ("limites de suites", "fr", ["limits-of-sequences"]),
        ("Wendepunkte und Krümmung", "de", ["concavity"]),
        ("equações exponenciais", "pt", ["exponential-equations"]),
        ("我想学条件概率", "zh", ["conditional-probability"]),
    ],
)
def test_names_in_other_languages(text: str, language: str, found: list[str]) -> None:
    concepts, _ = foreign_names(text, language, SOURCE)
    assert list(dict.fromkeys(c for mention in concepts for c in mention.concepts)) == found
    assert best_language(text, SOURCE) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_every_concept(language: str) -> None:
    data = load_data(f"languages/{language}.yaml")
    assert set(data["concepts"]) == set(SOURCE)
    assert set(data["subjects"]) <= set(SUBJECTS)
    wrong = [
        (concept, names[0])
        for concept, names in data["concepts"].items()
        if (concept,) not in [m.concepts for m in foreign_names(names[0], language, SOURCE)[0]]
    ]
    assert not wrong
