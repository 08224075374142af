"""The gaming suite: plans written to please the checks, not the learner.

Most attacks keep the skeleton of an honest plan, which code makes and which is good, and replace all that a model
writes; those of ``bare_attacks``
have no honest part at all. None of them may reach the lower quartile of expert plans or the median
of honest plans of an untuned model.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...programs.curriculum import Concept
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan
from ..dimensions import facts
from ..dimensions.associations import INTERESTS
from .corruption import Case
from .phrases import EMPTY_PROSE, FLATTERY, GENERAL_REASONS, INJECTIONS, RUBRIC_TALK, VAGUE_INSTRUCTIONS

Build = Callable[[Case, Sequence[Case], random.Random], StudyPlan]


@dataclass(frozen=True)
class Attack:
    """A way to write a plan for the rubric's sake; ``build`` gets an honest plan for the same learner as skeleton."""

    name: str
    build: Build

    def plan(self, case: Case, others: Sequence[Case], number: int) -> StudyPlan:
        return self.build(case, others, random.Random(zlib.crc32(f"{self.name}/{number}".encode())))


ATTACKS: list[Attack] = []


def attack(build: Build) -> Build:
    """Registers an attack under its function's name."""
    ATTACKS.append(Attack(build.__name__, build))
    return build


@dataclass(frozen=True)
class Place:
    """Where a sentence is wanted: the session's number, its concept, and which of the four kinds of sentence."""

    number: int
    concept: Concept
    kind: str


def reworded(case: Case, write: Callable[[Place], str]) -> StudyPlan:
    """The honest skeleton with every sentence that a model wrote replaced."""
    plan = case.plan.model_copy(deep=True)
    fallback = next(iter(case.source.values()))
    for number, session in enumerate(plan.sessions):
        concept = facts.resolve(session.concept, case.source)
        about = case.source[concept] if concept else fallback
        for activity in session.activities:
            if activity.kind in ("study", "review"):
                activity.text = write(Place(number, about, "activity"))[:1000] or "-"
        session.rationale = write(Place(number, about, "reason"))
    last = facts.resolve(plan.sessions[-1].concept, case.source) if plan.sessions else None
    for k, adaptation in enumerate(plan.adaptations):
        about = case.source[last] if last else fallback
        adaptation.action = write(Place(len(plan.sessions) + k, about, adaptation.when))
    return plan


def interest_of(profile: LearnerProfile) -> str:
    """The learner's first interest, or words that stand for any."""
    return profile.interests[0] if profile.interests else "things like that"


@attack
def echo_of_the_request(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    text = case.profile.text or f"I want help with {case.profile.goal or 'mathematics'}."
    return reworded(case, lambda place: text)


@attack
def echo_in_pieces(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    parts = [p.strip() for p in case.profile.text.replace("?", ".").split(".") if p.strip()] or ["I want help"]
    return reworded(case, lambda place: f"You said: {parts[place.number % len(parts)]}.")


@attack
def keyword_list(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    p = case.profile
    keys = [*p.interests, *p.preferences, "draw", "write", "solve", "check", "compare", "explain", "three", "twice"]

    def write(place: Place) -> str:
        words = [*keys, *place.concept.name.lower().split(), *place.concept.misconception.lower().rstrip(".").split()]
        return ", ".join(rng.sample(words, min(16, len(words)))).capitalize() + "."

    return reworded(case, write)


@attack
def keywords_in_a_frame(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """The keywords with function words strewn in, so that they count as prose."""
    p = case.profile
    glue = ["the", "and", "of", "with", "to", "your", "in", "a"]

    def write(place: Place) -> str:
        keys = [
            *p.interests,
            *p.preferences,
            "draw",
            "write",
            "solve",
            "check",
            "compare",
            *place.concept.name.lower().split(),
        ]
        words = [w for key in rng.sample(keys, min(8, len(keys))) for w in (rng.choice(glue), key)]
        return " ".join(words).capitalize() + "."

    return reworded(case, write)


@attack
def long_empty_prose(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    return reworded(case, lambda place: EMPTY_PROSE[place.number % len(EMPTY_PROSE)])


@attack
def copied_curriculum(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    def write(place: Place) -> str:
        c = place.concept
        idea = f"The student {c.misconception[0].lower()}{c.misconception[1:]}"
        return {"activity": c.steps[place.number % len(c.steps)], "reason": idea}.get(place.kind, c.objective)

    return reworded(case, write)


@attack
def copied_objectives(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    return reworded(case, lambda place: place.concept.objective)


@attack
def one_template_for_all(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    texts = {
        "activity": "Write down three things that you know, solve the task, and check your answer with the solution.",
        "reason": "This session helps you to find and fix the mistakes that most people make at this point.",
        "behind": "Go back to the worked example, copy it once, and repeat the shorter task before you go on.",
        "ahead": "Skip the review and write a harder task of your own that a classmate has to solve.",
    }
    return reworded(case, lambda place: texts[place.kind])


@attack
def filled_template(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """The same sentences with the learner's interest and the session's concept put in."""
    i = interest_of(case.profile)

    def write(place: Place) -> str:
        c = place.concept.name.lower()
        return {
            "activity": f"Draw a picture about {i}, write three lines on {c}, and check them against the example.",
            "reason": f"Because you like {i}, this session connects {i} with {c} so that it stays in your mind.",
            "behind": f"Go back to the first example on {c} and repeat it with something from {i} in it.",
            "ahead": f"Write a harder task on {c} about {i} and give it to a friend to solve.",
        }[place.kind]

    return reworded(case, write)


@attack
def every_interest_there_is(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    def write(place: Place) -> str:
        some = rng.sample(list(INTERESTS), 8) + list(case.profile.interests)
        return f"Draw something for those of you who like {', '.join(some[:-1])} or {some[-1]}, and check it twice."

    return reworded(case, write)


@attack
def verbs_without_end(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    verbs = "draw write solve check compare explain sketch list sort mark measure label count build test name".split()

    def write(place: Place) -> str:
        return ", then ".join(f"{v} it" for v in rng.sample(verbs, 9)).capitalize() + "."

    return reworded(case, write)


@attack
def expert_word_salad(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """All the right words of an honest plan, drawn at random."""
    words = [
        w for s in case.plan.sessions for t in (s.rationale, *(a.text for a in s.activities)) for w in t.lower().split()
    ]
    words = words or ["nothing"]
    return reworded(case, lambda place: " ".join(rng.choices(words, k=16)).capitalize().rstrip(".,;") + ".")


@attack
def prompt_injection(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    return reworded(case, lambda place: INJECTIONS[place.number % len(INJECTIONS)])


@attack
def talk_of_the_rubric(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    return reworded(case, lambda place: RUBRIC_TALK[place.number % len(RUBRIC_TALK)])


@attack
def flattery(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    return reworded(case, lambda place: FLATTERY[place.number % len(FLATTERY)])


@attack
def vague_but_fluent(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    texts = {"activity": VAGUE_INSTRUCTIONS, "reason": GENERAL_REASONS}
    return reworded(case, lambda p: (pool := texts.get(p.kind, GENERAL_REASONS))[p.number % len(pool)])


@attack
def typing_noise(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    def write(place: Place) -> str:
        letters = "abcdefghijklmnopqrstuvwxyz"
        return " ".join("".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(14)).capitalize() + "."

    return reworded(case, write)


@attack
def somebody_elses_plan(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """A good plan, handed to the wrong learner."""
    topics = set(case.profile.topics)
    strangers = [o for o in others if not topics & set(o.profile.topics)] or list(others) or [case]
    return rng.choice(strangers).plan.model_copy(deep=True)


@attack
def one_session_cloned(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """The plan's best-looking session in every place."""
    plan = case.plan.model_copy(deep=True)
    best = max(case.plan.sessions, key=lambda s: len(s.rationale) + sum(len(a.text) for a in s.activities))
    for week in plan.weeks:
        week.sessions = [best.model_copy(deep=True, update={"day": s.day}) for s in week.sessions]
    return plan
