"""DSPy's optimizers by name: who proposes, what counts, what is dropped, what is left when the budget ends it."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.utils.parallelizer import ParallelExecutor
from studysmith.deploy.engines.base import Completion, Request
from studysmith.deploy.errors import EngineError
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.dspy_session import left_alone
from studysmith.optimizers.probe import TOYS, fault
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

from .writing_engine import BEST, ColourEngine, WritingEngine

NAMES = ("miprov2", "gepa", "simba", "copro", "bootstrap")
WRITERS = NAMES[:4]
Run = Callable[..., Result]


@pytest.fixture
def tiny_task(tiny: str) -> Task:
    """Nothing but the answer counts, so that any instruction that holds the best one wins."""
    return replace(load_task(f"{tiny}:task"), metric=_red, pools={})


def _red(example: dspy.Example, prediction: dspy.Prediction) -> float:
    return float(prediction.colour == "red")


@pytest.fixture
def run(gguf: Path, tiny_task: Task, tmp_path: Path) -> Run:
    """Compiles the colour task: ``run(name, writer, lm_calls)``."""

    def one(name: Any, writer: Any = None, lm_calls: int = 120, *, out: str = "run", **settings: Any) -> Result:
        given = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8, "engine": ColourEngine, **settings}
        task = given.pop("task", tiny_task)
        budget = Budget(lm_calls=lm_calls)
        return compile(task, name, model=gguf, prompt_model=writer, budget=budget, out=tmp_path / out, **given)

    return one


class Listening:
    """Makes engines, and remembers all that they were asked."""

    def __init__(self) -> None:
        self.made: list[ColourEngine] = []

    def __call__(self, model: str, mode: Any = "exact") -> ColourEngine:
        self.made.append(ColourEngine(model, mode))
        return self.made[-1]

    @property
    def requests(self) -> list[Request]:
        return [request for engine in self.made for request in engine.requests]

    @property
    def told(self) -> list[str]:
        return [request.messages[0]["content"] for request in self.requests]


@pytest.mark.parametrize("name", WRITERS)
def test_a_good_proposer_passes_its_probe_wins_and_counts_in_the_budget(run: Run, name: str) -> None:
    writer, listening = WritingEngine(), Listening()
    result = run(name, writer, engine=listening)
    assert "the proposer's probe: 4 of 4 instructions that it wrote for toy tasks are usable" in result.notes
    assert result.verdict.confirmed
    assert BEST in result.candidate().prompts["colour"].instructions
    assert len(writer.requests) + len(listening.requests) == result.compiled.usage["lm_calls"] <= 120


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_cut_never_becomes_a_candidate(run: Run, name: str) -> None:
    # The probe's four are whole. Each proposal is asked for once more; of what follows the first two are cut twice.
    listening = Listening()
    result = run(name, WritingEngine(cut={5, 6, 7, 8}), engine=listening)
    assert not any("unfinished" in told for told in listening.told)
    assert any(note.endswith("cut or not to be read, and were dropped") for note in result.notes)
    if name != "simba":  # which may have asked for those two alone
        assert BEST in result.candidate().prompts["colour"].instructions


@pytest.mark.parametrize("name", WRITERS)
def test_where_all_is_cut_the_unchanged_program_is_left(run: Run, name: str, tmp_path: Path) -> None:
    listening = Listening()
    with pytest.raises(InputError, match=r"0 of 4 instructions .*4 cut or not to be read"):
        run(name, WritingEngine(every=True), out="refused")
    result = run(name, WritingEngine(every=True), engine=listening, small_proposer=True)
    assert not any("unfinished" in told for told in listening.told)
    assert "unfinished" not in json.dumps(result.candidate().model_dump())


def test_one_that_writes_nothing_of_use_is_refused_unless_told_to_go_on(run: Run) -> None:
    with pytest.raises(
        InputError, match=r"prompt_model: this model is too small to propose: 0 of 4 .*--prompt-model.*--small-proposer"
    ):
        run("gepa", ColourEngine("any", "fast"))  # knows no such field
    result = run("gepa", ColourEngine("any", "fast"), small_proposer=True)
    assert any(note.startswith("the proposer's probe: 0 of 4") for note in result.notes)


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("Say whether the verdict is positive or negative.", None),
        ("Read the text.", "too short or too long"),
        ("The soup was cold and nobody came to our table. Read the text.", "repeating the question"),
        ("Say what the verdict is. " * 9, "going in a circle"),
        ("Write a story about a cold soup in a restaurant.", "without what is to be answered"),
        ("", "too short or too long"),
    ],
)
def test_what_makes_a_proposal_useless(instruction: str, expected: str | None) -> None:
    assert fault(instruction, TOYS[0], "Keep the instruction clear and concise.") == expected


def test_the_embedded_model_is_too_small(model_path: Path, tiny_task: Task, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"too small to propose: [0-2] of 4 instructions"):
        compile(tiny_task, "copro", model=model_path, budget=Budget(lm_calls=60), out=tmp_path / "run")


def test_a_stronger_model_solves_what_is_shown(run: Run) -> None:
    class Teacher(ColourEngine):
        def complete(self, request: Request) -> Completion:
            return super().complete(replace(request, messages=[{"role": "system", "content": "red"}]))

    teacher = Teacher("any", "fast")
    result = run("bootstrap", teacher, lm_calls=120)
    assert teacher.requests
    assert not any("probe" in note for note in result.notes)


def test_the_prompt_model_is_part_of_the_run_and_the_permission_is_not(run: Run) -> None:
    run("copro", WritingEngine(), lm_calls=60)
    run("copro", WritingEngine(), lm_calls=60, small_proposer=True)
    with pytest.raises(InputError, match="holds a run with prompt_model 'writing' instead of None"):
        run("copro", lm_calls=60)


def test_an_optimizer_without_questions_refuses_a_prompt_model(run: Run) -> None:
    for name in ("text", "random", "soft", dspy.LabeledFewShot()):
        with pytest.raises(InputError, match=r"prompt_model: \w+ asks no model for prompts"):
            run(name, WritingEngine())


def test_a_teleprompter_of_one_s_own_gets_the_prompt_model(run: Run) -> None:
    result = run(dspy.COPRO(breadth=2, depth=1), WritingEngine(), lm_calls=60)
    assert BEST in result.candidate().prompts["colour"].instructions


@pytest.mark.parametrize("name", ["miprov2", "copro"])  # the others stop by themselves, or compare at the very end
def test_when_the_budget_ends_it_the_best_that_was_scored_is_nominated(run: Run, name: str) -> None:
    for calls in range(44, 160, 16):
        result = run(name, WritingEngine(), calls, out=f"run{calls}")
        assert result.compiled.usage["lm_calls"] <= calls
        cut = any(note.startswith("the search ended: the budget of") for note in result.notes)
        if cut and BEST in result.compiled.candidate.prompts["colour"].instructions:
            return
    raise AssertionError("no budget cut a search that had found the best")


def test_a_run_without_a_reply_scores_0(run: Run) -> None:
    class Flawed(ColourEngine):
        def complete(self, request: Request) -> Completion:
            done = super().complete(request)
            return replace(done, finish_reason="length") if "thing: flag" in request.messages[-1]["content"] else done

    told: list[str] = []
    run("copro", WritingEngine(), 60, engine=Flawed, progress=lambda *said: told.append(said[3]))
    assert any(said.endswith("best 0.833") for said in told)  # five of six


def _at_once(folder: Path, to: Path) -> None:
    """Copy what stands in a folder at one moment: while other threads write, each file would be of another one."""

    def sizes() -> dict[Path, int]:
        return {path: path.stat().st_size for path in folder.rglob("*")}

    before = None
    while before != (before := sizes()):
        shutil.copytree(folder, to, dirs_exist_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_changes_nothing_but_the_cost(run: Run, name: str, tmp_path: Path) -> None:
    """What a kill leaves is the folder as it is at that moment, in the middle of a call."""
    calls = count(1)

    class Killed(ColourEngine):
        def complete(self, request: Request) -> Completion:
            if (number := next(calls)) in (5, 25):
                _at_once(tmp_path / "whole", tmp_path / f"killed{number}")
            return super().complete(request)

    writer = None if name == "bootstrap" else WritingEngine()
    whole = run(name, writer, engine=Killed, out="whole").compiled
    killed = [folder.name for folder in tmp_path.glob("killed*")]
    assert killed
    for folder in killed:
        again = run(name, writer, engine=Killed, out=folder).compiled
        assert (again.candidate, again.verdict) == (whole.candidate, whole.verdict)
        assert [note for note in again.notes[2:] if "calls were lost" not in note] == whole.notes[2:]


def test_sampling_in_many_threads_follows_from_the_seed(run: Run) -> None:
    one, two = (run("simba", WritingEngine(), out=out).compiled for out in ("one", "two"))
    assert (one.candidate, one.usage["lm_calls"]) == (two.candidate, two.usage["lm_calls"])
    assert one.notes[2:] == two.notes[2:]  # those before say how many seconds an example took
    other = run("simba", WritingEngine(), out="other", seed=1).compiled
    assert other.usage["lm_calls"] != one.usage["lm_calls"] or other.candidate != one.candidate


def test_gepa_is_told_what_a_score_is_made_of_and_what_was_right(run: Run, tiny_task: Task) -> None:
    writer = WritingEngine()
    labelled = {
        split: [example.copy(colour="red") for example in getattr(tiny_task, split)]
        for split in ("train", "validation", "confirm", "test")
    }
    task = replace(tiny_task, explain=lambda example, prediction: {"hue": 0.1, "tone": 0.6, "form": 0.9}, **labelled)
    run("gepa", writer, task=task)
    reflected = writer.requests[4].messages[-1]["content"]
    assert "The score is 0.00 of 1. Weakest: hue 0.10, tone 0.60. The right colour is: red" in reflected


def test_a_metric_that_raises_ends_the_search_in_one_line(run: Run, tiny_task: Task) -> None:
    def wrong(example: dspy.Example, prediction: dspy.Prediction) -> float:
        if BEST in prediction.asked:
            raise KeyError("k")
        return 0.5

    with pytest.raises(InputError, match="metric: raised KeyError: 'k' on example "):
        run("copro", WritingEngine(), task=replace(tiny_task, metric=wrong))


def test_an_engine_that_fails_is_no_bad_score(run: Run) -> None:
    class Failing(ColourEngine):
        def complete(self, request: Request) -> Completion:
            if BEST in request.messages[0]["content"]:
                raise EngineError("out of memory")
            return super().complete(request)

    with pytest.raises(EngineError, match="out of memory"):
        run("copro", WritingEngine(), engine=Failing)


def test_a_demonstration_is_a_run_of_the_upper_half(run: Run, tiny_task: Task) -> None:
    """To a metric that never says 0 every run is a good one, as DSPy counts."""
    listening = Listening()
    names = ["hat", "ink", "jar", "pen", "mug", "nut", "lantern", "pillow", "carpet", "mirror", "window", "basket"]
    train = [dspy.Example(id=name, thing=name).with_inputs("thing") for name in names]
    task = replace(tiny_task, train=train, metric=lambda example, prediction: 0.4 + 0.6 * (prediction.colour == "red"))
    run("bootstrap", task=task, engine=listening, lm_calls=300, examples=12)
    replies = {m["content"] for request in listening.requests for m in request.messages if m["role"] == "assistant"}
    assert replies == {'{"colour":"red"}'}


def test_dspy_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import tqdm

    before = logging.getLogger("dspy").level
    with left_alone(tmp_path / "dspy.log"):
        print("Bootstrapping")
        assert ParallelExecutor().timeout == 0
        assert tqdm.tqdm([]).disable
    assert ParallelExecutor().timeout > 0
    assert not tqdm.tqdm([], disable=False).disable
    assert logging.getLogger("dspy").level == before
    assert "Bootstrapping" not in capsys.readouterr().out
    assert (tmp_path / "dspy.log").read_text() == "Bootstrapping\n"
