"""Whether a model can write the sentences of a plan: it writes some, and the rubric judges their sense."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ..metrics.dimensions.sound import activity_value, reason_value
from ..metrics.statistics import wilson
from ..programs.curriculum import curriculum
from ..programs.progress import Progress, silent
from ..programs.steps import WordingMode
from ..programs.synthetic_learners import learners
from .planner import default_planner

LEARNERS = 3
SOUND, ENOUGH = 0.5, 0.8
"""From which value a sentence counts as sound, and the share of sound ones from which a model may write."""
TODAY = date(2026, 1, 5)


class Sense(NamedTuple):
    """Sentences that a model wrote, how many of them are sound, an interval of the share, and the wording it gets."""

    sentences: int
    sound: int
    low: float
    high: float
    wording: WordingMode


def probe(model: str, progress: Progress = silent) -> Sense:
    """Let a model word the plans of LEARNERS learners freely. Raises EngineError when it cannot be run."""
    source, values = curriculum(), list[float]()
    with default_planner(model, "free") as planner:
        for done, learner in enumerate(learners("validation")[:LEARNERS], 1):
            for session in planner.plan_for(learner.given, TODAY).sessions:
                activity = session.activities[0].text
                values.append(activity_value(activity, session.rationale, session.concept, source))
                values.append(reason_value(session.rationale, [activity], session.concept, source))
            progress("probe", done, LEARNERS, f"{len(values)} sentences")
    sound = sum(value >= SOUND for value in values)
    low, high = wilson(sound, len(values))
    return Sense(len(values), sound, low, high, "free" if sound / len(values) >= ENOUGH else "chosen")
