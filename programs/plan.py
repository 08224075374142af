"""A study plan as data: phases of weeks of sessions, with checkpoints and adaptations.

The mathematics in a plan (``task``, ``question``, ``answer``) comes from checked material; the prose around it is the
model's. An answer that nobody checked is left out rather than stated.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from .learner import LearnerProfile, Strict

ActivityKind = Literal["study", "example", "practice", "repair", "review"]


class Activity(Strict):
    """One thing to do within a session.

    ``study`` and ``review`` are prose; ``example`` and ``practice`` carry a task; ``repair`` returns to an error of the
    learner's own.
    """

    kind: ActivityKind
    text: str = Field(min_length=1, max_length=1000)
    minutes: int = Field(ge=1, le=600)
    task: str | None = None
    answer: str | None = None


class Session(Strict):
    """A sitting: what to reach, what to do, how long, and why this, for this learner."""

    title: str
    concept: str = Field(default="", description="curriculum id, or a topic in words where there is none")
    objective: str
    activities: list[Activity] = Field(default_factory=list)
    rationale: str = Field(description="why this, for you")
    day: int = Field(ge=0, description="days after the start of the plan")

    @property
    def minutes(self) -> int:
        return sum(activity.minutes for activity in self.activities)


class Checkpoint(Strict):
    """A question that shows whether the week has done its work."""

    concept: str = ""
    question: str
    answer: str | None = None


class Week(Strict):
    number: int = Field(ge=1)
    title: str
    sessions: list[Session] = Field(default_factory=list)
    checkpoint: Checkpoint | None = None

    @property
    def minutes(self) -> int:
        return sum(session.minutes for session in self.sessions)


class Phase(Strict):
    title: str
    objective: str
    weeks: list[Week] = Field(default_factory=list)


class PracticeTask(Strict):
    """A task of a practice sheet."""

    task: str
    answer: str


class Adaptation(Strict):
    """What changes if the learner falls behind or runs ahead."""

    when: Literal["behind", "ahead"]
    trigger: str = Field(description="how the learner notices, tied to a checkpoint or a week")
    action: str


class Diagnosis(Strict):
    """A concept that errors show to be shaky."""

    concept: str
    evidence: str
    errors: list[int] = Field(default_factory=list, description="which of the profile's errors, counted from 0")


class Question(Strict):
    """What must be answered before anything can be planned."""

    field: str = Field(description="the field of the profile that answers it")
    question: str
    options: list[str] = Field(default_factory=list, description="values of that field, the likeliest first")


class StudyPlan(Strict):
    """The whole plan, and an honest account of what it assumes and leaves out."""

    title: str
    audience: Literal["student", "teacher"] = "student"
    goal: str = ""
    language: str = Field(default="en", description="code of the language of headings and days; tasks are in English")
    start: date | None = None
    deadline: date | None = Field(default=None, description="the day that the plan leads to, if there is one")
    profile: LearnerProfile | None = Field(
        default=None, description="the learner as the plan understands them, without their own words"
    )
    diagnosis: list[Diagnosis] = Field(default_factory=list)
    phases: list[Phase] = Field(default_factory=list)
    adaptations: list[Adaptation] = Field(default_factory=list)
    practice: list[PracticeTask] = Field(default_factory=list, description="a sheet of further tasks")
    assumptions: list[str] = Field(default_factory=list)
    omissions: list[str] = Field(default_factory=list, description="what was asked for and is not planned, and why")
    unused: list[str] = Field(default_factory=list, description="words of the request that the plan does not use")
    needs: Question | None = Field(default=None, description="asked where nothing is planned because it is unclear")

    @property
    def weeks(self) -> list[Week]:
        return [week for phase in self.phases for week in phase.weeks]

    @property
    def sessions(self) -> list[Session]:
        return [session for week in self.weeks for session in week.sessions]
