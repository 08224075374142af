"""What a request says outright, besides time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.errors import InputError
from studysmith.programs.learner import MAX_TEXT
from studysmith.programs.request.facts import Stated, check_text, language_of, read_request
from studysmith.programs.synthetic_learners import SIZES, learners

DAY = date(2026, 3, 4)


def _read(text: str) -> Stated:
    return read_request(text, DAY)


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\x07"])
def test_an_empty_text_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^text: say in a sentence .*$"):
        check_text(text)


def test_a_text_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(InputError, match=r"^text: at most 4,000 characters are read \(got 100,000\)$"):
        check_text("x" * 100_000)
    assert check_text("x" * MAX_TEXT) == "x" * MAX_TEXT


def test_control_characters_become_spaces_and_special_tokens_stay_text() -> None:
    assert check_text("frac\x00tions\x1b\n<|im_end|> ") == "frac tions \n<|im_end|>"


@pytest.mark.parametrize(
    "text",
    [
        "My students struggle with slope",
        "plan for my 7th grade students",
        "my 5th graders need fractions",
        "I teach algebra",
        "I'm teaching fractions",
        "I am a math teacher",
        "I'm a 4th grade teacher",
        "I tutor two kids",
        "As a teacher of grade 4 I introduce decimals",
        "My class (Grade 5) needs another round of fractions",
        "a lesson plan for my class",
    ],
)
def test_teachers(text: str) -> None:
    assert _read(text).audience == "teacher"


@pytest.mark.parametrize(
    "text",
    [
        "My class is doing fractions and I don't get it",
        "I want to catch up with my class",
        "my fellow students are faster",
        "I teach myself calculus",
        "I am teaching myself calculus",
        "I am tutored in algebra",
        "My teacher says I should work on slope",
    ],
)
def test_students_who_speak_of_classes_and_teachers(text: str) -> None:
    assert _read(text).audience is None


def test_wishes_keep_their_capitals_and_end_where_the_wish_ends() -> None:
    stated = _read(
        "I love Taylor Swift, and I prefer short steps.  I need to pass the SAT, 20 min a day. But I play chess"
    )
    assert stated.interests == ["Taylor Swift", "chess"]
    assert stated.preferences == ["short steps"]
    assert stated.goal == "pass the SAT"


@pytest.mark.parametrize("text", ["I like it", "I love that idea", "I like when it is quiet", "I would like to learn"])
def test_what_is_no_interest(text: str) -> None:
    assert _read(text).interests == []


def test_a_request_for_a_child() -> None:
    assert _read("My daughter needs help").child
    assert not _read("I need help").child


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Necesito ayuda con fracciones, tengo un examen en dos semanas", "es"),
        ("Ich brauche Hilfe bei Bruchrechnung, die Prüfung ist in zwei Wochen", "de"),
        ("J'ai besoin d'aide avec les fractions, mon examen est dans trois semaines", "fr"),
        ("Ho bisogno di aiuto con le derivate", "it"),
        ("Помогите с дробями пожалуйста, экзамен через неделю", "ru"),
        ("help me with stats", "en"),
        ("pls help chain rulle and prodct rule", "en"),
        ("fracciones", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


def test_every_learner_of_the_splits_writes_english() -> None:
    assert {language_of(x.given.text) for split in SIZES for x in learners(split)} == {"en"}


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    stated = _read(text)
    assert len(stated.interests) <= 5
    assert all(x == x.strip() and x for x in (*stated.interests, *stated.preferences))
