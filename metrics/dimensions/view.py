"""A plan and its learner as the dimensions read them: prose with its places, concepts resolved, sessions in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ...programs.curriculum import Curriculum
from ...programs.learner import LearnerProfile
from ...programs.plan import Activity, Phase, Session, StudyPlan, Week
from . import facts
from .text import specific_stems

ProseField = Literal["activity", "rationale", "adaptation"]
PROSE_KINDS = ("study", "review")
"""Kinds of activity whose text is written for the learner; the others frame a task."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A text that was written for this plan; ``session`` is its position in the document, None outside sessions."""

    where: str
    kind: ProseField
    text: str
    session: int | None = None


@dataclass(slots=True)
class SessionView:
    """A session with its place, its week, and the curriculum concept that it names (None if there is none)."""

    index: int
    where: str
    session: Session
    week: Week
    phase: Phase
    concept: str | None
    source: Curriculum
    activities: list[Activity] = field(default_factory=list)

    @property
    def matter(self) -> str | None:
        """What the session is about by its tasks where its name says nothing that the curriculum knows."""
        if self.concept:
            return self.concept
        found = (facts.exercise(a.task or "", self.source) for a in self.tasks)
        return next((pair[0] for pair in found if pair), None)

    @property
    def telling(self) -> frozenset[str]:
        """Stems that show that a text is about this session."""
        if self.matter:
            return facts.telling(self.matter, self.source)
        return specific_stems(self.session.title) | specific_stems(self.session.objective)

    @property
    def heading(self) -> frozenset[str]:
        """Stems of what the session is called."""
        return specific_stems(self.session.title) | specific_stems(self.session.concept.replace("-", " "))

    @property
    def tasks(self) -> list[Activity]:
        return [a for a in self.session.activities if a.task]


@dataclass
class PlanView:
    """The plan, the profile and the curriculum that they speak of, with what several dimensions need computed once."""

    plan: StudyPlan
    profile: LearnerProfile
    source: Curriculum

    @cached_property
    def sessions(self) -> list[SessionView]:
        """All sessions in the order of the document."""
        views: list[SessionView] = []
        for phase in self.plan.phases:
            for week in phase.weeks:
                for position, session in enumerate(week.sessions, start=1):
                    where = f"week {week.number}, session {position}"
                    concept = facts.resolve(session.concept, self.source)
                    views.append(
                        SessionView(len(views), where, session, week, phase, concept, self.source, session.activities)
                    )
        return views

    @cached_property
    def weeks(self) -> list[Week]:
        return self.plan.weeks

    @cached_property
    def by_day(self) -> list[SessionView]:
        """The sessions in the order in which the learner meets them."""
        return sorted(self.sessions, key=lambda view: (view.session.day, view.index))

    @cached_property
    def prose(self) -> list[Prose]:
        """Every text written for this plan, with its place."""
        return list(self._prose())

    def _prose(self) -> Iterator[Prose]:
        for view in self.sessions:
            for activity in view.session.activities:
                if activity.kind in PROSE_KINDS and activity.text.strip():
                    yield Prose(view.where, "activity", activity.text, view.index)
            if view.session.rationale.strip():
                yield Prose(view.where, "rationale", view.session.rationale, view.index)
        for adaptation in self.plan.adaptations:
            if adaptation.action.strip():
                yield Prose(f"if {adaptation.when}", "adaptation", adaptation.action)

    @cached_property
    def level(self) -> float | None:
        """The school year of what is planned: that of the highest planned concept, or of the profile's topics."""
        concepts = [v.concept for v in self.sessions if v.concept] or list(self.profile.topics)
        return facts.highest_level(tuple(sorted(set(concepts))), self.source)
