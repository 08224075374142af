import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dspy
import pytest
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.optimizers.tasks.solve import solve_task
from studysmith.programs.errors import InputError
from studysmith.programs.planner import STEPS, STEPS_OF, StudyPlanner
from studysmith.programs.reader import RequestReader
from studysmith.programs.signatures import ReadRequest
from studysmith.programs.synthetic_learners import learners

Compile = Callable[..., Result]


def rows(count: int, **fields: Any) -> list[dspy.Example]:
    return [dspy.Example(x=str(i), **fields).with_inputs("x") for i in range(count)]


def task_of(train: list[dspy.Example], **fields: Any) -> Task:
    return Task(dspy.Predict("x -> y: Literal['a', 'b']"), lambda e, p: 0.0, train, **fields)


def test_the_plan_task_has_what_a_search_needs() -> None:
    task = load_task("plan")
    assert isinstance(task.program(), StudyPlanner)
    assert set(task.pools) == set(STEPS_OF["chosen"])
    assert set(load_task("plan-free").pools) == set(STEPS_OF["free"])
    for step, pool in task.pools.items():
        assert pool.instructions[0] == STEPS[step].instructions
        assert len(pool.instructions) > 1
        assert all(set(STEPS[step].fields) <= set(demo) for demo in pool.demos)
    for split in ("train", "validation", "confirm", "test"):
        assert [e.id for e in getattr(task, split)] == [learner.id for learner in learners(split)]  # type: ignore[arg-type]
    # What a program sees of a learner is what the learner gave, never the truth that it is scored against.
    assert set(task.test[0].inputs()) == {"given", "today"}


def test_the_read_task_has_what_a_search_needs() -> None:
    task = load_task("read")
    assert isinstance(task.program(), RequestReader)
    [(step, pool)] = task.pools.items()
    assert step == "read_request"
    assert pool.instructions[0] == ReadRequest.instructions
    assert len(pool.instructions) > 1
    assert [demo["request"] for demo in pool.demos][: len(task.train)] == [e.request for e in task.train]
    # What is learned from is about concepts of the train split alone, and no request that anything is judged by.
    judged = {e.request for split in (task.validation, task.confirm, task.test) for e in split or ()}
    assert not judged & {demo["request"] for demo in pool.demos}
    assert all(set(example.inputs()) == {"request"} for example in task.test)
    for split in ("train", "validation", "confirm", "test"):
        assert [e.id for e in getattr(task, split)] == [learner.id for learner in learners(split)]  # type: ignore[arg-type]
        for example in getattr(task, split):
            assert task.score(example, dspy.Prediction(spans=example.spans)) == 1
    # The rules are the baseline to beat, and ask no model.
    rules = task.baselines["rules"]()
    assert not rules.named_predictors()
    assert 0.5 < task.score(task.test[0], rules(request=task.test[0].request)) <= 1


def test_the_solve_task_chooses_on_as_many_problems_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYSMITH_DATA", raising=False)
    task = solve_task(demonstrations=8, tested=5, validated=96)
    splits = [task.train, task.validation or (), task.confirm or (), task.test or ()]
    assert [len(split) for split in splits] == [64, 96, 64, 5]
    assert len({example.id for split in splits for example in split}) == sum(map(len, splits))
    assert len(task.pools["solve"].demos) == 8


def test_a_user_s_own_task_as_an_object_and_as_a_function(tiny: str) -> None:
    assert load_task(f"{tiny}:task").name == "colour"
    made = load_task(f"{tiny}:two_steps")
    assert [name for name, _ in made.program().named_predictors()] == ["colour", "size"]
    assert load_task(made) is made


def test_a_module_or_what_makes_one() -> None:
    module = dspy.Predict("x -> y")
    for program in (module, lambda: dspy.Predict("x -> y")):
        task = Task(program, lambda e, p: 1.0, rows(12))
        one, two = task.program(), task.program()
        assert one is not two
        assert [n for n, _ in one.named_predictors()] == ["self"]


def test_missing_splits_are_cut_from_train_by_the_seed_and_that_is_said() -> None:
    task = task_of(rows(60))
    assert [len(getattr(task, split)) for split in ("train", "validation", "confirm", "test")] == [30, 10, 10, 10]
    assert task.notes == (
        "cut from train (seed 0): 10 for validation, 10 for confirm, 10 for test; 30 examples are left to train on",
    )
    assert [len(getattr(task_of(rows(12)), split)) for split in ("train", "validation", "confirm", "test")] == [
        2,
        2,
        6,
        2,
    ]
    ids = [e.id for split in ("train", "validation", "confirm", "test") for e in getattr(task, split)]
    assert len(set(ids)) == 60
    same, other = task_of(rows(60)), task_of(rows(60), seed=1)
    assert [e.id for e in same.confirm] == [e.id for e in task.confirm]
    assert [e.id for e in other.confirm] != [e.id for e in task.confirm]
    others = {
        s: [dspy.Example(x=f"{s}{i}").with_inputs("x") for i in range(2)] for s in ("validation", "confirm", "test")
    }
    assert task_of(rows(20), **others).notes == ()


def test_no_example_stands_in_two_splits() -> None:
    with pytest.raises(InputError, match="task: confirm and train hold an example with the same inputs"):
        task_of(rows(20), confirm=rows(2))
    task = task_of([*rows(14), *rows(3)])
    twice = {"0", "1", "2"}
    assert not twice & {e.x for split in (task.validation, task.confirm, task.test) for e in split}


def test_ids_follow_from_the_content_and_the_same_content_twice_is_two_examples() -> None:
    task = task_of([*rows(16), *rows(4)])
    again = task_of([*rows(16), *rows(4)])
    assert [e.id for e in task.train] == [e.id for e in again.train]
    assert len({e.id for e in (*task.train, *task.validation, *task.confirm, *task.test)}) == 20


HEAD = """from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
import dspy
from studysmith.optimizers.task import Task
@dataclass
class Setting:
    name: str = "mine"
def make(ids="abc"):
    def rows(split):
        return [dspy.Example(id=i, x=split + i).with_inputs("x") for i in ids]
    return Task(name=Setting().name, program=lambda: dspy.Predict("x -> y"), metric=lambda e, p: 0.0, train=rows("a"),
                validation=rows("b"), confirm=rows("c"), test=rows("d"))
"""


def test_a_file_may_hold_dataclasses_with_postponed_annotations(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD)
    assert load_task(f"{tmp_path / 'mine.py'}:make").name == "mine"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (HEAD, "{file}:other", "task: .*mine.py has no .*other"),
        (HEAD, "{file}:Setting", "'Setting' in .* is no studysmith Task"),
        (HEAD + "def broken(): raise KeyError('k')", "{file}:broken", "cannot be made: KeyError: 'k'"),
        ("import nothing_of_this_name", "{file}:task", "cannot be loaded.*ModuleNotFoundError"),
        ("def f(:", "{file}:task", "cannot be loaded.*SyntaxError"),
        (HEAD + "none = lambda: make('')", "{file}:none", "train must hold at least one example"),
        (HEAD + "twice = lambda: make('aba')", "{file}:twice", r"train\[2\] has the id 'a'"),
        ("", "{folder}/absent.py:task", "absent.py"),
        ("", "{file}", "plan, plan-free, read, solve, or path/to/file.py:name"),
        ("", "plans", "plan, plan-free, read, solve, or path/to/file.py:name .got 'plans'"),
        ("", "", "plan, plan-free, read, solve, or path/to/file.py:name"),
    ],
)
def test_what_is_no_task_is_said_in_one_line(tmp_path: Path, content: str, name: str, said: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(content)
    with pytest.raises(InputError, match=said):
        load_task(name.format(file=file, folder=tmp_path))


def test_examples_that_cannot_be_used_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"task: train\[0\] must be a dspy.Example that says its inputs"):
        task_of([dspy.Example(x=1)])
    with pytest.raises(InputError, match="task: train must hold at least 12 examples, so that validation, confirm"):
        task_of(rows(5))
    with pytest.raises(InputError, match=r"\(got 40, of which 0 stand there once\)$"):
        task_of(rows(1) * 40)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (lambda e, p: 1 / 0, "metric: raised ZeroDivisionError: division by zero on example 'a'"),
        (lambda e, p: None, "metric: must return a number from 0 to 1 or a bool, not None, on example 'a'"),
        (lambda e, p: float("nan"), "metric: must return a number from 0 to 1 or a bool, not nan, on example 'a'"),
        (lambda e, p: 7, "metric: must return .* not 7, on example 'a'"),
    ],
)
def test_a_metric_that_breaks_names_the_example(metric: Any, said: str) -> None:
    example = dspy.Example(id="a", x="1").with_inputs("x")
    with pytest.raises(InputError, match=said):
        Task(dspy.Predict("x -> y"), metric, rows(12)).score(example, dspy.Prediction(y="2"))


def test_a_metric_may_be_any_of_dspy_s() -> None:
    example, prediction = rows(1)[0], dspy.Prediction(y="2")

    def with_trace(example: Any, prediction: Any, trace: Any = None) -> bool:
        return trace is None

    def with_feedback(gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:
        return dspy.Prediction(score=0.25, feedback="more")

    assert Task(dspy.Predict("x -> y"), with_trace, rows(12)).score(example, prediction) == 1.0
    assert Task(dspy.Predict("x -> y"), with_feedback, rows(12)).score(example, prediction) == 0.25


class Judge:
    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, example: Any, prediction: Any) -> float:
        return self.limit


def test_metrics_that_are_objects_or_partial_functions_have_their_own_hash() -> None:
    def scaled(limit: float, example: Any, prediction: Any) -> float:
        return limit

    def metric_of(metric: Any) -> str:
        return Task(dspy.Predict("x -> y"), metric, rows(20)).identity()["metric"]

    assert metric_of(Judge(0.5)) == metric_of(Judge(0.5)) != metric_of(Judge(0.6))
    assert metric_of(partial(scaled, 0.5)) == metric_of(partial(scaled, 0.5)) != metric_of(partial(scaled, 0.6))


def test_each_part_that_a_score_depends_on_has_a_hash_of_its_own() -> None:
    def parts(limit: float, train: int = 20, field: str = "y") -> dict[str, str]:
        return Task(dspy.Predict(f"x -> {field}"), lambda e, p: limit, rows(train)).identity()

    base = parts(0.5)
    assert parts(0.5) == base
    changed = {name for name, value in parts(0.7).items() if value != base[name]}
    assert changed == {"metric"}
    assert {name for name, value in parts(0.5, field="z").items() if value != base[name]} == {"program"}
    assert "train examples" in {name for name, value in parts(0.5, train=21).items() if value != base[name]}


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        ({"instructions": "Say a or b."}, "pool: instructions must be a list of texts (got 'Say a or b.')"),
        ({"instructions": []}, "pool: instructions must hold at least one text"),
        ({"instructions": ["a"], "demos": {"x": "1", "y": "a"}}, "pool: demos must be a list of dictionaries"),
        ({"instructions": ["a"], "demos": [{"x": "1"}]}, "task: demonstration 1 of step self lacks y"),
        (
            {"instructions": ["a"], "demos": [{"x": "1", "y": "a"}, {"x": "1", "y": "c"}]},
            "task: demonstration 2 of step self: y is 'c', which is no answer (Input should be 'a' or 'b')",
        ),
    ],
)
def test_a_pool_that_cannot_be_used_is_refused_before_the_first_call(
    quick: Compile, pool: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        quick(task=task_of(rows(12), pools={"self": StepPool(**pool)}), lm_calls=10)


def test_a_label_that_is_no_answer_is_refused_before_the_first_call(quick: Compile) -> None:
    said = "task: train example '.*', a demonstration of step self: y is 'c', which is no answer"
    with pytest.raises(InputError, match=said):
        quick(task=task_of(rows(12, y="c")), lm_calls=10)


class Odd(dspy.Signature):
    x: str = dspy.InputField()
    y: dict = dspy.OutputField()


def test_what_no_grammar_can_hold_is_refused_before_the_first_call(quick: Compile) -> None:
    with pytest.raises(InputError, match=r"self\.y: no grammar can hold a reply to this type"):
        quick(task=Task(dspy.Predict(Odd), lambda e, p: 1.0, rows(12)), lm_calls=10)
    own = dspy.Predict("x -> y")
    own.lm = dspy.LM("openai/gpt-4o-mini", api_key="none")
    with pytest.raises(InputError, match="task: step self brings a language model of its own"):
        quick(task=Task(own, lambda e, p: 1.0, rows(12)), lm_calls=10)
