"""Two learners in one request: the plan is for the first, and says how to ask for the other's."""

from __future__ import annotations

from dataclasses import replace

from ..curriculum import Curriculum
from .said.people import Others, first_names
from .topics.found import Topics
from .topics.names import mentions
from .topics.places import blank
from .topics.read import read_topics
from .topics.subjects import subjects_named


def share_out(read: Topics, others: Others, text: str, source: Curriculum) -> tuple[Topics, str, str]:
    """The topics of the first learner alone, where the text names some for each of the two.

    With them what is assumed of the two, and what is not planned for the second; one of these is empty.
    """
    of_first = read_topics(blank(text, [(others.at, len(text))]), source)
    of_second = read_topics(blank(text, [(0, others.at)]), source)
    both = f"{_name(others.first)} and {_name(others.second)}"
    # What is said of the second may be no more than an age: that describes no topic.
    named = [m.start for m in mentions(text, source)] + [s.start for s in subjects_named(text)]
    if others.same or not of_first.topics or not any(start >= others.at for start in named) or not of_second.topics:
        shared = (
            f"The request speaks of two learners ({both}) and names nothing for one of them alone, "
            "so this plan serves both."
        )
        return read, shared, ""
    # A subject has a name here that may not be the one that was typed.
    typed = [text[s.start : s.end] for s in of_second.used if s.slot == "topic"]
    names = typed if of_second.subject else [source[t].name for t in of_second.topics]
    left = (
        f"The request speaks of two learners, and this plan is for {_name(others.first)} alone. "
        f"For {_name(others.second)}, ask again and name only {' and '.join(f'“{name}”' for name in names)}."
    )
    return replace(of_first, course=of_first.course or read.course, used=[*of_first.used, *of_second.used]), "", left


def _name(called: str) -> str:
    """A name as it is written: of "anna needs slope" the first word is one."""
    return called.capitalize() if called in first_names() else called
