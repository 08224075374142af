"""Bundles of a quantized model with soft prompts: what they hold, and what `verify` sees of a change."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.bundle.bundle import GOLDEN, MODEL
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram, FrozenStep
from studysmith.deploy.bundle.golden import Golden
from studysmith.deploy.bundle.manifest import NAME, Manifest
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import BundleError
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.quantize import quantized
from studysmith.deploy.gguf.tensors import GgufFile, encode, write

TABLE, HEAD = "token_embd.weight", "output.weight"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


def write_bundle(base: Path, vectors: np.ndarray, folder: Path, quantization: Any = "keep") -> Manifest:
    step = FrozenStep(
        messages=[{"role": "system", "content": soft_prompt_text("week", len(vectors))}],
        question="Topic: {{topic}}",
        reply_schema={
            "type": "object",
            "properties": {"sentence": {"type": "string", "maxLength": 40}},
            "required": ["sentence"],
            "additionalProperties": False,
        },
        max_tokens=32,
    )
    program = FrozenProgram(
        steps={"write": step},
        inputs=["topic"],
        wiring={"write": {"topic": "topic"}},
        outputs={"sentence": "write.sentence"},
    )
    golden = [{"topic": "fractions"}, {"topic": "a plan for one week of algebra"}]
    soft = {"week": vectors}
    return export(
        program, base, folder, name="w", method="soft", golden=golden, soft_prompts=soft, quantization=quantization
    )


@pytest.fixture(scope="module")
def base(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model as Q4_K_M, as `compile --quantize` makes it."""
    return quantized(model_path, "Q4_K_M", tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def shipped(base: Path, soft_vectors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "soft"
    write_bundle(base, soft_vectors["week"], folder)
    return folder


def hashes(path: Path) -> dict[str, str]:
    file = GgufFile(path)
    return {name: hashlib.sha256(file.raw(name).data.tobytes()).hexdigest() for name in file.names}


def test_every_other_tensor_is_the_quantized_base_to_the_byte(base: Path, shipped: Path) -> None:
    before, after = hashes(base), hashes(shipped / MODEL)
    assert {name for name in after if after[name] != before.get(name)} == {TABLE, HEAD}
    made = GgufFile(shipped / MODEL)
    old, new, head = GgufFile(base).raw(TABLE), made.raw(TABLE), made.raw(HEAD)
    assert old.type == new.type == head.type
    rows = len(old.data)
    assert new.data[:rows].tobytes() == old.data.tobytes() == head.data[:rows].tobytes()


def test_the_manifest_says_what_soft_prompts_add(base: Path, shipped: Path) -> None:
    manifest = Manifest.load(shipped)
    assert set(manifest.soft_bytes) == {"rows", "head", "table"}
    assert (manifest.quantization, manifest.trained_on) == ("Q4_K_M", "Q4_K_M"), "not that it was kept as it was"
    grown = (shipped / MODEL).stat().st_size - base.stat().st_size
    # The rest of the difference is 32 names in the vocabulary and a longer template.
    assert 0 < grown - sum(manifest.soft_bytes.values()) < 5000
    assert manifest.soft_bytes["rows"] == 32 * 576 // 32 * 34


def zero_vector(model: Path, number: int, of: int) -> None:
    """Fill a row of the table, one of the last `of`, with zeros."""
    tensor = next(t for t in GgufFile(model).header.tensors if t.name == TABLE)
    width = tensor.size // tensor.shape[1]
    with model.open("r+b") as file:
        file.seek(tensor.offset + tensor.size - (of - number + 1) * width)
        file.write(bytes(width))


def seal(folder: Path) -> None:
    """Hash everything anew, as whoever changes a bundle can."""
    manifest = Manifest.model_validate_json((folder / NAME).read_text())
    manifest.add_files(folder)
    manifest.save(folder)


@pytest.mark.parametrize("number", [1, 16, 32])
def test_one_zeroed_vector_fails_verification_also_where_the_hashes_were_made_anew(
    number: int, shipped: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(shipped, tmp_path / "copy"))
    zero_vector(folder / MODEL, number, 32)
    with pytest.raises(BundleError, match=r"^model\.gguf was changed: "):
        verify(folder)
    seal(folder)
    [line] = [problem for problem in verify(folder) if "vector" in problem and "golden" not in problem]
    assert line.startswith(f"step write: soft vector {number} of 32 changed (a next token's log-likelihood differs by ")


def test_a_bundle_says_that_its_soft_vectors_are_checked_and_fails_where_nothing_was_recorded_of_them(
    shipped: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    assert verify(shipped, lambda stage, done, total, detail: said.append(f"{done}/{total} {detail}")) == []
    assert said[2] == "3/7 each vector of the soft prompts of write"
    assert said[-1].startswith("7/7 ")
    folder = Path(shutil.copytree(shipped, tmp_path / "copy"))
    golden = json.loads((folder / GOLDEN).read_text())
    del golden["soft"]
    (folder / GOLDEN).write_text(json.dumps(golden))
    zero_vector(folder / MODEL, 32, 32)
    seal(folder)
    problems = verify(folder)
    assert "golden.json: says nothing, or of other tokens, of the soft prompt of step write; export again" in problems


def test_a_template_that_takes_no_system_message_is_recorded(tiny_gguf: Path, shipped: Path, tmp_path: Path) -> None:
    file, gemma = GgufFile(tiny_gguf), tmp_path / "gemma.gguf"
    template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        "{% for message in messages %}[{{ message['content'] }}]{% endfor %}"
    )
    write(gemma, {**file.metadata, "tokenizer.chat_template": encode(template, 8)}, map(file.raw, file.names))
    step = FrozenStep(
        messages=[{"role": "system", "content": "Be brief."}], question="{{topic}}", reply_schema=TEXT, max_tokens=400
    )
    wiring = {"write": {"topic": "topic"}}
    program = FrozenProgram(steps={"write": step}, inputs=["topic"], wiring=wiring, outputs={"text": "write.text"})
    made = export(program, gemma, tmp_path / "bundle", name="g", method="m", golden=[])
    assert made.folds_system
    assert Manifest.load(tmp_path / "bundle").folds_system
    assert not Manifest.load(shipped).folds_system


def test_other_threads_and_modes_find_the_same_numbers(shipped: Path) -> None:
    [numbers] = Golden.load(shipped / GOLDEN).soft
    assert (len(numbers.tokens), {len(row) for row in numbers.ids}) == (32, {4})
    for settings in ({"threads": 1}, {"mode": "fast", "slots": 2}):
        with LlamaCppEngine(shipped / MODEL, context=64, **settings) as engine:  # type: ignore[arg-type]
            assert numbers.differences(engine) == []


@pytest.mark.parametrize(("quantization", "small"), [("Q8_0", True), ("Q4_K_M", False)])
def test_two_exports_are_the_same_bundle_to_the_byte(
    quantization: Any,
    small: bool,
    model_path: Path,
    tiny_gguf: Path,
    soft_vectors: dict[str, np.ndarray],
    tmp_path: Path,
) -> None:
    # The rows of the small model are too short for K-quants.
    base, width = (tiny_gguf.with_name("base.gguf"), 64) if small else (model_path, 576)
    soft = np.ascontiguousarray(soft_vectors["week"][:, :width])
    made = [write_bundle(base, soft, tmp_path / name, quantization) for name in ("a", "b")]
    assert made[0] == made[1]
    for name in (*made[0].files, NAME):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
