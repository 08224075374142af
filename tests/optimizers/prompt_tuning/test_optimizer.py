"""Soft prompts for two predictors, a few steps each: what is kept, served and continued."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.header import read_header
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.prompt_tuning.adapters import load_adapters, token_name
from studysmith.optimizers.prompt_tuning.optimizer import SoftOptimizer
from studysmith.optimizers.prompt_tuning.served_text import ServedText
from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt
from studysmith.optimizers.result import Result
from studysmith.optimizers.run import Compiled, load_compiled
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.errors import InputError

TOKENS = 4


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    return load_task(f"{tiny}:two_steps")


def soft(task: Task, folder: Path, calls: int = 1000, **settings: Any) -> Result:
    optimizer = SoftOptimizer(tokens=TOKENS, epochs=1, batch_size=4)
    small = {"examples": 2, "finalists": 1, "validation": 2, "confirm": 2}
    return compile(task, optimizer, budget=Budget(lm_calls=calls), out=folder, **{**small, **settings})


@dataclass
class Story:
    """A compile that was interrupted in its second predictor, and then went on."""

    folder: Path
    interrupted: Compiled
    kept: dict[str, SoftPrompt]
    result: Result
    trained_again: set[str]


@pytest.fixture(scope="module")
def story(task: Task, model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("soft") / "run"
    again = set()

    def interrupt(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "train" and detail.startswith("size, "):
            raise KeyboardInterrupt

    def listen(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "train" and ", loss" in detail:
            again.add(detail.split(",")[0])

    interrupted = soft(task, folder, progress=interrupt).compiled
    kept = load_adapters(folder, model_path)
    return Story(folder, interrupted, kept, soft(task, folder, progress=listen), again)


def test_the_run_holds_adapters_a_baked_model_and_the_result(story: Story, model_path: Path) -> None:
    found = load_adapters(story.folder, model_path)
    assert {name: prompt.vectors.shape for name, prompt in found.items()} == {"colour": (4, 576), "size": (4, 576)}
    assert not any(prompt.interrupted for prompt in found.values())
    tokens = read_header(story.folder / "model.gguf").special_tokens
    assert {f"<|soft:{name}:{i}|>" for name in found for i in range(TOKENS)} <= set(tokens)
    assert load_compiled(story.folder) == story.result.compiled


def test_it_met_the_unchanged_program_and_every_prompt_is_its_soft_prompt(story: Story) -> None:
    journal = (story.folder / "journal.jsonl").read_text()
    for name in ("colour", "size"):
        assert soft_prompt_text(name, TOKENS) in journal
    assert any(note.startswith("finalist ") for note in story.result.notes)
    winner = story.result.compiled.candidate
    if winner.weights:
        assert story.result.model(winner) == story.folder / "model.gguf"


def test_an_interrupted_run_keeps_what_was_trained_to_the_end(story: Story) -> None:
    assert not story.interrupted.finished
    assert not story.interrupted.verdict.confirmed
    assert set(story.kept) == {"colour"}


def test_it_goes_on_with_what_was_not_trained_to_the_end(story: Story, model_path: Path) -> None:
    assert story.result.compiled.finished
    assert story.trained_again == {"size"}
    found = load_adapters(story.folder, model_path)
    assert np.array_equal(found["colour"].vectors, story.kept["colour"].vectors)


def test_training_counts_against_the_budget(story: Story) -> None:
    # Of 8 demonstrations 2 are watched: at the start, and after the only epoch over the other 6; for two predictors.
    trained = 2 * (2 + 2 + 6)
    assert story.result.compiled.usage["lm_calls"] >= trained
    assert story.result.compiled.usage["tokens"] > story.kept["colour"].tokens_seen > 0


def test_one_call_is_no_budget_to_train_in(task: Task, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^budget: the budget of 1 calls is spent before one run"):
        soft(task, tmp_path / "run", calls=1)
    assert not (tmp_path / "run" / "adapters").exists()


def test_what_it_was_trained_on_is_what_is_served(story: Story, task: Task, model_path: Path) -> None:
    predict = task.program().colour
    prompt = soft_prompt_text("colour", TOKENS)
    inputs = {"thing": "ball"}
    pair = ServedText(model_path).pair(predict.signature, {**inputs, "colour": "red"})
    messages = LeanAdapter().format(predict.signature.with_instructions(prompt), [], inputs)
    with LlamaCppEngine(story.folder / "model.gguf", context=256) as engine:
        assert engine.render(messages) == prompt + pair.prompt
    assert pair.completion == '{"colour":"red"}<|im_end|>'


def test_a_finished_run_is_returned_as_it_is(story: Story, task: Task) -> None:
    assert soft(task, story.folder).compiled == story.result.compiled


def test_the_bundle_of_a_soft_run_holds_its_adapters(story: Story, tmp_path: Path) -> None:
    manifest = story.result.export(tmp_path / "bundle", anyway=True)
    assert manifest.soft_prompts == (
        {"colour": TOKENS, "size": TOKENS} if story.result.compiled.candidate.weights else {}
    )
    assert manifest.verdict["confirmed"] == story.result.verdict.confirmed


def test_soft_prompts_go_only_with_the_weights_they_were_trained_on(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"other weights")
    SoftPrompt("adapt", np.zeros((4, 576), np.float32)).save(tmp_path / "adapters" / "adapt", other)
    changed = tmp_path / "changed.gguf"
    changed.write_bytes(b"changed weights")
    with pytest.raises(InputError, match="was trained on other weights"):
        load_adapters(tmp_path, changed)


def test_names_of_predictors_become_names_of_tokens() -> None:
    assert [token_name(n) for n in ("write_week", "plan.Predict", "self")] == ["write_week", "plan_predict", "self"]


def test_a_task_without_demonstrations_is_refused(task: Task, tmp_path: Path) -> None:
    bare = replace(task, pools={name: StepPool(pool.instructions) for name, pool in task.pools.items()})
    with pytest.raises(InputError, match="task: two-steps has no demonstrations"):
        soft(bare, tmp_path / "run")
