"""Two learners in one request: the plan is for the first, and says how to ask for the other's."""

from __future__ import annotations

from ..curriculum import Curriculum
from ..learner import LearnerProfile
from .said.people import Others
from .topics.courses import courses_named
from .topics.names import mentions


def share_out(profile: LearnerProfile, others: Others, text: str, source: Curriculum) -> tuple[list[str], list[str]]:
    """Leaves the first learner's topics in the profile, where the text gives the second ones of their own.

    What is assumed of the two, and what is not planned for the second.
    """
    if not profile.topics:
        return [], []
    places: dict[str, int] = {}
    for mention in mentions(text, source):
        for concept in mention.concepts:
            places.setdefault(concept, mention.start)
    second = [t for t in profile.topics if places.get(t, -1) >= others.at]
    first = [t for t in profile.topics if t not in second]
    both = f"{others.first} and {others.second}"
    if others.same or not first or not second:
        said = (
            f"The request speaks of two learners ({both}) and names nothing for one of them alone, "
            "so this plan serves both."
        )
        return [said], []
    profile.topics, profile.struggles = first, [c for c in profile.struggles if c not in second]
    courses = [course for course in courses_named(text) if course.year or not course.bare]
    own = [course.name for course in courses if course.start < others.at]
    if own and profile.course in [course.name for course in courses if course.start >= others.at]:
        profile.course = own[0]
    names = " and ".join(f"“{source[t].name}”" for t in second)
    left = (
        f"The request speaks of two learners, and this plan is for {others.first} alone. "
        f"For {others.second}, ask again and name only {names}."
    )
    return [], [left]
