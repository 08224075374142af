"""The usual way: one call writes the whole plan. Kept as the baseline that the staged planner has to beat."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import dspy
from pydantic import Field, StringConstraints

from .calendar import session_days, start_of
from .curriculum import Curriculum, curriculum
from .learner import LearnerProfile
from .outputs import Instruction, Reason, Sentence, Written
from .plan import Activity, Adaptation, Checkpoint, Phase, Session, StudyPlan, Week
from .request.facts import check_text
from .request.topics.ids import with_ids
from .steps import REPEAT_PENALTY, one_line

Title = Annotated[str, StringConstraints(min_length=3, max_length=60)]


class DirectSession(Written):
    objective: Sentence
    activity: Instruction
    minutes: Literal[15, 20, 30, 40, 45, 60, 90]
    why: Reason


class DirectWeek(Written):
    topic: Title
    sessions: list[DirectSession] = Field(min_length=1, max_length=3)
    checkpoint: Sentence


class DirectPlan(Written):
    title: Title
    weeks: list[DirectWeek] = Field(min_length=1, max_length=4)
    behind: Instruction
    ahead: Instruction


class WritePlan(dspy.Signature):
    """Write a study plan for this learner: weeks with a topic, sessions with objective, activity, minutes and why, a checkpoint question for each week, and what to do when behind or ahead."""  # noqa: E501

    request: str = dspy.InputField()
    errors: str = dspy.InputField(desc="problem, wrong answer and right answer, one a line")
    plan: DirectPlan = dspy.OutputField()


class DirectPlanner(dspy.Module):
    """Plans in one call. Its checkpoints have no answers: nobody has checked what the model would say.

    source: the built-in curriculum if left out.
    """

    def __init__(self, source: Curriculum | None = None) -> None:
        super().__init__()
        self.source = source
        self.write_plan = dspy.Predict(WritePlan, max_tokens=1600, repeat_penalty=REPEAT_PENALTY)

    def forward(self, given: LearnerProfile, today: date | None = None) -> dspy.Prediction:
        errors = "; ".join(f"{e.problem} Wrote {e.answer}; right is {e.correct_answer}." for e in given.errors[:3])
        source = curriculum() if self.source is None else self.source
        given = with_ids(given, source)
        named = ", ".join(source[c].name for c in given.topics or given.struggles)
        request = check_text(given.text or (named and f"Plan {named}."))
        reply = self.write_plan(request=request, errors=one_line(errors) or "none")
        return dspy.Prediction(plan=_as_plan(reply.plan.model_dump(), given, today or date.today()))


def _as_plan(words: dict[str, Any], given: LearnerProfile, today: date) -> StudyPlan:
    weeks = []
    for number, week in enumerate(words["weeks"], 1):
        days = session_days(len(week["sessions"]), range(7 * number - 7, 7 * number))
        sessions = [
            Session(
                title=week["topic"],
                concept=week["topic"],
                objective=s["objective"],
                activities=[Activity(kind="study", text=s["activity"], minutes=s["minutes"])],
                rationale=s["why"],
                day=day,
            )
            for s, day in zip(week["sessions"], days, strict=True)
        ]
        check = Checkpoint(concept=week["topic"], question=week["checkpoint"])
        weeks.append(Week(number=number, title=week["topic"], sessions=sessions, checkpoint=check))
    return StudyPlan(
        title=words["title"],
        audience=given.audience,
        start=start_of(today),
        phases=[Phase(title=words["title"], objective=words["title"], weeks=weeks)],
        adaptations=[
            Adaptation(when="behind", trigger="When behind", action=words["behind"]),
            Adaptation(when="ahead", trigger="When ahead", action=words["ahead"]),
        ],
    )
