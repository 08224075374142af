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


@pytest.mark.parametrize(
    ("text", "interests"),
    [
        ("she likes dogs", ["dogs"]),
        ("my son loves football and cars", ["football", "cars"]),
        ("he is into Minecraft", ["Minecraft"]),
        ("they enjoy cooking", ["cooking"]),
        ("I'm obsessed with horses", ["horses"]),
        ("Hobby: chess.", ["chess"]),
        ("examples about cars please", ["cars"]),
        ("with football examples please", ["football"]),
        ("He's mad about trains so timetables might help", ["trains"]),
        ("I like short steps", []),
        ("I like worked examples and board games", ["board games"]),
        ("adding like fractions makes no sense", []),
        ("she doesn't like chess", []),
        ("need help with tree diagrams", []),
    ],
)
def test_interests(text: str, interests: list[str]) -> None:
    assert _read(text).interests == interests


@pytest.mark.parametrize(
    ("text", "preferences"),
    [
        (
            "Slope. Short steps, lots of worked examples, no videos pls",
            ["Short steps", "lots of worked examples", "no videos"],
        ),
        ("I like drawing things", ["drawing things"]),
        ("I learn best by talking it through", ["talking it through"]),
        ("prefer proofs over drill", ["proofs over drill"]),
        ("she needs short sentences and big print", ["short sentences", "big print"]),
        ("nothing childish please", ["nothing childish"]),
        ("a mini quiz at the end of each session would be cool", ["a mini quiz at the end of each session"]),
        ("times tables and two-way tables", []),
        ("quiz thursday on slope", []),
    ],
)
def test_ways_of_working_are_kept_in_the_learners_words(text: str, preferences: list[str]) -> None:
    assert _read(text).preferences == preferences


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("to pass my resit", "pass my resit"),
        ("because I want to become a nurse", "become a nurse"),
        ("statistics for my nursing degree.", "my nursing degree"),
        ("Aiming for a 7.", "a 7"),
        ("I want to be good at slope", ""),
    ],
)
def test_goals(text: str, goal: str) -> None:
    assert _read(text).goal == goal


def test_each_fact_comes_with_the_place_where_it_stands() -> None:
    text = "My son has dyslexia,  loves Taylor\n Swift, short steps. He wants to become a pilot."
    read = {(span.slot, text[span.start : span.end]) for span in _read(text).used}
    assert read >= {
        ("audience", "My son"),
        ("need", "dyslexia"),
        ("preference", "short steps"),
        ("goal", "become a pilot"),
    }


def test_needs_are_named_and_short_sessions_wished() -> None:
    stated = _read("ADHD and left-handed, no internet")
    assert stated.needs == ["ADHD", "left-handed", "no internet"]
    assert _read("not dyslexic, slope").needs == []


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


def test_a_way_of_working_is_no_interest() -> None:
    stated = read_request(
        "I teach grade 7, proportions. My class likes working in pairs and football.", date(2026, 1, 5)
    )
    assert "working in pairs" in stated.preferences
    assert stated.interests == ["football"]


def test_the_kind_of_a_test_is_no_goal() -> None:
    assert read_request("percent change for a job test on 30 January", date(2026, 1, 5)).goal != "a job"


@pytest.mark.parametrize(
    ("text", "interests"),
    [
        ("percentages, please no word problems", []),
        ("word problems about percentages are horrible", []),
        ("I struggle with word problems about trains", []),
        ("the entrance test has percent problems", []),
        ("stories about dinosaurs please, counting to 100", ["dinosaurs"]),
        ("Trigonometry. Hobbies: chess, guitar, baking.", ["chess", "guitar", "baking"]),
        ("fractions, I love minecraft and my cat lol", ["minecraft", "cat"]),
    ],
)
def test_mathematics_and_what_is_hated_are_no_interests(text: str, interests: list[str]) -> None:
    assert read_request(text, date(2026, 1, 5)).interests == interests


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("percentages, please no word problems", ["no word problems"]),
        ("word problems about trains are horrible. ratios", ["word problems about trains are horrible"]),
        ("I love horses but hate riddles. unit rates", ["hate riddles"]),
        ("I'd rather not use apps. slope", ["I'd rather not use apps"]),
        ("Not too much reading please. slope", ["Not too much reading"]),
        ("I'm a visual learner. slope", ["visual learner"]),
        ("I like it when things are explained with pictures. slope", ["things are explained with pictures"]),
    ],
)
def test_what_is_not_wished_for_is_a_way_of_working(text: str, ways: list[str]) -> None:
    assert read_request(text, date(2026, 1, 5)).preferences == ways


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("She is blind and uses a screen reader", ["blind"]),
        ("my son is partially sighted", ["low vision"]),
        ("he is 9 and deaf", ["hard of hearing"]),
        ("arthritis in my hands, so writing a lot hurts", ["arthritis"]),
        ("exhausted in the evenings", ["tired evenings"]),
        ("I only have my phone", ["only a phone"]),
        ("he cries every time", ["tears over maths"]),
        ("my wifi is terrible", ["no internet"]),
        ("she gets anxious when timed", ["anxiety"]),
        ("she is nervous about tests and colour-blind", ["colour-blind"]),
    ],
)
def test_needs_are_read_in_the_words_that_people_have_for_them(text: str, needs: list[str]) -> None:
    assert read_request(text, date(2026, 1, 5)).needs == needs


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("my dream is to study architecture. similar triangles", "study architecture"),
        ("I need to get an A in geometry: circles", "get an A in geometry"),
        ("I want to become an electrician and the entrance test has ratios", "become an electrician"),
        ("my son needs an A in maths, fractions", "an A"),
        ("circles. He wants to get a 5 or better", "a 5 or better"),
        ("we are aiming for grade 7, vectors", "grade 7"),
        ("I need a 2 week plan for vectors", ""),
    ],
)
def test_a_goal_ends_where_something_else_begins(text: str, goal: str) -> None:
    assert read_request(text, date(2026, 1, 5)).goal == goal


@pytest.mark.parametrize(
    ("text", "audience", "child", "learner"),
    [
        ("I run a year 11 group, slope next", "teacher", False, False),
        ("for my class of 30: scatter plots", "teacher", False, False),
        ("help my kid with slope", None, True, False),
        ("homeschooling three, long division", None, True, False),
        ("for my tutee: slope", None, False, True),
        ("My student Jonas (14) mixes up mean and median", None, False, True),
        ("I am in a class of my own", None, False, False),
        ("study group of 4: vectors", None, False, False),
        ("a group of 3, we need vectors", None, False, False),
        ("for my evening nursing class: proportions", None, False, False),
        ("slope, it's for my personal finance class", None, False, False),
        ("scatter plots for my Year 9 class", "teacher", False, False),
        ("four lessons for my AP Statistics class", "teacher", False, False),
        ("I tutor a boy in year 9, slope next", None, False, True),
        ("I'm teaching my neighbour long division", None, False, True),
        ("I'm teaching my son long division", None, True, True),
        ("Online tutor here, only one student, slope", None, False, True),
        ("I tutor three girls, slope", "teacher", False, False),
    ],
)
def test_for_whom_a_request_is(text: str, audience: str | None, child: bool, learner: bool) -> None:
    stated = read_request(text, date(2026, 1, 5))
    assert (stated.audience, stated.child, stated.learner) == (audience, child, learner)
