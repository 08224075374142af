"""The task `solve` on all of GSM8K: `python benchmarks/ladder.py --task benchmarks/gsm8k_task.py:task ...`, with
STUDYSMITH_DATA set. All training problems but those to validate and confirm on are demonstrations, all 1,319 test
problems are tested."""

from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.solve import solve_task

DEMONSTRATIONS, TESTED, VALIDATED = 7_281, 1_319, 128


def task() -> Task:
    """See the module."""
    return solve_task(DEMONSTRATIONS, TESTED, VALIDATED)
