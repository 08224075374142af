from pathlib import Path

import dspy
import pytest
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError
from studysmith.programs.planner import STEPS, StudyPlanner
from studysmith.programs.synthetic_learners import learners


def test_the_plan_task_has_what_a_search_needs() -> None:
    task = load_task("plan")
    assert isinstance(task.program(), StudyPlanner)
    assert set(task.pools) == set(STEPS)
    for step, signature in STEPS.items():
        assert task.pools[step].instructions[0] == signature.instructions
        assert len(task.pools[step].instructions) > 1
    fields = set(STEPS["write_week"].fields)
    assert all(set(demo) == fields for demo in task.pools["write_week"].demos)
    assert [e.id for e in task.test] == [learner.id for learner in learners("test")]
    # What a program sees of a learner is what the learner gave, never the truth that it is scored against.
    assert set(task.test[0].inputs()) == {"given", "today"}


def test_a_user_s_own_task_as_an_object_and_as_a_function(tiny: str) -> None:
    assert load_task(f"{tiny}:task").name == "colour"
    made = load_task(f"{tiny}:two_steps")
    assert [name for name, _ in made.program().named_predictors()] == ["colour", "size"]


HEAD = """from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
import dspy
from studysmith.optimizers.task import Task
@dataclass
class Setting:
    name: str = "mine"
def make(ids="abc"):
    rows = [dspy.Example(id=i, x=i).with_inputs("x") for i in ids]
    return Task(Setting().name, lambda: dspy.Predict("x -> y"), lambda e, p: 0.0, rows, rows, rows)
"""


def test_a_file_may_hold_dataclasses_with_postponed_annotations(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD)
    assert load_task(f"{tmp_path / 'mine.py'}:make").name == "mine"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (HEAD, "{file}:other", "'other' in .* is no studysmith Task"),
        (HEAD, "{file}:Path", "'Path' in .* is no studysmith Task"),
        (HEAD + "def broken(): raise KeyError('k')", "{file}:broken", "cannot be loaded: KeyError: 'k'"),
        ("import nothing_of_this_name", "{file}:task", "cannot be loaded: ModuleNotFoundError"),
        ("def f(:", "{file}:task", "cannot be loaded: SyntaxError"),
        (HEAD + "none = lambda: make('')", "{file}:none", "train must hold examples"),
        (HEAD + "twice = lambda: make('aba')", "{file}:twice", "each with an id of its own"),
        ("", "{folder}/absent.py:task", "no file .*absent.py"),
        ("", "{file}", "plan, solve, or path/to/file.py:name"),
        ("", "plans", "plan, solve, or path/to/file.py:name .got 'plans'"),
        ("", "", "plan, solve, or path/to/file.py:name"),
    ],
)
def test_what_is_no_task_is_said_in_one_line(tmp_path: Path, content: str, name: str, said: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(content)
    with pytest.raises(InputError, match=said):
        load_task(name.format(file=file, folder=tmp_path))


def test_an_example_without_an_id_is_refused() -> None:
    rows = [dspy.Example(x=1).with_inputs("x")]
    with pytest.raises(InputError, match="task: train must hold"):
        Task("t", lambda: dspy.Predict("x -> y"), lambda e, p: 0.0, rows, rows, rows)
