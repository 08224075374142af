"""The steps of planning as DSPy signatures. Their docstrings are the default instructions."""

from __future__ import annotations

from typing import Annotated

import dspy
from pydantic import Field

from .outputs import Advice, WeekText
from .request.spans import Slot
from .verbatim import words_of

MOST_SPANS = 16
"""Spans that are marked in a part of a request at most, so that no reply runs on for ever."""


class ChooseTopic(dspy.Signature):
    """Choose the topic that the student most needs help with."""

    request: str = dspy.InputField()
    topics: str = dspy.InputField(desc="names to choose among, separated by semicolons")
    topic: str = dspy.OutputField()


class Diagnose(dspy.Signature):
    """Find the one concept that explains the student's wrong answers."""

    errors: str = dspy.InputField(desc="problem, wrong answer and right answer, one a line")
    concepts: str = dspy.InputField(desc="name and common wrong idea, one a line")
    shaky: str = dspy.OutputField()


class ChooseWay(dspy.Signature):
    """Choose the way of working that suits this learner and this session best."""

    learner: str = dspy.InputField()
    session: str = dspy.InputField(desc="kind and concept")
    way: str = dspy.OutputField()


class WriteWeek(dspy.Signature):
    """You plan one week of mathematics study. For each session write an activity, which tells the learner exactly what to do, and why it helps this learner. Use the learner's interests and watch the pitfall."""  # noqa: E501

    learner: str = dspy.InputField()
    focus: str = dspy.InputField(desc="the concept of the week and its objective")
    pitfall: str = dspy.InputField(desc="a common wrong idea")
    sessions: str = dspy.InputField(desc="kind and concept of each session, separated by semicolons")
    week: WeekText = dspy.OutputField()


class Adapt(dspy.Signature):
    """Say in one sentence what the learner should change when behind, and in one sentence what to do when ahead."""

    learner: str = dspy.InputField()
    weeks: str = dspy.InputField(desc="what each week is about")
    pitfall: str = dspy.InputField(desc="a common wrong idea")
    advice: Advice = dspy.OutputField()


class ReadRequest(dspy.Signature):
    """Mark in the request, in its order and word for word, what it says: the topic that is wanted, not wanted (not_topic), known, or a struggle; wrong work that it shows; the deadline, the duration in weeks, the rhythm (minutes, times a week), days, hours, times away, the total time; course or grade; a teacher's or parent's audience; each interest, preference, goal and need."""  # noqa: E501

    request: str = dspy.InputField()
    spans: Annotated[list[tuple[Slot, Annotated[str, words_of("request")]]], Field(max_length=MOST_SPANS)] = (
        dspy.OutputField(desc="pairs of what is said and the words that say it")
    )
