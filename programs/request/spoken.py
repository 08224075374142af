"""What a request says, as spans: by a model, which marks words of the text, and by the rules, which keep account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from ..steps import Answerer, Call, one_line
from ..verbatim import bare
from .facts import Stated
from .spans import Slot, Span
from .topics.read import Topics

STEP = "read_request"
PART = 120
"""Words that are marked at once: the more there are, the longer a grammar takes to make."""
_BREAK = re.compile(r"(?<=[.!?;])\s+|\n+")


def marked(text: str, answer: Answerer) -> list[Span]:
    """The spans that a model marks, in the order of the text. It is asked once for each PART of the text, in one batch.

    text: as ``facts.check_text`` returns it. Errors of ``answer`` pass through.
    """
    parts = list(_parts(text))
    replies = answer([Call(STEP, {"request": one_line(text[start:end])}) for start, end in parts])
    found: set[Span] = set()
    for (start, end), reply in zip(parts, replies, strict=True):
        found.update(places(text, reply["spans"], start, end))
    return in_order(found)


def places(text: str, spans: Iterable[Sequence[str]], start: int = 0, end: int | None = None) -> list[Span]:
    """Where (slot, words) stand in the text between start and end; words that do not stand there are left out.

    Words that stand there more than once are taken after the span before, as one reads.
    """
    found: list[Span] = []
    here, end = start, len(text) if end is None else end
    for slot, words in spans:
        pattern = r"\s+".join(map(re.escape, bare(words).split()))
        if slot not in get_args(Slot) or not pattern:
            continue
        whole = re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE)
        match = whole.search(text, here, end) or whole.search(text, start, end)
        if match and match.end() <= end:
            known: Any = slot
            found.append(Span(match.start(), match.end(), known))
            here = match.end()
    return in_order(set(found))


def spans_of(stated: Stated, topics: Topics, text: str) -> list[Span]:
    """What the rules read, as spans in the order of the text; neighbours in one slot are one span."""
    joined: list[Span] = []
    for span in in_order({*stated.used, *topics.used}):
        last = next((old for old in reversed(joined) if old.slot == span.slot), None)
        if last and not text[last.end : span.start].strip():
            joined[joined.index(last)] = Span(last.start, max(last.end, span.end), span.slot)
        else:
            joined.append(span)
    return joined


def pairs_of(text: str, spans: Iterable[Span]) -> list[tuple[Slot, str]]:
    """Slot and words of each span, as a reply has them."""
    return [(span.slot, bare(one_line(text[span.start : span.end]))) for span in spans]


def in_order(spans: Iterable[Span]) -> list[Span]:
    """In the order of the text."""
    return sorted(spans, key=lambda span: (span.start, span.end, span.slot))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of stretches of at most PART words, that end where a sentence ends if there is one to end."""
    start = 0
    while start < len(text):
        words = list(re.finditer(r"\S+", text[start:]))
        if len(words) <= PART:
            if words:
                yield start, len(text)
            return
        limit = start + words[PART - 1].end()
        ends = [brk.end() for brk in _BREAK.finditer(text, start, limit)]
        end = ends[-1] if ends and ends[-1] > start else limit
        yield start, end
        start = end
