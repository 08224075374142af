"""The word for what happens on the day: of "a test on the 27th" the test was read with its day."""

from __future__ import annotations

import re

from .deadline import EXAM
from .stated import StatedTime
from .written import Written

_EVENT = re.compile(rf"\b(?:{EXAM}|sats)\b")
_OTHER = re.compile(
    r"\b(?:no|not an?|without(?: an?)?) $"
    r"|\b(?:convergence|divergence|comparison|ratio|root|integral|derivative|line|hypothesis|significance|series|term"
    r"|squared?|divisibility|[tzf])[ -]$"
)


def read_event(text: Written, stated: StatedTime) -> None:
    """Accounts for the event that is nearest to what the end was read from, in the sentence of it if there is one."""
    if stated.days is None:
        return
    ends = [span for span in stated.used if span.slot in ("deadline", "duration")]
    events = [m.span() for m in _EVENT.finditer(text.text) if not _OTHER.search(text.text, 0, m.start())]
    for end in ends:
        beside = [event for event in events if _in_sentence(text, event, end.start)] or events
        if beside:
            nearest = min(beside, key=lambda event: abs(text.at[event[0]][0] - end.start))
            span = text.span(*nearest, "deadline")
            stated.used += [] if any(u.start < span.end and span.start < u.end for u in stated.used) else [span]


def _in_sentence(text: Written, event: tuple[int, int], place: int) -> bool:
    first, last = text.sentence(*event)
    return text.at[first][0] <= place < text.at[last - 1][1]
