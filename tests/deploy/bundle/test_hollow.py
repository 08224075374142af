"""Bundles whose hashes all agree, and that are hollow or contradict themselves: what is said of each, in a line.

Whoever makes a manifest anew can do this; before, `verify` passed most of them.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.bundle.bundle import GOLDEN, MODEL, PROGRAM, load
from studysmith.deploy.bundle.content import read_content
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.golden import Golden
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.bundle.verify import FITTING, verify
from studysmith.deploy.errors import BundleError
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.tensors import GgufFile, encode, write
from studysmith.deploy.planner import CURRICULUM, MATERIAL, PROGRAMS

from .spoiled import Change, copy_of, edit, replace, reseal, set_vectors

STEP = "choose_way"
ADAPTER = f"adapters/{STEP}/adapter_model.safetensors"


@pytest.fixture(scope="session")
def small(tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planner with a soft prompt of four tokens and its adapter, on a model of two layers."""
    from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt

    folder, base = tmp_path_factory.mktemp("small"), tiny_gguf.parent / "base.gguf"
    vectors = np.random.default_rng(3).normal(0, 0.3, (4, 64)).astype(np.float32)
    SoftPrompt(STEP, vectors).save(folder / "adapters" / STEP, base)
    program = FrozenProgram.load(PROGRAMS["chosen"])
    program.steps[STEP].messages[0]["content"] = soft_prompt_text(STEP, 4)
    golden = [{"text": "I am stuck on adding fractions, 1 week, 20 minutes.", "today": "2026-01-05"}]
    given = {"golden": golden, "soft_prompts": {STEP: vectors}, "adapters": folder / "adapters"}
    export(program, base, folder / "bundle", name="small", method="soft", **given)
    return folder / "bundle"


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    return copy_of(small, tmp_path / "copy")


def problems(folder: Path) -> list[str]:
    return read_content(folder, Manifest.load(folder)).problems


def test_a_whole_bundle_passes_each_check_by_its_line(small: Path) -> None:
    passed: list[str] = []
    assert verify(small, lambda stage, done, total, detail: passed.append(detail)) == []
    golden = json.loads((small / GOLDEN).read_bytes())
    steps = [set(json.loads((small / PROGRAM).read_bytes())["steps"])]
    assert len(steps[0]) == 3
    assert len(golden["vectors"]) >= 3  # each step is asked, by the plan or for itself
    assert len(passed) == 3 + len(golden["vectors"]) + 1
    assert passed[1:3] == [FITTING, f"each vector of the soft prompts of {STEP}"]
    assert "" not in passed


def test_what_takes_long_to_do_again_is_not_recorded_twice(
    tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.deploy.bundle.export.REPLAYED", 1)
    program, base = FrozenProgram.load(PROGRAMS["chosen"]), tiny_gguf.parent / "base.gguf"
    texts = ("I am stuck on adding fractions, 1 week, 20 minutes.", "slope, 1 week, 20 minutes")
    golden = [{"text": text, "today": "2026-01-05"} for text in texts]
    export(program, base, tmp_path / "b", name="n", method="m", golden=golden)
    recorded = Golden.load(tmp_path / "b" / GOLDEN)
    assert [example.inputs for example in recorded.examples] == golden[:1]
    assert problems(tmp_path / "b") == []  # each step is asked all the same


def drop(*names: str) -> Change:
    def change(content: Any) -> None:
        for name in names:
            content[name] = []

    return change


def without_diagnose(content: Any) -> None:
    content["vectors"] = [v for v in content["vectors"] if "wrong answers" not in v["messages"][0]["content"]]


def first_vector_of(content: Any, kind: str) -> Any:
    return next(vector for vector in content["vectors"] if kind in vector)


def step(change: Change, name: str = STEP) -> Change:
    return lambda content: change(content["steps"][name])


def rename(content: Any) -> None:
    content["steps"]["choose_tone"] = content["steps"].pop(STEP)


def other_field(content: Any) -> None:
    schema = content["reply_schema"]
    schema["properties"]["tone"] = schema["properties"].pop("way")
    schema["required"] = ["tone"]


def nested(depth: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def circle(content: Any) -> None:
    content[0]["prerequisites"] = [content[1]["id"]]


def material(path: str, value: Any) -> Change:
    def change(content: Any) -> None:
        *parts, last = path.split("/")
        for part in parts:
            content = content[int(part) if part.isdigit() else part]
        content[last] = value

    return change


LET = "variants/adding-like-fractions/0/"
HOLLOW: list[tuple[str, Change, str]] = [
    (GOLDEN, drop("vectors", "examples"), "golden.json: no example runs the whole program"),
    (GOLDEN, drop("vectors", "examples"), "golden.json: no vector asks step diagnose; export the bundle again"),
    (GOLDEN, drop("examples"), "golden.json: no example runs the whole program"),
    (GOLDEN, without_diagnose, "golden.json: no vector asks step diagnose; export the bundle again"),
    (GOLDEN, drop("soft"), f"golden.json: says nothing, or of other tokens, of the soft prompt of step {STEP}"),
    (GOLDEN, lambda g: g["soft"][0].update(step="diagnose"), "golden.json: step diagnose has no soft prompt"),
    (GOLDEN, lambda g: g["soft"][0]["tokens"].pop(), "golden.json cannot be read: soft.0: tokens, ids, logprobs"),
    (GOLDEN, lambda g: g["soft"][0].update(ids=[[]] * 4, logprobs=[[]] * 4), "golden.json cannot be read: soft.0"),
    (GOLDEN, lambda g: first_vector_of(g, "logprobs")["logprobs"].pop(), "golden.json cannot be read: vectors."),
    (GOLDEN, lambda g: first_vector_of(g, "logprobs").update(logprobs=[], candidates=[]), "golden.json cannot be read"),
    (GOLDEN, lambda g: first_vector_of(g, "logprobs").update(logprobs=[float("nan")] * 8), "golden.json cannot be"),
    (PROGRAM, lambda p: p.update(steps={}), "cannot be read: program.json: steps: "),
    (PROGRAM, lambda p: p.update(kind="robot"), "kind: program or planner (got 'robot')"),
    (PROGRAM, lambda p: p.update(kind="program"), "cannot be read: program.json: outputs: must hold at least one"),
    (PROGRAM, lambda p: p["steps"].pop("diagnose"), "program.json: steps: those of a planner, with or without read_"),
    (PROGRAM, rename, "program.json: steps: those of a planner, with or without read_request (got choose_topic, "),
    (PROGRAM, step(lambda s: s.update(question="{{mood}}")), f"program.json: steps.{STEP}: asks for 'mood'"),
    (
        PROGRAM,
        step(lambda s: s.update(question="Choose.")),
        f"golden.json: no vector asks step {STEP}; export the bund",
    ),
    (
        PROGRAM,
        step(lambda s: s.update(question=s["question"] + " Now.")),
        f"golden.json: no vector asks step {STEP}; export the bund",
    ),
    (PROGRAM, step(other_field), f"program.json: steps.{STEP}: must answer way"),
    (
        PROGRAM,
        step(lambda s: s["reply_schema"]["properties"]["way"].update(type="array", items={"type": "string"})),
        f"program.json: steps.{STEP}: reply_schema must be that of a planner's step: ",
    ),
    (PROGRAM, step(lambda s: s["reply_schema"]["properties"]["way"].update(maxLength=1)), "must be that of a planner"),
    (PROGRAM, step(lambda s: s.update(reply_schema={})), "cannot be read: program.json: "),
    (PROGRAM, step(lambda s: s.update(reply_schema={"type": "object", "properties": 5})), "schema at $.properties"),
    (PROGRAM, step(lambda s: s["reply_schema"].update(required=None)), "reply_schema: must be an object of at least"),
    (PROGRAM, step(lambda s: s["reply_schema"]["properties"]["way"].update(type={})), "reply_schema: must be a JSON s"),
    (
        PROGRAM,
        step(lambda s: s["reply_schema"]["properties"]["way"].update(minLength="x")),
        "steps.choose_way.reply_sc",
    ),
    (PROGRAM, step(lambda s: s["reply_schema"].update(required=[])), "reply_schema: must be an object of at least one"),
    (PROGRAM, step(lambda s: s["reply_schema"]["properties"].update(way=nested(400))), "recursion limit exceeded"),
    (PROGRAM, step(lambda s: s["reply_schema"]["properties"]["way"].update({"x-words-of": "mood"})), "quotes 'mood'"),
    (
        PROGRAM,
        step(lambda s: s["messages"][0].update(content="Choose.")),
        f"golden.json: step {STEP} has no soft prompt",
    ),
    (
        PROGRAM,
        step(lambda s: s["messages"][0].update(content=soft_prompt_text(STEP, 3))),
        f"step {STEP}: its soft prompt is not the one that model.gguf has",
    ),
    (
        PROGRAM,
        step(lambda s: s["messages"][0].update(content=soft_prompt_text("tone", 4))),
        f"step {STEP}: its soft prompt is not the one that model.gguf has",
    ),
    (CURRICULUM, lambda c: c.clear(), "curriculum.json cannot be read: input: List should have at least 1 item"),
    (CURRICULUM, circle, "prerequisites form a cycle: "),
    (CURRICULUM, lambda c: c[0].update(level="high"), "curriculum.json cannot be read: 0.level: "),
    (MATERIAL, lambda m: m.pop("choice"), "material.json cannot be read: an object with teaching and variants and ch"),
    (MATERIAL, lambda m: m["choice"].clear(), "material.json: choice: weights: there are none"),
    (MATERIAL, lambda m: m["teaching"].pop("patterns"), "teaching: patterns: nothing is written for concepts in gen"),
    (MATERIAL, material("teaching/patterns/student", []), "material.json: teaching: patterns: student: nothing is wri"),
    (MATERIAL, material("choice/weights/merit", float("inf")), "material.json: choice: weights: merit: "),
    (MATERIAL, material(LET + "let", {"x": "1 +"}), "let, where: '1 +' is no expression"),
    (MATERIAL, material(LET + "task", "Add {nothing} and 1."), "{nothing} is neither drawn nor follows"),
    (MATERIAL, material(LET + "draw", {"a": "3..1"}), "material.json: variants: adding-like-fractions: "),
]


@pytest.mark.parametrize(("name", "change", "said"), HOLLOW, ids=[f"{row[0]}-{row[2][-30:]}" for row in HOLLOW])
def test_what_is_hollow_or_does_not_fit_is_said(copy: Path, name: str, change: Change, said: str) -> None:
    edit(copy, name, change)
    found = problems(copy)
    assert any(said in line for line in found), found
    assert all("\n" not in line for line in found)
    assert not any(re.search(r"\b(?!Golden)[A-Z]\w+Error\b", line) for line in found), found
    # What cannot run is not opened either.
    if name in (PROGRAM, CURRICULUM) and "soft prompt" not in said and GOLDEN not in said:
        with pytest.raises(BundleError) as refused:
            load(copy)
        assert "\n" not in str(refused.value)


FACTS: list[tuple[Change, str]] = [
    (
        lambda m: m.soft_prompts.update({STEP: 5}),
        f"soft prompt {STEP} has 5 tokens in manifest.json, and 4 in model.gguf",
    ),
    (lambda m: m.soft_prompts.update(tone=4), "soft prompt tone has 4 tokens in manifest.json, and 0 in model.gguf"),
    (lambda m: m.soft_prompts.clear(), f"soft prompt {STEP} is in only one of manifest.json and adapters/"),
    (lambda m: setattr(m, "quantization", "F16"), "quantization is F16 in manifest.json, and Q4_1 in model.gguf"),
    (lambda m: setattr(m, "template_sha256", "0" * 64), "the chat template is not the exported one"),
    (lambda m: setattr(m, "folds_system", True), "folds_system is True in manifest.json, and not so by the chat temp"),
    (lambda m: setattr(m, "kind", "program"), "kind is 'program' in manifest.json and 'planner' in program.json"),
]


@pytest.mark.parametrize(("change", "said"), FACTS, ids=[said for _, said in FACTS])
def test_what_the_manifest_says_is_compared(copy: Path, change: Change, said: str) -> None:
    reseal(copy, change)
    found = problems(copy)
    assert any(said in line for line in found), found


def halved(vectors: np.ndarray) -> np.ndarray:
    return vectors[:2]


def zeroed(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.copy()
    vectors[2] = 0
    return vectors


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (halved, "its vectors have the shape [2, 64], the model's [4, 64]"),
        (zeroed, "1 of 4 vectors are not those of model.gguf (the first: 3)"),
        (lambda v: v.astype(np.float16), "adapter_model.safetensors holds no float32 prompt_embeddings"),
        (lambda v: v * np.nan, "4 of 4 vectors are not those of model.gguf (the first: 1)"),
    ],
)
def test_an_adapter_is_compared_with_the_rows_of_the_model(copy: Path, change: Any, said: str) -> None:
    set_vectors(copy / ADAPTER, change)
    reseal(copy)
    assert problems(copy) == [
        f"adapters/{STEP}: {line}" for line in problems(copy) for line in [line.split(": ", 1)[1]]
    ]
    found = problems(copy)
    assert any(said in line for line in found), found


@pytest.mark.parametrize("raw", [b"", b"\xff" * 8, struct.pack("<Q", 2) + b"{}", struct.pack("<Q", 9) + b"[" * 9])
def test_an_adapter_that_is_none_is_a_line(copy: Path, raw: bytes) -> None:
    replace(copy / ADAPTER, raw)
    reseal(copy)
    (problem,) = problems(copy)
    assert "adapter_model.safetensors holds no float32 prompt_embeddings" in problem


def test_soft_tokens_that_can_be_sampled_are_said(copy: Path) -> None:
    file = GgufFile(copy / MODEL)
    tensors = [file.raw(name) for name in file.names]
    (copy / MODEL).rename(copy.parent / "old.gguf")
    write(copy / MODEL, {**file.metadata, "tokenizer.ggml.suppress_tokens": encode([5], 9, 5)}, tensors)
    reseal(copy)
    assert problems(copy) == ["model.gguf: 4 of 4 soft tokens are not suppressed, so they can be sampled"]


def spoil_runs(content: Any) -> None:
    """Faults that only running it shows, of every kind at once."""
    written = next(vector for vector in content["vectors"] if vector.get("token_ids"))
    written["text"] += "!"
    content["vectors"].insert(0, {**written, "repeat_penalty": 9})
    content["examples"][0]["outputs"] = {}
    content["examples"] += [
        {"inputs": {}, "outputs": {}},
        {"inputs": {"text": "", "today": "2026-01-05"}, "outputs": {}},
    ]


def test_one_fault_does_not_hide_another(copy: Path) -> None:
    edit(copy, GOLDEN, spoil_runs)
    edit(copy, MATERIAL, lambda m: m["choice"].clear())
    found = verify(copy)
    for said in (
        "material.json: choice: weights: there are none",
        "golden vector 1: repeat_penalty must be from 1 (none) to 2, not 9",
        ": the text is not what its token ids say",
        "golden example 1: choice: weights: there are none",
        "golden example 2: golden: a planner's example has a text and today",
        "golden example 3: text: say in a sentence",
    ):
        assert any(said in line for line in found), (said, found)


def test_an_example_that_says_less_than_the_program_does_is_no_example(copy: Path) -> None:
    edit(copy, GOLDEN, lambda g: g["examples"][0].update(outputs={}))
    assert "golden example 1: title differs" in verify(copy)


def test_a_model_that_does_not_open_is_a_line_and_the_other_checks_run(copy: Path) -> None:
    raw = bytearray((copy / MODEL).read_bytes())
    raw[4] = 9  # a version of the format that nobody has
    replace(copy / MODEL, bytes(raw))
    edit(copy, GOLDEN, drop("examples"))
    found = verify(copy)
    assert any("golden.json: no example" in line for line in found)
    assert any(re.search(r"GGUF version 9 is not 2 or 3", line) for line in found)
