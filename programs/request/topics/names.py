"""Which concepts a request is about: exact names first, then subjects named as a whole, then similar wording.

Without a word of the curriculum in the text nothing is found, and the planner says so instead of guessing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from ...curriculum import Curriculum

SUBJECTS: dict[str, tuple[str, ...]] = {
    # A strand, or part of one, and what people call it.
    "calculus": ("calculus", "calc"),
    "linear algebra": ("linear algebra",),
    "statistics": ("statistics", "stats"),
    "probability": ("probability",),
    "trigonometry": ("trigonometry", "trig"),
    "algebra": ("algebra",),
    "functions": ("functions", "precalculus", "pre calculus", "precalc"),
    "geometry": ("geometry",),
    "fractions": ("fractions", "fraction"),
    "ratio": ("ratios and percents", "percents"),
    "limits": ("limits", "limit"),
    "derivatives": ("derivatives", "derivative", "differentiation", "differentiating", "differential calculus"),
    "integrals": ("integrals", "integral", "integration", "integrating", "integral calculus"),
    "equations": ("equations", "equation"),
    "quadratics": ("quadratics", "quadratic functions", "parabolas"),
    "polynomials": ("polynomials", "polynomial"),
    "factoring": ("factoring", "factorization", "factorisation"),
    "matrices": ("matrices", "matrix", "matrix algebra"),
    "sequences and series": ("sequences and series", "sequences", "series"),
}
PARTS: dict[str, tuple[str, ...]] = {
    "limits": ("limits-by-substitution", "limits-by-factoring", "one-sided-limits", "limits-at-infinity", "continuity"),
    "derivatives": (
        "derivative-definition", "power-rule", "product-rule", "quotient-rule", "chain-rule",
        "derivatives-of-trig-functions", "derivatives-of-exponentials-and-logs", "implicit-differentiation",
    ),
    "integrals": (
        "antiderivatives", "definite-integrals", "fundamental-theorem-of-calculus", "u-substitution",
        "integration-by-parts",
    ),
    "equations": ("one-step-equations", "two-step-equations", "multi-step-equations", "literal-equations"),
    "quadratics": (
        "solving-quadratics-by-factoring", "completing-the-square", "quadratic-formula", "discriminant",
        "vertex-of-parabola",
    ),
    "polynomials": (
        "adding-polynomials", "multiplying-polynomials", "factoring-common-factor", "factoring-trinomials",
        "polynomial-division",
    ),
    "factoring": ("factoring-common-factor", "factoring-trinomials", "difference-of-squares"),
    "matrices": (
        "matrix-operations", "matrix-multiplication", "gaussian-elimination", "determinants", "matrix-inverse",
    ),
    "sequences and series": ("arithmetic-sequences", "geometric-sequences", "geometric-series"),
}  # fmt: skip
"""Subjects that are less than a strand."""
UNUSED = frozenset({"time", "times", "long", "taking", "taking away", "left", "sharing", "more", "less", "how many"})
"""Aliases that requests use for other things than mathematics, nearly always."""
EVERYDAY = frozenset(
    "tips plus minus mean average averages interest speed rates scale maps charts range spread savings loans money "
    "coins degrees clock pi volume powers indices translations reflections nets sums doubling arrangements".split()
)
"""Aliases that name a topic only where a request says what it is about ("help with tips", not "give me tips")."""
_ABOUT = re.compile(
    r"(?:^|\b(?:with|about|started|got|stuck on|work(?:ing)? on|round of|plan (?:for|on)|stud(?:y|ying)|teach(?:ing)?"
    r"|practi[cs](?:e|ing)|(?:find(?:ing)?|calculat(?:e|ing)|understand(?:ing)?|learn(?:ing)?)(?: the| an?)?) )$"
)
_MASK = "·"
FOUND, SURE = 84.0, 90.0
"""Similarity (0 to 100) from which a wording counts as naming a concept, and from which it does beside a subject."""


def on_offer(source: Curriculum) -> tuple[str, str]:
    """What can be asked for, and two examples, for somebody whose request names none of it."""
    if all(concept in source for part in PARTS.values() for concept in part):
        offered = "the mathematics curriculum (counting to first-year calculus, linear algebra and statistics)"
        return offered, "“fractions” or “chain rule”"
    return "the curriculum", " or ".join(f"“{concept.name}”" for concept in list(source.values())[:2])


@lru_cache(maxsize=8)
def _phrases(source: Curriculum) -> tuple[tuple[str, str], ...]:
    subjects = {name for names in SUBJECTS.values() for name in names}
    pairs = {
        (normalize(phrase), c.id) for c in source.values() for phrase in (c.name, c.id.replace("-", " "), *c.aliases)
    }
    kept = (p for p in pairs if len(p[0]) > 1 and p[0] not in UNUSED and p[0] not in subjects)
    return tuple(sorted(kept, key=lambda p: (-len(p[0]), p)))


def normalize(text: str) -> str:
    """Lower case, with every separator a single space."""
    return re.sub(r"[^\w']+", " ", text.lower().replace("’", "'")).strip()


def named_concepts(text: str, source: Curriculum) -> list[str]:
    """Concepts whose name or alias stands in the text, in the text's order; of nested names, the longest."""
    places, _ = _named(text, source)
    return sorted(places, key=lambda concept: places[concept])


def joined_subjects(text: str, source: Curriculum) -> list[str]:
    """Subjects smaller than a strand that the text joins to a named concept, as in "vectors and matrices"."""
    _, masked = _named(text, source)
    return [
        subject
        for subject in PARTS
        if any(f"{_MASK} and {name} " in masked or f" {name} and {_MASK}" in masked for name in SUBJECTS[subject])
    ]


def _named(text: str, source: Curriculum) -> tuple[dict[str, int], str]:
    """Where each concept is named, and the text with these names masked."""
    remaining = f" {normalize(text)} "
    places: dict[str, int] = {}
    for phrase, concept in _phrases(source):
        if f" {phrase}" not in remaining:
            continue
        for found in re.finditer(rf"(?<= ){re.escape(phrase)}(?:s|es)?(?= )", remaining):
            if phrase in EVERYDAY and not _ABOUT.search(remaining[: found.start()].lstrip()):
                continue
            places.setdefault(concept, found.start())
            # A shorter name inside a longer one ("integration" in "integration by parts") is no second request.
            remaining = remaining[: found.start()] + _MASK * (found.end() - found.start()) + remaining[found.end() :]
            break
    return places, remaining


def similar_concepts(text: str, source: Curriculum, at_least: float = FOUND) -> list[list[str]]:
    """Concepts whose name or alias resembles words of the text: for each such wording the alternatives, best first.

    Meant for typing errors and cognates; wordings that overlap are one.
    """
    words = normalize(text).split()
    found: list[tuple[float, str, range]] = []
    for phrase, concept in _phrases(source):
        if len(phrase) <= 4 or phrase in EVERYDAY:
            continue
        length = phrase.count(" ") + 1
        for place in range(len(words) - length + 1):
            similarity = fuzz.ratio(phrase, " ".join(words[place : place + length]), score_cutoff=at_least)
            if similarity:
                found.append((similarity, concept, range(place, place + length)))
    wordings: list[tuple[range, list[str]]] = []
    for _, concept, here in sorted(found, key=lambda f: (-f[0], -len(f[2]), f[1])):
        for taken, alternatives in wordings:
            if set(taken) & set(here):
                if concept not in alternatives:
                    alternatives.append(concept)
                break
        else:
            wordings.append((here, [concept]))
    return [alternatives for _, alternatives in wordings]


def subject_named(text: str) -> tuple[str | None, bool]:
    """The subject that the text names as a whole, if any, and whether it is spelt right; the longest of several."""
    words = f" {normalize(text)} "
    names = sorted(((name, subject) for subject, names in SUBJECTS.items() for name in names), key=lambda p: -len(p[0]))
    for name, subject in names:
        if f" {name} " in words:
            return subject, True
    for name, subject in names:
        if len(name) > 5 and any(fuzz.ratio(name, word) >= FOUND for word in words.split()):
            return subject, False
    return None, False


def subject_concepts(subject: str, source: Curriculum) -> list[str]:
    """The concepts of a subject, in teaching order."""
    if subject in PARTS:
        return source.in_order(c for c in PARTS[subject] if c in source)
    strand = subject.replace(" ", "-")
    return source.in_order(c for c in source if source[c].strand == strand)
