"""Every way to make soft prompts, from the command to the adapters, on two layers with the real tokenizer."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import dspy
import numpy as np
import pytest
from studysmith.deploy.engines.base import Mode
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.gguf.torch_model import load_torch
from studysmith.deploy.torch_models import fast_precision
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.prompt_tuning.adapters import load_adapters
from studysmith.optimizers.prompt_tuning.distillation import Distillation
from studysmith.optimizers.prompt_tuning.grpo import Grpo
from studysmith.optimizers.prompt_tuning.optimizer import SoftOptimizer, check_counts
from studysmith.optimizers.prompt_tuning.p_tuning import PTuning
from studysmith.optimizers.prompt_tuning.self_imitation import SelfImitation
from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt, SoftPromptConfig
from studysmith.optimizers.prompt_tuning.vectors import trainable
from studysmith.optimizers.result import Result
from studysmith.optimizers.run import Compiled
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError
from studysmith.programs.progress import silent

SHORT: dict[str, Any] = {"tokens": 4, "epochs": 4, "batch_size": 2}
MAKE: dict[str, Callable[[], SoftOptimizer]] = {
    "vocabulary": lambda: SoftOptimizer(**SHORT, init="vocabulary"),
    "p-tuning": lambda: PTuning(**SHORT),
    "race": lambda: SoftOptimizer(**{**SHORT, "epochs": 30}, learning_rate=[1e-5, 3e-2]),
    "distill": lambda: Distillation(**SHORT, demonstrations=2),
    "self-imitation": lambda: SelfImitation(**SHORT, samples=3),
    "grpo": lambda: Grpo(tokens=4, samples=8, steps=12, learning_rate=0.1),
}


@pytest.fixture(scope="module")
def base(tiny_gguf: Path) -> Path:
    return tiny_gguf.parent / "base.gguf"


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    return replace(load_task(f"{tiny}:task"), metric=lambda example, prediction: prediction.colour == "red")


def one_by_one(model: Path, mode: Mode) -> LlamaCppEngine:
    """What is sampled in fast mode depends on what else runs; a test of sameness needs the same samples."""
    return LlamaCppEngine(model, context=512)


def tuned(optimizer: SoftOptimizer, task: Task, base: Path, out: Path, progress: Any = silent) -> Result:
    small = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 2}
    budget = Budget(lm_calls=3000)
    return compile(task, optimizer, model=base, budget=budget, out=out, progress=progress, engine=one_by_one, **small)


@pytest.fixture(scope="module")
def whole(task: Task, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Result]:
    """The run of each optimizer that nothing interrupted."""
    return cache(lambda name: tuned(MAKE[name](), task, base, tmp_path_factory.mktemp("soft") / name))


def reads_of(result: Result) -> list[dict[str, Any]]:
    lines = map(json.loads, (result.folder / "spent.jsonl").read_text().splitlines())
    return [line for line in lines if "training_tokens" in line]


@pytest.mark.parametrize("name", MAKE)
def test_it_learns_and_its_prompts_reach_the_final(name: str, whole: Callable[[str], Result], base: Path) -> None:
    result = whole(name)
    learned = load_adapters(result.folder, base)["colour"]
    assert any(note.startswith("finalist ") for note in result.notes)
    assert not [note for note in result.notes if "calls were lost" in note]  # nothing killed it
    assert learned.vectors.shape == (4, 64)
    first = learned.history[1 if name == "grpo" else 0]  # reinforcement knows of no loss before its first samples
    assert learned.best_loss < (0.5 if name == "grpo" else 0.95) * first.validation


@pytest.mark.parametrize("name", ["race", "self-imitation", "grpo"])
def test_stopped_it_goes_on_to_the_same_vectors(
    name: str, whole: Callable[[str], Result], task: Task, base: Path, tmp_path: Path
) -> None:
    steps = 0

    def interrupt(stage: str, done: int, total: int, detail: str) -> None:
        nonlocal steps
        steps += stage == "train" and done > 0
        if steps == 8:
            raise KeyboardInterrupt

    stopped = tuned(MAKE[name](), task, base, tmp_path / "run", progress=interrupt)
    assert not stopped.compiled.finished
    again = tuned(MAKE[name](), task, base, tmp_path / "run")
    assert again.compiled.finished
    one, other = (load_adapters(result.folder, base)["colour"].vectors for result in (whole(name), again))
    assert np.array_equal(one, other)
    assert again.compiled.candidate == whole(name).compiled.candidate


def test_training_is_written_down_by_the_work_that_it_is(whole: Callable[[str], Result], base: Path) -> None:
    reads = reads_of(whole("vocabulary"))
    looks = [line for line in reads if line["training_tokens"] == line["prompt_tokens"]]
    learns = [line for line in reads if line["training_tokens"] == 3 * line["prompt_tokens"]]
    # Of 8 demonstrations 2 are watched, before and after each of 4 epochs of 3 steps.
    assert (len(looks), len(learns), len(reads)) == (5, 12, 17)
    seen = load_adapters(whole("vocabulary").folder, base)["colour"].tokens_seen
    assert sum(line["prompt_tokens"] for line in reads) == seen


def test_a_teachers_prompt_is_read_once_and_counted(whole: Callable[[str], Result]) -> None:
    reads = reads_of(whole("distill"))
    assert reads[0]["lm_calls"] == 6  # every example's long prompt
    assert reads[0]["training_tokens"] == reads[0]["prompt_tokens"]
    longest = max(line["prompt_tokens"] / line["lm_calls"] for line in reads[1:])
    assert reads[0]["prompt_tokens"] / 6 > 1.5 * longest


def test_a_race_is_won_by_the_rate_that_learns(whole: Callable[[str], Result], base: Path) -> None:
    slow, fast = (
        SoftPrompt.load(whole("race").folder / "race" / "adapters" / f"colour-0-{number}", base) for number in (0, 1)
    )
    assert fast.best_loss < slow.best_loss
    learned = load_adapters(whole("race").folder, base)["colour"]
    assert learned.history[0].validation == pytest.approx(fast.best_loss)  # it goes on from there


def test_self_imitation_samples_better_in_the_second_round(whole: Callable[[str], Result]) -> None:
    rows = [json.loads(line) for line in (whole("self-imitation").folder / "journal.jsonl").read_text().splitlines()]
    scores = [[r["score"] for r in rows if str(r.get("key")).startswith(f"sample {number}.")] for number in (0, 1)]
    assert [len(each) for each in scores] == [18, 18]
    assert 0 < sum(scores[0]) < sum(scores[1])


def test_a_program_is_rewarded_as_a_whole(tiny: str, base: Path, tmp_path: Path) -> None:
    """The metric looks at the second step alone, so whatever the first one replies, a group's rewards are equal."""
    both = replace(load_task(f"{tiny}:two_steps"), metric=lambda example, prediction: prediction.size == "small")
    result = tuned(Grpo(tokens=4, samples=4, steps=4), both, base, tmp_path / "run")
    vectors = {name: prompt.vectors for name, prompt in load_adapters(result.folder, base).items()}
    model, tokenizer = load_torch(base, fast_precision("cpu"))  # as the training does, which bfloat16 rounds

    def first(step: str) -> Any:
        text = dict(both.program().named_predictors())[step].signature.instructions
        return trainable(model, tokenizer, SoftPromptConfig(name="x", init_text=text, tokens=4))().detach().numpy()

    assert np.array_equal(vectors["colour"], first("colour"))
    assert not np.array_equal(vectors["size"], first("size"))


def test_a_merged_lora_can_be_tuned_on(task: Task, base: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from studysmith.finetune.merge import merge

    model = get_peft_model(load_torch(base, "float32")[0], LoraConfig(r=2, target_modules=["q_proj"]))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.fill_(0.05)
    model.peft_config["default"].base_model_name_or_path = str(base)
    model.save_pretrained(tmp_path / "adapter")
    merged = merge(str(tmp_path / "adapter"), tmp_path / "merged.gguf", "same").out
    result = tuned(SoftOptimizer(tokens=4, epochs=1), task, merged, tmp_path / "run")
    assert load_adapters(result.folder, merged)["colour"].best_loss > 0
    with pytest.raises(InputError, match="other weights"):
        load_adapters(result.folder, base)


# What vectors start as.


def test_an_encoder_starts_at_the_text_and_the_vocabulary_at_tokens_of_it(base: Path) -> None:
    model, tokenizer = load_torch(base, fast_precision("cpu"))  # as the training does, which bfloat16 rounds
    table = model.get_input_embeddings().weight.detach().float().numpy()

    def start(**settings: Any) -> Any:
        config = SoftPromptConfig(name="x", init_text=" one two", tokens=4, **settings)
        return trainable(model, tokenizer, config)().detach().numpy()

    text = table[tokenizer(" one two one two").input_ids]
    assert np.array_equal(start(), text)
    for encoder in ("mlp", "lstm"):
        assert np.array_equal(start(encoder=encoder), text)
    drawn = start(init="vocabulary", seed=1)
    assert all((table == row).all(axis=1).any() for row in drawn)
    assert np.array_equal(drawn, start(init="vocabulary", seed=1))
    assert not np.array_equal(drawn, start(init="vocabulary", seed=2))


@pytest.fixture
def text_run(task: Task, quick: Callable[..., Result]) -> Path:
    """A finished text run whose winner is known."""
    folder = quick("text", task, out="text", lm_calls=40).folder
    found = Compiled.model_validate_json((folder / "compiled.json").read_bytes())
    winner = Candidate(prompts={"colour": Prompt(instructions="Say it plainly.", demos=[])})
    (folder / "compiled.json").write_text(found.model_copy(update={"candidate": winner}).model_dump_json())
    return folder


def test_vectors_start_as_the_winner_of_a_text_run(task: Task, base: Path, text_run: Path, tmp_path: Path) -> None:
    rate = {"tokens": 3, "epochs": 1, "learning_rate": 1e-9}
    result = tuned(SoftOptimizer(**rate, init_run=str(text_run)), task, base, tmp_path / "run")
    model, tokenizer = load_torch(base, fast_precision("cpu"))  # as the training does, which bfloat16 rounds
    words = model.get_input_embeddings().weight.detach().float().numpy()[tokenizer("Say it plainly.").input_ids[:3]]
    assert load_adapters(result.folder, base)["colour"].vectors == pytest.approx(words, abs=1e-6)


def test_a_run_of_another_program_or_of_soft_prompts_is_refused(
    tiny: str, task: Task, base: Path, text_run: Path, tmp_path: Path
) -> None:
    for field, make in (("init_run", SoftOptimizer), ("teacher_run", Distillation)):
        with pytest.raises(InputError, match=f"^{field}: .* was compiled for other steps than those of two-steps"):
            tuned(make(**{field: str(text_run)}), load_task(f"{tiny}:two_steps"), base, tmp_path / "run")
        with pytest.raises(InputError, match=f"^{field}: {tmp_path / 'none'} holds no finished compile"):
            make(**{field: str(tmp_path / "none")})
    compiled = Compiled.model_validate_json((text_run / "compiled.json").read_bytes())
    soft = compiled.candidate.model_copy(update={"weights": "1234"})
    (text_run / "compiled.json").write_text(compiled.model_copy(update={"candidate": soft}).model_dump_json())
    with pytest.raises(InputError, match=r"^init_run: .* is a run of soft prompts; name one of text prompts"):
        SoftOptimizer(init_run=str(text_run))


# What is refused, all before anything is loaded: the model of these tests is a file of seven letters.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SoftOptimizer(lr=1), "optimizer: soft: lr: "),
        (lambda: SoftOptimizer(learning_rate=[0.1, -1]), "optimizer: soft: learning_rate: "),
        (lambda: SoftOptimizer(learning_rate=[]), "optimizer: soft: learning_rate must hold at least one value"),
        (lambda: SoftOptimizer(init="noise"), "optimizer: soft: init: "),
        (lambda: SoftOptimizer(seed=3), "optimizer: soft: seed follows from the task, the run and the budget"),
        (lambda: PTuning(encoder="cnn"), "optimizer: p-tuning: encoder: "),
        (lambda: SelfImitation(samples=1), "optimizer: self-imitation: samples: "),
        (lambda: SelfImitation(temperature=0), "optimizer: self-imitation: temperature: "),
        (lambda: Grpo(learning_rate=[0.1, 0.2]), "optimizer: grpo: one learning_rate, one init and no encoder"),
        (lambda: Distillation(demonstrations=0), "optimizer: distill: demonstrations: "),
    ],
)
def test_a_wrong_setting_is_named(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$") as error:
        make()
    assert str(error.value).startswith(said)


def test_settings_are_json_and_name_a_run_by_its_winner(text_run: Path) -> None:
    optimizer = SoftOptimizer(tokens=4, learning_rate=[0.1, 0.01], init_run=str(text_run))
    winner = Compiled.model_validate_json((text_run / "compiled.json").read_bytes()).candidate.id
    assert optimizer.settings == {"tokens": 4, "learning_rate": [0.1, 0.01], "init_run": winner}
    assert json.loads(json.dumps(optimizer.settings)) == optimizer.settings


def test_a_package_that_is_missing_is_named_before_a_model_is_loaded(
    task: Task, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grpo, "needs", ("torch", "no_such_package"))
    with pytest.raises(InputError, match=r"^optimizer: grpo needs no_such_package: pip install 'studysmith\[train\]'$"):
        tuned(Grpo(), task, gguf, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_one_demonstration_and_steps_with_the_same_tokens_are_refused_before_a_model_is_loaded(
    task: Task, gguf: Path, tmp_path: Path
) -> None:
    def refused(task: Task) -> str:
        with pytest.raises(InputError, match=r"^task: ") as error:
            tuned(SoftOptimizer(), task, gguf, tmp_path / "run")
        assert not (tmp_path / "run").exists()
        return str(error.value)

    one = {"colour": StepPool(["Say it."], [{"thing": "apple", "colour": "red"}])}
    assert "colour has 1 demonstration" in refused(replace(task, pools=one))
    with pytest.raises(InputError, match=r"colour has 1 reply of the teacher; a soft prompt needs one to learn"):
        check_counts({"colour": 1}, Distillation.lesson)

    class Two(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.Colour = task.program().colour
            self.colour = task.program().colour

    assert "steps Colour and colour would have the same soft tokens" in refused(replace(task, program=Two, pools={}))


def test_steps_with_dots_and_capitals_get_tokens_of_their_own(task: Task, base: Path, tmp_path: Path) -> None:
    class Outer(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.Inner = task.program()

        def forward(self, thing: str) -> dspy.Prediction:
            return self.Inner(thing=thing)

    pools = {"Inner.colour": replace(task.pools["colour"], demos=task.pools["colour"].demos[:2])}
    result = tuned(MAKE["vocabulary"](), replace(task, program=Outer, pools=pools), base, tmp_path / "run")
    assert set(load_adapters(result.folder, base)) == {"inner_colour"}


def test_samples_that_never_score_are_no_lesson(task: Task, base: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="optimizer: self-imitation: 0 of 6 examples had a sample that scored above 0"):
        tuned(MAKE["self-imitation"](), replace(task, metric=lambda *_: 0.0), base, tmp_path / "run")
