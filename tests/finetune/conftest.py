"""A base of two layers with the embedded model's tokenizer: training code runs on it in seconds."""

import json
from pathlib import Path

import pytest
from studysmith.programs.problems.generator import generate


@pytest.fixture(scope="session")
def tiny_base(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch
    from studysmith.deploy.gguf.torch_model import load_torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    _, tokenizer = load_torch(model_path)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("base") / "tiny"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def problems_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 generated problems in normal form."""
    file = tmp_path_factory.mktemp("problems") / "problems.jsonl"
    file.write_text("".join(f"{json.dumps(p.model_dump())}\n" for p in generate(40, seed=3)))
    return file
