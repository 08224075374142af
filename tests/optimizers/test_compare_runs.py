"""Arms by name, on an engine that takes no time: made, found again, compared, controlled, reported."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from studysmith.optimizers.arms import SolvedCall, Tuned, arms_of, solved_calls
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.compare import MethodComparison
from studysmith.optimizers.compare_runs import compare
from studysmith.optimizers.ledger import Spent, spent_by
from studysmith.optimizers.result import Result
from studysmith.optimizers.run import load_config
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError
from studysmith.programs.progress import Progress

COUNTING = f"{Path(__file__).with_name('counting_engine.py')}:CountingEngine"
SMALL: dict[str, int] = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8}
Compare = Callable[..., MethodComparison]
Compile = Callable[..., Result]


def tune(calls: list[SolvedCall], model: Path, seed: int, folder: Path, budget: Budget, progress: Progress) -> Tuned:
    """Weights that say which seed they were made with; the counting engine does not read them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.gguf").write_bytes(f"tuned {seed}".encode())
    return Tuned(folder / "model.gguf", Spent(lm_calls=len(calls), prompt_tokens=100, training_tokens=300, seconds=2))


@pytest.fixture
def arms(gguf: Path, tiny: str, tmp_path: Path) -> Compare:
    def run(methods: str, lm_calls: int = 60, task: object = f"{tiny}:task", **given: Any) -> MethodComparison:
        given = {"seeds": 2, "out": tmp_path / "compare", "tune": tune, **SMALL, **given}
        budget = Budget(lm_calls=lm_calls)
        return compare(task=task, methods=methods, budget=budget, model=gguf, engine=COUNTING, **given)  # type: ignore[arg-type]

    return run


@pytest.fixture
def colour(tiny: str) -> Task:
    return load_task(f"{tiny}:task")


def test_arms_are_made_and_compared_by_search(arms: Compare, tmp_path: Path) -> None:
    comparison = arms("base,text,random,random-demos,same-length")
    assert comparison.arms == {
        "base": ["base"],
        "text": ["text-0", "text-1"],
        "random": ["random-0", "random-1"],
        "random-demos": ["random-demos-0", "random-demos-1"],
        "same-length": ["same-length-0", "same-length-1"],
    }
    base, text, *_, length = comparison.rows
    assert (base.searches, base.delta, base.confirmed, base.p_holm) == (1, None, None, None)
    assert (text.searches, text.n, text.results) == (2, 6, 12)
    assert text.confirmed == 2  # nine tenths of a score are for the right prompt
    assert text.delta == pytest.approx(0.9, abs=0.1)
    assert text.p_searches == 0.5
    assert text.p_value is not None
    assert text.p_holm is not None
    assert text.p_value < text.p_holm <= 4.01 * text.p_value
    assert length.delta == pytest.approx(0, abs=0.1)  # words about nothing are worth nothing
    questions = {each.name: each for each in comparison.contrasts}
    assert set(questions) == {"text - random", "text - random-demos", "text - same-length"}
    assert questions["text - same-length"].delta > 0.8
    assert (tmp_path / "compare" / "arms" / "text-1" / "compiled.json").is_file()


def test_what_is_there_is_used_again_and_what_is_missing_made(arms: Compare, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNT_FILE", str(tmp_path / "count"))
    first = arms("base,text")
    spent = (tmp_path / "count").stat().st_size
    again = arms("base,text")
    assert (tmp_path / "count").stat().st_size == spent
    assert (again.rows, again.searches) == (first.rows, first.searches)
    more = arms("base,text", seeds=3)
    assert more.arms["text"] == ["text-0", "text-1", "text-2"]
    assert more.searches["text-0"] == first.searches["text-0"]
    assert (tmp_path / "count").stat().st_size > spent


def test_what_is_compared_on_request_is_left_out_unless_it_is_named(arms: Compare, colour: Task) -> None:
    programs = {"plain": colour.program, "best-of-4": colour.program}
    task = replace(colour, baselines=programs, on_request=["best-of-4"])
    assert [row.method for row in arms("", task=task).rows] == ["baseline", "plain"]
    assert [row.method for row in arms("base,best-of-4", task=task).rows] == ["base", "best-of-4"]


def test_four_plans_for_one_are_made_on_request() -> None:
    task = load_task("plan-free")
    assert [name for name in task.baselines if name not in task.on_request] == ["direct"]
    assert list(task.on_request) == ["best-of-4"]


def test_interrupted_it_goes_on(arms: Compare, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "search" and detail.startswith("text-1: "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        arms("base,text", progress=stop, out=tmp_path / "stopped")
    assert (tmp_path / "stopped" / "arms" / "text-0" / "compiled.json").is_file()
    after, whole = arms("base,text", out=tmp_path / "stopped"), arms("base,text", out=tmp_path / "whole")
    assert [row.overall for row in after.rows] == [row.overall for row in whole.rows]


def test_the_ledger_has_every_quantity_of_every_arm(arms: Compare, colour: Task) -> None:
    comparison = arms("base,text,lora,lora+text,same-length")
    spent = {row.method: row.ledger for row in comparison.rows}
    assert all(spent.values())
    base, text, lora, both, control = (spent[name] or Spent() for name in comparison.arms)
    assert (base.lm_calls, base.labels, base.words) == (0, 0, 3)  # "Always answer blue."
    assert 0 < text.lm_calls <= 60
    assert text.prompt_tokens > text.reply_tokens > 0
    assert text.machine.endswith("cores")
    # Two instructions of three words, and eight demonstrations of two words each.
    assert text.words == lora.words == 22
    seen = len(colour.train) + 2 + 8  # all that a search may look at: train, validation, confirm
    assert 6 < text.labels <= seen
    assert (lora.training_tokens, lora.labels) == (300, 8)
    assert both.lm_calls > lora.lm_calls + 10
    assert both.labels >= text.labels + 8 - 1  # demonstrations that it was trained on were read as well
    assert control == text
    curve = comparison.searches["text-0"].curve
    assert curve[-1].lm_calls <= 60
    assert [point.lm_calls for point in curve] == sorted(point.lm_calls for point in curve)
    assert curve[-1].score == max(point.score for point in curve) > 0.9


def test_weights_and_prompts_are_told_apart_where_all_four_are_there(arms: Compare) -> None:
    comparison = arms("base,text,lora,lora+text")
    questions = {each.name: each.delta for each in comparison.contrasts}
    # The engine does not read weights, so all that there is comes from the prompt.
    assert questions["weights, beside text"] == 0
    assert questions["weights x text"] == 0
    assert questions["prompt (text)"] == pytest.approx(0.9, abs=0.1)


def test_a_control_may_be_of_another_arm(arms: Compare) -> None:
    comparison = arms("base,random,random-demos:random", seeds=1)
    assert comparison.arms["random-demos:random"] == ["random-demos-random-0"]
    [control] = [each for each in comparison.contrasts if "random-demos" in each.name]
    assert control.name == "random - random-demos:random"


def test_controls_keep_what_they_do_not_take_out(arms: Compare, colour: Task) -> None:
    searches = arms("base,text,random-demos,same-length", task=colour, seeds=1).searches
    winner, drawn, filled = (
        searches[f"{name}-0"].prompts["colour"] for name in ("text", "random-demos", "same-length")
    )
    assert drawn.instructions == winner.instructions
    assert len(drawn.demos) == len(winner.demos)
    pool = [dict(demo) for demo in colour.pools["colour"].demos]
    assert all(demo in pool for demo in drawn.demos)
    assert filled.demos == []
    assert filled.instructions.startswith("The road runs along the coast"[: len(filled.instructions)])
    shown = " ".join([winner.instructions, *(f"{d['thing']} {d['colour']}" for d in winner.demos)])
    assert len(filled.instructions.split()) >= len(shown.split())


def test_solved_calls_are_what_the_program_asks_and_should_be_told(colour: Task) -> None:
    calls = solved_calls(colour)
    assert len(calls) == 8
    messages, reply = calls[0]
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[0]["content"] == "Always answer blue."
    assert "ball" in messages[1]["content"]
    assert json.loads(reply) == {"colour": "red"}


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (
            "base,txt",
            r"methods: base, lora, soft-from-vocabulary, .*lora\+OPTIMIZER, a baseline of the task, or an optimizer",
        ),
        ("base,text,text", "methods: text stands there twice"),
        ("base,same-length", "methods: same-length is a control of text, which is not among them"),
        ("base,text,shuffled-soft", "methods: shuffled-soft is a control of soft"),
        ("base,lora+txt", r"methods: .*got 'txt'"),
        (" ,,", r"^methods: arms, separated by commas, such as base,text \(got ' ,,'\)$"),
    ],
)
def test_what_there_is_no_arm_of_is_said_before_anything_is_made(
    arms: Compare, methods: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        arms(methods)
    assert not (tmp_path / "compare").exists()


def test_without_somebody_to_fine_tune_there_is_no_lora(colour: Task) -> None:
    with pytest.raises(InputError, match=r"methods: lora needs tune"):
        arms_of(["base", "lora"], colour, tune=False)
    with pytest.raises(InputError, match=r"methods: lora\+text needs tune"):
        arms_of(["base", "lora+text"], colour, tune=False)


def test_seeds_that_are_none_are_refused(arms: Compare) -> None:
    with pytest.raises(InputError, match=r"seeds: at least 1 \(got 0\)"):
        arms("base,text", seeds=0)


def test_arms_are_logged_to_a_file_store(arms: Compare, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    comparison = arms("base,text", mlflow=str(tmp_path / "store"))
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "store").as_uri())
    runs = client.search_runs([client.get_experiment_by_name("studysmith/colour").experiment_id])
    logged = {run.info.run_name: run for run in runs}
    assert set(logged) == {"compare", "base", "text-0", "text-1"}
    text = logged["text-1"]
    assert (text.data.params["arm"], text.data.params["seed"], text.info.status) == ("text", "1", "FINISHED")
    scores = [result.score for result in comparison.results["text-1"]]
    assert text.data.metrics["overall"] == pytest.approx(sum(scores) / len(scores))
    assert text.data.metrics["lm_calls"] == comparison.searches["text-1"].ledger.lm_calls
    files = {file.path for file in client.list_artifacts(logged["compare"].info.run_id)}
    assert files == {"report.html", "compare.json"}


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed")
def test_without_mlflow_it_is_said_before_anything_is_made(arms: Compare, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mlflow: the package is not installed; pip install 'studysmith\[mlflow\]'"):
        arms("base,text", mlflow=str(tmp_path / "store"))
    assert not (tmp_path / "compare").exists()


def test_runs_say_what_task_they_are_of(quick: Compile, tmp_path: Path) -> None:
    folder = quick(lm_calls=60).folder
    comparison = compare([folder], engine=COUNTING, model=tmp_path / "some.gguf", out=tmp_path / "compare")
    assert comparison.task == "colour"
    assert set(comparison.arms) == {"baseline", "text"}
    unnamed = quick(task=load_task(load_config(folder).task), lm_calls=60, out="unnamed").folder
    with pytest.raises(InputError, match=r"task: .*unnamed was compiled for a Task object, colour; give it as task"):
        compare([unnamed], engine=COUNTING, model=tmp_path / "some.gguf", out=tmp_path / "compare")


def test_a_training_example_that_a_prompt_shows_is_a_label_that_was_read(quick: Compile, colour: Task) -> None:
    """Demonstrations are drawn from all labelled examples, candidates are scored on a few of them."""
    train = [example.copy(colour="red") for example in colour.train]
    result = quick(
        "knn", task=replace(colour, train=[e.with_inputs("thing") for e in train], pools={}), lm_calls=60, examples=2
    )
    taken = spent_by(result.folder, result.compiled, result.task)
    assert taken.labels >= len(train) + 2  # and those of validation
