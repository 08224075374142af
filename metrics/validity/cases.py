"""The plans that the rubric is tested on: experts' weeks, and what the embedded model writes without any tuning."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

from ...programs.assemble import assemble
from ...programs.calendar import session_days
from ...programs.curriculum import curriculum
from ...programs.demonstrations import Demonstration, demonstrations
from ...programs.learner import Attempt, LearnerProfile
from ...programs.material import material
from ...programs.plan import Diagnosis, StudyPlan
from ...programs.request.complete import Completed
from ...programs.sequence import Slot
from ...programs.wording import Wording, Words
from .corruption import Case

GENERATED = Path(__file__).parent / "generated.jsonl"
"""Plans of the embedded model, one a line, as ``benchmarks/rubric_plans.py`` recorded them: learner, profile, plan."""
START = date(2026, 1, 5)


@cache
def expert_cases() -> tuple[Case, ...]:
    """One plan for each demonstrated week."""
    return tuple(expert_case(d) for d in demonstrations())


def expert_case(demonstration: Demonstration) -> Case:
    """The demonstrated week as a plan for the learner it was written for, with errors of its misconception."""
    d, source = demonstration, curriculum()
    concept = source[d.concept]
    errors = [Attempt(problem=e.task, answer=e.wrong, correct_answer=e.answer) for e in concept.exercises[:2]]
    minutes = d.learner.minutes_per_week or 40 * len(d.sessions)
    profile = d.learner.model_copy(
        update={
            "topics": [d.concept],
            "errors": list(d.learner.errors) or errors,
            "weeks": 1,
            "sessions_per_week": len(d.sessions),
            "minutes_per_week": minutes,
            "struggles": [d.concept],
        }
    )
    days = session_days(len(d.sessions), range(7))
    each = dict.fromkeys(days, minutes // len(days))
    done = Completed(profile, 1, len(d.sessions), minutes, None, calendar=[days], minutes=each)
    diagnosis = [Diagnosis(concept=d.concept, evidence=f"{len(profile.errors)} wrong answers. {concept.misconception}")]
    slots = [Slot(s.concept, s.kind, "core") for s in d.sessions]
    words = Wording([[Words(s.activity, s.why) for s in d.sessions]], d.behind, d.ahead)
    return Case(assemble(done, diagnosis, [slots], words, source, material(), START), profile, "expert")


@cache
def generated_cases() -> tuple[Case, ...]:
    """Recorded plans of the embedded model before any tuning, for learners that no compile was trained on."""
    records = [json.loads(line) for line in GENERATED.read_text("utf-8").splitlines()]
    return tuple(
        Case(StudyPlan.model_validate(r["plan"]), LearnerProfile.model_validate(r["profile"]), "generated")
        for r in records
    )


def default_cases(experts: int = 60) -> list[Case]:
    """What ``studysmith rubric validate`` tests on: expert plans, evenly drawn from all, and every recorded plan."""
    everyone = expert_cases()
    step = max(1, len(everyone) // max(1, experts))
    return [*everyone[::step][:experts], *generated_cases()]
