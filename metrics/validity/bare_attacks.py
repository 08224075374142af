"""Attacks with no honest part at all: timetables that fit the profile, filled to please the checks."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from ...programs.curriculum import Concept
from ...programs.learner import LearnerProfile
from ...programs.plan import Activity, Adaptation, Checkpoint, Phase, Session, StudyPlan, Week
from .attacks import attack, interest_of
from .corruption import Case


def _bare(profile: LearnerProfile, session: Callable[[int], Session], sessions: int | None = None) -> StudyPlan:
    """Weeks, days and minutes that fit the profile exactly, filled by ``session`` (which is given the day)."""
    weeks, per_week = profile.weeks or 4, sessions or profile.sessions_per_week or 3
    planned = []
    for number in range(1, weeks + 1):
        days = [7 * (number - 1) + k * 7 // per_week for k in range(per_week)]
        check = Checkpoint(question="Is everything clear so far?")
        planned.append(
            Week(number=number, title=f"Week {number}", sessions=[session(d) for d in days], checkpoint=check)
        )
    half = max(1, len(planned) // 2)
    phases = [Phase(title="Core", objective="Solve all tasks of the topic without help.", weeks=planned[:half])]
    if planned[half:]:
        phases.append(
            Phase(title="Rest", objective="Solve mixed tasks of the topic without help.", weeks=planned[half:])
        )
    trigger = "The checkpoint of week 1 is wrong or two sessions were missed."
    return StudyPlan(
        title="Plan",
        audience=profile.audience,
        phases=phases,
        adaptations=[
            Adaptation(when="behind", trigger=trigger, action="Repeat the easier tasks again and skip the rest."),
            Adaptation(
                when="ahead", trigger=trigger.replace("wrong", "right"), action="Write a harder challenge next."
            ),
        ],
    )


def _share(profile: LearnerProfile) -> int:
    return max(10, (profile.minutes_per_week or 120) // (profile.sessions_per_week or 3))


def _topic(case: Case) -> Concept:
    """What the plan leads to: the learner's last topic, or the first concept there is."""
    return case.source[case.profile.topics[-1] if case.profile.topics else next(iter(case.source))]


@attack
def numbers_that_fit(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """The timetable is perfect, and there is nothing inside."""
    minutes = _share(case.profile)

    def session(day: int) -> Session:
        work = [Activity(kind="study", text="Study.", minutes=minutes // 2)]
        work.append(Activity(kind="practice", text="Practice.", minutes=minutes - minutes // 2))
        return Session(title="Session", objective="Study the topic.", activities=work, rationale="It helps.", day=day)

    return _bare(case.profile, session)


@attack
def trivial_tasks(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """Sums that anybody can check: every answer is right and none of them matters."""
    minutes, topic = _share(case.profile), _topic(case)

    def session(day: int) -> Session:
        sums = [(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(3)]
        work = [
            Activity(
                kind="study", text="Write the sums down, solve them, and check each answer twice.", minutes=minutes // 4
            )
        ]
        work += [
            Activity(
                kind="practice", text="Solve it.", minutes=minutes // 4, task=f"What is {a} + {b}?", answer=str(a + b)
            )
            for a, b in sums
        ]
        return Session(
            title=topic.name,
            concept=topic.id,
            objective=f"Solve tasks on {topic.name.lower()}.",
            activities=work,
            rationale=f"You need {topic.name.lower()} and you like {interest_of(case.profile)}.",
            day=day,
        )

    return _bare(case.profile, session)


@attack
def tasks_without_words(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """All the checked tasks of the topic, and not a word on what to do with them or why."""
    minutes, c = _share(case.profile), _topic(case)

    def session(day: int) -> Session:
        work = [
            Activity(kind="practice", text="Task.", minutes=max(1, minutes // 3), task=e.task, answer=e.answer)
            for e in c.exercises
        ]
        return Session(title=c.name, concept=c.id, objective=c.objective, activities=work, rationale="-", day=day)

    return _bare(case.profile, session)


@attack
def five_hundred_crumbs(case: Case, others: Sequence[Case], rng: random.Random) -> StudyPlan:
    """Quantity: sessions of a minute each, as many as fit."""
    topic = _topic(case)

    def session(day: int) -> Session:
        work = [
            Activity(kind="practice", text="Solve it and check it.", minutes=1, task=e.task, answer=e.answer)
            for e in topic.practice
        ]
        reason = f"You like {interest_of(case.profile)}."
        return Session(
            title=topic.name, concept=topic.id, objective=topic.objective, activities=work, rationale=reason, day=day
        )

    return _bare(case.profile, session, sessions=max(7, 500 // (case.profile.weeks or 4)))
