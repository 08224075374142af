"""The search on the real engine; nine tenths of the tiny task's scores are known beforehand."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.optimizers.base import Job
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.run import Compiled, Run, RunConfig, load_compiled
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.optimizers.text import MOST_DEMOS, PoolOptimizer, Space
from studysmith.programs.errors import InputError

Configure = Callable[..., RunConfig]
VALIDATION = 2


def job(task: Task, model: Path, run: Run, report: Callable[[str, int, int, str], None] | None = None) -> Job:
    return Job(task, model, run, report or (lambda *_: None), validation=VALIDATION)


def trials(run: Run) -> dict[str, int]:
    """States of the trials in a journal: how many of each."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(run.folder / "journal.log")))
    found: dict[str, int] = {}
    for trial in optuna.load_study(study_name=run.config.task, storage=storage).trials:
        found[trial.state.name] = found.get(trial.state.name, 0) + 1
    return found


def spent_on_search(compiled: Compiled) -> float:
    """Calls of the search; the finalists' validation comes on top, one call for each example."""
    finalists = sum(note.startswith("finalist") for note in compiled.notes) + 1
    return compiled.usage["lm_calls"] - finalists * VALIDATION


def test_worse_candidates_are_dropped_early_and_the_budget_is_kept(
    tmp_path: Path, tiny: str, model_path: Path, configure: Configure
) -> None:
    run = Run(tmp_path / "run", configure(lm_calls=36))
    task = load_task(f"{tiny}:best_first")
    compiled = PoolOptimizer().compile(job(task, model_path, run))
    # 9 examples for each of three to start with, one of them the best there is; 8 for each that is dropped.
    ends = trials(run)
    assert ends["PRUNED"] >= 1
    assert ends["FAIL"] == 1  # the one that the budget cut
    judged = ends["COMPLETE"] + ends["PRUNED"]
    assert compiled.notes[0] == f"{judged} candidates, {ends['PRUNED']} dropped early"
    assert spent_on_search(compiled) == 36
    assert compiled.candidate == Candidate.of(task.program())
    assert compiled.finished
    assert load_compiled(run.folder) == compiled
    assert compiled.model == compiled.base == str(model_path)


def test_an_interrupted_search_keeps_what_it_has_and_goes_on(
    tmp_path: Path, tiny: str, model_path: Path, configure: Configure
) -> None:
    task, run = load_task(f"{tiny}:task"), Run(tmp_path / "run", configure(lm_calls=14))

    def interrupt(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "search" and detail.startswith("candidate 2") and done == 1:
            raise KeyboardInterrupt

    compiled = PoolOptimizer().compile(job(task, model_path, run, interrupt))
    assert not compiled.finished
    assert compiled.candidate == Candidate.of(task.program())
    before = trials(run)
    assert before["COMPLETE"] == 1
    assert before["FAIL"] == 1

    again = Run(run.folder, run.config)
    compiled = PoolOptimizer().compile(job(task, model_path, again))
    assert compiled.finished
    after = trials(run)
    assert after["COMPLETE"] > 1
    # The one prompt that the metric likes is found, chosen, and said to be better than the unchanged program.
    assert compiled.candidate.prompts["colour"].instructions == "Always answer red."
    assert any(re.match(r"winner minus unchanged: (0\.[89]|1\.0)", note) for note in compiled.notes)


@pytest.fixture(scope="module")
def plan_task() -> Task:
    return load_task("plan")


def test_a_space_follows_from_its_seed(plan_task: Task) -> None:
    one, same, other = Space(plan_task, 1), Space(plan_task, 1), Space(plan_task, 2)
    assert one.demo_sets == same.demo_sets
    assert one.demo_sets != other.demo_sets


def test_a_search_starts_from_the_program_as_it_is(plan_task: Task) -> None:
    space = Space(plan_task, 0)
    with_demos, _, unchanged = (space.candidate(params) for params in space.defaults())
    assert unchanged == Candidate.of(plan_task.program())
    assert all(
        len(prompt.demos) == (MOST_DEMOS if plan_task.pools[step].demos else 0)
        for step, prompt in with_demos.prompts.items()
    )


def test_every_choice_of_the_space_is_one_of_its_task_s_pool(plan_task: Task) -> None:
    import optuna

    space = Space(plan_task, 0)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    ids = set()
    for _ in range(20):
        candidate = space.suggest(study.ask())
        ids.add(candidate.id)
        for step, prompt in candidate.prompts.items():
            pool = plan_task.pools[step]
            assert prompt.instructions in pool.instructions
            assert all(demo in pool.demos for demo in prompt.demos)
            shown = [json.dumps(demo, sort_keys=True) for demo in prompt.demos]
            assert len(set(shown)) == len(shown) <= MOST_DEMOS
    assert len(ids) > 15


def test_order_is_a_choice(plan_task: Task) -> None:
    space = Space(plan_task, 0)
    params = space.defaults()[0]
    orders = {
        json.dumps(space.candidate({**params, "write_week.order": order}).prompts["write_week"].demos)
        for order in range(len(space.orders))
    }
    assert len(orders) == len(space.orders)


def test_a_task_without_anything_to_search_is_refused(tiny: str, run: Run, model_path: Path) -> None:
    from dataclasses import replace

    task = replace(load_task(f"{tiny}:task"), pools={})
    with pytest.raises(InputError, match="task: colour has no pools"):
        PoolOptimizer().compile(job(task, model_path, run))
