"""Soft prompts for two predictors, a few steps each: what is kept, served and continued."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.header import read_header
from studysmith.optimizers.api import compile_run
from studysmith.optimizers.base import Job
from studysmith.optimizers.prompt_tuning.optimizer import ServedText, SoftOptimizer
from studysmith.optimizers.prompt_tuning.training import SoftPrompt
from studysmith.optimizers.run import Compiled, Run, RunConfig, load_compiled
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.errors import InputError

Configure = Callable[..., RunConfig]
TOKENS = 4


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    return load_task(f"{tiny}:two_steps")


@dataclass
class Story:
    """A compile that was interrupted in its second predictor, and then went on."""

    folder: Path
    interrupted: Compiled
    kept: dict[str, SoftPrompt]
    finished: Compiled
    trained_again: set[str]


def adapters(folder: Path) -> dict[str, SoftPrompt]:
    return {path.name: SoftPrompt.load(path) for path in sorted((folder / "adapters").iterdir())}


@pytest.fixture(scope="module")
def story(task: Task, model_path: Path, configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("soft") / "run"
    config = configure(optimizer="soft", task="two_steps", lm_calls=1000)
    optimizer = SoftOptimizer(tokens=TOKENS, epochs=1, batch_size=4)
    again = set()

    def interrupt(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "train" and detail.startswith("size, "):
            raise KeyboardInterrupt

    def listen(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "train" and ", loss" in detail:
            again.add(detail.split(",")[0])

    interrupted = optimizer.compile(Job(task, model_path, Run(folder, config), interrupt, validation=1))
    kept = adapters(folder)
    finished = optimizer.compile(Job(task, model_path, Run(folder, config), listen, validation=1))
    return Story(folder, interrupted, kept, finished, again)


def test_the_run_holds_adapters_a_baked_model_and_the_result(story: Story, model_path: Path) -> None:
    found = adapters(story.folder)
    assert {name: prompt.vectors.shape for name, prompt in found.items()} == {"colour": (4, 576), "size": (4, 576)}
    assert not any(prompt.interrupted for prompt in found.values())
    assert Path(story.finished.model) == story.folder / "model.gguf"
    assert Path(story.finished.base) == model_path
    tokens = read_header(story.folder / "model.gguf").special_tokens
    assert {f"<|soft:{name}:{i}|>" for name in found for i in range(TOKENS)} <= set(tokens)
    assert load_compiled(story.folder) == story.finished


def test_every_prompt_is_its_soft_prompt(story: Story) -> None:
    for compiled in (story.interrupted, story.finished):
        for name, prompt in compiled.candidate.prompts.items():
            assert (prompt.instructions, prompt.demos) == (soft_prompt_text(name, TOKENS), [])


def test_an_interrupted_run_has_all_that_it_serves(story: Story) -> None:
    assert not story.interrupted.finished
    assert set(story.kept) == set(story.interrupted.candidate.prompts) == {"colour", "size"}
    assert not story.kept["colour"].interrupted
    assert story.kept["size"].interrupted


def test_it_goes_on_with_what_was_not_trained_to_the_end(story: Story) -> None:
    assert story.finished.finished
    assert story.trained_again == {"size"}
    found = adapters(story.folder)
    assert np.array_equal(found["colour"].vectors, story.kept["colour"].vectors)
    assert not np.array_equal(found["size"].vectors, story.kept["size"].vectors)
    assert found["size"].best_loss < story.kept["size"].best_loss


def test_the_notes_say_what_was_seen_and_the_usage_what_it_cost(story: Story) -> None:
    notes = "\n".join(story.finished.notes)
    assert "colour: held-out loss " in notes
    assert "size: held-out loss " in notes
    assert "validation n=1: unchanged program " in notes
    assert story.finished.usage["lm_calls"] == 4  # two predictors, once under the program as it is, once tuned
    assert story.finished.usage["tokens"] > adapters(story.folder)["size"].tokens_seen > 0


def test_what_it_was_trained_on_is_what_is_served(story: Story, task: Task, model_path: Path) -> None:
    predict = task.program().colour
    soft = soft_prompt_text("colour", TOKENS)
    inputs = {"thing": "ball"}
    example = ServedText(model_path).example(predict.signature, {**inputs, "colour": "red"})
    messages = LeanAdapter().format(predict.signature.with_instructions(soft), [], inputs)
    with LlamaCppEngine(story.folder / "model.gguf", context=256) as engine:
        assert engine.render(messages) == soft + example.prompt
    assert example.completion == '{"colour":"red"}<|im_end|>'


def test_a_finished_run_is_returned_as_it_is(story: Story, tiny: str) -> None:
    budget = {"lm_calls": 1000}
    assert compile_run("soft", f"{tiny}:two_steps", "smollm2-135m", budget, 0, story.folder) == story.finished


def test_a_task_without_demonstrations_is_refused(task: Task, model_path: Path, run: Run) -> None:
    bare = replace(task, pools={name: StepPool(pool.instructions) for name, pool in task.pools.items()})
    with pytest.raises(InputError, match="task: two-steps has no demonstrations"):
        SoftOptimizer().compile(Job(bare, model_path, run))
