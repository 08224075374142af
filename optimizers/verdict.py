"""Confirmed or not, with the evidence."""

from pydantic import BaseModel, ConfigDict, Field

from ..metrics.sequential import Evidence

ALPHA = 0.05
"""The share of compiles that may confirm a winner which is no better than the unchanged program."""


class Verdict(BaseModel):
    """Confirmed or not, and why.

    differences: the winner's score minus the unchanged program's on each of ``examples``, in the order in which they
    were seen, in exact mode; ``evidence`` is what these say.
    """

    model_config = ConfigDict(extra="forbid")

    confirmed: bool
    reason: str
    evidence: Evidence | None = None
    examples: list[str] = Field(default_factory=list)
    differences: list[float] = Field(default_factory=list)
