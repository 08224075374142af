"""Rules and a model vote: which reading counts, and what is said where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.request.facts import read_request
from studysmith.programs.request.spoken import STEP, places
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.vote import Reading, vote
from studysmith.programs.steps import Call

SOURCE = curriculum()
TODAY = date(2026, 3, 4)


def read(text: str, *marks: tuple[str, str], **fields: Any) -> Reading:
    profile = LearnerProfile(text=text, **fields)
    stated, topics = read_request(text, TODAY), read_topics(text, SOURCE, profile.course)
    return vote(text, places(text, marks), stated, topics, profile, TODAY, SOURCE)


def test_marks_that_say_what_the_rules_say_change_nothing() -> None:
    text = "slope in 3 weeks, 30 minutes twice a week, I love chess"
    marks = [("topic", "slope"), ("duration", "3 weeks"), ("rhythm", "30 minutes twice a week"), ("interest", "chess")]
    reading = read(text, *marks)
    assert reading.differences == []
    assert reading.stated == read_request(text, TODAY)
    assert reading.topics == read_topics(text, SOURCE)


def test_without_marks_the_rules_reading_stays() -> None:
    text = "slope in 3 weeks"
    assert read(text) == Reading(read_request(text, TODAY), read_topics(text, SOURCE), [])


def test_what_only_the_model_reads_counts_and_is_said() -> None:
    text = "slope please, my whole life is Minecraft"
    reading = read(text, ("interest", "Minecraft"), ("preference", "my whole life"))
    assert reading.stated.interests == ["Minecraft"]
    assert "“Minecraft” is read as an interest." in reading.differences


def test_the_reading_that_uses_more_of_the_text_wins() -> None:
    text = "I love chess and anything about pirates. Help with slope"
    longer = read(text, ("interest", "chess"), ("interest", "anything about pirates"))
    rules = read_request(text, TODAY).interests
    assert rules
    shorter = read(text, ("interest", "chess"))
    assert shorter.stated.interests == rules
    assert len(shorter.differences) == 1
    assert shorter.differences[0].endswith(", and not “chess”.")
    assert longer.stated.interests in (rules, ["chess", "anything about pirates"])


def test_a_mark_that_no_reader_can_use_changes_nothing() -> None:
    text = "slope, whenever the moon is full"
    reading = read(
        text, ("rhythm", "whenever the moon is full"), ("deadline", "the moon"), ("topic", "the moon is full")
    )
    assert reading.stated.time == read_request(text, TODAY).time
    assert reading.topics.topics == ["slope"]
    assert reading.differences == []


def test_a_marked_date_needs_none_of_the_words_that_usually_stand_before_it() -> None:
    text = "slope; it is 20 March for me then finished"
    reading = read(text, ("deadline", "20 March"))
    assert reading.stated.time.deadline == date(2026, 3, 20)
    assert any(span.slot in ("deadline", "duration") for span in reading.stated.time.used)


@pytest.mark.parametrize(
    ("marks", "fields"),
    [
        (("interest", "Minecraft"), {"interests": ["chess"]}),
        (("course", "Grade 8"), {"course": "Grade 7"}),
        (("topic", "fractions"), {"topics": ["slope"]}),
        (("goal", "pass the exam"), {"goal": "understand it"}),
    ],
)
def test_what_a_field_says_is_not_voted_on(marks: tuple[str, str], fields: dict[str, Any]) -> None:
    text = "slope Minecraft Grade 8 fractions pass the exam"
    without, reading = read(text, **fields), read(text, marks, **fields)
    assert reading == without
    assert reading.differences == []


def test_a_topic_that_is_marked_as_known_is_not_planned() -> None:
    text = "slope and also adding fractions"
    reading = read(text, ("known", "adding fractions"))
    [known] = reading.topics.known
    assert known not in reading.topics.topics
    assert "slope" in reading.topics.topics


def test_the_inputs_are_not_changed() -> None:
    text = "slope please, my whole life is Minecraft"
    stated, topics = read_request(text, TODAY), read_topics(text, SOURCE)
    profile = LearnerProfile(text=text)
    vote(text, places(text, [("interest", "Minecraft")]), stated, topics, profile, TODAY, SOURCE)
    assert stated == read_request(text, TODAY)
    assert topics == read_topics(text, SOURCE)


def test_a_plan_asks_the_model_to_read_only_where_it_is_told_to(oracle: Any) -> None:
    text = "slope please, my whole life is Minecraft"
    asked: list[str] = []

    def answer(calls: Sequence[Call]) -> list[dict[str, Any]]:
        asked.extend(call.step for call in calls)
        if calls[0].step == STEP:
            return [{"spans": [["interest", "Minecraft"]]} for _ in calls]
        replies: list[dict[str, Any]] = oracle(calls)
        return replies

    by_rules = plan_study(profile_for(text), answer, TODAY)
    assert STEP not in asked
    by_model = plan_study(profile_for(text), answer, TODAY, reading="model")
    assert asked.count(STEP) == 1
    assert by_rules.profile is not None
    assert by_model.profile is not None
    assert (by_rules.profile.interests, by_model.profile.interests) == ([], ["Minecraft"])
    assert "“Minecraft” is read as an interest." in by_model.assumptions
