import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from studysmith.deploy import torch_models as models
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.files import locked
from studysmith.deploy.journal import Journal
from studysmith.finetune import prompts, sampling
from studysmith.finetune.solve import Settings, compare, examples, solve
from studysmith.metrics.statistics import mcnemar, wilson
from studysmith.programs.answers.extract import flexible_answer, judge, strict_answer
from studysmith.programs.errors import InputError, StudysmithError
from studysmith.programs.problems.formats import Problem
from studysmith.programs.problems.sources import Source, load_problems

HARNESS = json.loads((Path(__file__).parent / "lm_eval_50.json").read_text(encoding="utf-8"))


def problem(answer: str, written: str = "") -> Problem:
    return Problem(question="How many?", answer=answer, source="test", written=written)


def test_an_answer_is_compared_as_its_set_writes_it() -> None:
    """As lm-evaluation-harness does, which knows no numbers: 12.50 is not 12.5, but equivalent to it."""
    gold = problem("12.5", written="12.50")
    assert judge("#### 12.50", gold) == (True, True, True)
    assert judge("#### 12.5", gold) == (False, False, True)


@pytest.mark.parametrize(
    ("text", "answer", "strict", "flexible", "equal"),
    [
        ("5 + 13 = 18\n#### 18", "18", True, True, True),
        ("#### $1,200.", "1200", False, True, True),
        ("#### 1,200.", "1200", True, True, True),
        ("so 18.00 dollars", "18", False, False, True),
        ("#### 1/2", "0.5", False, False, True),
        (r"\boxed{\frac{1}{2}}", "0.5", False, False, True),
        ("#### -3", "-3", True, True, True),
        ("#### 17 or 18", "18", False, True, False),
        ("no number", "18", False, False, False),
        ("#### 9^9^9^9", "3", False, False, False),
        ("", "1", False, False, False),
    ],
)
def test_three_readings(text: str, answer: str, strict: bool, flexible: bool, equal: bool) -> None:
    assert judge(text, problem(answer)) == (strict, flexible, equal)


def test_both_filters_agree_with_the_harness() -> None:
    """`lm_eval_50.json` is what lm-evaluation-harness made of a tuned model's replies to 50 generated problems."""
    assert len(HARNESS["rows"]) == 50
    for row in HARNESS["rows"]:
        verdict = judge(row["text"], problem(row["answer"]))
        assert (strict_answer(row["text"]), verdict.strict) == (row["strict"]["found"], row["strict"]["right"])
        assert (flexible_answer(row["text"]), verdict.flexible) == (row["flexible"]["found"], row["flexible"]["right"])
    right = sum(row["strict"]["right"] for row in HARNESS["rows"])
    assert 5 <= right <= 45, "replies that are all right or all wrong would show little"


def test_prompts_agree_with_the_harness(tiny_base: str) -> None:
    from studysmith.programs.problems.generator import generate as generated
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    shots = list(generated(2, seed=2))
    with open_engine(tiny_base, engine="transformers", device="cpu") as engine:
        for row, problem in zip(HARNESS["rows"], generated(50, seed=50), strict=True):
            turns = prompts.messages(problem, shots)
            assert prompts.render(tokenizer, turns) == engine.render(turns) == row["prompt"]


def test_both_filters_agree_with_an_installed_harness() -> None:
    extraction = pytest.importorskip("lm_eval.filters.extraction", reason="lm-eval is not installed")
    strict = extraction.RegexFilter(r"#### (\-?[0-9\.\,]+)")
    flexible = extraction.RegexFilter(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)
    texts = [row["text"] for row in HARNESS["rows"]] + ["#### 1,2.", "", "$5", "#### -7\n8", "1 2 3", "#### ."]
    for text in texts:
        assert [[strict_answer(text)]] == list(strict.apply([[text]], [{}]))
        assert [[flexible_answer(text)]] == list(flexible.apply([[text]], [{}]))


def test_wilson_and_mcnemar() -> None:
    low, high = wilson(27, 1319)
    assert (round(low, 4), round(high, 4)) == (0.0141, 0.0296)
    assert wilson(0, 10)[0] == 0.0
    found = mcnemar([True, True, False, False], [True, False, True, True])
    assert (found.both, found.lost, found.won, found.neither) == (1, 1, 2, 0)
    assert math.isclose(mcnemar([False] * 10, [True] * 10).p, 2 / 2**10)
    assert mcnemar([True], [True]).p == 1.0
    with pytest.raises(ValueError, match="same problems"):
        mcnemar([True], [])


def test_journal_survives_a_torn_line_and_refuses_other_work(tmp_path: Path) -> None:
    file = tmp_path / "j.jsonl"
    with Journal(file, {"model": "a"}) as journal:
        journal.add(3, {"text": "x"})
        journal.add(3, {"text": "later"})
    with file.open("ab") as stream:
        stream.write(b'{"index": 4, "te')
    with Journal(file, {"model": "a"}) as journal:
        assert journal.rows == {3: {"index": 3, "text": "x"}}
        journal.add(5, {"text": "y"})
    assert [row["index"] for row in Journal.read(file)] == [3, 5]
    with pytest.raises(InputError, match="model differs"):
        Journal(file, {"model": "b"})
    with pytest.raises(InputError, match="no file of per-problem results"):
        list(Journal.read(Path(__file__)))


def test_kill_and_resume_gives_the_same_numbers(tiny_gguf: Path, problems_file: Path, tmp_path: Path) -> None:
    settings = {"limit": 6, "max_tokens": 24, "exact": True, "engine": "llamacpp", "device": "cpu"}
    script = (
        "import os, signal, sys; from pathlib import Path; from studysmith.finetune.solve import Settings, solve;"
        "from studysmith.programs.problems.sources import Source;"
        "kill = lambda stage, done, *_: (stage, done) == ('solve', 2) and os.kill(os.getpid(), signal.SIGKILL);"
        f"solve(sys.argv[1], Source(path=Path(sys.argv[2])), Path(sys.argv[3]), Settings(**{settings}), kill)"
    )
    command = [sys.executable, "-c", script, str(tiny_gguf), str(problems_file), str(tmp_path / "cut")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    [file] = (tmp_path / "cut").glob("*.jsonl")
    assert file.read_text().count("\n") == 3
    results = {}
    for name in ("cut", "whole"):
        result = solve(str(tiny_gguf), Source(path=problems_file), tmp_path / name, Settings(**settings))  # type: ignore[arg-type]
        results[name] = {row["id"]: row["text"] for row in Journal.read(result.results)}
        assert result.n == 6
        assert set(result.ci) == {"strict", "flexible", "equivalent"}
    assert results["cut"] == results["whole"]


def test_a_server_is_an_engine(fast_engine: LlamaCppEngine, problems_file: Path, tmp_path: Path) -> None:
    settings = Settings(limit=2, max_tokens=8, url=fast_engine.url, key=fast_engine.key, batch=2)
    found = solve("any", Source(path=problems_file), tmp_path, settings)
    assert found.engine.startswith(f"server/{fast_engine.url}#any-fast")
    assert all(row["text"] and 1 <= row["tokens"] <= 8 for row in Journal.read(found.results))


def test_worked_examples_are_never_tested_problems(problems_file: Path) -> None:
    problems = load_problems(Source(path=problems_file))
    settings = Settings(shots=3, shots_from=Source(path=problems_file))
    shots = examples(settings, problems[:30])
    assert len(shots) == 3
    assert not {s.question for s in shots} & {p.question for p in problems[:30]}
    with pytest.raises(InputError, match=r"shots: 3 are asked for and .* has 0"):
        examples(settings, problems)


def test_results_of_different_problems_are_not_compared(tmp_path: Path) -> None:
    for name, ids in (("a", ["x", "y"]), ("b", ["x", "z"]), ("c", ["y", "x"])):
        with Journal(tmp_path / f"{name}.jsonl", {"model": name}) as journal:
            for i, id_ in enumerate(ids):
                verdict = {"strict": id_ == "x" and name == "c", "flexible": False, "equivalent": False}
                journal.add(i, {"id": id_, **verdict})
    with pytest.raises(InputError, match="1 of them shared"):
        compare(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    found = compare(tmp_path / "a.jsonl", tmp_path / "c.jsonl")
    assert (found.first, found.second, found.won, found.lost) == ("a", "c", ["x"], [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "nowhere.gguf"}, "nowhere.gguf"),
        ({"model": "smollm2-135m", "engine": "magic"}, "engine: 'magic' is unknown"),
        ({"model": "smollm2-135m", "engine": "continuous", "device": "cpu"}, "continuous needs device cuda"),
        ({"model": "smollm2-135m", "engine": "server"}, "engine: server needs the address"),
        ({"model": "any", "url": "http://127.0.0.1:9/v1"}, "does not answer"),
        ({"model": "any", "url": "http://127.0.0.1:9/v1", "exact": True}, "no exact mode"),
        ({"model": "smollm2-135m", "limit": -1}, "limit: must be from 0"),
        ({"model": "smollm2-135m", "context": 200}, "context: must be more than the 256 tokens of a reply"),
    ],
)
def test_bad_input_is_one_line(arguments: dict[str, object], message: str, problems_file: Path, tmp_path: Path) -> None:
    model = str(arguments.pop("model"))
    with pytest.raises(StudysmithError, match=re.escape(message)) as caught:
        solve(model, Source(path=problems_file), tmp_path, Settings(**arguments))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_cuda_where_there_is_none(tmp_path: Path, problems_file: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(InputError, match="no CUDA GPU"):
        solve("smollm2-135m", Source(path=problems_file), tmp_path, Settings(engine="transformers", device="cuda"))


def test_a_model_that_does_not_fit_is_refused_before_loading(tiny_base: str) -> None:
    assert models.parameters(tiny_base) > 1_000_000
    with pytest.raises(
        InputError, match=r"needs about 2\.\d GB of memory for full in float32, and cpu has 1\.0 GB free"
    ):
        models.check_fits("base", 135_000_000, "full", "float32", "cpu", free=lambda device: 10**9)
    models.check_fits("base", 135_000_000, "lora", "bfloat16", "cpu", free=lambda device: 10**9)


def test_the_context_holds_the_longest_prompt(tiny_gguf: Path) -> None:
    # Every digit is a token of its own, so characters say little about the length.
    for digits, tokens in ((2, 4), (300, 8)):
        requests = prompts.requests([prompts.messages(_digits(digits))], tokens, temperature=0.0, seed=0)
        with sampling.open_sampler(str(tiny_gguf), requests, "llamacpp", exact=True) as engine:
            assert 1 <= engine.complete(requests[0]).completion_tokens <= tokens
            assert engine.context % 256 == 0


def test_a_problem_beyond_the_context_fails_alone(model_path: Path, tmp_path: Path) -> None:
    file, made = tmp_path / "p.jsonl", [_digits(2), _digits(900), _digits(3)]
    file.write_text("".join(f"{json.dumps(p.model_dump())}\n" for p in made))
    settings = Settings(max_tokens=4, context=256, exact=True, engine="llamacpp")
    found = solve(str(model_path), Source(path=file), tmp_path, settings)
    assert (found.n, found.failed) == (3, 1)
    assert "more than the context of 256" in str(found.failure)
    rows = {row["index"]: row for row in Journal.read(found.results)}
    assert [bool(rows[i].get("failure")) for i in range(3)] == [False, True, False]
    assert not rows[1]["equivalent"]


def test_two_processes_do_not_do_the_same_work(model_path: Path, problems_file: Path, tmp_path: Path) -> None:
    settings = Settings(limit=1, max_tokens=4, exact=True, engine="llamacpp")
    first = solve(str(model_path), Source(path=problems_file), tmp_path, settings)
    again = "out: .* is in use by another process"
    with locked(tmp_path, "out", first.results.name), pytest.raises(InputError, match=again):
        solve(str(model_path), Source(path=problems_file), tmp_path, settings)


def _digits(count: int) -> Problem:
    return Problem(question="7" * count, answer="7", source="made")
