"""The built-in tasks "plan" and "plan-free": the staged planner, the rubric, the synthetic learners."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ... import metrics, programs
from ...programs.curriculum import DATA
from ...programs.demonstrations import demonstrations_of
from ...programs.steps import WordingMode
from ...programs.synthetic_learners import SIZES, Split, learners
from ..task import StepPool, Task

BEST_OF = 4
"""Plans that the baseline of free wording chooses among."""
BEST = f"best-of-{BEST_OF}"
TODAY = date(2026, 1, 5)
"""The day on which all plans of the splits are made, so that scores do not depend on the calendar."""


def plan_task(wording: WordingMode = "chosen") -> Task:
    """The task, for a planner that chooses among written sentences or writes its own. Plans are scored by the built-in
    rubric against the learner's full profile."""
    from ...metrics.rubric import default_rubric, plan_metric
    from ...programs.direct import DirectPlanner
    from ...programs.planner import STEPS, STEPS_OF, StudyPlanner
    from ..best_of import BestOf, rubric_reward

    def program() -> StudyPlanner:
        return StudyPlanner(threads=1, wording=wording)

    baselines: dict[str, Any] = {"direct": DirectPlanner}
    if wording == "free":  # what is chosen is chosen best already: only what is written can be sampled
        baselines[BEST] = lambda: BestOf(program(), BEST_OF, rubric_reward)
    written = yaml.safe_load((DATA / "instructions.yaml").read_text("utf-8"))
    feedback = yaml.safe_load((DATA / "feedback.yaml").read_text("utf-8"))
    pools = {}
    for step in STEPS_OF[wording]:
        pools[step] = StepPool([STEPS[step].instructions, *written[step]], demonstrations_of(step))
    return Task(
        name="plan" if wording == "chosen" else "plan-free",
        program=program,
        metric=plan_metric(default_rubric()),
        train=_examples("train"),
        validation=_examples("validation"),
        confirm=_examples("confirm"),
        test=_examples("test"),
        pools=pools,
        baselines=baselines,
        on_request=[BEST],  # it takes several times as many calls as all others
        explain=_dimensions,
        feedback=_asked_of(pools, feedback),
        version=_version(),
    )


def _asked_of(steps: Container[str], feedback: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    """What can be asked of these steps, by dimension."""
    kept = {
        part: {step: texts for step, texts in by_step.items() if step in steps} for part, by_step in feedback.items()
    }
    return {part: by_step for part, by_step in kept.items() if by_step}


def _version() -> str:
    """A hash of everything that makes or scores a plan: the rubric, the flow, the curriculum."""
    digest = hashlib.sha256()
    for room in (Path(metrics.__file__).parent, Path(programs.__file__).parent):
        for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".toml", ".yaml")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _dimensions(example: Any, prediction: Any) -> dict[str, float]:
    from ...metrics.rubric import default_rubric

    card = default_rubric().score(prediction.plan, example.profile)
    found = any(each.concept == _shaky()[example.id] for each in prediction.plan.diagnosis)
    return {**{name: score.score for name, score in card.dimensions.items()}, "diagnosis": float(found)}


@cache
def _shaky() -> dict[str, str]:
    """By the learner's id, the concept whose misconception made the errors: what a diagnosis must find."""
    return {learner.id: learner.shaky for split in SIZES for learner in learners(split)}


def _examples(split: Split) -> Sequence[Any]:
    import dspy

    return [
        dspy.Example(id=learner.id, given=learner.given, today=TODAY, profile=learner.truth).with_inputs(
            "given", "today"
        )
        for learner in learners(split)
    ]
