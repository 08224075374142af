"""The question back where it stays unclear what a request is about."""

from __future__ import annotations

from ..curriculum import Curriculum
from ..plan import Question
from .complete import Completed
from .topics.subjects import on_offer


def question_for(done: Completed, source: Curriculum) -> Question:
    """Which topic is meant, with the nearest as options; none where nothing is near."""
    if done.profile.topics:
        return Question(field="minutes_per_week", question="How much time is there in a week, and on which days?")
    if done.outside:
        about = f"The request is about {done.outside}, and only mathematics is planned here."
        which = (
            "Which of these topics do you need for it?" if done.alternatives else "Which topic of mathematics is it?"
        )
        asked = f"{about} {which}"
    elif done.alternatives:
        asked = "Which of these topics is meant?"
    else:
        offered, examples = on_offer(source)
        asked = f"Which topic of {offered} is meant? Name one, such as {examples}."
    return Question(field="topics", question=asked, options=done.alternatives)
