"""The test whose day was read was read as well."""

from __future__ import annotations

from datetime import date

import pytest
from studysmith.programs.request.facts import language_of
from studysmith.programs.request.spans import Span
from studysmith.programs.request.time.event import events_read
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


def _ends(text: str) -> list[str]:
    used = read_time(text, MONDAY, language_of(text)).used
    used = sorted([*used, *events_read(text, used)], key=lambda span: span.start)
    return [text[s.start : s.end] for s in used if s.slot in ("deadline", "duration")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("her mock is on 9 February", ["mock", "9 February"]),
        ("our SATs start 11 May", ["SATs", "11 May"]),
        ("on the 27th there is a quiz on limits", ["the 27th", "quiz"]),
        ("I have a maths test. 10 days to go", ["test", "10 days to go"]),
        ("the ratio test and convergence tests before the final on 12 March", ["final", "12 March"]),
        ("Die Zwischenprüfung in Mathe ist am 17.3. und ich brauche Hilfe", ["Zwischenprüfung", "17.3."]),
        ("Ich brauche Vektoren, Nachklausur ist in 4 Wochen", ["Nachklausur", "4 Wochen"]),
    ],
)
def test_the_word_of_the_event_belongs_to_its_day(text: str, read: list[str]) -> None:
    assert _ends(text) == read


def test_an_event_without_a_day_is_not_read() -> None:
    assert _ends("i always freeze in tests, limits please, 20 minutes a day") == []
    assert _ends("limits, no exam, done by 3 March") == ["3 March"]


def test_an_event_is_read_where_its_day_is_and_each_of_two_in_its_own_sentence() -> None:
    text = "slope. My midterm is soon, on 3 March"
    day = Span(text.index("3 March"), len(text), "deadline")
    assert [text[s.start : s.end] for s in events_read(text, [day])] == ["midterm"]
    text = "I had a quiz. My midterm is on 3 March"
    day = Span(text.index("3 March"), len(text), "deadline")
    assert [text[s.start : s.end] for s in events_read(text, [day])] == ["midterm"]
    assert events_read(text, []) == []


def test_what_begins_on_the_day_is_read_with_it_and_is_no_time_of_day() -> None:
    assert _ends("slope before college starts in 3 weeks") == ["before college starts in", "3 weeks"]
    assert read_time("slope before school starts on 2 February", MONDAY).hours == ""
    assert read_time("5 mins before school every day", MONDAY).hours == "before school"
