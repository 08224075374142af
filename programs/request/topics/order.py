"""The order in which a request wants its topics: "ratio, then percentages, in this order please"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...curriculum import Curriculum

_IN_ORDER = re.compile(
    r"\bin (?:exactly |precisely )?(?:this|that|the same|the given|the following|my) (?:order|sequence)\b"
    r"|\bin the order (?:given|listed|above|i(?:'ve)? (?:listed|gave|wrote|said)|as listed|as written)\b"
    r"|\b(?:keep|follow|stick to) (?:this|that|the|my) order\b"
    r"|\ben (?:este|ese) orden\b|\bdans cet ordre\b|\bin dieser reihenfolge\b"
    r"|\bn(?:esta|essa) ordem\b|按(?:照)?(?:这个|此)?顺序",
    re.IGNORECASE,
)


def order_said(text: str) -> tuple[int, int] | None:
    """Where a text says that its topics are in the order of the plan."""
    match = _IN_ORDER.search(text)
    return match.span() if match else None


def moved(given: Sequence[str], ordered: Sequence[str], source: Curriculum) -> str:
    """Which order was kept, and what had to come earlier than it was named."""
    early = [
        (topic, other)
        for i, other in enumerate(given)
        for topic in given[i + 1 :]
        if ordered.index(topic) < ordered.index(other) and topic in source.ancestors(other)
    ]
    said = "The topics come in the order in which the request names them"
    why = [f"{source[topic].name} comes before {source[other].name}, which builds on it" for topic, other in early]
    return f"{said}, except that {' and '.join(why)}." if why else f"{said}."
