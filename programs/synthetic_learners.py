"""Synthetic learners with known truth: what they want, what they get wrong, and why.

Every concept belongs to one split, decided by a hash of its id, so that adding a concept never moves another. Learners
of a split have targets of that split only: what is learned from one never holds answers to another.
"""

from __future__ import annotations

import hashlib
import random
import re
from functools import cache
from typing import Any, Literal

import networkx as nx

from .curriculum import Concept, Curriculum, Exercise, curriculum
from .learner import Attempt, LearnerProfile, Strict
from .material import material
from .request.spans import Span
from .sequence import NEAR

Split = Literal["train", "validation", "confirm", "test"]
"""What is learned from, what chooses among finalists, what confirms the winner, what programs are compared on."""
SIZES: dict[Split, int] = {"train": 64, "validation": 32, "confirm": 48, "test": 48}
_SHARES: tuple[tuple[int, Split], ...] = ((56, "train"), (70, "validation"), (85, "confirm"), (100, "test"))
"""Of 100 buckets of concepts, the first that no longer belongs to the split."""
SEED = 20261

INTERESTS = (
    "basketball", "cooking", "video games", "drawing", "football", "music", "space", "dogs", "chess", "dancing",
    "fashion", "fishing", "baking", "cars", "photography", "swimming", "robots", "gardening", "skateboarding", "birds",
)  # fmt: skip
PREFERENCES = (
    "short steps", "worked examples first", "pictures and sketches", "explaining things aloud", "working with a friend",
    "quick quizzes", "real life problems", "a calm pace", "trying before being told", "flash cards",
)  # fmt: skip
GOALS = (
    "pass the next test", "get ready for the final exam", "catch up with the class", "raise my grade",
    "understand it instead of memorizing", "be ready for the next course",
)  # fmt: skip
# "[slot words]" are the words that a reader of the request should mark, as few as hold what is said.
_STUDENT = (
    "I'm in [course {course}] and I keep getting stuck on [topic {topic}].",
    "hey, i need help with [topic {topic}], i am in [course {course}]",
    "[topic {topic}] makes no sense to me at all and I'm in [course {course}].",
    "I am taking [course {course}] and struggling with [topic {topic}].",
    "So in [course {course}] we started [topic {topic}] and I got most of it wrong on the quiz.",
    "can you make me a plan for [topic {topic}]? i'm in [course {course}].",
    "My [course {course}] teacher says I should work on [topic {topic}] before we go on.",
)
_TEACHER = (
    "[audience I teach] [course {course}] and my students keep making mistakes with [topic {topic}].",
    "[audience My class] ([course {course}]) needs another round of [topic {topic}].",
    "[audience I am a teacher]. My students in [course {course}] got [topic {topic}] wrong on the last quiz.",
)
_WEEKS = (
    "I have [duration {n} weeks].",
    "there are [duration {n} weeks left]",
    "The test is in [duration {n} weeks].",
    "We have [duration {n} weeks] for it.",
)
_TIME = (
    "I can do [rhythm {m} minutes {s} times a week].",
    "maybe [rhythm {m} min], [rhythm {s} times a week]",
    "[rhythm {s} times a week] for [rhythm {m} minutes] works.",
)
_LIKES = ("I love {x}.", "i really like {x}", "By the way, I'm into {x}.")
_PREFERS = ("I prefer [preference {x}].", "i learn best with [preference {x}]")
_GOALS = ("I want to [goal {x}].", "i need to [goal {x}]", "My goal is to [goal {x}].")
_MARK = re.compile(r"\[(\w+) ([^\]]*)\]")


class Learner(Strict):
    """A learner as the planner meets them, and as they are.

    ``given`` is what a planner gets (text and errors); ``truth`` is the full profile that plans are scored against;
    ``shaky`` is the concept whose misconception made the errors; ``spans`` are the words of the text that say what is
    in the profile, in their order.
    """

    id: str
    split: Split
    target: str
    shaky: str
    given: LearnerProfile
    truth: LearnerProfile
    spans: tuple[Span, ...]


def split_of(concept_id: str) -> Split:
    """The split that a concept belongs to, by a hash of its id alone."""
    bucket = int.from_bytes(hashlib.sha256(concept_id.encode()).digest()[:8], "big") % 100
    return next(split for limit, split in _SHARES if bucket < limit)


@cache
def learners(split: Split, seed: int = SEED) -> tuple[Learner, ...]:
    """The learners of a split: 64, 32, 48 or 48, always the same for a seed."""
    source = curriculum()
    # By ids and levels alone: moving a concept within its file must not move a learner.
    order = nx.lexicographical_topological_sort(source.graph, lambda c: (source[c].level, c))
    pool = [c for c in order if split_of(c) == split]
    rng = random.Random(f"{seed}/{split}")
    targets: list[str] = []
    while len(targets) < SIZES[split]:
        targets += rng.sample(pool, len(pool))
    return tuple(_learner(split, i, source[t], source, rng) for i, t in enumerate(targets[: SIZES[split]]))


def _learner(split: Split, number: int, target: Concept, source: Curriculum, rng: random.Random) -> Learner:
    nearby = [p for p in target.prerequisites if source[p].level >= target.level - NEAR]
    shaky = source[rng.choice(nearby)] if nearby and rng.random() < 0.5 else target
    audience = "teacher" if rng.random() < 0.15 else "student"
    weeks, sessions = rng.choice((1, 2, 2, 3, 3, 4)), rng.choice((1, 2, 2, 3))
    minutes = sessions * rng.choice((20, 30, 40, 45, 60))
    count = rng.choice((2, 3))
    errors = _errors(shaky, count, random.Random(f"{split}/{number}/errors"))
    interests = rng.sample(INTERESTS, rng.choice((1, 1, 2)))
    preferences = rng.sample(PREFERENCES, rng.choice((0, 1)))
    truth = LearnerProfile(
        audience="teacher" if audience == "teacher" else "student",
        course=_course(target),
        goal=rng.choice(GOALS) if rng.random() < 0.6 else "",
        topics=[target.id],
        weeks=weeks,
        minutes_per_week=minutes,
        sessions_per_week=sessions,
        struggles=[shaky.id],
        errors=errors,
        interests=interests,
        preferences=preferences,
    )
    truth.text, spans = _unmarked(_request(truth, target, minutes // sessions, rng))
    given = LearnerProfile(text=truth.text, errors=errors)
    name = f"{split}-{number:02}"
    return Learner(id=name, split=split, target=target.id, shaky=shaky.id, given=given, truth=truth, spans=spans)


def _errors(shaky: Concept, count: int, rng: random.Random) -> list[Attempt]:
    """What the concept's misconception makes of practice tasks with other numbers, of each of the two at least once."""
    drawn: list[Exercise] = []
    for place in range(count):
        index = 1 + place % 2
        fresh = [v for v in material().variants(shaky.id, index) if v.task not in {e.task for e in drawn}]
        if fresh or place < 2:
            drawn.append(rng.choice(fresh) if fresh else shaky.exercises[index])
    return [Attempt(problem=e.task, answer=e.wrong, correct_answer=e.answer) for e in drawn]


def _course(concept: Concept) -> str:
    if concept.level <= 8:
        return f"Grade {max(1, concept.level)}"
    named = {"calculus": "Calculus 1", "linear-algebra": "Linear Algebra", "statistics": "Statistics"}
    return named.get(concept.strand, "Precalculus" if concept.level >= 11 else "Algebra 2")


def _request(profile: LearnerProfile, target: Concept, session_minutes: int, rng: random.Random) -> str:
    """The request as its author would type it: some parts, in some order, not always tidy; what it says is marked."""
    openers = _TEACHER if profile.audience == "teacher" else _STUDENT
    topic = rng.choice((target.name.lower(), target.name, *target.aliases))
    parts = [
        rng.choice(_WEEKS).format(n=profile.weeks).replace("1 weeks", "1 week"),
        rng.choice(_TIME).format(m=session_minutes, s=profile.sessions_per_week).replace("1 times", "one time"),
        rng.choice(_LIKES).format(x=" and ".join(f"[interest {x}]" for x in profile.interests)),
    ]
    parts += [rng.choice(_PREFERS).format(x=x) for x in profile.preferences]
    if profile.goal:
        parts.append(rng.choice(_GOALS).format(x=profile.goal))
    rng.shuffle(parts)
    text = " ".join(
        p if p[-1] in ".?!" else p + "."
        for p in [rng.choice(openers).format(topic=topic, course=profile.course), *parts]
    )
    return text.lower() if rng.random() < 0.25 else text


def _unmarked(marked: str) -> tuple[str, tuple[Span, ...]]:
    """The text without marks, and the spans that were marked in it."""
    text, spans, end = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[end : mark.start()]
        slot: Any = mark[1]  # pydantic checks it
        spans.append(Span(len(text), len(text) + len(mark[2]), slot))
        text, end = text + mark[2], mark.end()
    return text + marked[end:], tuple(spans)
