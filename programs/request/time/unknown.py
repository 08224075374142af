"""Days that only the learner knows: "by the end of term", "after the holidays". It is said that they are not used."""

from __future__ import annotations

import re

from ..spans import Assumption
from .stated import StatedTime
from .written import Written

_UNKNOWN = re.compile(
    r"\b(?:(?P<side>by|before|until|after|from|starting)(?: (?:the|my|our))?"
    r"(?P<edge> (?:end|start|beginning|close)(?: of)?(?: (?:the|this|my|our|next))?)?"
    r" (?P<what>(?:school |winter |spring |summer |autumn |fall |christmas |easter )?"
    r"(?:term|semester|trimester|quarter|half[ -]?term|school year|holidays?|vacation|break|unit|course))"
    r"|(?P<alone>end of (?:the |this )?(?:term|semester|trimester|school year)))\b"
    r"(?! (?:is|ends|starts|begins|on|test|exam|\()|\w)"
)


def read_unknown(text: Written, stated: StatedTime) -> Written:
    """Says of such a day that it is not used, unless another day is the deadline; returns the rest."""
    found = []
    for match in _UNKNOWN.finditer(text.text):
        begins = match["side"] in ("after", "from", "starting")
        if (stated.start if begins else stated.deadline) or (match["side"] == "from" and match["edge"] is None):
            continue
        said = f"No date is known for “{text.as_typed(*match.span())}”, so it is not used: name the day."
        stated.assumptions.append(Assumption("duration" if begins else "deadline", said))
        stated.used.append(text.span(*match.span(), "duration" if begins else "deadline"))
        found.append(match.span())
    return text.hide(*found)
