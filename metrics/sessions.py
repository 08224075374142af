"""Single sessions from a file, judged one by one by the rubric's sense of what is sound."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..programs.curriculum import Curriculum, curriculum
from ..programs.errors import InputError, explain
from ..programs.teaching import Audience, SlotKind
from ..programs.text_file import parse_json, read_text
from .dimensions import facts
from .dimensions.sound import activity_value, reason_value


class SessionText(BaseModel):
    """What to do in a session and why; the concept by id, name or alias. Other keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    concept: str = Field(min_length=1)
    kind: SlotKind
    audience: Audience
    activity: str
    why: str

    @field_validator("kind", "audience", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value


def read_sessions(path: Path, source: Curriculum | None = None) -> list[SessionText]:
    """The sessions of a JSONL file, concepts as ids. Raises InputError naming the line and the field."""
    source = curriculum() if source is None else source
    sessions = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            session = SessionText.model_validate(parse_json(line, f"{path}: line {number}:"))
        except ValidationError as error:
            raise InputError(f"{path}: line {number}: {explain(error)}") from None
        concept = facts.resolve(session.concept, source)
        if concept is None:
            raise InputError(f"{path}: line {number}: concept: not in the curriculum (got {session.concept!r:.60})")
        sessions.append(session.model_copy(update={"concept": concept}))
    if not sessions:
        raise InputError(f"{path}: holds no session; one a line, as JSON with concept, kind, audience, activity, why")
    return sessions


def soundness(session: SessionText, source: Curriculum | None = None) -> dict[str, float]:
    """How sound the instruction and the reason are, 0 to 1."""
    source = curriculum() if source is None else source
    s = session
    return {
        "activity": round(activity_value(s.activity, s.why, s.concept, source), 4),
        "why": round(reason_value(s.why, [s.activity], s.concept, source), 4),
    }
