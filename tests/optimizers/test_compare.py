from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from studysmith.deploy.engines.meter import Usage
from studysmith.deploy.files import locked
from studysmith.metrics.statistics import mean_interval, paired_difference
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.compare import Method, MethodComparison, MethodResult, compare_methods, save
from studysmith.optimizers.compare_rows import rows_of
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

N = 3


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    def explain(example: object, prediction: object) -> dict[str, float]:
        return {"length": len(prediction.colour) / 4}  # type: ignore[attr-defined]

    return replace(load_task(f"{tiny}:task"), explain=explain)


@pytest.fixture(scope="module")
def entries(task: Task, tiny_gguf: Path) -> list[Method]:
    better = Candidate(prompts={"colour": Prompt(instructions="Always answer red.")})
    return [
        Method("baseline", task.program, tiny_gguf),
        Method("text", lambda: better.apply(task.program()), tiny_gguf),
    ]


@pytest.fixture(scope="module")
def compared(
    task: Task, entries: list[Method], tmp_path_factory: pytest.TempPathFactory
) -> tuple[MethodComparison, Path]:
    folder = tmp_path_factory.mktemp("compare")
    return compare_methods(task, entries, folder, limit=N), folder


def count(steps: list[str]) -> Callable[[str, int, int, str], None]:
    return lambda stage, done, total, detail: steps.append(f"{stage} {done}/{total}")


def test_a_row_says_what_the_command_line_promises(compared: tuple[MethodComparison, Path]) -> None:
    table = compared[0].table()
    promised = "method n overall ci delta delta_ci lm_calls prompt_tokens_per_plan seconds".split()
    first, second = table["rows"]
    for row in (first, second):
        assert set(promised) <= set(row)
        assert row["n"] == row["lm_calls"] == N
        assert row["ci"][0] <= row["overall"] <= row["ci"][1]
        assert row["prompt_tokens_per_plan"] > 10
        assert row["seconds"] > 0
        assert row["failures"] == 0
        assert 0 < row["dimensions"]["length"] <= 1
    assert (first["method"], first["delta"], first["delta_ci"]) == ("baseline", None, None)
    assert second["method"] == "text"
    assert second["delta_ci"][0] <= second["delta"] <= second["delta_ci"][1]


def test_rows_are_the_statistics_of_their_results_paired_by_example(compared: tuple[MethodComparison, Path]) -> None:
    comparison, _ = compared
    base, text = comparison.results["baseline"], comparison.results["text"]
    assert [r.id for r in base] == [r.id for r in text] == ["urn", "van", "wall"]
    mean = mean_interval([r.score for r in text])
    difference = paired_difference([r.score for r in text], [r.score for r in base])
    row = comparison.rows[1]
    assert row.overall == pytest.approx(mean.mean, abs=1e-4)
    assert row.ci == pytest.approx((mean.low, mean.high), abs=1e-4)
    assert row.delta == pytest.approx(difference.interval.mean, abs=1e-4)
    assert row.delta_ci == pytest.approx((difference.interval.low, difference.interval.high), abs=1e-4)
    assert row.p_value == pytest.approx(difference.p_value, rel=1e-2)
    assert row.delta is not None
    assert row.delta > 0.7  # nine tenths of the score are for the prompt


def test_what_is_known_is_not_measured_again(
    compared: tuple[MethodComparison, Path], task: Task, entries: list[Method]
) -> None:
    comparison, folder = compared
    steps: list[str] = []
    assert compare_methods(task, entries, folder, limit=N, progress=count(steps)) == comparison
    assert steps == []


@pytest.mark.parametrize("cut", [b"\n", b"}\n", b'{"id"'])
def test_a_journal_that_was_cut_short_goes_on_where_it_was(
    compared: tuple[MethodComparison, Path], task: Task, entries: list[Method], cut: bytes
) -> None:
    comparison, folder = compared
    (journal,) = folder.glob("text-*.jsonl")
    whole = journal.read_bytes()
    journal.write_bytes(whole[: whole.rindex(cut)])
    steps: list[str] = []
    again = compare_methods(task, entries, folder, limit=N, progress=count(steps))
    assert steps == ["compare 6/6"]
    assert [r.score for r in again.results["text"]] == [r.score for r in comparison.results["text"]]
    assert len(journal.read_bytes().splitlines()) == 1 + N
    journal.write_bytes(whole)


def test_another_program_under_the_same_name_shares_no_results(task: Task, tiny_gguf: Path, tmp_path: Path) -> None:
    for instructions in ("Answer.", "Answer well."):
        candidate = Candidate(prompts={"colour": Prompt(instructions=instructions)})
        entry = Method("mine", lambda candidate=candidate: candidate.apply(task.program()), tiny_gguf)  # type: ignore[misc]
        steps: list[str] = []
        compare_methods(task, [entry], tmp_path, limit=2, progress=count(steps))
        assert steps == ["compare 1/2", "compare 2/2"]
    assert len(list(tmp_path.glob("mine-*.jsonl"))) == 2


def test_results_are_used_again_only_for_the_same_metric_and_examples(
    task: Task, entries: list[Method], tmp_path: Path
) -> None:
    changed = [
        task,
        replace(task, metric=lambda example, prediction: 0.5),
        replace(task, test=[e.copy(thing=f"{e.thing}s") for e in task.test]),
    ]
    for number, each in enumerate(changed, 1):
        steps: list[str] = []
        compare_methods(each, entries[:1], tmp_path, limit=2, progress=count(steps))
        assert steps == ["compare 1/2", "compare 2/2"]
        assert len(list(tmp_path.glob("baseline-*.jsonl"))) == number


def test_one_process_at_a_time(task: Task, entries: list[Method], tmp_path: Path) -> None:
    with locked(tmp_path, "out"), pytest.raises(InputError, match=r"out: .* is in use by another process"):
        compare_methods(task, entries, tmp_path, limit=2)


def test_what_cannot_be_compared_is_said_in_one_line(task: Task, entries: list[Method], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"learners: .* at least 2 test examples \(got 1\)"):
        compare_methods(task, entries, tmp_path, limit=1)
    with pytest.raises(InputError, match="runs: two methods are called baseline"):
        compare_methods(task, [entries[0], entries[0]], tmp_path, limit=2)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"out: cannot write to .*/file/compare"):
        compare_methods(task, entries, tmp_path / "file" / "compare", limit=2)


def test_a_saved_comparison_is_read_as_it_was(compared: tuple[MethodComparison, Path], tmp_path: Path) -> None:
    save(compared[0], tmp_path / "compare.json")
    assert MethodComparison.model_validate_json((tmp_path / "compare.json").read_bytes()) == compared[0]


def test_a_failed_example_counts_as_zero_and_has_no_dimensions() -> None:
    usage = Usage(lm_calls=2, prompt_tokens=10, completion_tokens=4, seconds=0.5)
    results = [
        MethodResult(id="a", score=0.8, usage=usage, dimensions={"fluent": 0.6}),
        MethodResult(id="b", score=0.0, usage=usage, failure="the reply was cut"),
    ]
    (row,) = rows_of({"direct": results}, {"direct": ["direct"]})
    assert (row.overall, row.failures, row.lm_calls) == (0.4, 1, 4)
    assert row.dimensions == {"fluent": 0.6}
    assert (row.prompt_tokens_per_plan, row.reply_tokens_per_plan, row.seconds) == (10.0, 4.0, 1.0)


def test_examples_may_have_numbers_for_ids(task: Task, tiny_gguf: Path, tmp_path: Path) -> None:
    numbered = replace(task, test=[e.copy(id=i) for i, e in enumerate(task.test)])
    methods = [Method("baseline", task.program, tiny_gguf)]
    first = compare_methods(numbered, methods, tmp_path, limit=2)
    assert [r.id for r in first.results["baseline"]] == ["0", "1"]
    assert compare_methods(numbered, methods, tmp_path, limit=2) == first
