"""The plain form that the rules read, and where its characters were typed."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.request.time.written import Written, written


def test_the_plain_form() -> None:
    assert written("  ½ HOUR – it’s\t２½\n\nNext\nline ").text == " 1/2 hour - it's 2 1/2\nnext line "


def test_places_survive_replacing_and_hiding() -> None:
    text = "Fünf  MINUTEN am Tag"
    read = written(text).replace(re.compile("fünf"), "5").replace(re.compile("am tag"), "a day").hide((0, 1))
    assert read.text == "\0 minuten a day"
    start = read.text.index("a day")
    assert read.as_typed(start, start + 5) == "am Tag"
    assert read.span(start, start + 5, "rhythm").start == text.index("am Tag")


def test_sentences_and_clauses() -> None:
    read = written("One. Two, three and four! Five")
    assert [read.text[slice(*f(10, 11))] for f in (read.sentence, read.clause)] == [
        " Two, three and four".lower(),
        " three ",
    ]


@given(st.text(max_size=100))
def test_every_character_was_typed_somewhere(text: str) -> None:
    read: Written = written(text)
    assert len(read.at) == len(read.text)
    assert all(0 <= start < end <= len(text) for start, end in read.at)
