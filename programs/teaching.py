"""The teaching of a concept, as people wrote it: what to do in a session and why, and what to do when behind or ahead.

A model chooses among these sentences; it does not write them. Each one is true and natural for its concept, so no
choice can be nonsense. Patterns are sentences that read as well for any concept; they stand beside the concept's own.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from .wishes import Wish

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

AVERAGE = 50
_THE = r"\b(?:the worked|worked|the) example\b"
_EXAMPLE = re.compile(_THE, re.IGNORECASE)
_LATER = re.compile(rf"\b(?:before you show(?: the answer of)?|after|then read(?: how)?) {_THE}|\bonly then show it\b")


def works_on_example(text: str) -> bool:
    """Whether somebody who is told this needs the worked example before them; not where they try first."""
    return bool(_EXAMPLE.search(text)) and not _LATER.search(text)


def quotes_example(text: str) -> bool:
    """Whether a sentence is about the worked example and names a number, which is then one of that example's."""
    return bool(_EXAMPLE.search(text) and re.search(r"\d", text))


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Instruction(_Data):
    """What to do in a session, and why it helps.

    ``do`` and ``why`` may hold ``{name}``, the concept's name within a sentence, and ``{interest}``, what the learner
    likes. ``young``: only for children. ``merit``: for each kind of session, from 0 to 100, how gladly a teacher would
    give it there to a learner of whom nothing more is known, beside the others. ``suits``: wishes that it fulfils;
    ``touches``: wishes that it has something of.
    """

    way: Way
    for_: tuple[SlotKind, ...] = Field(alias="for", min_length=1)
    do: Text
    why: Text
    young: bool = False
    merit: tuple[Annotated[int, Field(ge=0, le=100)], ...] = ()
    suits: tuple[Wish, ...] = ()
    touches: tuple[Wish, ...] = ()

    @model_validator(mode="after")
    def _merit_for_each(self) -> Instruction:
        if self.merit and len(self.merit) != len(self.for_):
            raise ValueError(f"merit: a number for each of {', '.join(self.for_)} (got {len(self.merit)})")
        return self

    def merit_for(self, kind: SlotKind) -> int:
        """Of an instruction for this kind of session; AVERAGE where nobody said."""
        return self.merit[self.for_.index(kind)] if self.merit and kind in self.for_ else AVERAGE


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

    ``reasons`` are true of any session on the concept; ``watch`` says what to look out for while working; ``slip`` is
    the common mistake as what "you" or "students" do, empty where there is no common one.
    """

    student: tuple[Instruction, ...]
    teacher: tuple[Instruction, ...]
    reasons: Several
    watch: ForBoth
    behind: Several
    ahead: Several
    slip: Annotated[str, StringConstraints(pattern=r"^([a-z].{8,160}[^.])?$")] = ""

    def instructions(self, audience: Audience) -> tuple[Instruction, ...]:
        return self.student if audience == "student" else self.teacher


class Weights(_Data):
    """The weights of the prior over instructions (see ``choices``), and what the model's likelihood counts beside it.

    Each is named after a feature, but ``ways``: by kind of session and way of working.
    """

    suits: FiniteFloat
    touches: FiniteFloat
    words: FiniteFloat
    own: FiniteFloat
    merit: FiniteFloat
    likelihood: FiniteFloat
    ways: dict[SlotKind, dict[Way, FiniteFloat]]
