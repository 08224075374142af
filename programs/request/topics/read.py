"""What a request asks for, reads as known or not wanted, and what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...curriculum import Curriculum
from ..said.likes import liked
from ..spans import Slot, Span
from .absent import Absent, absent_named
from .asked import CERTAIN, LEAST_WORDS, MANY_WORDS, content, described, leftovers
from .corrected import replaced
from .courses import MOST, Course, course_concepts, course_named, courses_named, grade_of_age
from .cues import foreign_stances
from .families import one_concept, said_of, widened
from .found import Topics
from .items import without_parts
from .misspelt import FOUND, SURE, misspelt
from .named import names_in
from .names import Mention, Placed, is_about, mentions
from .order import moved, order_said
from .outside import Outside, asked_too, is_of, outside_named
from .places import blank, covered, trimmed
from .stance import Stance, clauses, stances, taken_back
from .subjects import GENERAL, Named, subject_concepts, subjects_misspelt, subjects_named
from .whole import (
    Whole,
    asked_beside,
    asked_vaguely,
    course_read,
    in_passing,
    is_whole,
    lists,
    said_whole,
    subject_read,
    up_to,
)
from .work import Work, pasted_work, said_of_work

LONG_NAME = 9
"""Letters of the name of a subject that a word beside a topic may be meant for: short words are alike by chance."""
LOWER, ABOVE = 8, 2
"""Beside topics of at most such a school year, a subject reaches so many years above them, where no year is named."""
_MATHS = re.compile(r"\bmath(?:s|ematics)?\b")
_PRACTICE = re.compile(r"\b(?:practi[cs]\w+|revis\w+|review\w*|refresh\w*|brush|drill\w*|anyway)\b")
"""Words of who wants to work on what is known."""


def read_topics(text: str, source: Curriculum, course: str = "") -> Topics:
    """Everything that a text says about topics. ``course``: the one that is known already."""
    return _Reading(text, source, course).read()


class _Reading:
    """One text while it is read."""

    def __init__(self, text: str, source: Curriculum, course: str) -> None:
        self.text, self.source = text, source
        self.lower = text.lower() if len(text.lower()) == len(text) else text
        self.likes = liked(text)
        self.courses = courses_named(text)
        names: list[Placed] = [*mentions(text, source), *absent_named(text, course, source)]
        self.course = course_named(course) if course else course_named(text, names)
        named = self.course if self.course and self.course.year else None
        self.year = named or grade_of_age(text) or self.course
        self.given: list[str] = []
        self.foreign = False
        self.found = Topics(course=course or (self.course.name if self.course else ""))
        if self.course and not course:
            self._use([(self.course.start, self.course.end)], "course")

    def read(self) -> Topics:
        found, work = self.found, pasted_work(self.text, self.source)
        names = names_in(self.text, self.source, self.likes, self.courses, found.course)
        self.foreign = bool(names.language)
        named, subjects = (
            [m for m in names.concepts if not any(w.start <= m.start < w.end for w in work)],
            names.subjects,
        )
        self._say_absent(names.absent)
        both: list[Mention | Named] = [*named, *subjects]
        stance = foreign_stances(self.text, names.language, both) if names.language else stances(self.text, both)
        corrected = replaced(self.text, both)
        stance = [Stance.UNWANTED if s in corrected else said for s, said in zip(both, stance, strict=True)]
        by_concept = widened(list(zip(named, stance, strict=False)), self.text, self.year, self.source)
        by_subject = list(zip(subjects, stance[len(named) :], strict=True))
        self._settled(by_concept, by_subject)
        for mention, again in taken_back(self.text, named):
            found.not_topics += mention.concepts
            self._use(again, "not_topic")
        outside = self._outside(by_concept, by_subject)
        stated: list[tuple[Placed, Stance]] = [*by_concept, *by_subject]
        wanted = [m for m, s in stated if s in (Stance.WANTED, Stance.HARD)]
        for subject, start, end in asked_too(blank(self.text, self.likes), wanted):
            found.beside.append((self.text[start:end], subject))
            self._use([(start, end)], "topic")
        if outside is not None and not work:
            found.outside = outside
            return found
        found.errors = [line.attempt for line in work]
        self._use([(line.start, line.end) for line in work], "work")
        self._wanted(by_concept, by_subject, work)
        inseparable = one_concept(by_concept, self.text)
        out = {*found.known, *found.not_topics} - {c for m in inseparable for c in m.concepts}
        found.topics = [t for t in found.topics if t not in out] or found.topics
        found.known = [c for c in found.known if c not in found.topics]
        found.not_topics = [c for c in found.not_topics if c not in found.topics]
        self._say_read(by_concept, inseparable)
        return found

    def _say_read(self, by_concept: Sequence[tuple[Mention, Stance]], inseparable: Sequence[Mention]) -> None:
        """What is to be said of the topics that were found, and of their order."""
        found, source, topics = self.found, self.source, set(self.found.topics)
        for mention in inseparable:
            name, said = source[mention.concepts[0]].name, self.text[mention.start : mention.end]
            found.assumptions.append(f"“{said}” is part of the topic “{name}”, which is planned as a whole.")
        wide = [m for m, _ in by_concept if m.family and len(topics & set(m.concepts)) > 1]
        for mention in {m.family: m for m in wide}.values():
            found.assumptions.append(
                said_of(self.text[mention.start : mention.end], topics & set(mention.concepts), source)
            )
        if len(wide) == 1 and topics <= set(wide[0].concepts):
            found.subject = found.subject or wide[0].family
        given = [c for c in dict.fromkeys(self.given) if c in topics]
        place = order_said(self.text)
        if place is not None and len(given) > 1 and topics == set(given):
            found.topics, found.ordered = source.built_up(given, given), True
            found.assumptions.append(moved(given, found.topics, source))
            self._use([place], "topic")

    def _say_absent(self, absent: Sequence[Absent]) -> None:
        """Keeps what the curriculum does not have and the request asks for."""
        stance = stances(self.text, absent)
        wanted = (Stance.WANTED, Stance.HARD, Stance.GAP)
        self.found.absent = [a for a, s in zip(absent, stance, strict=True) if s in wanted]
        self._use([(a.start, a.end) for a in absent], "topic")

    def _settled(
        self, by_concept: Sequence[tuple[Mention, Stance]], by_subject: Sequence[tuple[Named, Stance]]
    ) -> None:
        """What is known and what is not wanted."""
        sides: tuple[tuple[Slot, Stance, list[str]], ...] = (
            ("known", Stance.KNOWN, self.found.known),
            ("not_topic", Stance.UNWANTED, self.found.not_topics),
        )
        for slot, stance, into in sides:
            concepts = [m for m, s in by_concept if s is stance]
            subjects = [m for m, s in by_subject if s is stance]
            held = [c for m in concepts for c in m.concepts]
            held += [c for m in subjects for c in subject_concepts(m.subject, self.source)]
            into += dict.fromkeys(held)
            self._use([(m.start, m.end) for m in concepts], slot)
            self._use([(m.start, m.end) for m in subjects], slot)

    def _outside(
        self, by_concept: Sequence[tuple[Mention, Stance]], by_subject: Sequence[tuple[Named, Stance]]
    ) -> Outside | None:
        outside = outside_named(blank(self.text, self.likes), self.source)
        if outside is None:
            return None
        sure = any(
            m.sure and s in (Stance.WANTED, Stance.HARD) and not covered(m, outside.spans) for m, s in by_concept
        )
        strand = any(m.subject not in GENERAL and not covered(m, outside.spans) for m, _ in by_subject)
        if (
            sure
            or strand
            or _MATHS.search(self.lower)
            or (
                self.course
                and course_concepts(self.course.name, self.source)
                and not is_of(self.course, outside, self.text)
            )
        ):
            return None
        self._use(outside.spans, "topic")
        return outside

    def _wanted(
        self,
        by_concept: Sequence[tuple[Mention, Stance]],
        by_subject: Sequence[tuple[Named, Stance]],
        work: Sequence[Work],
    ) -> None:
        found, source = self.found, self.source
        wanted = [m for m, s in by_concept if s in (Stance.WANTED, Stance.HARD)]
        gaps = [m for m, s in by_concept if s is Stance.GAP]
        subjects = [m for m, s in by_subject if s in (Stance.WANTED, Stance.HARD, Stance.GAP)]
        hard = {c for m, s in by_concept if s is Stance.HARD for c in m.concepts}
        if not wanted and not subjects:
            wanted, gaps = gaps, []
        wanted = without_parts(self.text, wanted, source)
        settled = (Stance.KNOWN, Stance.UNWANTED)
        starts = [m.start for m, s in by_concept if s in settled] + [m.start for m, s in by_subject if s in settled]
        rest = self._rest(starts)
        if work and not [m for m in wanted if m.sure and is_about(self.text[: m.start])]:
            found.topics = source.in_order({line.concept for line in work})
            found.assumptions.append(said_of_work(self.text, work, source))
            return
        if listed := [s for s in subjects if lists(self.text, s, wanted)]:
            self._read_whole(subject_read(listed[:1], self.year, source), listed[:1])
            return
        # "Calculus" is no misspelt precalculus.
        right = [(m.start, m.end) for m in wanted] + [(c.start, c.end) for c in self.courses]
        right += [(s.start, s.end) for s in subjects_named(self.text)]
        spelt = [] if self.foreign else [s for s in subjects_misspelt(self.text, LONG_NAME) if not covered(s, right)]
        beside = asked_beside(self.text, [*subjects, *spelt], wanted, source)
        whole = list(dict.fromkeys(s.subject for s in beside))
        wanted = [m for m in wanted if not any(s.start <= m.start and m.end <= s.end for s in beside)]
        agreed = len(wanted) > 1 and len({m.concepts for m in wanted}) == 1
        if beside and not wanted:
            self._read_whole(subject_read(beside, self.year, source), beside)
            return
        long = len(content(rest)) > MANY_WORDS
        sure = [m for m in wanted if m.sure and not (long and in_passing(self.lower, m))]
        unsure = wanted and not whole and not agreed and not sure
        if unsure and any(m.family for m in wanted):
            unsure = len(content(blank(rest, [(m.start, m.end) for m in wanted]))) >= LEAST_WORDS
        # A word that may mean something else is weighed against all that is said.
        if unsure and (hits := described(rest, source, {c for m in wanted for c in m.concepts})):
            if hits[0].concept not in {c for m in wanted for c in m.concepts}:
                found.assumptions.append(self._closest(hits[0].concept))
            # Of a family, what is said of one of its topics does not take back the others.
            if not any(m.family and hits[0].concept in subject_concepts(m.family, source) for m in wanted):
                wanted = [Mention((hits[0].concept,), m.start, m.end) for m in wanted[:1]]
        if wanted:
            beside_names = [(m, Stance.WANTED) for m in leftovers(rest, wanted, source)]
            more = [m for m, _ in widened(beside_names, self.text, self.year, source)]
            self._use([(m.start, m.end) for m in (*wanted, *more)], "topic")
            self._use([(s.start, s.end) for s in beside], "topic")
            places = [(m.start, m.concepts) for m in (*wanted, *more)]
            # "Covering limits. I know limits well": nothing of them is planned.
            held = {s: subject_concepts(s, source) for s in whole}
            # "Trig" is also what a course is called; a course that is taken reaches as far as it does.
            reach = self.year if self.year and not self.year.bare else self._reach(wanted)
            every = {s.subject for s in beside if is_whole(self.lower, s)}
            bounds = {
                s: up_to(held[s], self.year if s in every else reach, source)
                for s in whole
                if not set(held[s]) <= set(found.known)
            }
            places += [(s.start, tuple(bounds[s.subject][0])) for s in beside if s.subject in bounds]
            found.assumptions += [
                f"The request names {subject} as a whole, so it is read as all of {subject}{bound}."
                for subject, (_, bound) in bounds.items()
            ]
            self.given = [c for _, concepts in sorted(places) for c in concepts]
            found.topics = source.in_order(self.given)
            found.subject = next((s for s in bounds if set(found.topics) <= set(held[s])), "")
            found.struggles = [c for c in found.topics if c in hard and len(hard) < len(found.topics)]
            found.struggles += [c for m in gaps for c in m.concepts if c not in found.topics]
            self._use([(m.start, m.end) for m in gaps], "struggle")
            return
        self._described(rest, subjects)

    def _reach(self, wanted: Sequence[Mention]) -> Course | None:
        """The year up to which a subject is meant beside topics of the lower years: trigonometry beside the theorem of
        Pythagoras ends before polar coordinates."""
        level = max(self.source[c].level for m in wanted for c in m.concepts)
        return Course(f"Grade {level + ABOVE}", level + ABOVE, 0, 0, year=True) if level <= LOWER else None

    def _described(self, rest: str, subjects: Sequence[Named]) -> None:
        """Nothing is named outright: a description, a subject, a course, a word with a typing error, or a question."""
        found, source = self.found, self.source
        if found.absent and not subjects:
            found.alternatives = list(dict.fromkeys(c for a in found.absent for c in a.nearest))[:3]
            return
        more = content(blank(rest, [(s.start, s.end) for s in subjects]))
        passing = [s for s in subjects if in_passing(self.lower, s) and len(more) >= LEAST_WORDS]
        vague = [s for s in subjects if asked_vaguely(self.lower, s)]
        plain = [s for s in subjects if s not in passing and s not in vague]
        asked = any(is_whole(self.lower, s) for s in plain)
        # In a long text some words resemble the name of some concept by chance.
        long = len(content(rest)) > MANY_WORDS
        # Both compare with English: "media hora" is no median, and "el 20 de enero" no percent of 20.
        spelt = [] if self.foreign and plain else misspelt(rest, source, SURE if long or plain else FOUND)
        if not plain and not spelt and (near := subjects_misspelt(rest)):
            plain = near[:1]
        few = bool(plain or vague) and (self.foreign or len(more) < LEAST_WORDS)
        hits = [] if asked or few else described(rest, source, set(), bool(plain))
        if spelt and not (hits and (long or hits[0].score > CERTAIN)):
            found.choices = [list(m.concepts) for m in spelt]
            if spelt[0].family and len(spelt) == 1:
                fitting, _ = up_to(subject_concepts(spelt[0].family, source), self.year, source)
                found.topics, found.subject, found.choices = fitting, spelt[0].family, []
                found.assumptions.append(
                    f"The request names no topic outright; the closest wording is “{found.subject}”."
                )
            self._use([(m.start, m.end) for m in spelt], "topic")
            return
        if hits:
            found.topics = [hits[0].concept]
            found.assumptions.append(self._closest(hits[0].concept))
            self._use([trimmed(rest)], "topic")
            return
        if plain:
            self._read_whole(subject_read(plain, self.year, source), plain)
            return
        if not vague and not passing and self.course and (whole := course_read(self.course, self.lower, source)):
            self._read_whole(whole, [])
            return
        if found.known and _PRACTICE.search(self.lower):
            found.topics = source.in_order(found.known)[:MOST]
            found.assumptions.append("Nothing is named but what is said to be known, so that is what is practised.")
            return
        nearest = [hit.concept for hit in described(rest, source, set(), least=True)]
        # Where next to nothing else is said, what is known may be meant after all.
        found.alternatives = nearest or (source.in_order(found.known)[:3] if len(content(rest)) < LEAST_WORDS else [])

    def _read_whole(self, whole: Whole, named: Sequence[Named]) -> None:
        self.found.topics, self.found.subject = list(whole.concepts), whole.name
        said = f"The request names no single topic, so it is read as all of {whole.name}{whole.bound}."
        self.found.assumptions.append(said)
        spans = [(s.start, s.end) for s in named] + [span for s in named for span in said_whole(self.lower, s)]
        self._use(spans, "topic")

    def _closest(self, concept: str) -> str:
        return f"The request names no topic outright; the closest wording is “{self.source[concept].name}”."

    def _rest(self, settled: Iterable[int]) -> str:
        """The text without courses, interests, and the clauses of what is known or not wanted."""
        spans = [
            *self.likes,
            *((a.start, a.end) for a in self.found.absent),
            *((c.start, c.end) for c in self.courses if c.year or not c.bare),
        ]
        for clause in clauses(self.text):
            if any(clause.start <= start < clause.end for start in settled):
                spans.append((clause.start, clause.end))
        return blank(self.text, spans)

    def _use(self, spans: Iterable[tuple[int, int]], slot: Slot) -> None:
        self.found.used += [Span(start, end, slot) for start, end in spans if start < end]
