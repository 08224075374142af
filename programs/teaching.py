"""The teaching of a concept, as people wrote it: what to do in a session and why, and what to do when behind or ahead.

A model chooses among these sentences; it does not write them. Each one is true and natural for its concept, so no
choice can be nonsense. Patterns are sentences that read as well for any concept; they stand beside the concept's own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SlotKind = Literal["learn", "practise", "apply", "review"]
"""What a session is for: a first meeting, routine, use, keeping."""

Audience = Literal["student", "teacher"]
Way = Literal[
    "worked example", "drawing", "speaking", "flash cards", "table", "sorting", "finding the mistake", "partner",
    "teaching", "timing", "quiz", "real life", "trying first", "small steps", "checking another way", "inventing",
    "objects", "writing", "comparing", "interest",
]  # fmt: skip
"""How a session is worked on. A model reads and names these words; no two begin with the same token."""
Text = Annotated[str, StringConstraints(pattern=r"^[A-Z].{10,240}[.?!]$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Instruction(_Data):
    """What to do in a session, and why it helps.

    ``do`` and ``why`` may hold ``{name}``, the concept's name within a sentence, and ``{interest}``, what the learner
    likes. ``young``: only for children.
    """

    way: Way
    for_: tuple[SlotKind, ...] = Field(alias="for", min_length=1)
    do: Text
    why: Text
    young: bool = False


class ForBoth(_Data):
    """One sentence for a student and one for a teacher."""

    student: Text
    teacher: Text

    def to(self, audience: Audience) -> str:
        return self.student if audience == "student" else self.teacher


class Several(_Data):
    """Sentences for a student, and sentences for a teacher."""

    student: tuple[Text, ...] = Field(min_length=1)
    teacher: tuple[Text, ...] = Field(min_length=1)

    def to(self, audience: Audience) -> tuple[str, ...]:
        return self.student if audience == "student" else self.teacher


class Teaching(_Data):
    """What is written for one concept, or, with the slot ``{name}``, for any (``patterns.yaml``).

    ``reasons`` are true of any session on the concept; ``watch`` says what to look out for while working.
    """

    student: tuple[Instruction, ...]
    teacher: tuple[Instruction, ...]
    reasons: Several
    watch: ForBoth
    behind: Several
    ahead: Several

    def instructions(self, audience: Audience) -> tuple[Instruction, ...]:
        return self.student if audience == "student" else self.teacher


class Weights(_Data):
    """The weights of the prior over instructions (see ``choices``), and what the model's likelihood counts beside it.

    preference: the learner asked for this way of working. words: share of the learner's wishes that the instruction's
    words meet. own: written for the concept. ways: by kind of session and way of working.
    """

    preference: float
    words: float
    own: float
    likelihood: float
    ways: dict[SlotKind, dict[Way, float]]
