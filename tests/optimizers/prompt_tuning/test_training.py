import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from studysmith.deploy.gguf.torch_model import load_torch
from studysmith.deploy.threads import fixed_threads
from studysmith.deploy.torch_models import fast_precision
from studysmith.optimizers.prompt_tuning.objectives import TrainingPair, encode, loss_sum
from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt, SoftPromptConfig
from studysmith.optimizers.prompt_tuning.training import train_soft_prompt

HEADER = "<|im_end|>\n<|im_start|>assistant\n"


def example(question: str, answer: str, teacher: str | None = None) -> TrainingPair:
    prompt = f"<|im_start|>user\n{question}{HEADER}"
    return TrainingPair(prompt, f"{answer}<|im_end|>", None if teacher is None else teacher + prompt)


COLOURS = [
    example(f"colour of {thing}", f'{{"colour":"{colour}"}}')
    for thing, colour in {
        "grass": "green", "the sky at noon": "blue", "snow": "white", "coal": "black", "a ripe tomato": "red",
        "a lemon": "yellow", "chocolate": "brown", "a carrot": "orange",
    }.items()
]  # fmt: skip


@pytest.fixture(scope="module")
def real(model_path: Path) -> tuple[Any, Any]:
    """The embedded model's own weights, and its tokenizer."""
    return load_torch(model_path, fast_precision("cpu"))


@pytest.fixture
def small(real: tuple[Any, Any]) -> tuple[Any, Any]:
    """A random model of two layers in 32-bit floats, with the same tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=49152, tie_word_embeddings=True, **shape)).eval(), real[1]


def config(**settings: Any) -> SoftPromptConfig:
    given = {"name": "week", "init_text": "Answer in JSON.", "tokens": 6, "epochs": 3, "batch_size": 3, **settings}
    return SoftPromptConfig(**given)


def test_the_real_model_learns_a_format(real: tuple[Any, Any]) -> None:
    steps: list[tuple[int, int]] = []
    trained = train_soft_prompt(
        *real, COLOURS[2:], COLOURS[:2], config(epochs=4, learning_rate=3e-2),
        on_step=lambda step, total, loss: steps.append((step, total)),
    )  # fmt: skip
    assert trained.vectors.shape == (6, 576)
    assert trained.vectors.dtype == np.float32
    assert trained.best_loss < trained.history[0].validation - 0.5
    assert steps == [(i, 8) for i in range(1, 9)]
    assert not trained.interrupted


def test_the_real_model_learns_a_format_through_an_encoder(model_path: Path) -> None:
    """In 32-bit floats on every machine: so few steps say little where bfloat16 rounds."""
    given = config(epochs=4, learning_rate=3e-3, encoder="mlp")
    trained = train_soft_prompt(*load_torch(model_path, "float32"), COLOURS[2:], COLOURS[:2], given)
    assert trained.vectors.shape == (6, 576)
    assert trained.best_loss < trained.history[0].validation - 0.5


def test_the_base_is_not_touched_and_gets_no_gradients(small: tuple[Any, Any]) -> None:
    import torch

    before = {name: value.clone() for name, value in small[0].state_dict().items()}
    train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=1))
    assert all(torch.equal(value, before[name]) for name, value in small[0].state_dict().items())
    assert all(parameter.grad is None for parameter in small[0].parameters())


def test_the_loss_of_a_padded_batch_is_pefts(small: tuple[Any, Any], tmp_path: Path) -> None:
    import torch
    from peft import PeftModel

    model, tokenizer = small
    vectors = np.random.default_rng(0).normal(0, 0.02, (6, 32)).astype(np.float32)
    SoftPrompt("week", vectors).save(tmp_path)
    rows = [encode(tokenizer, each, 512) for each in COLOURS[:4]]
    assert len({len(row.ids) for row in rows}) > 1
    with torch.no_grad():
        total, count = loss_sum(model, torch.tensor(vectors), rows)
        peft, theirs = PeftModel.from_pretrained(model, tmp_path), 0.0
        for row in rows:
            ids = torch.tensor([row.ids])
            labels = ids.clone()
            labels[0, : row.start] = -100
            theirs += float(peft(input_ids=ids, labels=labels).loss) * (len(row.ids) - row.start)
    assert count == sum(len(row.ids) - row.start for row in rows)
    assert float(total) == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize(("tokens", "pattern"), [(2, [0, 1]), (3, [0, 1, 2]), (8, [0, 1, 2, 0, 1, 2, 0, 1])])
def test_vectors_start_as_the_text(small: tuple[Any, Any], tokens: int, pattern: list[int]) -> None:
    model, tokenizer = small
    text = " one two three"
    words = model.get_input_embeddings().weight[tokenizer(text).input_ids].detach().numpy()
    stopped = train_soft_prompt(
        *small, COLOURS[2:], COLOURS[:2], config(tokens=tokens, init_text=text), may_read=lambda *_: False
    )
    assert (stopped.vectors == words[pattern]).all()
    assert stopped.interrupted


@pytest.mark.parametrize("encoder", ["none", "mlp", "lstm"])
def test_a_resumed_training_ends_with_the_same_numbers(encoder: str, small: tuple[Any, Any], tmp_path: Path) -> None:
    import torch

    given = (*small, COLOURS[2:], COLOURS[:2], config(epochs=5, encoder=encoder))
    steps: list[int] = []
    threads: set[int] = set()

    def on_step(step: int, total: int, loss: float) -> None:
        steps.append(step)
        threads.add(torch.get_num_threads())

    with fixed_threads(2):
        whole = train_soft_prompt(*given)
        stopped = train_soft_prompt(
            *given, checkpoint=tmp_path / "state", on_step=on_step, may_read=lambda *_: len(steps) != 5
        )
    assert stopped.interrupted
    assert len(stopped.history) == 4  # before the first epoch, after each of two, and where it was stopped
    with fixed_threads(1):
        resumed = train_soft_prompt(*given, checkpoint=tmp_path / "state", on_step=on_step)
        assert torch.get_num_threads() == 1
    assert threads == {2}
    assert steps == [*range(1, 6), *range(5, 11)]  # the third epoch's first step was lost
    assert (resumed.vectors == whole.vectors).all()
    assert [(p.step, p.training, p.validation) for p in resumed.history] == [
        (p.step, p.training, p.validation) for p in whole.history
    ]
    assert resumed.tokens_seen == whole.tokens_seen
    assert resumed.history[-1].seconds > stopped.history[-1].seconds
    assert train_soft_prompt(*given, checkpoint=tmp_path / "state").history == resumed.history


def test_the_seed_decides_the_order(small: tuple[Any, Any]) -> None:
    one, same, other = (
        train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(seed=seed)).vectors for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_ctrl_c_keeps_the_best_so_far(small: tuple[Any, Any]) -> None:
    def on_step(step: int, total: int, loss: float) -> None:
        if step == 5:
            raise KeyboardInterrupt

    stopped = train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=5), on_step=on_step)
    two = train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=5), may_read=until(7))
    assert stopped.interrupted
    assert (stopped.vectors == two.vectors).all()
    assert [p.validation for p in stopped.history] == [p.validation for p in two.history]


def until(question: int) -> Any:
    """Permits everything up to this question; there is one before each look and one before each batch."""
    asked = iter(range(1000))
    return lambda *_: next(asked) != question


def test_time_ends_the_training_and_the_schedule(small: tuple[Any, Any]) -> None:
    started = time.perf_counter()
    totals: list[tuple[int, int]] = []
    trained = train_soft_prompt(
        *small, COLOURS[2:], COLOURS[:2], config(epochs=10**6, max_seconds=2),
        on_step=lambda step, total, loss: totals.append((step, total)),
    )  # fmt: skip
    assert time.perf_counter() - started < 10
    assert 0 < trained.history[-1].step < 10**6
    assert not trained.interrupted
    assert all(step <= total for step, total in totals)


def test_patience_ends_a_training_that_gets_no_better(small: tuple[Any, Any]) -> None:
    trained = train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=50, learning_rate=10, patience=2))
    losses = [point.validation for point in trained.history]
    assert len(losses) < 51
    assert losses.index(min(losses)) == len(losses) - 3
    assert trained.best_loss == min(losses)


def test_a_teacher_whose_prompt_is_the_soft_prompt_has_nothing_to_teach(small: tuple[Any, Any]) -> None:
    model, tokenizer = small
    text = "You are a painter. Name one colour."
    taught = [example(f"q{i} {'x' * i}", "blue", text) for i in range(4)]
    n = len(tokenizer(text).input_ids)
    same = train_soft_prompt(model, tokenizer, taught, taught, config(tokens=n, init_text=text), may_read=until(2))
    assert same.history[0].validation == pytest.approx(0, abs=1e-6)


def test_a_teacher_is_approached(real: tuple[Any, Any]) -> None:
    text = "You are a poet. Answer in rhymes about the sea, and never mention a colour."
    taught = [example(e.prompt, e.completion, text) for e in COLOURS]
    trained = train_soft_prompt(
        *real, taught[2:], taught[:2], config(epochs=4, init_text="Answer.", learning_rate=3e-2)
    )
    assert 0 < trained.best_loss < 0.8 * trained.history[0].validation


def test_saving_and_loading(model_path: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    vectors = np.random.default_rng(0).normal(size=(4, 576)).astype(np.float32)
    SoftPrompt("week", vectors, tokens_seen=7, interrupted=True).save(tmp_path / "a", model_path)
    back = SoftPrompt.load(tmp_path / "a", model_path)
    assert (back.name, back.history, back.tokens_seen, back.interrupted) == ("week", (), 7, True)
    assert (back.vectors == vectors).all()
    tensors = load_file(tmp_path / "a" / "adapter_model.safetensors")
    assert list(tensors) == ["prompt_embeddings"]
    assert torch.equal(tensors["prompt_embeddings"], torch.tensor(vectors))
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    with pytest.raises(ValueError, match=r"was trained on other weights than those of .*other\.gguf$"):
        SoftPrompt.load(tmp_path / "a", other)


@pytest.mark.parametrize(
    ("examples", "validation", "message"),
    [
        ([], COLOURS, "examples must hold at least one example"),
        (COLOURS, [], "validation must hold at least one example"),
        ([TrainingPair("", "a")], COLOURS, "an example needs a prompt and a completion: ''"),
        ([TrainingPair("a", "")], COLOURS, "an example needs a prompt and a completion: 'a'"),
        ([TrainingPair("a " * 600, "b")], COLOURS, "an example has 602 tokens, max_length is 512: '" + "a " * 20 + "'"),
        ([example("a", "b", "c")], COLOURS, "teacher must be given for all examples or for none"),
    ],
)
def test_unusable_examples_are_refused(
    small: tuple[Any, Any], examples: list[TrainingPair], validation: list[TrainingPair], message: str
) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as error:
        train_soft_prompt(*small, examples, validation, config(max_length=512))
    assert str(error.value) == message


def test_a_checkpoint_of_another_training_is_refused(small: tuple[Any, Any], tmp_path: Path) -> None:
    train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=1), checkpoint=tmp_path / "state")
    with pytest.raises(ValueError, match="state holds the state of another training"):
        train_soft_prompt(*small, COLOURS[2:], COLOURS[:2], config(epochs=2), checkpoint=tmp_path / "state")


@pytest.mark.parametrize(
    "wrong",
    [{"name": "We ek"}, {"tokens": 0}, {"init_text": ""}, {"learning_rate": 0}, {"epochs": 0}, {"batch_size": 0},
     {"warmup": 1}, {"clip": 0}, {"patience": 0}, {"max_seconds": 0}, {"seed": -1}, {"schedule": "step"}, {"lr": 1},
     {"init": "noise"}, {"encoder": "cnn"}],
)  # fmt: skip
def test_a_wrong_setting_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        config(**wrong)
    assert error.value.errors()[0]["loc"] == tuple(wrong)


def test_a_choice_is_learned_by_telling_it_from_the_others(small: tuple[Any, Any]) -> None:
    """Only where the completions part, and with the prior that they are ranked by."""
    import torch

    def loss(pair: TrainingPair) -> float:
        row = encode(small[1], pair, 512)
        with torch.no_grad():
            total, count = loss_sum(small[0], torch.zeros(2, 32), [row])
        assert count == len(row.partings)
        return float(total) / count

    plain = example("colour of snow", '{"colour":"white"}')
    others = tuple(f'{{"colour":"{c}"}}<|im_end|>' for c in ("green", "blue", "red"))
    chosen = TrainingPair(plain.prompt, plain.completion, others=others)
    # A model that knows nothing yet finds four candidates about equally likely.
    assert loss(chosen) == pytest.approx(np.log(4), abs=0.2)
    sure = TrainingPair(plain.prompt, plain.completion, others=others, prior=(20.0, 0.0, 0.0, 0.0))
    assert loss(sure) < 0.01


def test_the_real_model_learns_to_choose(real: tuple[Any, Any]) -> None:
    completions = [pair.completion for pair in COLOURS]
    pairs = [
        TrainingPair(p.prompt, p.completion, others=tuple(c for c in completions if c != p.completion)) for p in COLOURS
    ]
    trained = train_soft_prompt(*real, pairs[2:], pairs[2:], config(epochs=6, learning_rate=3e-2))
    assert trained.best_loss < 0.5 * trained.history[0].validation


def test_candidates_that_part_in_two_places_are_told_apart_in_both(small: tuple[Any, Any]) -> None:
    pair = TrainingPair(HEADER, "red car<|im_end|>", others=("red bus<|im_end|>", "blue car<|im_end|>"))
    row = encode(small[1], pair, 512)
    assert [len(tokens) for _, tokens, _ in row.partings] == [2, 2]
    assert row.partings[0][0] < row.partings[1][0]
