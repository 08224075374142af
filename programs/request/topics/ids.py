"""Concepts that a field or an option names: by id, name or another name; and the nearest where there is none."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz

from ...curriculum import Curriculum
from ...errors import InputError
from ...learner import LearnerProfile
from .names import named_concepts, names_of

NEAR = 72.0
"""Likeness (0 to 100) from which a name may be what was meant."""
CLOSE = 12.0
"""How much less like it than the nearest a name may be and still be worth naming."""
MOST = 3
FIELDS = ("topics", "known", "struggles")


def concept_named(text: str, source: Curriculum, field: str = "concept") -> str:
    """The id of the concept with this id, name or other name. Raises InputError naming ``field`` and the nearest ones
    when there is none, or more than one."""
    wanted = text.strip()
    if wanted in source:
        return wanted
    found = named_concepts(wanted.casefold(), source)
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{field}: one concept at a time (got {wanted!r:.60}; it could be {', '.join(found[:5])})")
    meant = " or ".join(nearest_names(wanted, source))
    meant = f"did you mean {meant}? " if meant else ""
    raise InputError(
        f"{field}: {wanted!r:.60} is no concept of the curriculum; {meant}`studysmith concepts` lists them"
    )


def nearest_names(text: str, source: Curriculum, count: int = MOST) -> list[str]:
    """Ids of the concepts whose names are most like a text, best first; none where nothing is like it."""
    wanted = text.casefold()
    likeness = {c: max(_alike(wanted, name.casefold()) for name in names_of(c, source)) for c in source}
    least = max(NEAR, max(likeness.values(), default=0.0) - CLOSE)
    return sorted((c for c in source if likeness[c] >= least), key=lambda c: -likeness[c])[:count]


def _alike(a: str, b: str) -> float:
    # The one sees a word within a longer name, the other minds how much is left over.
    return (fuzz.WRatio(a, b) + fuzz.ratio(a, b)) / 2


def with_ids(profile: LearnerProfile, source: Curriculum) -> LearnerProfile:
    """The profile with its concepts as ids, whatever they were named by, each once.

    Raises InputError naming the field and the nearest concepts if one of them is not in ``source``.
    """
    ids = {field: _ids(getattr(profile, field), source, field) for field in FIELDS}
    changed = {field: found for field, found in ids.items() if found != getattr(profile, field)}
    return profile.model_copy(update=changed) if changed else profile


def _ids(names: Iterable[str], source: Curriculum, field: str) -> list[str]:
    return list(dict.fromkeys(concept_named(name, source, field) for name in names))
