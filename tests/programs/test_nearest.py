"""Demonstrations by nearness: in the words that questions have in common."""

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


def test_the_very_question_is_not_shown() -> None:
    assert 1 not in nearest(QUESTIONS, QUESTIONS[1], 4)
    assert nearest(QUESTIONS, QUESTIONS[1], 1) == [2]


def test_of_two_alike_the_first_is_nearer_whatever_the_order_and_case_of_words() -> None:
    alike = ["red, big apple", "Apple big red", "blue small pear"]
    assert nearest(alike, "apple red", 2) == [1, 0]
    assert nearest(["pear", "pear", "plum"], "plum tree", 3) == [1, 0, 2]


def test_a_question_without_a_word_still_has_neighbours() -> None:
    assert nearest(QUESTIONS, "?", 2) == [1, 0]
    assert nearest([], "zzz", 2) == []
