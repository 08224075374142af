"""The words for what happens on the day: of "a test on the 27th" the test was read with its day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..spans import Span
from .deadline import EXAM

EVENT = re.compile(
    rf"\b(?:(?:(?:entrance|placement|unit) )?(?:{EXAM})|p?sats|\w*(?:klausur|prüfung|pruefung)(?:en)?|ex[aá]men(?:es)?"
    r"|parcial|provas?|bac blanc|contr[oô]le"
    r"|(?:(?:mathe|klassen|schul)|(?:die|eine) )arbeit(?: (?:ist|schreiben wir))?(?: am)?)\b|考试|期[中末]考?|测验",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"\b(?:before|until|till|by the time) (?:[\w'’]+ ){1,4}?(?:starts?|begins?|resumes?|opens?)\b(?: back"
    r"| again)?(?: (?:on|in))?",
    re.IGNORECASE,
)
"""What begins on the day: "before college starts in 3 weeks"."""
_OTHER = re.compile(
    r"\b(?:no|not an?|without(?: an?)?) $"
    r"|\b(?:convergence|divergence|comparison|ratio|root|integral|derivative|line|hypothesis|significance|series|term"
    r"|squared?|divisibility|[tzf])[ -]$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;!?](?=\s|$)|\n|[。！？]")


def events_read(text: str, used: Sequence[Span]) -> list[Span]:
    """The words for an event whose day was read: "quiz" in "quiz on Thursday".

    A text that names one event says the day of it, wherever it does; of several, each has its own in its sentence.
    """
    days = [span for span in used if span.slot in ("deadline", "duration")]
    events = [event for event in EVENT.finditer(text) if not _OTHER.search(text, 0, event.start())]
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text) + 1]
    dated = [(a, b) for a, b in pairwise(ends) if any(a <= span.start < b for span in days)]
    alone = len({event[0].casefold() for event in events}) == 1
    found = [event for event in events if days and (alone or any(a <= event.start() < b for a, b in dated))]
    found += [start for start in _STARTS.finditer(text) if any(0 <= d.start - start.end() < 12 for d in days)]
    return [Span(*event.span(), "deadline") for event in found]
