"""Spans that a model marks, and the rules' reading as spans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.facts import read_request
from studysmith.programs.request.spans import Span
from studysmith.programs.request.spoken import PART, STEP, marked, pairs_of, places, spans_of
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.steps import Call

TODAY = date(2026, 3, 4)


def found(text: str, *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(span.slot, text[span.start : span.end]) for span in places(text, pairs)]


def test_words_are_found_where_they_stand() -> None:
    text = "I like Dogs,\n and slope."
    assert found(text, ("topic", "slope"), ("interest", "dogs")) == [("interest", "Dogs"), ("topic", "slope")]
    assert found("two\n weeks", ("duration", "two weeks")) == [("duration", "two\n weeks")]


def test_words_that_do_not_stand_there_and_slots_that_there_are_not_are_left_out() -> None:
    text = "fractions for my sloped roof"
    assert found(text, ("topic", "slope"), ("colour", "roof"), ("topic", "..."), ("topic", "my roof")) == []


def test_words_that_stand_there_twice_are_taken_in_the_order_of_reading() -> None:
    text = "2 weeks, 2 times a week, slope"
    [duration, rhythm] = places(text, [("duration", "2 weeks"), ("rhythm", "2")])
    assert (duration.start, rhythm.start) == (0, 9)
    # Out of order they are found all the same, and the same mark twice is one.
    assert len(places(text, [("topic", "slope"), ("duration", "2 weeks"), ("duration", "2 weeks")])) == 2


def test_a_model_is_asked_once_for_each_part_and_marks_count_in_the_whole_text() -> None:
    sentence = "I like dogs and short steps very much indeed. "
    text = (sentence * 30 + "Help me with slope.").strip()
    asked: list[Sequence[Call]] = []

    def answer(calls: Sequence[Call]) -> list[dict[str, Any]]:
        asked.append(calls)
        return [{"spans": [["topic", "slope"], ["interest", "dogs"]]} for _ in calls]

    spans = marked(text, answer)
    [calls] = asked
    assert [call.step for call in calls] == [STEP] * 3
    assert all(len(call.inputs["request"].split()) <= PART for call in calls)
    assert all(call.inputs["request"].endswith(".") for call in calls)
    assert " ".join(call.inputs["request"] for call in calls) == text
    assert [text[s.start : s.end] for s in spans] == ["dogs", "dogs", "dogs", "slope"]


def test_a_text_without_an_end_of_a_sentence_is_cut_between_words() -> None:
    words = [f"w{n}" for n in range(2 * PART + 1)]
    asked: list[Call] = []

    def answer(calls: Sequence[Call]) -> list[dict[str, Any]]:
        asked.extend(calls)
        return [{"spans": []} for _ in calls]

    assert marked(" ".join(words), answer) == []
    assert [word for call in asked for word in call.inputs["request"].split()] == words


def test_errors_of_whoever_answers_pass_through() -> None:
    def broken(calls: Any) -> list[dict[str, Any]]:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        marked("slope", broken)


def test_what_the_rules_read_is_spans_and_neighbours_of_a_slot_are_one() -> None:
    text = "I'm in Grade 8. slope, 30 minutes twice a week. I love chess. I want to pass the next test."
    spans = spans_of(read_request(text, TODAY), read_topics(text, curriculum()), text)
    assert all(isinstance(span, Span) for span in spans)
    pairs = pairs_of(text, spans)
    assert ("course", "Grade 8") in pairs
    assert ("topic", "slope") in pairs
    assert ("rhythm", "30 minutes twice a week") in pairs
    assert ("interest", "chess") in pairs
    assert ("goal", "pass the next test") in pairs
