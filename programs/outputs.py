"""What the model may write, as types: enumerated choices and short sentences of a known kind.

A sentence has letters and punctuation only: without digits and operators the model cannot state any result. What to do
is an instruction, so it starts with a verb of the list below; why to do it speaks to the learner. A small model left to
itself writes definitions instead, and gets them wrong.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

VERBS = tuple(
    """Act Add Answer Arrange Ask Begin Bring Build Calculate Challenge Change Check Choose Circle Clap Clear Collect
    Colour Combine Compare Complete Compose Compute Construct Continue Convert Copy Count Cover Create Cut Dance Decide
    Decompose Derive Describe Design Determine Differentiate Divide Do Double Draw Drop Eliminate Enlarge Estimate
    Evaluate Expand Explain Explore Extend Fill Find Flip Fold Follow Form Frame Give Go Graph Guess Halve Hand Have
    Hide Hunt Imagine Include Increase Integrate Invent Invite Judge Keep Label Lay Leave Let Limit List Look Make Mark
    Match Measure Model Multiply Name Offer Order Pack Photograph Pick Place Plan Play Plot Point Practise Predict
    Project Put Quiz Raise Read Rearrange Record Redo Redraw Reduce Reflect Remove Repeat Replace Retrace Return Reverse
    Review Rewrite Rework Roll Round Run Say Scale Separate Set Shade Share Shift Shorten Show Shrink Simplify Sketch
    Skip Slide Solve Sort Spend Split Square Stack Stand Start Stay Step Stop Stretch Study Substitute Subtract Sum Swap
    Take Teach Tear Tell Test Tile Time Trace Track Try Turn Underline Undo Use Weigh Work Wrap Write""".split()
)

_WORD = "[A-Za-zÀ-ÖØ-öø-ÿ][a-zß-öø-ÿ']{0,15}(-[a-z]{1,12})?"
_NEXT = rf"([,;:]? {_WORD})"
_FIRST = "[A-Z][a-z']{0,15}(-[a-z]{1,12})?"
SENTENCE_PATTERN = rf"^{_FIRST}{_NEXT}{{3,24}}[.!?]$"
"""4 to 25 words, the first one capitalized. Bounded, so that no reply can run on for ever."""
INSTRUCTION_PATTERN = rf"^({'|'.join(VERBS)}){_NEXT}{{3,24}}[.!?]$"
"""A sentence that starts with one of VERBS."""
REASON_PATTERN = rf"^(You|Your|{_FIRST}{_NEXT}{{0,20}}[,;:]? (you|your|yourself)){_NEXT}{{0,20}}[.!?]$"
"""A sentence that speaks to the learner: it has "you" or "your" in it."""

Sentence = Annotated[str, StringConstraints(pattern=SENTENCE_PATTERN)]
Instruction = Annotated[str, StringConstraints(pattern=INSTRUCTION_PATTERN)]
Reason = Annotated[str, StringConstraints(pattern=REASON_PATTERN)]


class Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SessionText(Written):
    """The words of one session."""

    activity: Instruction
    why: Reason


class WeekText(Written):
    """The words of one week."""

    sessions: list[SessionText]


class Advice(Written):
    """What to do when behind, and when ahead."""

    behind: Instruction
    ahead: Instruction
