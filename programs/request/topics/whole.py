"""Subjects and courses that are asked for as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...curriculum import Curriculum
from .courses import MOST, Course, course_concepts, is_course_name, year_concepts
from .items import by_comma, is_item, lists_of
from .names import Mention, is_about
from .stance import Stance, clauses, stances
from .stance_words import TOO
from .subjects import Named, is_part, subject_concepts

NEAR = 25
"""Characters before or after a subject in which words say that all of it is meant."""
_WHOLE = re.compile(
    r"\b(?:all (?:of|the|about|methods|types|kinds|topics)|everything|whole|entire"
    r"|every(?: single)? (?:kind|part|topic|bit|chapter|unit)|complete|full|the lot"
    r"|in general|from (?:scratch|zero)|basics of)\b"
)
_MATHS = re.compile(r"\bmath(?:s|ematics)?\b")
_EXAM = re.compile(
    r"\b(?:exam|final|test|revis\w+|prepar\w*|ready for|catch\w* up|everything|all of|whole|curriculum|paper|mock"
    r"|retake|resit)\b"
)
_IN = re.compile(r"\b(?:in|taking|take|teach|teaching)\s+(?:my |her |his |an? )?$")
_JOINED = re.compile(r"\s*(?:and|&|\+)\s*")
_AFTER = re.compile(r"\s*(?:final|midterm|exam|test|class|course|level|student|quiz|elective|module)\b")
_ONE = re.compile(r"\b(?:an?|the|its|each|this|one)\s+$")
_ANY_ONE = re.compile(r"\ban?\s+$")
_VAGUE = frozenset({"graphs"})
"""Subjects whose name means too much beside a word for some of it."""
_KIND = re.compile(r"\b(?:those|these|the|some|them|such|my)\s+(?P<kind>[a-z]+)\s+$")
_ANY = frozenset(
    "different various other many basic simple easy hard difficult math maths school stupid same last next few"
    " kinds types sorts of".split()
)
"""Words before a subject that say nothing of which of it is meant."""
_SAID_OF = re.compile(
    r"\s+(?:is|are|was|were|seems?|makes?|kills?|confus(?:es?|ed|ing)|just|still|always|really|also)\b"
)
"""What follows a subject of which a clause says something, and not of what stands beside it: "stuck in geometry"."""
_SO_ARE = re.compile(r"\bso (?:is|are) $")
_APART = re.compile(r"[.;!?\n]|\b(?:and|also|then|plus)\b")
"""What stands between two wishes."""


@dataclass(frozen=True)
class Whole:
    """All that a subject or a course holds; ``bound``: up to where, as the end of a sentence."""

    name: str
    concepts: tuple[str, ...]
    bound: str = ""


def is_course(subject: Named, courses: Sequence[Course], lower: str) -> bool:
    """Whether a subject is named as the course that somebody is in, and not as what is asked for."""
    for course in courses:
        if course.start <= subject.start and subject.end <= course.end:
            wider = course.end - course.start > subject.end - subject.start
            return wider or bool(_IN.search(lower[: course.start]) or _AFTER.match(lower[course.end :]))
    return False


def is_in_listed(subject: Named, courses: Sequence[Course], source: Curriculum) -> bool:
    """Whether a subject is a word of the name of a course that is listed: all of algebra 1 is not all of algebra."""
    return any(
        c.start <= subject.start and subject.end <= c.end and c.end - c.start > subject.end - subject.start
        for c in courses
        if course_concepts(c.name, source)
    )


def follows_another(lower: str, subject: Named, others: Sequence[Named]) -> bool:
    """Whether a subject is joined to one before it: "probability and statistics final"."""
    return any(_JOINED.fullmatch(lower, other.end, subject.start) for other in others if other.end <= subject.start)


def is_whole(lower: str, subject: Named) -> bool:
    """Whether words near a subject say that all of it is meant."""
    return bool(said_whole(lower, subject))


def said_whole(lower: str, subject: Named) -> list[tuple[int, int]]:
    """Where the words near a subject stand that say that all of it is meant."""
    before, after = (max(0, subject.start - NEAR), subject.start), (subject.end, subject.end + NEAR)
    return [m.span() for side in (before, after) for m in _WHOLE.finditer(lower[: side[1]], side[0])]


def in_passing(lower: str, named: Named | Mention) -> bool:
    """Whether a name stands for one thing of its kind, in a sentence that is not about it: "set the derivative to 0",
    "x under a square root"."""
    before = lower[: named.start]
    # "The chain rule" is a topic, "a square root" is one of many.
    one = _ONE if isinstance(named, Named) else _ANY_ONE
    single = bool(one.search(before)) and not lower[named.start : named.end].endswith("s")
    return single and not is_about(before) and not is_about(one.sub("", before))


def asked_vaguely(lower: str, subject: Named) -> bool:
    """Whether a word before a subject says which of it is meant, and it has no such part: "those curvy graphs"."""
    kind = _KIND.search(lower[: subject.start])
    return subject.subject in _VAGUE and kind is not None and kind["kind"] not in _ANY


def asked_beside(text: str, subjects: Sequence[Named], wanted: Sequence[Mention], source: Curriculum) -> list[Named]:
    """Subjects that are asked for beside concepts, or beside one another: as a whole, or as an item of their list."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    found = [s for s in subjects if wanted and _WHOLE.search(lower[max(0, s.start - NEAR) : s.start])]
    stretches: list[Mention | Named] = [*wanted, *subjects]
    for items in lists_of(text, stretches):
        among = [item for item in items if isinstance(item, Named)]
        if len(items) < 2 or not among or _inside(text, among[0], items, source):
            continue
        found += [s for s in among if is_item(lower, s)]
    hard = _hard(text, subjects, wanted, source) if wanted else []
    found += [s for s in subjects if wanted and (s in hard or _set_off(lower, s, wanted))]
    found += [s for s in subjects if follows_another(lower, s, found)]
    return sorted(dict.fromkeys(found), key=lambda s: s.start)


def _inside(text: str, subject: Named, items: Sequence[Mention | Named], source: Curriculum) -> bool:
    """Whether a strand only says where the concepts beside it belong: "calculus, chain rule", "slope, algebra"."""
    held = set(subject_concepts(subject.subject, source))
    rest = [item for item in items if item is not subject]
    near = items[:2] if subject is items[0] else items[-2:]
    return (
        subject in (items[0], items[-1])
        and by_comma(text, *near)
        and not is_part(subject.subject)
        and subject.subject not in source
        and all(isinstance(item, Mention) and set(item.concepts) <= held for item in rest)
    )


def _set_off(lower: str, subject: Named, wanted: Sequence[Mention]) -> bool:
    """Whether a subject that is no course is what another clause is about: "help with fractions. Then slope"."""
    near = min(wanted, key=lambda m: abs(m.start - subject.start))
    between = lower[min(near.end, subject.end) : max(near.start, subject.start)]
    ends = re.match(r"\s*(?:[.,;!?\n&+]|$|and\b|then\b)", lower[subject.end :])
    return bool(
        not is_course_name(subject.subject) and ends and is_about(lower[: subject.start]) and _APART.search(between)
    )


def _hard(text: str, subjects: Sequence[Named], wanted: Sequence[Mention], source: Curriculum) -> list[Named]:
    """Subjects that are no course, and have no part named, of which is said that they are hard, or wanted too."""
    said = stances(text, [*subjects, *wanted])
    asked = {c for mention in wanted for c in mention.concepts}
    lower, found = text.lower(), []
    for subject, stance in zip(subjects, said, strict=False):
        named = not asked.isdisjoint(subject_concepts(subject.subject, source))
        if named or is_course_name(subject.subject):
            continue
        clause = next(c for c in clauses(text) if c.start <= subject.start < c.end)
        meant = _SAID_OF.match(lower, subject.end) or _SO_ARE.search(lower, 0, subject.start)
        if (stance is Stance.HARD and meant) or TOO.match(lower, subject.end + 1, clause.end):
            found.append(subject)
    return found


def lists(text: str, subject: Named, wanted: Sequence[Mention]) -> bool:
    """Whether brackets after a subject say what is in it."""
    brackets = re.match(r"\s*\([^()]*\)", text[subject.end :])
    if brackets is None:
        return False
    inside = range(subject.end, subject.end + brackets.end())
    return bool(wanted) and all(m.start in inside for m in wanted)


def subject_read(subjects: Sequence[Named], course: Course | None, source: Curriculum) -> Whole:
    """All of the subjects that are named, up to the school year."""
    names = list(dict.fromkeys(s.subject for s in subjects))
    concepts = source.in_order(c for name in names for c in subject_concepts(name, source))
    fitting, bound = up_to(concepts, course, source)
    return Whole(" and ".join(names), tuple(fitting[:MOST]), bound)


def up_to(concepts: Sequence[str], course: Course | None, source: Curriculum) -> tuple[list[str], str]:
    """What of the concepts is taught up to a school year, and that bound as the end of a sentence; all, where none is.

    British years are a year of age ahead of the curriculum's grades, and reach as much further.
    """
    if course is None or course.level is None or not course.year:
        return list(concepts), ""
    level = course.level + course.name.startswith("Year ")
    fitting = [c for c in concepts if source[c].level <= level] or list(concepts)
    return fitting, f" up to {course.name}" if len(fitting) < len(concepts) else ""


def course_read(course: Course, lower: str, source: Curriculum) -> Whole | None:
    """What a course says that is planned: an exam or a listed course, or a school year of mathematics."""
    listed = course_concepts(course.name, source)
    if not listed and course.year and course.level is not None and _MATHS.search(lower) and _EXAM.search(lower):
        listed = year_concepts(course.level, source)
    return Whole(course.name, tuple(listed)) if listed else None
