"""The built-in task "read": marking what a request says, with the F1 of slots and words as the metric."""

from __future__ import annotations

from typing import Any

import yaml

from ...programs.curriculum import DATA
from ...programs.demonstrations import demonstrations_of
from ...programs.request.spoken import STEP, pairs_of
from ...programs.synthetic_learners import Split, learners
from ..task import StepPool, Task


def read_task() -> Task:
    """The requests of the synthetic learners, whose spans are known because the text was made from them. What the rules
    read is the baseline."""
    from ...programs.reader import RequestReader, RulesReader, slot_f1
    from ...programs.signatures import ReadRequest

    written = yaml.safe_load((DATA / "instructions.yaml").read_text("utf-8"))[STEP]
    return Task(
        name="read",
        program=RequestReader,
        metric=slot_f1,
        train=_examples("train"),
        validation=_examples("validation"),
        confirm=_examples("confirm"),
        test=_examples("test"),
        pools={STEP: StepPool([ReadRequest.instructions, *written], demonstrations_of(STEP))},
        baselines={"rules": RulesReader},
    )


def _examples(split: Split) -> list[Any]:
    import dspy

    return [
        dspy.Example(
            id=learner.id,
            request=learner.given.text,
            spans=pairs_of(learner.given.text, learner.spans),
        ).with_inputs("request")
        for learner in learners(split)
    ]
