"""Demonstrations by nearness: in the words that tell questions apart."""

from studysmith.programs.nearest import nearest

QUESTIONS = [
    "learner: student, Grade 8\nsession: learn Slope of a line",
    "learner: student, Grade 5\nsession: learn Adding fractions",
    "learner: student, Grade 8\nsession: practise Adding fractions",
    "learner: teacher, Calculus 1\nsession: review Chain rule",
]


def test_the_nearest_stands_last() -> None:
    asked = "learner: student, Grade 8\nsession: practise Slope of a line"
    assert nearest(QUESTIONS, asked, 2) == [2, 0]
    assert nearest(QUESTIONS, asked, 1) == [0]
    assert len(nearest(QUESTIONS, asked, 9)) == len(QUESTIONS)


def test_what_all_questions_say_tells_nothing() -> None:
    # Of one word in common with each, "session" stands in all of them and "chain" in one.
    assert nearest(QUESTIONS, "session: session: session: chain", 1) == [3]


def test_the_very_question_is_not_shown() -> None:
    assert 1 not in nearest(QUESTIONS, QUESTIONS[1], 4)
    assert nearest(QUESTIONS, QUESTIONS[1], 1) == [2]


def test_of_two_alike_the_first_is_nearer_whatever_the_order_of_words() -> None:
    alike = ["red big apple", "apple big red", "blue small pear"]
    assert nearest(alike, "apple red", 2) == [1, 0]
    assert nearest(["pear", "pear", "plum"], "plum tree", 3) == [1, 0, 2]


def test_a_question_without_a_word_in_common_still_has_neighbours() -> None:
    assert nearest(QUESTIONS, "zzz", 2) == [1, 0]
    assert nearest([], "zzz", 2) == []
