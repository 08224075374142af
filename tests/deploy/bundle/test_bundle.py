"""A real bundle, of the planner: what it holds, what it does, and every way to spoil it."""

import json
import os
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import studysmith
from studysmith.deploy.bundle.bundle import GOLDEN, MODEL, PROGRAM, load
from studysmith.deploy.bundle.content import read_content
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.manifest import NAME, Manifest
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.errors import BundleError
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.tensors import GgufFile, type_name
from studysmith.deploy.planner import CURRICULUM, MATERIAL, PROGRAMS
from studysmith.programs.errors import InputError
from studysmith.programs.planner import STEPS_OF

FILES = [CURRICULUM, GOLDEN, MATERIAL, MODEL, PROGRAM]


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle to spoil; the model is linked, not copied: replace it, never write into it."""
    return Path(shutil.copytree(bundle, tmp_path / "copy", copy_function=os.link))


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_what_it_holds(bundle: Path, model_path: Path) -> None:
    manifest = Manifest.load(bundle)
    assert sorted(manifest.files) == FILES
    assert (manifest.name, manifest.method, manifest.quantization) == ("small", "baseline", "Q4_1")
    assert (manifest.format, manifest.kind, manifest.verdict) == (2, "planner", {})
    assert manifest.base == manifest.files[MODEL].sha256  # kept, and no soft prompt: the very file
    assert (bundle / MODEL).stat().st_size == model_path.stat().st_size
    assert FrozenProgram.load(bundle / PROGRAM) == FrozenProgram.load(PROGRAMS["chosen"])


def test_it_plans_as_it_did_at_export(bundle: Path) -> None:
    (example,) = json.loads((bundle / GOLDEN).read_text())["examples"]
    text, today = example["inputs"]["text"], date.fromisoformat(example["inputs"]["today"])
    with studysmith.load(str(bundle)) as planner:
        assert planner.plan(text, today).model_dump(mode="json") == example["outputs"]
        with pytest.raises(InputError, match=r"^this bundle holds a planner; use \.plan\(text\)"):
            planner(text=text)
        with pytest.raises(InputError, match=r"^text: "):
            planner.plan("")
        with pytest.raises(InputError, match=r"^weeks: "):
            planner.plan(text, weeks=0)


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_is_found(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    replace(copy / name, bytes(content))
    for use in (load, verify):
        with pytest.raises(BundleError, match=f"^{name} was changed"):
            use(copy)


def test_one_changed_byte_of_the_manifest_is_found(copy: Path) -> None:
    text = (copy / NAME).read_text()
    replace(copy / NAME, text.replace('"small"', '"smell"').encode())
    with pytest.raises(BundleError, match=r"manifest\.json was changed"):
        load(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_even_when_the_manifest_agrees(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is listed in manifest.json but missing"):
        load(copy)
    manifest = Manifest.model_validate_json((copy / NAME).read_bytes())
    del manifest.files[name]
    (copy / NAME).unlink()
    manifest.save(copy)
    with pytest.raises(BundleError, match=f"is no whole bundle: {name} is missing"):
        load(copy)


@pytest.mark.parametrize("name", ["extra.json", "setup.py", "adapters/code.py"])
def test_what_is_not_listed_is_refused(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("")
    with pytest.raises(BundleError, match=f"{name} is not listed"):
        load(copy)


def test_a_link_is_refused(copy: Path, bundle: Path) -> None:
    (copy / MODEL).unlink()
    (copy / MODEL).symlink_to(bundle / MODEL)
    with pytest.raises(BundleError, match=r"model\.gguf is a symbolic link"):
        load(copy)


def reseal(folder: Path, name: str, content: bytes) -> None:
    """Change a file and make the manifest agree, as only the author of a bundle could."""
    manifest = Manifest.load(folder)
    replace(folder / name, content)
    (folder / NAME).unlink()
    manifest.add_files(folder)
    manifest.save(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *[
            (name, content)
            for name in (CURRICULUM, GOLDEN, MATERIAL, PROGRAM)
            for content in (b"", b'"x"', b"\xff\xfe")
        ],
        (CURRICULUM, b'[{"id": "slope"}]'),
        (GOLDEN, b"[]"),
        (GOLDEN, b'{"vectors": [{}], "examples": []}'),
        (PROGRAM, b'{"steps": {}}'),
        (PROGRAM, b"{}"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(copy: Path, name: str, content: bytes) -> None:
    reseal(copy, name, content)
    problem = read_content(copy, Manifest.load(copy)).problems[0]
    assert "\n" not in problem
    assert f"{name} cannot be read" in problem or f"cannot be read: {name}" in problem
    if name != GOLDEN:  # which nothing but `verify` reads
        with pytest.raises(BundleError, match="cannot be read"):
            load(copy)


def test_a_changed_word_of_a_prompt_is_seen(copy: Path) -> None:
    program = json.loads((copy / PROGRAM).read_text())
    asked = [v["messages"][:-1] for v in json.loads((copy / GOLDEN).read_text())["vectors"]]
    step = next(step for step in program["steps"].values() if step["messages"] == asked[0])
    step["messages"][0]["content"] = "Bananas. " + step["messages"][0]["content"]
    reseal(copy, PROGRAM, json.dumps(program).encode())
    problems = read_content(copy, Manifest.load(copy)).problems
    assert "golden vector 1: no step of program.json asks with these messages" in problems


def test_a_kind_that_the_program_is_not_is_refused(copy: Path) -> None:
    manifest = Manifest.load(copy)
    manifest.kind = "program"
    (copy / NAME).unlink()
    manifest.save(copy)
    with pytest.raises(BundleError, match=r"contradicts itself: kind is 'program' in its manifest and 'planner' in"):
        load(copy)


def test_a_golden_vector_that_is_not_met_is_named(copy: Path) -> None:
    golden = json.loads((copy / GOLDEN).read_text())
    golden["vectors"][0]["logprobs"][0] += 1
    reseal(copy, GOLDEN, json.dumps({"vectors": golden["vectors"][:1], "examples": []}).encode())
    *hollow, problem = verify(copy)
    assert problem.startswith("golden vector 1: a candidate's log-likelihood differs by 1.0")
    assert all(line.startswith("golden.json: no ") for line in hollow)  # and that the other vectors are gone is said


def test_an_export_never_overwrites(bundle: Path, model_path: Path, tmp_path: Path) -> None:
    program = FrozenProgram.load(PROGRAMS["chosen"])
    before = sorted(p.name for p in bundle.parent.iterdir())
    with pytest.raises(BundleError, match=r"out: .* exists and is not empty"):
        export(program, model_path, bundle, name="n", method="m", golden=[])
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match=r"out: .* exists and is not empty"):
        export(program, model_path, tmp_path / "file", name="n", method="m", golden=[])
    for place in (tmp_path / "file" / "bundle", Path("/proc/bundle")):
        with pytest.raises(BundleError, match="out: cannot write to "):
            export(program, model_path, place, name="n", method="m", golden=[])
    assert sorted(p.name for p in bundle.parent.iterdir()) == before


def test_a_full_disk_leaves_nothing_behind(
    model_path: Path, full_disk: Path, soft_vectors: dict[str, np.ndarray]
) -> None:
    program = FrozenProgram.load(PROGRAMS["chosen"])
    for soft in ({}, soft_vectors):
        with pytest.raises((BundleError, ValueError), match=r"No space left|full") as refused:
            export(program, model_path, full_disk / "b", name="n", method="m", golden=[], soft_prompts=soft)
        assert "\n" not in str(refused.value)
        assert list(full_disk.iterdir()) == []


def test_an_export_that_is_interrupted_leaves_nothing_behind(model_path: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: int, total: int, detail: str) -> None:
        if detail == "hashes":
            raise KeyboardInterrupt

    program = FrozenProgram.load(PROGRAMS["chosen"])
    with pytest.raises(KeyboardInterrupt):
        export(program, model_path, tmp_path / "b", name="n", method="m", golden=[], progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_soft_prompts_adapters_and_q8_0_go_into_a_bundle(
    model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path: Path
) -> None:
    from studysmith.optimizers.prompt_tuning.training import SoftPrompt

    vectors = {"diagnose": soft_vectors["diagnose"]}
    SoftPrompt("diagnose", vectors["diagnose"]).save(tmp_path / "adapters" / "diagnose", model_path)
    program = FrozenProgram.load(PROGRAMS["chosen"])
    soft = soft_prompt_text("diagnose", 8)
    program.steps["diagnose"].messages[0]["content"] = soft
    manifest = export(
        program,
        model_path,
        tmp_path / "b",
        name="soft",
        method="soft",
        golden=[],  # the model that is written is what this is about
        verdict={"confirmed": True},
        soft_prompts=vectors,
        quantization="Q8_0",
        adapters=tmp_path / "adapters",
        report={"rows": []},
    )
    assert manifest == Manifest.load(tmp_path / "b")
    assert (manifest.soft_prompts, manifest.verdict) == ({"diagnose": 8}, {"confirmed": True})
    assert manifest.quantization == "Q8_0"
    assert manifest.base != manifest.files[MODEL].sha256
    assert sorted(n for n in manifest.files if n.startswith("adapters/")) == [
        "adapters/diagnose/adapter_config.json",
        "adapters/diagnose/adapter_model.safetensors",
        "adapters/diagnose/soft_prompt.json",
    ]
    types = {type_name(tensor.type) for tensor in GgufFile(tmp_path / "b" / MODEL).header.tensors}
    assert types == {"F32", "Q8_0"}
    with load(tmp_path / "b") as planner:
        messages = planner.program.steps["diagnose"].messages
        ids = planner.engine.tokenize(planner.engine.render([*messages, {"role": "user", "content": "x"}]))
    assert ids[:8] == list(range(49152, 49160))  # each soft token is one id, at the very start


def test_a_golden_request_of_a_planner_has_a_text_and_a_day(model_path: Path, tmp_path: Path) -> None:
    program = FrozenProgram.load(PROGRAMS["chosen"])
    with pytest.raises(InputError, match=r"^golden: a planner's example has a text and today, YYYY-MM-DD"):
        export(program, model_path, tmp_path / "b", name="n", method="m", golden=[{"text": "slope"}])
    assert list(tmp_path.iterdir()) == []


def test_the_default_planner_and_the_bundle_share_every_step(bundle: Path) -> None:
    assert set(FrozenProgram.load(bundle / PROGRAM).steps) == set(STEPS_OF["chosen"])
