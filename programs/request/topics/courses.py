"""The course, exam or school year that a text names, and what it is about: ``programs/data/courses.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from ...curriculum import Curriculum
from .names import Placed, load_data
from .stance import Stance, stances
from .words import key_of, words_of

MOST = 60
"""Concepts of a course, at most."""
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_SPANISH = {
    name: place // 2 + 1
    for place, name in enumerate(
        "primer primero segundo segunda tercer tercero cuarto cuarta quinto quinta sexto sexta séptimo septimo"
        " octavo octava noveno novena décimo decimo".split()
    )
}
"""Ordinals of the school years, two forms of each."""
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_YEAR = re.compile(
    r"\b(?P<kind>grade|year|class|gr\.?|yr\.?) ?(?P<a>1[0-3]|[1-9])(?:s|[a-d])?\b(?! ?(?:%|percent|days?|weeks?"
    r"|hours?|min))"
    r"|\b(?P<y>y)(?P<b>1[0-3]|[1-9])s?\b"
    r"|\b(?P<c>1[0-3]|[1-9])(?:st|nd|rd|th)(?:/\d{1,2}(?:st|nd|rd|th))?[ -](?P<ckind>grade|graders?|year)s?\b(?! uni)"
    r"|\b(?P<word>" + "|".join(_ORDINALS) + r")[ -](?P<wkind>grade|graders?|year)s?\b(?! (?:uni|of uni|at uni|college))"
    r"|\b(?P<kinder>kindergarten|reception)\b"
)
_NUMBERS = "five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
_AGE = re.compile(
    rf"\b(?P<a>\d{{1,2}}|{'|'.join(_NUMBERS)})[ -]?(?:years?|yrs?|y)[ -]?(?:olds?|/?o)\b"
    rf"|\baged? (?P<b>\d{{1,2}}|{'|'.join(_NUMBERS)})\b"
    r"|\b(?:son|daughter|he|she|boy|girl|kid|child|niece|nephew|grandson|granddaughter|brother|sister)"
    rf"(?:(?: is| just turned| turned|'s) | ?\((?:aged? )?)(?P<c>\d{{1,2}}|{'|'.join(_NUMBERS)})"
    r"(?=\s*(?:[.,;!?)]|$|and\b|but\b|now\b))\)?"
)
_ABROAD = (
    re.compile(r"\b(?P<name>(?P<n>\d{1,2})\. ?klasse)\b"),
    re.compile(r"\bklasse (?P<n>\d{1,2})\b"),
    re.compile(r"\bmeine[rn]? (?P<n>\d{1,2})(?:\. ?klasse|[a-f]\b)"),
    re.compile(r"\b(?P<name>(?P<n>[1-6])(?:[ºo°.]|er|ro|do|to|mo|vo)? de primaria)\b"),
    re.compile(r"\b(?P<name>(?P<n>[1-9]|1[0-2])(?:[ºo°.]|er|ro|do|to|mo|vo|no)? grado)\b"),
    re.compile(rf"\b(?P<name>(?P<word>{'|'.join(_SPANISH)}) (?:grado|de primaria))\b"),
    re.compile(r"\b(?P<name>(?P<eso>[1-4])[ºo°.]? de (?:la )?eso)\b"),
    re.compile(r"\b(?P<name>(?P<bach>[12])[ºo°.]? de bachillerato)\b"),
    re.compile(r"\b(?P<name>(?P<n>[1-9])[ºo°.]? ano)\b"),
    re.compile(r"\b(?P<name>terminale|vestibular)\b"),
    re.compile(r"\b(?P<name>première|premiere)\b"),
    re.compile(r"\b(?P<name>(?:en )?(?P<down>[3456])(?:e|ème|eme))\b"),
    re.compile(r"(?P<name>(?P<zh>[一二三四五六七八九])年级)"),
    re.compile(r"(?P<name>初(?P<chu>[一二三]))"),
    re.compile(r"(?P<name>高(?P<gao>[一二三]))"),
    re.compile(r"(?P<name>中考)"),
)
_EXAM = frozenset({"GED", "GRE", "SAT", "ACT"})
_PLURAL = frozenset({"Year 6 SATs"})
"""Exams with a plural for a name, of which the singular is another word."""
_IN = re.compile(r"\b(?:in|taking|take|teach|for|doing)\s+(?:my |her |his |an? )?$")
_APART = re.compile(r"[,;:!?()\n]|\.\s")
_ON = re.compile(r"\b(?:on|in|for) (?:my|the|our|her|his|an?) $")
_REFUSED = re.compile(r"\b(?:no|not|skip|without|nothing (?:on|about|from))\s+(?:any |the |more )*$")
_AFTER = re.compile(r"^\s*(?:final|midterm|exam|test|class|course|level|student|quiz|elective|module)\b")
_COUNTED = re.compile(r"^ ?(?:x|times?|days?|weeks?|months?|hours?|hrs?|h|min(?:ute)?s?|sessions?|lessons?)\b")


@dataclass(frozen=True)
class Course:
    """A course, exam or year: its name, how far it reaches (None: unknown), where it stands in the text.

    ``bare``: it is called as its subject is, and ``year``: it is a school year.
    """

    name: str
    level: int | None
    start: int
    end: int
    bare: bool = False
    year: bool = False


def courses_named(text: str) -> list[Course]:
    """All that are named in a text, in its order."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    found = [*_listed(text), *(_school_year(match) for match in _YEAR.finditer(lower)), *_abroad(lower)]
    kept: list[Course] = []
    for course in sorted(found, key=lambda c: (c.start - c.end, c.start)):
        if all(course.end <= other.start or other.end <= course.start for other in kept):
            kept.append(course)
    return sorted(kept, key=lambda c: c.start)


def course_named(text: str, names: Iterable[Placed] = ()) -> Course | None:
    """The one that the learner is in: an exam, else a school year, else a course that is said to be taken.

    ``names``: what is named otherwise, such as "trig identities", of which a part is the name of no course.
    """
    others = [(n.start, n.end) for n in names]
    found = [c for c in _not_refused(text) if not any(s <= c.start and c.end <= e for s, e in others)]

    def rank(course: Course) -> tuple[bool, bool, bool, int]:
        taken = bool(_IN.search(text[: course.start].lower()) or _AFTER.search(text[course.end :].lower()))
        exam = course.level is not None and not course.bare and not course.year and _is_exam(course.name)
        return not exam, not course.year, not taken, course.start

    return min(found, key=rank, default=None)


def _holds(text: str, course: Course) -> bool:
    """Whether something else is said of a course than that it is known: what "is not on my statistics exam"."""
    return bool(_ON.search(text[: course.start].lower()) or _AFTER.search(text[course.end :].lower()))


def _not_refused(text: str) -> list[Course]:
    """The courses of a text without those that are known or not wanted: "no geometry, I need algebra"."""
    courses = courses_named(text)
    said = stances(text, courses)
    settled = (Stance.KNOWN, Stance.UNWANTED)
    return [
        c
        for c, s in zip(courses, said, strict=True)
        if c.year or not (_REFUSED.search(text[: c.start].lower()) or (c.bare and s in settled and not _holds(text, c)))
    ]


def course_concepts(name: str, source: Curriculum) -> list[str]:
    """What a listed course is about, in teaching order; of many concepts the last. Empty for one that is not listed."""
    about = _courses().get(name, {})
    chosen = set(about.get("also", ()))
    for part in about.get("parts", ()):
        low, high = part["levels"]
        chosen |= {c for c in source if source[c].strand in part["strands"] and low <= source[c].level <= high}
    ordered = source.in_order(c for c in chosen - set(about.get("without", ())) if c in source)
    return ordered[-MOST:]


def grade_of_age(text: str) -> Course | None:
    """The school year of the first age of a child that a text names: as in the United States, an age less five."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    for match in _AGE.finditer(lower):
        said = next(filter(None, match.groups()))
        age = int(said) if said.isdigit() else _NUMBERS.index(said) + 5
        if 5 <= age <= 17:
            return Course(f"Grade {age - 5}" if age > 5 else "Kindergarten", age - 5, *match.span(), year=True)
    return None


def is_course_name(subject: str) -> bool:
    """Whether a course is called as this subject is."""
    return any(name.casefold() == subject for name in _courses())


def year_concepts(level: int, source: Curriculum) -> list[str]:
    """What is taught in a school year."""
    return source.in_order(c for c in source if source[c].level == level)[:MOST]


@cache
def _courses() -> Mapping[str, dict[str, Any]]:
    return {about["name"]: about for about in load_data("courses.yaml")}


@cache
def _said() -> dict[tuple[str, ...], str]:
    return {key_of(said): name for name, about in _courses().items() for said in about["said"]}


def _is_exam(name: str) -> bool:
    return (
        name in _EXAM
        or bool(_courses().get(name, {}).get("exam"))
        or name.startswith(("GCSE", "A-level", "AS-level", "IB ", "AP "))
    )


def _listed(text: str) -> list[Course]:
    words, said = words_of(text), _said()
    longest = max(map(len, said))
    found = []
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            name = said.get(tuple(word.text for word in stretch))
            # In "geometry 3 times a week" the number counts something else.
            counted = stretch[-1].text.isdigit() and _COUNTED.match(text[stretch[-1].end :].lower())
            # "I sat the paper", "SATs" and "act of" are no exams, and "I have time on sat" is no SATs: where words are
            # compared, the s of a plural is left out.
            plural = text[stretch[-1].end - 1] in "sS"
            other = plural if name in _EXAM else name in _PLURAL and not plural
            # "I'm not doing calculus, I need statistics" names no Calculus I.
            apart = any(_APART.search(text[a.end : b.start]) for a, b in pairwise(stretch))
            if name and not counted and not other and not apart:
                about = _courses()[name]
                bare = "parts" not in about and "also" not in about
                found.append(
                    Course(name, about["level"], stretch[0].start, stretch[-1].end, bare, about.get("year", False))
                )
                break
    for name, about in _courses().items():
        for mark in about.get("marks", ()):
            year = about.get("year", False)
            found += [Course(name, about["level"], *m.span(), year=year) for m in re.finditer(rf"\b{mark}(?!\w)", text)]
    return found


def _school_year(match: re.Match[str]) -> Course:
    if match["kinder"]:
        return Course("Kindergarten", 0, *match.span(), year=True)
    if match["word"]:
        number, kind = _ORDINALS.index(match["word"]) + 1, match["wkind"]
    else:
        number = int(match["a"] or match["b"] or match["c"])
        kind = match["kind"] or match["ckind"] or "year"
    british = kind.startswith("y")
    name = f"{'Year' if british else 'Grade'} {number}"
    return Course(name, max(0, number - 1) if british else number, *match.span(), year=True)


def _abroad(lower: str) -> list[Course]:
    found = []
    for pattern in _ABROAD:
        for match in pattern.finditer(lower):
            groups = match.groupdict()
            name = groups.get("name") or f"{groups['n']}. klasse"
            shown = re.sub(r"\b(?:klasse|terminale|eso)\b", lambda m: _title(m.group()), name)
            found.append(Course(shown, _level_abroad(groups), *match.span(), year=True))
    return found


def _title(word: str) -> str:
    return word.upper() if word == "eso" else word.capitalize()


def _level_abroad(groups: Mapping[str, str | None]) -> int | None:
    offsets = {"n": 0, "eso": 6, "bach": 10, "zh": 0, "chu": 6, "gao": 9}
    for group, offset in offsets.items():
        if value := groups.get(group):
            return _CHINESE.get(value, 0) + offset if value in _CHINESE else int(value) + offset
    if value := groups.get("word"):
        return _SPANISH[value]
    if value := groups.get("down"):  # French years count down: 6e is the sixth school year, 3e the ninth
        return 12 - int(value)
    return None
