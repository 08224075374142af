"""Completing a profile from the request: ask nothing, infer what is missing, and say what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ..curriculum import Curriculum
from ..frame import language_data
from ..learner import LearnerProfile
from ..steps import Answerer, Call, ReadingMode
from .account import subjects_read, unread
from .facts import Stated, check_text, read_request
from .lacking import TooFar, too_far
from .pair import share_out
from .said.abroad import spoken
from .schedule import schedule
from .spans import Span
from .spoken import marked
from .time.event import events_read
from .topics.courses import courses_named, grade_of_age
from .topics.found import Topics
from .topics.ids import with_ids
from .topics.names import mentions
from .topics.read import read_topics
from .topics.subjects import on_offer
from .vote import vote

SIMILAR = 6
"""Topics of similar wording that the model chooses among."""
CHILD = 5
"""The last school year in which a learner is a child."""

LEVEL_OF_TOPIC = "No course or grade was named, so the level is that of the topic: {}."
_SCHOOL = ("Kindergarten", *(f"Grade {n}" for n in range(1, 13)), "First-year college", "First-year college")


@dataclass
class Completed:
    """A profile with nothing left open, and the account of how it came about.

    ``minutes_per_week`` is what is planned, at most the profile's; ``days`` is how far off the deadline is,
    ``length`` how many days there are for study, if there is an end; ``start`` is the first day, and ``calendar``
    has the days of the sessions of each week, as days after it, and none where there is no time at all; ``minutes``
    are those of each session, by its day; ``subject`` is set where a subject was asked for as a whole; ``ordered``
    where the topics are in the order that was asked for; ``open_end`` where nobody said how long; ``young`` where
    the learner is known to be a child; ``course_assumed`` where the course is only that of the topic. Where nothing
    is planned, ``outside`` is another subject that was asked for, and ``alternatives`` the concepts that could be
    meant, or are in that subject. ``used`` are the places of the text that were read, ``unused`` quotes what it
    says beside them; ``language`` is the text's.
    """

    profile: LearnerProfile
    weeks: int
    sessions_per_week: int
    minutes_per_week: int
    days: int | None
    assumptions: list[str] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)
    subject: str = ""
    ordered: bool = False
    open_end: bool = False
    young: bool = False
    course_assumed: bool = False
    alternatives: list[str] = field(default_factory=list)
    outside: str = ""
    start: date | None = None
    length: int | None = None
    calendar: list[list[int]] = field(default_factory=list)
    minutes: dict[int, int] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    language: str = "en"


def complete(
    profile: LearnerProfile, answer: Answerer, source: Curriculum, today: date, reading: ReadingMode = "rules"
) -> Completed:
    """Fill what the profile leaves open. What was given as a field always wins over what the text says.

    reading: by rules alone, or with what a model marks beside them.
    """
    profile = with_ids(profile, source)
    text = check_text(profile.text) if profile.text.strip() or not (profile.topics or profile.struggles) else ""
    stated = read_request(text, today) if text else Stated()
    done = Completed(profile.model_copy(deep=True), 0, 0, 0, None)
    read = read_topics(text, source, profile.course)
    if reading == "model" and text:
        voted = vote(text, marked(text, answer), stated, read, profile, today, source)
        stated, read = voted.stated, voted.topics
        done.assumptions += voted.differences
    if stated.others and not profile.topics:
        read, assumed, left = share_out(read, stated.others, text, source)
        done.assumptions += [assumed] if assumed and read.topics else []
        done.omissions += [left] if left else []
    _who(done, stated)
    _topics(done, read, text, answer, source)
    if text and not done.profile.course and done.profile.audience != "teacher" and (aged := grade_of_age(text)):
        done.profile.course = aged.name
        said = f"No grade was named, so it follows from the age (“{text[aged.start : aged.end]}”): {aged.name}."
        done.assumptions.append(said)
        read.used.append(Span(aged.start, aged.end, "course"))
    if not done.profile.topics:
        # Where nothing is planned, nothing about time needs to be assumed either.
        done.assumptions = []
    else:
        _time(done, stated, today, _years(done.profile, stated.child, source))
        far = _too_far(done, text, source)
        done.omissions += [far.sentence] if far else []
        stated.used += [far.used] if far and far.used else []
    if text:
        done.used = [*stated.used, *_in_use(read, done, text, source)]
        done.used += [*events_read(text, done.used), *subjects_read(text, done.used, done.profile.topics, source)]
        done.unused = unread(text, done.used, source, done.profile.topics)
    _language(done, stated.language, text)
    done.young = is_child(done.profile.course)
    if done.profile.topics and not done.profile.course:
        level = max(source[t].level for t in done.profile.topics)
        done.profile.course, done.course_assumed = _SCHOOL[level], True
        done.assumptions.append(LEVEL_OF_TOPIC.format(_SCHOOL[level]))
    return done


def _years(profile: LearnerProfile, child: bool, source: Curriculum) -> int | None:
    """The learner's school year, or a child's by the topics; None where neither is known, and for a class."""
    if profile.audience == "teacher":
        return None
    if not profile.course:
        return max(source[t].level for t in profile.topics) if child else None
    return _school_year(profile.course)


def _school_year(course: str) -> int | None:
    return next((named.level for named in courses_named(course) if named.year), None)


def is_child(course: str) -> bool:
    """Whether a course or grade is one of the first five school years: kindergarten to Grade 5, or to Year 6."""
    level = _school_year(course)
    return level is not None and level <= CHILD


def _who(done: Completed, stated: Stated) -> None:
    profile = done.profile
    if stated.audience == "teacher" and profile.audience == "student":
        profile.audience = "teacher"
        done.assumptions.append("The request speaks of students, so the plan is written for a teacher's class.")
    elif stated.child and profile.audience == "student":
        done.assumptions.append("The request is made for a child, so “you” in the plan is the child.")
    elif stated.learner and profile.audience == "student":
        done.assumptions.append("The request is made for somebody else, so “you” in the plan is the learner.")
    profile.goal = profile.goal or stated.goal
    profile.interests = profile.interests or stated.interests
    profile.preferences = profile.preferences or stated.preferences
    profile.needs = profile.needs or stated.needs


def _time(done: Completed, stated: Stated, today: date, level: int | None) -> None:
    made = schedule(done.profile, stated.time, today, level)
    done.profile, done.start, done.open_end = made.profile, made.start, made.open_end
    done.calendar, done.minutes = made.calendar, made.minutes
    done.days, done.length, done.weeks = made.days, made.length, len(made.calendar)
    done.sessions_per_week, done.minutes_per_week = made.sessions_per_week, made.minutes_per_week
    done.assumptions += made.assumptions
    done.omissions += made.omissions


def _too_far(done: Completed, text: str, source: Curriculum) -> TooFar | None:
    """Whether the time that was named is far too short for what the topics build on."""
    profile = done.profile
    if done.open_end or not done.calendar:
        return None
    in_all = len(done.minutes) * done.minutes_per_week // done.sessions_per_week
    minutes = sum(profile.sessions_on.values()) or profile.total_minutes or in_all
    year = _school_year(profile.course) if profile.course and profile.audience != "teacher" else None
    return too_far(text, profile.topics, profile.known, year, minutes, source)


def _in_use(read: Topics, done: Completed, text: str, source: Curriculum) -> list[Span]:
    """Where the topics stand that are planned or taken into account: where fields name others, those do not."""
    if set(read.topics) <= set(done.profile.topics):
        return read.used
    planned = {*done.profile.topics, *done.profile.struggles, *done.profile.known}
    named = [m for m in mentions(text, source) if planned & set(m.concepts)]
    return [s for s in read.used if s.slot != "topic" or any(s.start <= m.start < s.end for m in named)]


def _topics(done: Completed, read: Topics, text: str, answer: Answerer, source: Curriculum) -> None:
    profile = done.profile
    given = list(profile.struggles)
    profile.course = read.course
    profile.errors = profile.errors or read.errors
    profile.struggles = profile.struggles or read.struggles
    profile.known = list(dict.fromkeys([*profile.known, *read.known]))
    if not profile.topics:
        done.assumptions += read.assumptions
        done.subject = read.subject
        # A struggle given as a field is planned for itself only where the text names nothing to learn.
        profile.topics = read.topics or _chosen(done, read.choices, text, answer, source) or given
    profile.known = [c for c in profile.known if c not in profile.topics]
    if profile.topics:
        done.ordered = read.ordered and profile.topics == read.topics
        done.omissions += [
            f"“{said}” is not mathematics ({subject}), so it is not planned." for said, subject in read.beside
        ]
        done.omissions += (
            [f"{_absent(read, text)}, so {'it is' if len(read.absent) == 1 else 'they are'} not planned."]
            if read.absent
            else []
        )
    else:
        done.outside = read.outside.subject if read.outside else ""
        done.alternatives = list(read.outside.concepts if read.outside else read.alternatives)
        done.omissions += _refused(done, read, text, source)


def _chosen(
    done: Completed, choices: Sequence[Sequence[str]], text: str, answer: Answerer, source: Curriculum
) -> list[str]:
    """The topics of wordings with typing errors; where one alone is unclear, the model chooses."""
    if not choices:
        return []
    if len(choices) == 1 and len(choices[0]) > 1:
        topics = [_choose(text, choices[0][:SIMILAR], answer, source)]
    else:
        topics = source.in_order(alternatives[0] for alternatives in choices)
    closest = " and ".join(f"“{source[t].name}”" for t in topics)
    done.assumptions.append(f"The request names no topic outright; the closest wording is {closest}.")
    return topics


def _choose(text: str, found: Sequence[str], answer: Answerer, source: Curriculum) -> str:
    names = [source[c].name for c in found]
    inputs = {"request": text[:800], "topics": "; ".join(names)}
    [reply] = answer([Call("choose_topic", inputs, {"topic": names})])
    return found[names.index(reply["topic"])]


def _absent(read: Topics, text: str) -> str:
    named = in_words(list(dict.fromkeys(f"“{text[a.start : a.end]}”" for a in read.absent)))
    return f"{named} {'is' if len(read.absent) == 1 else 'are'} not in the curriculum"


def _refused(done: Completed, read: Topics, text: str, source: Curriculum) -> list[str]:
    """Why nothing is planned, and what could be."""
    names = in_words([f"“{source[c].name}”" for c in done.alternatives])
    if done.outside:
        said = f"The request is about {done.outside}, and only mathematics is planned here."
        return [f"{said} The mathematics in it that can be planned: {names}." if names else said]
    if read.absent:
        said = f"{_absent(read, text)}, so nothing is planned."
        return [said, f"The nearest topics are {names}: is one of them meant?"] if names else [said]
    offered, examples = on_offer(source)
    said = f"Nothing in the request names a topic of {offered}, so nothing is planned."
    near = f"The nearest topics are {names}: is one of them meant?"
    return [said, near if names else f"Which topic is it about? Name one, such as {examples}."]


def in_words(items: Sequence[str]) -> str:
    """A list as a sentence has it: "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _language(done: Completed, code: str, text: str) -> None:
    """Says which parts of the plan are in English, in the language of the request where it is one of those known."""
    done.language = spoken(text, code)
    planned = bool(done.profile.topics)
    notes = done.assumptions if planned else done.omissions
    if done.language != "en":
        notes.append(language_data(done.language)["english"])
    elif code != "en":
        known = "English, Spanish, German, French, Portuguese and Chinese"
        said = f"The request seems to be in another language (code {code}); requests are understood in {known}"
        notes.append(said + (", so only the topic was read, and the plan is in English." if planned else "."))
