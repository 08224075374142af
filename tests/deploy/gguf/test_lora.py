"""An adapter beside its base says what the merged model says, in llama.cpp and in MLX."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.bundle.adapters import FACTS, GGUF, MLX, export_adapters
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import EngineError, ModelError
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.gguf.lora import WEIGHTS, check_adapter, read_peft
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, encode, quantize, type_id, write
from studysmith.programs.errors import InputError

QUESTIONS = ("What is slope?", "Add one half and one third.", "Who are you?")
TOKENS = 12
WIDTH, BLOCKS, HEADS, SHARED = 64, 2, 4, 2


@pytest.fixture(scope="module")
def base(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama of two blocks in 32-bit floats, with the embedded model's tokenizer."""
    source = GgufFile(model_path)
    random, metadata = np.random.default_rng(3), dict(source.metadata)
    sizes = {
        "embedding_length": WIDTH, "feed_forward_length": 96, "block_count": BLOCKS, "attention.head_count": HEADS,
        "attention.head_count_kv": SHARED, "rope.dimension_count": WIDTH // HEADS,
    }  # fmt: skip
    metadata |= {f"llama.{name}": encode(size, 4) for name, size in sizes.items()} | {"general.file_type": encode(0, 4)}
    shapes = {"token_embd": (source.raw("token_embd.weight").shape[1], WIDTH), "output_norm": (WIDTH,)}
    both = SHARED * WIDTH // HEADS
    for i in range(BLOCKS):
        shapes |= {f"blk.{i}.{n}": (WIDTH,) for n in ("attn_norm", "ffn_norm")}
        shapes |= {f"blk.{i}.attn_{n}": (rows, WIDTH) for n, rows in zip("qkv", (WIDTH, both, both), strict=True)}
        shapes |= {f"blk.{i}.attn_output": (WIDTH, WIDTH), f"blk.{i}.ffn_down": (WIDTH, 96)}
        shapes |= {f"blk.{i}.ffn_{n}": (96, WIDTH) for n in ("up", "gate")}

    def tensor(name: str, shape: tuple[int, ...]) -> RawTensor:
        values = np.ones((1, *shape)) if len(shape) == 1 else random.normal(0, 0.2, shape)
        return RawTensor(f"{name}.weight", shape[::-1], type_id("F32"), quantize(values, type_id("F32")))

    target = tmp_path_factory.mktemp("base") / "tiny.gguf"
    write(target, metadata, [tensor(name, shape) for name, shape in shapes.items()])
    return target


Made = tuple[Path, Any]
Maker = Callable[..., Made]


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Makes an adapter of random matrices as PEFT saves it; the folder, and the merged model in torch."""

    def make(**settings: Any) -> Made:
        import torch
        from peft import LoraConfig, get_peft_model
        from studysmith.deploy.gguf.torch_model import load_torch

        model, _ = load_torch(base, "float32")
        torch.manual_seed(5)
        given = {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
        tuned = get_peft_model(model, LoraConfig(**{**given, "init_lora_weights": False, **settings}))
        for name, weights in tuned.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weights, 0, 0.3)
        folder = tmp_path_factory.mktemp("adapter") / "peft"
        tuned.peft_config["default"].base_model_name_or_path = str(base)
        tuned.save_pretrained(folder)
        return folder, tuned.merge_and_unload()

    return make


def asked(question: str) -> list[Message]:
    return [Message(role="user", content=question)]


def greedy(model: Any, prompt: list[int], n: int) -> list[int]:
    import torch

    ids = list(prompt)
    with torch.no_grad():
        for _ in range(n):
            ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[len(prompt) :]


SPECIAL = (
    {"r": 4},
    {"r": 4, "use_rslora": True, "alpha_pattern": {"q_proj": 2}, "rank_pattern": {"v_proj": 2}},
)


@pytest.mark.parametrize("settings", SPECIAL, ids=["plain", "scaled by layer"])
def test_it_says_what_the_merged_model_says(
    adapter: Maker, base: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    folder, merged = adapter(**settings)
    before, out = sha256(base), tmp_path / "out"
    export_adapters(folder, out)
    assert sha256(base) == before
    facts = json.loads((out / FACTS).read_text())
    assert (facts["base"], facts["base_sha256"], facts["rank"]) == ("tiny.gguf", before, 4)
    with LlamaCppEngine(base, context=256, lora=out / GGUF) as engine, LlamaCppEngine(base, context=256) as bare:
        assert engine.id != bare.id
        parted = 0
        for question in QUESTIONS:
            reply = engine.complete(Request(messages=asked(question), max_tokens=TOKENS, logprobs=3))
            assert reply.token_ids == greedy(merged, reply.prompt_ids, len(reply.token_ids))
            parted += bare.complete(Request(messages=asked(question), max_tokens=TOKENS)).token_ids != reply.token_ids
            wanted = log_probabilities(merged, reply.prompt_ids)
            for likely in (reply.logprobs or [])[0]:
                # The cache of keys and values is kept in 16 bits.
                assert likely["logprob"] == pytest.approx(wanted[likely["id"]], abs=0.03)
        assert parted, "the adapter says something else than the base"


def log_probabilities(model: Any, prompt: list[int]) -> list[float]:
    import torch

    with torch.no_grad():
        found: list[float] = model(input_ids=torch.tensor([prompt])).logits[0, -1].log_softmax(-1).tolist()
    return found


@pytest.mark.parametrize("settings", SPECIAL, ids=["plain", "scaled by layer"])
def test_mlx_computes_what_the_merged_model_computes(
    adapter: Maker, base: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    mlx = pytest.importorskip("mlx.core", reason="mlx is not installed")
    utils = pytest.importorskip("mlx_lm.tuner.utils", reason="mlx-lm is not installed")
    import torch
    from mlx_lm.models.llama import Model, ModelArgs
    from studysmith.deploy.gguf.torch_model import load_torch

    folder, merged = adapter(**settings)
    export_adapters(folder, tmp_path / "out")
    plain, _ = load_torch(base, "float32")
    facts = plain.config.to_dict()
    args = ModelArgs.from_dict({**facts, "rope_theta": facts["rope_parameters"]["rope_theta"]})
    model = Model(args)
    rows = {n: mlx.array(w.numpy()) for n, w in plain.state_dict().items() if n != "lm_head.weight"}
    model.load_weights(list(rows.items()))
    utils.load_adapters(model, str(tmp_path / "out" / MLX))
    model.eval()
    ids = list(range(40, 70))
    found = np.array(model(mlx.array([ids]))[0])
    with torch.no_grad():
        wanted = merged(input_ids=torch.tensor([ids])).logits[0].numpy()
        without = plain(input_ids=torch.tensor([ids])).logits[0].numpy()
    assert np.abs(found - wanted).max() < 2e-3 < np.abs(without - wanted).max()
    assert (found.argmax(-1) == wanted.argmax(-1)).all()


def test_two_exports_are_the_same_bytes(adapter: Maker, tmp_path: Path) -> None:
    folder, _ = adapter()
    for name in "ab":
        export_adapters(folder, tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert [str(f) for f in files] == [GGUF, FACTS, f"{MLX}/adapter_config.json", f"{MLX}/adapters.safetensors"]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peft_type": "PROMPT_TUNING"}, "of the kind PROMPT_TUNING, not LoRA"),
        ({"use_dora": True}, "of the kind DoRA"),
        ({"peft_type": None}, "of the kind None"),
    ],
)
def test_another_kind_of_adapter_is_refused_by_name(
    adapter: Maker, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    folder, _ = adapter()
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(InputError, match=f"^run: .*{said}"):
        export_adapters(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_adapter_is_one_line(base: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent", base):
        with pytest.raises(InputError, match=r"^run: .* holds no LoRA adapter"):
            export_adapters(place, tmp_path / "out")
    (tmp_path / "adapter_config.json").write_text("[]")
    with pytest.raises(InputError, match=r"^run: .* holds no LoRA adapter"):
        read_peft(tmp_path)


def test_a_broken_adapter_is_one_line(adapter: Maker, tmp_path: Path) -> None:
    folder, _ = adapter()
    (folder / WEIGHTS).write_bytes(b"no tensors")
    with pytest.raises(InputError, match=r"^run: cannot read .*adapter_model.safetensors") as refused:
        export_adapters(folder, tmp_path / "out")
    assert "\n" not in str(refused.value)


def test_an_adapter_of_another_model_is_refused_before_llama_cpp_aborts(
    adapter: Maker, model_path: Path, base: Path, tmp_path: Path
) -> None:
    folder, _ = adapter()
    export_adapters(folder, tmp_path / "out")
    with pytest.raises(ModelError, match=r"^lora: .* was made for another model"):
        LlamaCppEngine(model_path, lora=tmp_path / "out" / GGUF)
    with pytest.raises(ModelError, match=r"^lora: .* is no LoRA adapter"):
        check_adapter(base, read_header(base))
    with pytest.raises(EngineError, match="no model file at"):
        LlamaCppEngine(base, lora=tmp_path / "absent.gguf")
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "base_model_name_or_path": str(model_path)}))
    with pytest.raises(ModelError, match=r"has no layer model\.layers\.0\.mlp\.down_proj of the shape"):
        export_adapters(folder, tmp_path / "other")
