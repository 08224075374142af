import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, encode, quantize, type_id, write
from studysmith.deploy.gguf.torch_model import load_torch

PIECES = (
    *(
        "1",
        "23",
        "007",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        "a",
        " Word",
        "don't",
        "'ll",
        "é",
        "日本",
        "½",
        "²",
        "٣",
    ),
    *("🙂", "<|im_end|>", "<|im_start|>user\n", "<file_sep>", "+", " - ", "x^2", "(", "3.14", "https://a.b/c?d=1", "_"),
)


def test_the_tokenizer_splits_as_llama_cpp_does(model_path: Path, engine: LlamaCppEngine) -> None:
    _, tokenizer = load_torch(model_path)
    choose = random.Random(0)
    for _ in range(60):
        text = "".join(choose.choices(PIECES, k=choose.randint(1, 25)))
        ids = tokenizer(text).input_ids
        assert ids == engine.tokenize(text)
        assert tokenizer.decode(ids) == text


def test_the_model_is_frozen_and_its_head_is_its_embeddings(model_path: Path) -> None:
    model, tokenizer = load_torch(model_path)
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.training
    assert str(model.dtype) == "torch.bfloat16"
    assert model.get_output_embeddings().weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()
    assert len(tokenizer) == model.get_input_embeddings().num_embeddings
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|im_end|>")


def small_gguf(path: Path, architecture: str, base: Path, *, drop: str = "") -> Path:
    """A random model of two layers with the layout of `architecture`; `drop` leaves one metadata key out."""
    width, heads, groups, inner, words, layers = 64, 4, 2, 96, 300, 2
    size = 128 if architecture == "qwen3" else width // heads  # transformers assumes 128 for qwen3
    of_base = GgufFile(base)
    numbers = {
        "block_count": layers,
        "context_length": 128,
        "embedding_length": width,
        "feed_forward_length": inner,
        "attention.head_count": heads,
        "attention.head_count_kv": groups,
        "attention.key_length": size,
        "attention.value_length": size,
    }
    metadata = {
        "general.architecture": encode(architecture, 8),
        "general.name": encode("small", 8),
        **{f"{architecture}.{key}": encode(value, 4) for key, value in numbers.items() if key != drop},
        f"{architecture}.attention.layer_norm_rms_epsilon": encode(1e-5, 6),
        f"{architecture}.rope.freq_base": encode(10000.0, 6),
        **{key: of_base.metadata[key] for key in of_base.metadata if key.startswith("tokenizer.")},
        "tokenizer.ggml.tokens": encode(of_base.header.metadata["tokenizer.ggml.tokens"][:words], 9, 8),
        "tokenizer.ggml.token_type": encode(of_base.header.metadata["tokenizer.ggml.token_type"][:words], 9, 5),
        "tokenizer.ggml.merges": encode(["Ġ t"], 9, 8),
    }
    query, key = size * heads, size * groups
    block = {
        "attn_norm.weight": (width,),
        "attn_q.weight": (width, query),
        "attn_k.weight": (width, key),
        "attn_v.weight": (width, key),
        "attn_output.weight": (query, width),
        "ffn_norm.weight": (width,),
        "ffn_gate.weight": (width, inner),
        "ffn_up.weight": (width, inner),
        "ffn_down.weight": (inner, width),
    }
    if architecture == "qwen2":
        block |= {"attn_q.bias": (query,), "attn_k.bias": (key,), "attn_v.bias": (key,)}
    if architecture == "qwen3":
        block |= {"attn_q_norm.weight": (size,), "attn_k_norm.weight": (size,)}
    shapes = {"token_embd.weight": (width, words), "output_norm.weight": (width,), "output.weight": (width, words)}
    shapes |= {f"blk.{i}.{name}": shape for i in range(layers) for name, shape in block.items()}
    random = np.random.default_rng(3)
    kind = type_id("F32")
    tensors = []
    for name, shape in shapes.items():
        values = random.normal(1.0 if "norm" in name else 0.0, 0.1, shape[::-1]).astype(np.float32)
        data = quantize(values.reshape(-1, shape[0]), kind)
        tensors.append(RawTensor(name, shape, kind, data))
    write(path, metadata, tensors)
    return path


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_logits_equal_those_of_transformers_own_loader(architecture: str, model_path: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    path = small_gguf(tmp_path / "small.gguf", architecture, model_path)
    model, _ = load_torch(path, "float32")
    theirs: Any = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=path.name, dtype=torch.float32)
    ids = torch.arange(40).reshape(2, 20) * 7
    with torch.no_grad():
        assert torch.equal(model(ids).logits, theirs(ids).logits)


def test_a_missing_number_is_named(model_path: Path, tmp_path: Path) -> None:
    path = small_gguf(tmp_path / "small.gguf", "llama", model_path, drop="feed_forward_length")
    with pytest.raises(ModelError, match=r"^.*small\.gguf lacks llama\.feed_forward_length$"):
        load_torch(path)
