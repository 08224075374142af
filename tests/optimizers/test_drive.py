"""The driver, on an engine of one's own that takes no time: budgets, kills, resumption, verdicts."""

import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import dspy
import pytest
from studysmith.deploy.files import locked
from studysmith.metrics.sequential import evidence
from studysmith.optimizers.api import compile as compile_task
from studysmith.optimizers.bench import Bench, spread
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import StepPool, Task
from studysmith.programs.errors import InputError

Compile = Callable[..., Result]


class Fixed:
    """Proposes the same few prompts, one of them the best."""

    name = "fixed"
    settings: ClassVar[dict[str, Any]] = {}

    def search(self, bench: Bench) -> Iterator[Candidate]:
        for text in ("Answer.", "Say it.", "Always answer red.", "Guess.", "Well?"):
            yield Candidate(prompts={"colour": Prompt(instructions=text)})


def killed(work: Callable[[], object], at: int, count: Path) -> bool:
    """Whether the work, in a process of its own, was killed at that call."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a fork of a process with threads may hang; then it is killed as well
        os.environ |= {"COUNT_FILE": str(count), "KILL_AT": str(at)}
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def calls(count: Path) -> int:
    return count.stat().st_size if count.exists() else 0


# Both optimizers, small and large caps, and no kill to three of them.
@pytest.mark.parametrize("number", [1, 4, 6, 8, 13, 22])
def test_the_engine_s_own_count_never_exceeds_the_cap_whatever_kills_it(
    quick: Compile, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, count = random.Random(number), tmp_path / "count"
    cap = rng.randint(1, 120)
    optimizer = rng.choice(["text", "random"])
    for _ in range(rng.randint(0, 3)):
        killed(lambda: quick(optimizer, lm_calls=cap), calls(count) + rng.randint(1, max(1, cap // 2)), count)
    monkeypatch.setenv("COUNT_FILE", str(count))
    result = quick(optimizer, lm_calls=cap)
    assert result.compiled.finished
    assert calls(count) <= result.compiled.usage["lm_calls"] <= cap


@pytest.mark.parametrize("at", [1, 5, 12, 17, 20, 27])
def test_a_kill_changes_nothing_but_the_cost(quick: Compile, tmp_path: Path, at: int) -> None:
    """At the first call, in the search, among the finalists' calls and in the confirmation."""
    whole = quick(Fixed(), lm_calls=300, out="whole").compiled
    count = tmp_path / "count"
    assert killed(lambda: quick(Fixed(), lm_calls=300), at, count)
    again = quick(Fixed(), lm_calls=300).compiled
    assert (again.candidate, again.verdict) == (whole.candidate, whole.verdict)
    assert [note for note in again.notes[2:] if "calls were lost" not in note] == whole.notes[2:]
    assert whole.usage["lm_calls"] <= again.usage["lm_calls"] <= whole.usage["lm_calls"] + 8  # a batch was under way


def test_the_winner_is_confirmed_on_examples_of_its_own_and_the_evidence_is_in_the_journal(quick: Compile) -> None:
    result = quick(Fixed(), lm_calls=300)
    winner, verdict = result.compiled.candidate, result.verdict
    assert winner.prompts["colour"].instructions == "Always answer red."
    assert verdict.confirmed
    assert result.candidate() == winner
    rows = {r["key"]: r for r in map(json.loads, (result.folder / "journal.jsonl").read_text().splitlines()[1:])}
    start = Candidate.of(result.task.program())
    differences = [
        round(rows[f"exact {winner.id} {e}"]["score"] - rows[f"exact {start.id} {e}"]["score"], 6)
        for e in verdict.examples
    ]
    assert evidence(differences) == verdict.evidence
    untouched = {example.id for example in result.task.confirm or ()}
    assert set(verdict.examples) <= untouched
    searched = {key.split()[2] for key in rows if key.startswith("fast ")}
    assert not searched & untouched


def test_what_is_not_better_is_not_confirmed_and_the_unchanged_program_ships(quick: Compile, tiny: str) -> None:
    result = quick("random", task=f"{tiny}:best_first", lm_calls=120)
    assert not result.verdict.confirmed
    assert result.candidate() == Candidate.of(result.task.program())


def test_the_same_folder_with_other_settings_is_refused_by_the_field_s_name(quick: Compile, tiny: str) -> None:
    quick(lm_calls=40)
    for field, change in {
        "seed": {"seed": 1},
        "examples": {"examples": 5},
        "validation": {"validation": 3},
        "optimizer": {"optimizer": "random"},
        "metric": {"task": f"{tiny}:best_first"},
    }.items():
        with pytest.raises(
            InputError, match=rf"run: .* holds a run with (task|{field}) .* instead of .*; name another"
        ):
            quick(**{"lm_calls": 40, **change})


def test_a_larger_budget_goes_on_and_any_other_returns_what_is_there(quick: Compile) -> None:
    first = quick(lm_calls=60).compiled
    assert quick(lm_calls=60).compiled == first
    assert quick(lm_calls=30).compiled == first
    more = quick(lm_calls=150).compiled
    assert more.budget.lm_calls == 150
    assert first.usage["lm_calls"] <= 60 < more.usage["lm_calls"] <= 150


def test_a_budget_of_another_kind_never_loses_what_was_confirmed(quick: Compile) -> None:
    first = quick(Fixed(), lm_calls=300)
    assert first.verdict.confirmed
    assert quick(Fixed(), seconds=0.001).verdict == first.verdict
    assert quick(Fixed(), lm_calls=3000).verdict.confirmed


class Stubborn(dspy.Module):
    """Goes on with an answer of its own when the model is not to be had."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = dspy.Predict("thing -> colour: Literal['red', 'blue']")

    def forward(self, thing: str) -> dspy.Prediction:
        try:
            return dspy.Prediction(colour=self.colour(thing=thing).colour, asked="", demos=0)
        except Exception:
            return dspy.Prediction(colour="red", asked="", demos=0)


def test_an_answer_without_the_model_is_no_score(quick: Compile, tiny_task: Task) -> None:
    from dataclasses import replace

    result = quick(task=replace(tiny_task, program=Stubborn), lm_calls=15)
    rows = (result.folder / "journal.jsonl").read_text().splitlines()
    assert sum('"score"' in row for row in rows) <= result.compiled.usage["lm_calls"] <= 15


def test_another_model_in_its_place_is_noticed(quick: Compile, gguf: Path) -> None:
    result = quick(Fixed(), lm_calls=100)
    gguf.write_bytes(b"other weights")
    with pytest.raises(InputError, match="is not the model that this run was compiled for"):
        result.model(result.candidate())


def test_an_optimizer_that_raises_is_named(quick: Compile) -> None:
    class Wrong(Fixed):
        def search(self, bench: Bench) -> Iterator[Candidate]:
            raise KeyError("k")

    with pytest.raises(InputError, match="optimizer: fixed raised KeyError: 'k'"):
        quick(Wrong(), lm_calls=50)


def test_one_process_at_a_time(quick: Compile, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with locked(tmp_path / "run", "run"), pytest.raises(InputError, match=r"run: .* is in use by another process"):
        quick(lm_calls=40)
    quick(lm_calls=40)


@pytest.mark.parametrize("end", ["error", "SIGINT", "SIGTERM"])
def test_stopped_it_keeps_what_it_has_and_goes_on(quick: Compile, end: str) -> None:
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "search" and done == 3:
            if end == "error":
                raise KeyboardInterrupt
            signal.raise_signal(getattr(signal, end))

    try:
        stopped = quick(Fixed(), lm_calls=300, progress=stop).compiled
    finally:
        signal.signal(signal.SIGINT, usual)
    assert not stopped.finished
    assert not stopped.verdict.confirmed
    assert quick(Fixed(), lm_calls=300).compiled.candidate.prompts["colour"].instructions == "Always answer red."


def test_a_full_disk_is_one_line_and_nothing_is_lost(quick: Compile, full_disk: Path) -> None:
    filler = full_disk / "filler"
    (full_disk / "run").mkdir()
    filler.write_bytes(bytes(1_030_000))
    with pytest.raises(InputError, match="cannot write") as refused:
        quick(Fixed(), lm_calls=300, out=str(full_disk / "run"))
    assert "\n" not in str(refused.value)
    filler.unlink()
    assert quick(Fixed(), lm_calls=300, out=str(full_disk / "run")).verdict.confirmed


def test_a_journal_that_was_cut_goes_on(quick: Compile) -> None:
    whole = quick(Fixed(), lm_calls=300)
    for name in ("journal.jsonl", "spent.jsonl"):
        path = whole.folder / name
        path.write_bytes(path.read_bytes()[:-7])
    (whole.folder / "compiled.json").unlink()
    assert quick(Fixed(), lm_calls=300).compiled.candidate == whole.compiled.candidate


class Silent(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.colour = dspy.Predict("thing -> colour")

    def forward(self, thing: str) -> dspy.Prediction:
        return dspy.Prediction(colour="red", asked="", demos=0)


def test_a_program_that_never_calls_the_model_ends(quick: Compile, tiny_task: Task) -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="task: the program made no call of the model"):
        quick(task=replace(tiny_task, program=Silent, pools={"colour": StepPool(["a", "b"])}), lm_calls=50)


@pytest.mark.parametrize(
    ("optimizer", "ended"), [("text", "all was proposed"), ("random", "nothing new was proposed any more")]
)
def test_a_space_that_is_exhausted_ends(quick: Compile, tiny_task: Task, optimizer: str, ended: str) -> None:
    from dataclasses import replace

    small = replace(tiny_task, pools={"colour": StepPool(["Always answer blue.", "Always answer red."])})
    result = quick(optimizer, task=small, lm_calls=5000)
    assert f"the search ended: {ended}" in result.notes
    assert result.compiled.usage["lm_calls"] < 100


@pytest.fixture
def tiny_task(tiny: str) -> Task:
    from studysmith.optimizers.tasks.load import load_task

    return load_task(f"{tiny}:task")


def test_the_budget_says_at_the_start_what_judging_keeps(quick: Compile) -> None:
    said: list[str] = []
    quick(lm_calls=100, progress=lambda stage, done, total, detail: said.append(f"{stage}: {detail}"))
    assert said[0].startswith("judging: kept back for judging 1 finalists on 2 validation and up to 8 confirmation")


SLOW_START = '''

class Slow(CountingEngine):
    """Its first call takes a second, as where something is loaded."""

    def complete(self, request):
        import time

        if not getattr(self, "warm", False):
            self.warm = True
            time.sleep(1)
        return super().complete(request)
'''


def test_the_time_of_loading_is_not_taken_for_the_cost_of_each_example(gguf: Path, tiny: str, tmp_path: Path) -> None:
    engine = tmp_path / "slow.py"
    engine.write_text((Path(__file__).parent / "counting_engine.py").read_text("utf-8") + SLOW_START, "utf-8")
    said: list[str] = []
    compile_task(
        f"{tiny}:task", "random", model=gguf, budget=Budget(seconds=4), out=tmp_path / "run", engine=f"{engine}:Slow",
        examples=6, finalists=1, validation=2, confirm=8,
        progress=lambda stage, done, total, detail: said.append(detail),
    )  # fmt: skip
    assert "on 2 validation and up to 8 confirmation examples" in said[0]


def test_the_same_scores_in_another_order_are_a_tie(quick: Compile, tiny_task: Task) -> None:
    """Summed one by one, .1 + .2 + .3 is above .3 + .2 + .1."""

    def metric(example: dspy.Example, prediction: dspy.Prediction) -> float:
        scores = (0.3, 0.2, 0.1) if prediction.asked.startswith("Always answer blue") else (0.1, 0.2, 0.3)
        return scores[names.index(example.thing)] if example.thing in names else 0.5

    examples = list(tiny_task.validation or ())[:3]
    names = [example.thing for example in spread(examples, 3, 0)]

    class Other(Fixed):
        def search(self, bench: Bench) -> Iterator[Candidate]:
            yield Candidate(prompts={"colour": Prompt(instructions="Say it.")})

    task = replace(tiny_task, metric=metric, validation=examples)
    result = quick(Other(), task=task, lm_calls=200, validation=3)
    assert "validation n=3: unchanged program 0.200" in result.notes
    assert result.compiled.candidate == result.unchanged


def test_nothing_has_won_where_nothing_was_compared(quick: Compile) -> None:
    class Silent(Fixed):
        def search(self, bench: Bench) -> Iterator[Candidate]:
            yield bench.start

    result = quick(Silent(), lm_calls=200)
    assert "no candidate was compared with the unchanged program" in result.notes
    assert result.verdict.reason == "the unchanged program stays: there is nothing to confirm"


def test_a_finalist_that_costs_more_than_the_program_leaves_what_confirms_it(quick: Compile, tiny_task: Task) -> None:
    """All was kept back at the price of the unchanged program, and validation took it all."""

    class Long(Fixed):
        def search(self, bench: Bench) -> Iterator[Candidate]:
            yield Candidate(prompts={"colour": Prompt(instructions="Always answer red. " + "Think of it. " * 140)})

    def metric(example: dspy.Example, prediction: dspy.Prediction) -> float:
        return float(prediction.asked.startswith("Always answer red"))

    result = quick(Long(), task=replace(tiny_task, metric=metric), tokens=2_200, validation=8)
    assert result.compiled.candidate != result.unchanged
    assert result.verdict.examples
