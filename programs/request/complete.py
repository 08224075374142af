"""Completing a profile from the request: ask nothing, infer what is missing, and say what was assumed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..curriculum import Curriculum
from ..frame import SPOKEN, language_data
from ..learner import LearnerProfile
from ..needs import longest_session
from ..sequence import START_TODAY, study_days
from ..steps import Answerer, Call
from .account import unread
from .facts import Stated, check_text, read_request
from .pair import share_out
from .said.abroad import spoken
from .spans import Span
from .topics.names import mentions
from .topics.read import Topics, on_offer, read_topics

WEEKS, SESSIONS, MINUTES = 4, 3, 40
"""Assumed where nothing is said: weeks, sessions per week, minutes per session."""
SHORTEST, LONG, LONGEST = 10, 60, 180
"""Minutes of a session: the least, what is good where no rhythm was named, the most."""
MOST_TOPICS, MOST_WEEKS = 60, 52
SIMILAR = 6
"""Topics of similar wording that the model chooses among."""
CHILD = 5
"""School years in which a learner is a child."""

_SCHOOL = ("Kindergarten", *(f"Grade {n}" for n in range(1, 13)), "First-year college", "First-year college")


@dataclass
class Completed:
    """A profile with nothing left open, and the account of how it came about.

    ``minutes_per_week`` is what is planned, at most the profile's; ``days`` is how far off the deadline is, if there is
    one; ``subject`` is set where a subject was asked for as a whole; ``open_end`` where nobody said how long; ``young``
    where the learner is known to be a child. Where nothing is planned, ``outside`` is another subject that was asked
    for, and ``alternatives`` the concepts that could be meant, or are in that subject. ``unused`` quotes what the text
    says and nobody read; ``language`` is the text's.
    """

    profile: LearnerProfile
    weeks: int
    sessions_per_week: int
    minutes_per_week: int
    days: int | None
    assumptions: list[str] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)
    subject: str = ""
    open_end: bool = False
    young: bool = False
    alternatives: list[str] = field(default_factory=list)
    outside: str = ""
    unused: list[str] = field(default_factory=list)
    language: str = "en"


def complete(profile: LearnerProfile, answer: Answerer, source: Curriculum, today: date) -> Completed:
    """Fill what the profile leaves open. What was given as a field always wins over what the text says."""
    profile.check_concepts(source)
    text = check_text(profile.text) if profile.text.strip() or not (profile.topics or profile.struggles) else ""
    stated = read_request(text, today) if text else Stated()
    done = Completed(profile.model_copy(deep=True), 0, 0, 0, None)
    _who(done, stated)
    read = _topics(done, text, answer, source)
    if text:
        done.unused = unread(text, [*stated.used, *_in_use(read, done, text, source)], source, done.profile.topics)
    if stated.others:
        assumed, left = share_out(done.profile, stated.others, text, source)
        done.assumptions += assumed
        done.omissions += left
    if not done.profile.topics:
        # Where nothing is planned, nothing about time needs to be assumed either.
        done.assumptions = []
    else:
        _time(done, stated, today)
    _language(done, stated.language, text)
    done.young = is_child(done.profile.course)
    if done.profile.topics and not done.profile.course:
        level = max(source[t].level for t in done.profile.topics)
        done.profile.course = _SCHOOL[level]
        done.assumptions.append(f"No course or grade was named, so the level is that of the topic: {_SCHOOL[level]}.")
    return done


def is_child(course: str) -> bool:
    """Whether a course or grade is one of the first five school years."""
    grade = re.fullmatch(r"(?:grade|year|class) (\d+)", course.strip().casefold())
    return course.strip().casefold() == "kindergarten" or (grade is not None and int(grade[1]) <= CHILD)


def start_of(today: date, days: int | None = None) -> date:
    """The day that a plan starts when none is named: tomorrow, or today when the deadline is near."""
    return today if days is not None and days <= START_TODAY else today + timedelta(days=1)


def _who(done: Completed, stated: Stated) -> None:
    profile = done.profile
    if stated.audience == "teacher" and profile.audience == "student":
        profile.audience = "teacher"
        done.assumptions.append("The request speaks of students, so the plan is written for a teacher's class.")
    elif stated.child and profile.audience == "student":
        done.assumptions.append("The request is made for a child, so “you” in the plan is the child.")
    profile.goal = profile.goal or stated.goal
    profile.interests = profile.interests or stated.interests
    profile.preferences = profile.preferences or stated.preferences
    profile.needs = profile.needs or stated.needs
    stated.longest_session = longest_session(profile.needs)


def _time(done: Completed, stated: Stated, today: date) -> None:
    _assumed(done, stated)
    _weeks(done, stated, today)
    profile, said = done.profile, done.assumptions
    sessions = profile.sessions_per_week or stated.time.sessions_per_week
    budget = profile.minutes_per_week or stated.time.minutes_per_week
    length = None if budget else stated.time.minutes_per_session
    if length and sessions and length < SHORTEST:
        budget, length = length * sessions, None
    rhythm_named = sessions is not None
    total = None if budget else stated.time.total_minutes
    if sessions is None:
        # Few short sessions rather than many tiny ones, more of them rather than very long ones.
        sessions = SESSIONS if not budget else max(min(SESSIONS, budget // 20), min(7, math.ceil(budget / LONG)), 1)
        if total:
            sessions = _sessions_of(done, total, length)
    if budget and budget < SHORTEST * sessions:
        sessions = max(1, budget // SHORTEST)
        said.append(
            f"With {budget} minutes a week, {_count(sessions, 'longer session')} serve{'s' * (sessions == 1)} better "
            "than many short ones."
        )
    length = length or (budget or 0) // sessions
    if not length and total:
        weeks = min(MOST_WEEKS, math.ceil(total / (sessions * MINUTES))) if done.open_end else done.weeks
        length = max(SHORTEST, total // (sessions * weeks))
        said.append(f"Only the time in all was named, so a session takes {length} minutes.")
    if not length:
        length = min(MINUTES, stated.longest_session or MINUTES)
        short = [f"“{need}”" for need in profile.needs if longest_session([need])]
        why = f" because of {' and '.join(short)}" if length < MINUTES else ""
        said.append(f"No time was named, so a session takes {length} minutes{why}.")
    if not SHORTEST <= length <= LONGEST:
        length = min(LONGEST, max(SHORTEST, length))
        bound = f"at least {SHORTEST}" if length == SHORTEST else f"at most {LONGEST}"
        said.append(f"A session takes {bound} minutes, whatever the time there is.")
    days = study_days(done.days)
    sessions = min(sessions, days or sessions)
    if total:
        _end_with(done, total, sessions * length)
    if not rhythm_named:
        before = days is not None and days < 7
        there_are = f"there {'is' if sessions == 1 else 'are'} {_count(sessions, 'session')}"
        said.append(f"No rhythm was named, so {there_are} {'before the deadline' if before else 'a week'}.")
    done.sessions_per_week, done.minutes_per_week = sessions, length * sessions
    profile.sessions_per_week = None
    profile.minutes_per_week = min(3000, max(20, SHORTEST * sessions, budget or length * sessions))
    profile.sessions_per_week = sessions


def _assumed(done: Completed, stated: Stated) -> None:
    """Says how open wordings were read, as far as no field says otherwise."""
    profile = done.profile
    rhythm = profile.minutes_per_week or profile.sessions_per_week
    given = {"deadline": profile.deadline, "duration": profile.weeks, "rhythm": rhythm, "total": rhythm}
    done.assumptions += [a.sentence for a in stated.time.assumptions if not given.get(a.slot)]


def _sessions_of(done: Completed, total: int, length: int | None) -> int:
    """Sessions a week, where the time in all is named and no rhythm."""
    in_all = max(1, round(total / (length or MINUTES)))
    if done.open_end:
        return min(in_all, SESSIONS)
    return min(7, math.ceil(in_all / done.weeks), study_days(done.days) or 7)


def _end_with(done: Completed, total: int, minutes_per_week: int) -> None:
    """No more weeks than the time in all is enough for."""
    enough = math.ceil(total / minutes_per_week)
    if enough < done.weeks or done.open_end:
        done.weeks = done.profile.weeks = min(enough, MOST_WEEKS)
        done.open_end = False


def _weeks(done: Completed, stated: Stated, today: date) -> None:
    profile, time = done.profile, stated.time
    deadline = profile.deadline or time.deadline
    if deadline and deadline < today:
        done.assumptions.append(f"The deadline {deadline} has passed, so it is ignored.")
        deadline = None
    elif deadline:
        done.days = (deadline - today).days
        if not profile.deadline and not any(f"{deadline.day} {deadline:%B %Y}" in a for a in done.assumptions):
            done.assumptions.append(f"The deadline is read as {deadline:%A, %d %B %Y}.")
    if not deadline and not profile.weeks:
        done.days = time.days
    days = study_days(done.days)
    weeks = asked = profile.weeks or (time.weeks if deadline else None)
    if days is not None:
        weeks = min(weeks or days, math.ceil(days / 7))
        if asked and weeks < asked:
            done.assumptions.append(f"The deadline {deadline} comes before the end of {asked} weeks, and counts.")
    if not weeks:
        weeks, done.open_end = WEEKS, True
    if weeks > MOST_WEEKS:
        done.omissions.append(f"Only the first {MOST_WEEKS} of {weeks} weeks are planned.")
        weeks = MOST_WEEKS
    profile.deadline, profile.weeks, done.weeks = deadline, weeks, weeks


def _in_use(read: Topics, done: Completed, text: str, source: Curriculum) -> list[Span]:
    """Where the topics stand that are planned or taken into account: where fields name others, those do not."""
    if set(read.topics) <= set(done.profile.topics):
        return read.used
    planned = {*done.profile.topics, *done.profile.struggles, *done.profile.known}
    named = [m for m in mentions(text, source) if planned & set(m.concepts)]
    return [s for s in read.used if s.slot != "topic" or any(s.start <= m.start < s.end for m in named)]


def _topics(done: Completed, text: str, answer: Answerer, source: Curriculum) -> Topics:
    profile = done.profile
    if not profile.topics and profile.struggles:
        profile.topics = list(profile.struggles)
    read = read_topics(text, source, profile.course)
    profile.course = read.course
    profile.errors = profile.errors or read.errors
    profile.struggles = profile.struggles or read.struggles
    profile.known = list(dict.fromkeys([*profile.known, *read.known]))
    if not profile.topics:
        done.assumptions += read.assumptions
        done.subject = read.subject
        profile.topics = read.topics or _chosen(done, read.choices, text, answer, source)
    profile.known = [c for c in profile.known if c not in profile.topics]
    if not profile.topics:
        done.outside = read.outside.subject if read.outside else ""
        done.alternatives = list(read.outside.concepts if read.outside else read.alternatives)
        done.omissions += _refused(done, source)
    return read


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


def _refused(done: Completed, source: Curriculum) -> list[str]:
    """Why nothing is planned, and what could be."""
    names = in_words([f"“{source[c].name}”" for c in done.alternatives])
    if done.outside:
        said = f"The request is about {done.outside}, and only mathematics is planned here."
        return [f"{said} The mathematics in it that can be planned: {names}." if names else said]
    offered, examples = on_offer(source)
    said = f"Nothing in the request names a topic of {offered}, so nothing is planned; name one, such as {examples}."
    return [said, f"The nearest topics are {names}: is one of them meant?"] if names else [said]


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
        said = f"The request seems to be in another language (code {code}), not in one of en, {', '.join(SPOKEN)}"
        notes.append(said + (", so only the topic was read, and the plan is in English." if planned else "."))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
