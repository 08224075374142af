"""The contract on MLX, and its replies beside llama.cpp's on the same weights."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.bundle.mlx import export_mlx
from studysmith.deploy.bundle.parity import agreement, first_difference
from studysmith.deploy.engines.base import Engine, Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.mlx import MlxEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.engines.testing import EngineContract
from studysmith.deploy.errors import EngineError, ModelError, RequestError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.chat import soft_prompt_text

pytest.importorskip("mlx.core", reason="mlx is not installed")
pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")

QUESTIONS = ("Write a story.", "Add two fractions.", "What is water?", "Dear friend,", "List animals.")


def asked(question: str, n: int = 4) -> list[Message]:
    return [{"role": "system", "content": soft_prompt_text("week", n)}, {"role": "user", "content": question}]


@pytest.fixture(scope="module")
def folder(tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("mlx") / "keep"
    export_mlx(tiny_gguf, target)
    return target


@pytest.fixture(scope="module")
def exact(folder: Path) -> Iterator[MlxEngine]:
    with MlxEngine(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def fast(folder: Path) -> Iterator[MlxEngine]:
    with MlxEngine(folder, "fast") as engine:
        yield engine


class TestExact(EngineContract):
    special = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<|soft:week:0|>")
    refuses = frozenset() if find_spec("llguidance") else frozenset({"schema"})

    @pytest.fixture
    def engine(self, exact: MlxEngine) -> Engine:
        return exact


class TestFast(TestExact):
    @pytest.fixture
    def engine(self, fast: MlxEngine) -> Engine:
        return fast


def test_greedy_replies_are_llama_cpps_on_the_same_floats(tiny_gguf: Path, tmp_path: Path) -> None:
    bake(tiny_gguf, {}, tmp_path / "f32.gguf", "F32")
    export_mlx(tmp_path / "f32.gguf", tmp_path / "mlx", bits=32)
    with open_engine(tmp_path / "f32.gguf", context=256) as theirs, MlxEngine(tmp_path / "mlx") as ours:
        for question in QUESTIONS:
            request = Request(messages=asked(question), max_tokens=24)
            wanted, found = theirs.complete(request), ours.complete(request)
            assert found.prompt_ids == wanted.prompt_ids
            reference = ours.forced_logprobs(wanted.prompt_ids, wanted.token_ids)
            difference = first_difference(wanted.token_ids, found.token_ids, reference)
            assert difference is None or abs(difference.gap) < 1e-3, str(difference)


def test_soft_tokens_are_never_sampled_and_sampling_settings_do_what_they_say(exact: MlxEngine) -> None:
    hot = Request(messages=asked("Go."), max_tokens=64, temperature=10.0, seed=1)
    free = exact.complete(hot)
    assert max(free.token_ids) < 49152
    greedy = exact.complete(Request(messages=asked("Go."), max_tokens=64)).token_ids
    for name, value in (("top_p", 1e-6), ("min_p", 0.999)):
        narrow = exact.complete(Request(messages=asked("Go."), max_tokens=64, temperature=10.0, **{name: value}))
        assert narrow.token_ids == greedy, f"only the likeliest token passes {name}"
    penalized = exact.complete(Request(messages=asked("Go."), max_tokens=64, repeat_penalty=2.0)).token_ids
    assert len(set(penalized)) > len(set(greedy))


def test_scores_are_what_teacher_forcing_finds(exact: MlxEngine) -> None:
    candidates = ["one", "two", "three"]
    prompt = exact.tokenize(exact.render(asked("Count.")))
    rows = [exact.tokenize(text) for text in candidates]
    assert len({row[0] for row in rows}) == 3
    wanted = [float(exact.forced_logprobs(prompt, row)[0, row[0]]) for row in rows]
    assert exact.score(asked("Count."), candidates).logprobs == pytest.approx(wanted, abs=1e-4)


def test_what_is_no_mlx_folder_is_refused_in_a_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "no such"}', "utf-8")
    for model, said in ((tmp_path / "none", "no MLX folder"), (tmp_path, "cannot be loaded by MLX")):
        with pytest.raises(ModelError, match=said) as caught:
            MlxEngine(model)
        assert "\n" not in str(caught.value)
    with pytest.raises(RequestError, match="context"):
        MlxEngine(folder, context=0)
    engine = open_engine(folder)
    assert isinstance(engine, MlxEngine)
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.complete(Request(messages=asked("a"), max_tokens=1))


def test_transformers_own_folder_keeps_its_rotary_base(tmp_path: Path, tiny_base: str) -> None:
    """transformers 5 nests rope_theta where mlx-lm's llama does not look."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    rope = {"rope_type": "default", "rope_theta": 500.0}
    config = LlamaConfig(
        **{"vocab_size": 49152, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1},
        **{"num_attention_heads": 2, "rope_parameters": rope, "eos_token_id": 2},
    )
    model = LlamaForCausalLM(config).eval()
    model.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(tmp_path)
    ids = list(range(100, 200))
    with torch.no_grad():
        wanted = model(torch.tensor([ids])).logits[0].log_softmax(-1).numpy()
    with MlxEngine(tmp_path) as engine:
        assert np.abs(engine.forced_logprobs(ids[:1], ids[1:]) - wanted[:-1]).max() < 1e-4


def test_a_soft_prompt_on_the_embedded_model_says_the_same(baked: Path, tmp_path: Path) -> None:
    import torch
    from studysmith.deploy.gguf.torch_model import load_torch

    export_mlx(baked, tmp_path / "mlx")
    request = Request(messages=asked("Explain how to add two fractions.", 32), max_tokens=12)
    with LlamaCppEngine(baked, context=256) as engine:
        done = engine.complete(request)
    model, _ = load_torch(baked, "float32")
    with torch.no_grad():
        logits = model(torch.tensor([[*done.prompt_ids, *done.token_ids[:-1]]])).logits[0, -len(done.token_ids) :]
    with MlxEngine(tmp_path / "mlx") as engine:
        assert engine.tokenize(engine.render(request.messages)) == done.prompt_ids
        found = engine.forced_logprobs(done.prompt_ids, done.token_ids)
    same = agreement([logits.log_softmax(-1).numpy()], [found])
    assert same.top1 == 1
    assert same.kl_max < 1e-5
