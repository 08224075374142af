"""MLX folders say what the GGUF file says: the same codes, the same tokens, the same prompt."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.cli.app import app
from studysmith.deploy.bundle.mlx import check_loads, export_mlx
from studysmith.deploy.bundle.mlx_tokenizer import swift_lacks
from studysmith.deploy.bundle.mlx_weights import mlx_config, same_codes
from studysmith.deploy.bundle.parity import agreement
from studysmith.deploy.engines.base import Message
from studysmith.deploy.engines.mlx import MlxEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.errors import BundleError, ModelError, RequestError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, dequantize, encode, quantize, type_id, write
from studysmith.programs.errors import InputError, StudysmithError

mx = pytest.importorskip("mlx.core", reason="mlx is not installed")
pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")

ASKED: list[Message] = [
    {"role": "system", "content": soft_prompt_text("week", 4)},
    {"role": "user", "content": "Add 1/2 and  13/14, é."},
]


@pytest.fixture(scope="module")
def folder(tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("mlx") / "keep"
    export_mlx(tiny_gguf, target)
    return target


def values(tensor: RawTensor) -> np.ndarray:
    codes, scales, biases = (mx.array(part) for part in same_codes(tensor))
    bits = codes.shape[-1] * 32 // tensor.shape[0]
    wide = (part.astype(mx.float32) for part in (scales, biases))
    return np.array(mx.dequantize(codes, *wide, group_size=32, bits=bits))


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"])
def test_a_type_that_both_formats_have_keeps_every_value(kind: str) -> None:
    rows = np.random.default_rng(0).normal(size=(48, 96)).astype(np.float32)
    rows[3] = 0
    data = quantize(rows, type_id(kind))
    made = values(RawTensor("w", (96, 48), type_id(kind), data))
    assert np.array_equal(made, dequantize(data, type_id(kind)))


@pytest.mark.parametrize(("kind", "size"), [("Q4_K", 144), ("Q5_K", 176)])
def test_a_k_type_keeps_its_codes_and_rounds_its_scales(kind: str, size: int) -> None:
    random = np.random.default_rng(0)
    data = random.integers(0, 256, (8, 2 * size), dtype=np.uint8)
    for block in data.reshape(-1, size):
        block[:4] = random.uniform(0.001, 0.01, 2).astype(np.float16).view(np.uint8)
    wanted = dequantize(data, type_id(kind))
    found = values(RawTensor("w", (512, 8), type_id(kind), data))
    assert np.abs(found - wanted).max() < 2**-10 * np.abs(wanted).max()


@pytest.fixture(scope="module")
def wanted(tiny_gguf: Path) -> tuple[list[int], np.ndarray]:
    """Token ids of a prompt, and the logprobs that torch finds at each place after the first one."""
    import torch
    from studysmith.deploy.gguf.torch_model import load_torch

    with open_engine(tiny_gguf, context=128) as engine:
        ids = engine.tokenize(engine.render(ASKED))
    model, _ = load_torch(tiny_gguf, "float32")
    with torch.no_grad():
        return ids, model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1).numpy()


@pytest.mark.parametrize(("bits", "bound"), [("keep", 1e-8), (32, 1e-8), (16, 1e-4), (8, 0.02), (6, 0.4), (4, 1e-8)])
def test_a_folder_computes_what_the_gguf_file_computes(
    tiny_gguf: Path, wanted: tuple[list[int], np.ndarray], tmp_path: Path, bits: Any, bound: float
) -> None:
    assert export_mlx(tiny_gguf, tmp_path / "out", bits=bits).bits == bits
    ids, reference = wanted
    with MlxEngine(tmp_path / "out") as engine:
        assert engine.tokenize(engine.render(ASKED)) == ids
        found = agreement([reference], [engine.forced_logprobs(ids[:1], ids[1:])])
    assert found.kl_mean < bound
    assert bits not in ("keep", 32) or found.top1 == 1


def test_two_exports_are_the_same_bytes(folder: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    export_mlx(tiny_gguf, tmp_path / "again")
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_table_and_head_of_a_soft_prompt_keep_their_precision_and_the_report_says_what_that_costs(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    from mlx_lm.utils import load_model

    report = export_mlx(tiny_gguf, tmp_path / "out", bits=4)
    model, config = load_model(tmp_path / "out")
    table, head = model.model.embed_tokens, model.lm_head
    assert (table.bits, head.bits, config["quantization"]["bits"]) == (8, 8, 4)
    model.set_dtype(mx.float32)
    soft = np.array(table(mx.arange(49152, 49156)))
    assert np.array_equal(soft, GgufFile(tiny_gguf).floats("token_embd.weight")[-4:])
    assert report.soft_tokens == 4
    assert report.exempt_bytes == 2 * 49156 * 64 * 9 // 8
    assert report.exempt_cost == 2 * 49156 * 64 * (9 - 5) // 8
    # 14 matrices are Q4_1 already.
    assert (report.same_layers, report.requantized_layers) == (16, 0)


def test_of_floats_the_table_gets_16_bits_and_the_head_8(tiny_gguf: Path, tmp_path: Path) -> None:
    bake(tiny_gguf, {}, tmp_path / "f32.gguf", "F32")
    report = export_mlx(tmp_path / "f32.gguf", tmp_path / "out", bits=4)
    formats = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["quantization"]
    assert formats == {"bits": 4, "group_size": 32, "lm_head": {"bits": 8, "group_size": 32}}
    assert report.exempt_bytes == 49156 * 64 * (16 + 9) // 8
    assert (report.same_layers, report.requantized_layers) == (0, 15)


def test_bits_per_weight_are_those_that_mlx_reads(folder: Path) -> None:
    report = json.loads((folder / "mlx.json").read_text("utf-8"))
    # Table and head, nearly all of it, take 8 bits and a scale and a bias of 16 bits for each 32 weights.
    assert report["bits_per_weight"] == pytest.approx(9, abs=0.1)
    check_loads(folder, report["bits_per_weight"])
    with pytest.raises(ModelError, match="MLX reads"):
        check_loads(folder, 4.5)


def test_what_apps_read_is_where_they_look(folder: Path, tiny_gguf: Path, wanted: tuple[list[int], np.ndarray]) -> None:
    from transformers import AutoTokenizer

    header = GgufFile(tiny_gguf).header
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert (config["model_type"], config["rope_theta"], config["eos_token_id"]) == ("llama", 100000.0, [2])
    assert config["tie_word_embeddings"] is False
    template = (folder / "chat_template.jinja").read_text("utf-8")
    tokens = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    assert template == tokens["chat_template"] == header.chat_template
    assert swift_lacks(template) == []
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids, _ = wanted
    assert tokenizer.apply_chat_template(ASKED, add_generation_prompt=True, return_dict=False) == ids
    assert json.loads((folder / "generation_config.json").read_text("utf-8"))["suppress_tokens"] == ids[:4]
    assert (folder / "model.safetensors").stat().st_mode & 0o044, "others may read it"


def test_a_template_that_swift_cannot_read_is_named() -> None:
    plain = (
        "{% for m in messages %}{% if loop.first %}{{ m['content'] }}{% else %}{% continue %}{% endif %}{% endfor %}"
    )
    assert swift_lacks(plain) == []
    [block] = swift_lacks("{% block a %}{{ messages }}{% endblock %}")
    [raw] = swift_lacks("{% raw %}{{ messages }}{% endraw %}")
    assert block.endswith("lacks Block")
    assert raw.endswith("lacks raw")


def with_factors(source: Path, target: Path, factors: np.ndarray) -> GgufFile:
    file = GgufFile(source)
    tensor = RawTensor("rope_freqs.weight", (len(factors),), type_id("F32"), factors.astype("<f4")[None].view(np.uint8))
    write(target, file.metadata, [*map(file.raw, file.names), tensor])
    return GgufFile(target)


def test_llama_3_rotary_factors_become_the_parameters_that_they_came_from(tiny_gguf: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    wanted = {
        **{"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        "original_max_position_embeddings": 8192,
    }
    rope = {**wanted, "rope_theta": 100000.0}
    config = LlamaConfig(hidden_size=64, num_attention_heads=4, rope_parameters=rope, max_position_embeddings=131072)
    frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    factors = 100000.0 ** (-np.arange(0, 16, 2) / 16) / frequencies.numpy()
    assert mlx_config(with_factors(tiny_gguf, tmp_path / "a.gguf", factors))["rope_scaling"] == wanted
    with pytest.raises(ModelError, match="rotary positions"):
        mlx_config(with_factors(tiny_gguf, tmp_path / "b.gguf", np.linspace(1, 3, 8)))


def test_what_cannot_be_exported_is_refused_in_a_line(tiny_gguf: Path, folder: Path, tmp_path: Path) -> None:
    file = GgufFile(tiny_gguf)
    for name, changed in (
        ("gemma", {"general.architecture": encode("gemma2", 8)}),
        ("plain", {"tokenizer.chat_template": encode("", 8)}),
    ):
        write(tmp_path / f"{name}.gguf", {**file.metadata, **changed}, map(file.raw, file.names))
    for kind, source, settings, said in (
        (RequestError, tiny_gguf, {"bits": 5}, "bits: keep, 4, 6, 8, 16, 32"),
        (RequestError, tiny_gguf, {"group_size": 128}, "group_size: 32 or 64"),
        (ModelError, tiny_gguf, {"bits": 6, "group_size": 64}, "down_proj has rows of 96, which 64 does not divide"),
        (ModelError, tmp_path / "none.gguf", {}, "no model file"),
        (ModelError, tmp_path / "gemma.gguf", {}, "is a gemma2 model; supported are llama"),
        (ModelError, tmp_path / "plain.gguf", {}, "no chat template"),
    ):
        with pytest.raises(kind, match=said) as caught:
            export_mlx(source, tmp_path / "out", **settings)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="is not empty"):
        export_mlx(tiny_gguf, folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_bundle_that_was_changed_is_refused(bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "changed")
    (tmp_path / "changed" / "program.json").write_text("{}", "utf-8")
    with pytest.raises(BundleError, match=r"program\.json"):
        export_mlx(tmp_path / "changed", tmp_path / "out")


def test_the_command_exports_and_says_what_became_of_the_weights(
    tiny_gguf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", str(tiny_gguf), "--to", "mlx", "--bits", "4", "--out", str(tmp_path / "out")]
    app(words, standalone_mode=False)
    said = capsys.readouterr().out
    assert "16 layers as they are in the model file, 0 quantized again" in said
    assert "4 soft tokens, in a table and a head of 7.1 MB, 3.1 MB more than in 4 bits" in said
    with pytest.raises(StudysmithError, match=r"to: bundle, messages, .*mlx"):
        app([*words[:3], "tape"], standalone_mode=False)
