"""A hundred completions and what they claim: half of them say the answer, half do not.

Two readers agreed on all of them, the second without seeing what the first had said. They had parted on "six" (read as
no number here) and on "6 of 7", which are not among them any more.

Each line: the answer, then completions.
"""

from __future__ import annotations

import pytest
from studysmith.programs.answers.extract import equivalent
from studysmith.programs.problems.formats import Problem

RIGHT = r"""
6      | 6 | +6 | 6. | 6.0 | 6,0 | 12/2 | $6 | \$6 | **6** | $6$ | \(6\) | 6 apples | 6e0 | x = 6 | 3 + 3 = 6
6      | The answer is 6. | The answer is **6**. | She gave 5 away, so 6 are left.
6      | There are 5 boys, and girls: 6 | #### 6 | #### $6 | #### **6** | #### 6 dollars | #### 6.00
6      | \boxed{6} | \boxed{\frac{12}{2}} | \frac{12}{2}
-5     | -5 | −5 | #### -5 | –5 | #### -$5 | it fell to −5 degrees
5.5    | 5 1/2 | 5,5 | 11/2 | #### 5 1/2 | 5.50
0.75   | 3/4. | 3/4 | 75% | 75 percent | \boxed{\frac{3}{4}}
1000   | 1e3 | 1,000 | 1 000 | #### 1,000.
1234.5 | 1,234.50 | 1.234,50 | 1 234,5
"""
WRONG = r"""
6      | 5 and 6 | 5, 6 | 5; 6 | 6 and 7 | 5 or 6 | between 5 and 6 | not 6 | It is not 6 | It isn't 6
6      | at least 6 | more than 6 | at most 6 | It can be 5 or 6. | #### 5 and 6 | #### 5, 6 | #### not 6
6      | #### between 5 and 6 | #### 6 or 7 | \boxed{5, 6} | \boxed{5} | 6% | 6.1 | -6 | 1/6 | 6/7 | 60 | 66
6      | 0.6 | 6e1 | 6^2 | seven | <nothing> | no number | 5 of 6 | 6:7
-5     | 5 | #### 5 | 10 - 5 = 5
5.5    | 5 1/3 | 5 | 1/2 | 51/2
0.75   | 4 | 3/4% | 0,7
1000   | 3 | 1e4 | 1.000
1234.5 | 1,2345 | 12345
"""


def says(completion: str, answer: str, question: str = "How many?", **how: str) -> bool:
    return equivalent(completion, Problem(question=question, answer=answer, source="test", **how))


def pairs(table: str) -> list[tuple[str, str]]:
    rows = [[cell.strip() for cell in line.split(" | ")] for line in table.strip().splitlines()]
    return [(answer, "" if each == "<nothing>" else each) for answer, *all_ in rows for each in all_]


def test_half_of_a_hundred_are_right() -> None:
    assert len(set(pairs(RIGHT))) == len(set(pairs(WRONG))) == 50


@pytest.mark.parametrize(("answer", "completion"), pairs(RIGHT))
def test_the_answer_is_claimed(answer: str, completion: str) -> None:
    assert says(completion, answer)


@pytest.mark.parametrize(("answer", "completion"), pairs(WRONG))
def test_the_answer_is_not_claimed(answer: str, completion: str) -> None:
    assert not says(completion, answer)


def test_per_cent_counts_in_hundredths_unless_it_is_asked_for() -> None:
    assert says("12%", "12", "What percent of the class is that?")
    assert says("0.12", "12", "What percent?") is False
    assert not says("12%", "12")
    assert says("12%", "0.12")


def test_an_open_mark_is_read_as_the_set_writes() -> None:
    assert says("1.234", "1234", decimal=",")
    assert not says("1.234", "1234", decimal=".")
    assert says("1,234", "1234", decimal=".")
