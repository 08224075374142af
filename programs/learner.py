"""Who the plan is for: typed data, checked when it is made."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from rapidfuzz import fuzz

from .calendar import LAST_DAY
from .errors import InputError, explain

MAX_TEXT = 4000
"""Characters of free text that are accepted: some 1,000 tokens, so that every prompt fits the smallest context."""
MEANT = 70.0
"""Likeness (0 to 100) from which a field is what a misspelt one was meant to be."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ConceptId = Annotated[str, StringConstraints(strip_whitespace=True)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SHORTEST, LONGEST = 5, 180
"""Minutes of a session: the least, and the most."""
Sitting = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]


class Strict(BaseModel):
    """Unknown fields are an error, so that a misspelt option is never ignored."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Attempt(Strict):
    """A problem, the learner's answer, the right answer."""

    problem: str = Field(min_length=1, max_length=600)
    answer: str = Field(min_length=1, max_length=200, description="what the learner wrote")
    correct_answer: str = Field(min_length=1, max_length=200)


class LearnerProfile(Strict):
    """What is known about a learner, or about a class when ``audience`` is teacher.

    A field left at None or empty is unknown: the planner infers it and says so among the plan's assumptions.
    Concepts are named by their ids or names in a curriculum; whoever reads the profile with one looks them up there
    (``request.topics.ids.with_ids``).
    """

    audience: Literal["student", "teacher"] = "student"
    course: str = Field(default="", max_length=80, description="course or grade: 'Calculus 1', 'Grade 7'")
    goal: str = Field(default="", max_length=300)
    topics: list[ConceptId] = Field(default_factory=list, max_length=60, description="concepts the plan must reach")
    start: date | None = Field(default=None, le=LAST_DAY, description="the first day for study")
    deadline: date | None = None
    weeks: int | None = Field(default=None, ge=1, le=52)
    minutes_per_week: int | None = Field(default=None, ge=SHORTEST, le=3000)
    sessions_per_week: int | None = Field(default=None, ge=1, le=7)
    every_weeks: int | None = Field(default=None, ge=1, le=4, description="2: study in every other week only")
    total_minutes: int | None = Field(default=None, ge=SHORTEST, le=60000, description="all the time that there is")
    days: list[Day] = Field(default_factory=list, max_length=7, description="weekdays for study; empty: any")
    minutes_on: dict[Day, Sitting] = Field(
        default_factory=dict, description="minutes of a session by weekday, where they differ: {'mon': 30, 'sat': 60}"
    )
    sessions_on: dict[date, Sitting] = Field(
        default_factory=dict,
        max_length=60,
        description="minutes of the only sessions that there are, by date: {'2026-01-09': 60}",
    )
    hours: str = Field(default="", max_length=40, description="times of day, as the learner names them: '5 to 6 pm'")
    away: list[tuple[date, date]] = Field(
        default_factory=list, max_length=20, description="first and last days of absences"
    )
    known: list[ConceptId] = Field(default_factory=list, max_length=200)
    struggles: list[ConceptId] = Field(default_factory=list, max_length=60)
    errors: list[Attempt] = Field(default_factory=list, max_length=20, description="the error set")
    interests: list[Line] = Field(default_factory=list, max_length=10)
    preferences: list[Line] = Field(default_factory=list, max_length=10, description="how the learner likes to work")
    needs: list[Line] = Field(default_factory=list, max_length=10, description="such as 'dyslexia' or 'no internet'")
    text: str = Field(default="", max_length=MAX_TEXT, description="the request in the learner's own words")

    @field_validator("errors")
    @classmethod
    def _each_once(cls, errors: list[Attempt]) -> list[Attempt]:
        return [error for place, error in enumerate(errors) if error not in errors[:place]]

    @model_validator(mode="after")
    def _time_fits(self) -> LearnerProfile:
        if (
            self.minutes_per_week
            and self.sessions_per_week
            and self.minutes_per_week < SHORTEST * self.sessions_per_week
        ):
            raise ValueError(
                f"minutes_per_week: a session needs at least {SHORTEST} minutes, so {self.sessions_per_week} sessions "
                f"need {SHORTEST * self.sessions_per_week}"
            )
        for first, last in self.away:
            if last < first:
                raise ValueError(f"away: the last day is not before the first (got {first} to {last})")
        return self


def profile_for(text: str = "", **fields: Any) -> LearnerProfile:
    """A LearnerProfile from a request and its fields. Raises InputError with one line that names the field."""
    for name in fields:
        if name not in LearnerProfile.model_fields:
            raise InputError(_unknown(name))
    if not isinstance(text, str):  # it may come from a file
        raise InputError(f"text: a string (got {text!r:.60})")
    if len(text) > MAX_TEXT:
        raise InputError(f"text: at most {MAX_TEXT:,} characters are read (got {len(text):,})")
    given = {name: value for name, value in fields.items() if value is not None}
    if not text.strip() and not (given.get("topics") or given.get("struggles")):
        raise InputError("text: say in a sentence what you want to learn (got an empty text)")
    try:
        return LearnerProfile.model_validate({"text": text, **given})
    except ValidationError as error:
        raise InputError(explain(error)) from None


def _unknown(name: str) -> str:
    """That this is no field of a profile, and which are, the likeliest first."""
    likeness = {f: (fuzz.WRatio(name, f) + fuzz.ratio(name, f)) / 2 for f in LearnerProfile.model_fields}
    valid = sorted(likeness, key=lambda field: -likeness[field])
    meant = f"did you mean {valid[0]}? Valid" if likeness[valid[0]] >= MEANT else "valid"
    return f"{name:.60}: no field of a profile; {meant}: {', '.join(valid)}"
