"""What others may have made, fuzzed: only our own errors, each one line, in bounded memory, and nothing hangs.

Real files are changed: a value by another of any kind, a part left out, bytes flipped, cut, put in. The examples follow
from the tests themselves, so every run has the same.
"""

from __future__ import annotations

import copy
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from studysmith.deploy.bundle.bundle import read_program
from studysmith.deploy.bundle.golden import Golden, Ranking, Vector
from studysmith.deploy.bundle.manifest import NAME, Manifest
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.gguf.tensors import RawTensor, encode, type_id, write
from studysmith.deploy.planner import PROGRAMS, check_steps, read_curriculum, read_material
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import StudysmithError
from studysmith.programs.material import material

MEMORY = 60e6
EXAMPLES = 200
fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=timedelta(seconds=10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STRANGE = st.sampled_from(
    ["", "\0", "\ud7ff", "../x.json", "/etc/passwd", "{{x}}", "{{" * 50, "x" * 5000, "<|soft:a:0|>", "1" * 30]
)
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.floats(), st.sampled_from([0, -1, 10**400, 1e308]))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, STRANGE, st.text(max_size=20))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRANGE | st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a JSON document."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def changed(draw: st.DrawFn, content: Any) -> bytes:
    """A JSON document with one to three values changed or left out, now and then with bytes changed as well."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(list(places(content)) or [("x",)]))
        inside = content
        for key in path:
            inside = inside[key]
        if draw(st.integers(0, 4)) == 0:
            del inside[last]
        else:
            inside[last] = draw(VALUES)
        if not content:
            break
    raw = json.dumps(content).encode()
    return draw(damaged(raw)) if draw(st.integers(0, 4)) == 0 else raw


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes that were flipped, cut off, or put in."""
    place = draw(st.integers(0, max(0, len(raw) - 1)))
    kind = draw(st.sampled_from(["flip", "cut", "insert", "replace"]))
    if kind == "flip":
        return raw[:place] + bytes([raw[place] ^ 2 ** draw(st.integers(0, 7))]) + raw[place + 1 :]
    if kind == "cut":
        return raw[:place]
    new = draw(st.binary(min_size=1, max_size=12) | st.sampled_from([b"[" * 10_000, b"\xff" * 8, b"\0" * 8]))
    return raw[:place] + new + raw[place + len(new) * (kind == "replace") :]


def only_ours(read: Callable[[], Any]) -> Any:
    """What is read, or None where it was refused, with a line and in bounded memory."""
    found, said = None, "nothing"
    tracemalloc.start()
    try:
        found = read()
    except StudysmithError as error:
        said = str(error)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert said
    assert "\n" not in said
    assert most < MEMORY
    return found


PROGRAM = json.loads(PROGRAMS["free"].read_bytes())
GENERIC = {
    "format": 2,
    "kind": "program",
    "steps": {
        "say": {
            "messages": [{"role": "system", "content": "Say it."}],
            "question": "text: {{text}}",
            "reply_schema": {
                "type": "object",
                "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string", "x-words-of": "text"}},
                "required": ["a", "b"],
            },
            "max_tokens": 8,
            "repeat_penalty": 1.1,
        }
    },
    "inputs": ["text"],
    "wiring": {"say": {"text": "text"}},
    "outputs": {"a": "say.a", "b": {"value": 1}},
}
MESSAGE = {"role": "user", "content": "x"}
GOLDEN = {
    "vectors": [
        Vector(
            messages=[MESSAGE], reply_schema=None, max_tokens=3, repeat_penalty=1, prompt="x", prompt_ids=[1],
            text="a", token_ids=[2],
        ).model_dump(),
        Ranking(messages=[MESSAGE], candidates=["a", "b"], prompt="x", logprobs=[-1, -2]).model_dump(),
    ],
    "examples": [{"inputs": {"text": "x"}, "outputs": {"a": "x"}}],
    "soft": [{"step": "say", "tokens": ["<|soft:a:0|>"], "ids": [[1]], "logprobs": [[-1.0]]}],
}  # fmt: skip
CONCEPTS = [concept.model_dump(mode="json") for concept in list(curriculum().values())[:4]]
MATERIAL = json.loads(material().dump([concept["id"] for concept in CONCEPTS]))
FACTS = {
    "format": 2, "sha256": "0" * 64, "name": "n", "kind": "program", "studysmith": "0", "engine": "e", "base": "b",
    "quantization": "Q4_1", "template_sha256": "t", "soft_prompts": {"a": 1}, "method": "m", "verdict": {"a": 1},
    "files": {"a.json": {"sha256": "0" * 64, "bytes": 2}, "b/c.gguf": {"sha256": "0" * 64, "bytes": 3}},
}  # fmt: skip


@fuzzed
@given(raw=changed(FACTS), sealed=st.booleans())
def test_a_manifest(tmp_path: Path, raw: bytes, sealed: bool) -> None:
    (tmp_path / NAME).write_bytes(raw)
    (tmp_path / "a.json").write_bytes(b"{}")
    if sealed:  # so that more than its own hash is checked
        manifest = only_ours(lambda: _manifest(raw))
        if manifest is not None:
            manifest.save(tmp_path)
    only_ours(lambda: Manifest.load(tmp_path).verify_hashes(tmp_path))


def _manifest(raw: bytes) -> Manifest | None:
    try:
        return Manifest.model_validate_json(raw)
    except ValueError:  # pydantic's own, which `load` words
        return None


@fuzzed
@given(raw=changed(PROGRAM) | changed(GENERIC))
def test_a_program(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "program.json").write_bytes(raw)
    program = only_ours(lambda: read_program(tmp_path))
    if program is None:
        return
    only_ours(lambda: check_steps(program))
    for step in program.steps.values():  # what was let in can be asked
        only_ours(lambda step=step: step.request(dict.fromkeys(step.slots, "one two three")))


@fuzzed
@given(raw=changed(GOLDEN))
def test_golden_vectors(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "golden.json").write_bytes(raw)
    golden = only_ours(lambda: Golden.load(tmp_path / "golden.json"))
    for vector in golden.vectors if golden else ():
        if isinstance(vector, Vector):
            only_ours(lambda vector=vector: vector.request)


@fuzzed
@given(raw=changed(CONCEPTS))
def test_a_curriculum(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "curriculum.json").write_bytes(raw)
    only_ours(lambda: read_curriculum(tmp_path / "curriculum.json"))


@settings(fuzzed, max_examples=60)
@given(raw=changed(MATERIAL), index=st.integers(0, 2))
def test_material(tmp_path: Path, raw: bytes, index: int) -> None:
    (tmp_path / "material.json").write_bytes(raw)
    written = only_ours(lambda: read_material(tmp_path / "material.json"))
    if written is not None:
        only_ours(lambda: list(written.problems([concept["id"] for concept in CONCEPTS])))
        only_ours(lambda: written.variants(CONCEPTS[0]["id"], index))


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small GGUF file of every kind of value."""
    tokens = ["<unk>", "<s>", "</s>", "a", "b", "<|soft:a:0|>"]
    metadata = {
        "general.architecture": encode("llama", 8),
        "general.alignment": encode(32, 4),
        "llama.context_length": encode(512, 4),
        "llama.block_count": encode(1, 4),
        "llama.embedding_length": encode(32, 4),
        "llama.rope.freq_base": encode(1e4, 6),
        "tokenizer.ggml.model": encode("gpt2", 8),
        "tokenizer.ggml.tokens": encode(tokens, 9, 8),
        "tokenizer.ggml.token_type": encode([2, 3, 3, 1, 1, 3], 9, 5),
        "tokenizer.ggml.suppress_tokens": encode([5], 9, 5),
        "tokenizer.ggml.bos_token_id": encode(1, 4),
        "tokenizer.ggml.add_bos_token": encode(False, 7),
        "tokenizer.chat_template": encode("{{ messages[0]['content'] }}", 8),
    }
    path = tmp_path_factory.mktemp("header") / "a.gguf"
    data = np.zeros((6, 32 * 4), np.uint8)
    write(path, metadata, [RawTensor("token_embd.weight", (32, 6), type_id("F32"), data)])
    read_header(path)
    return path.read_bytes()


@settings(fuzzed, max_examples=500)
@given(data=st.data())
def test_the_header_of_a_model(tmp_path: Path, header: bytes, data: st.DataObject) -> None:
    raw = header
    for _ in range(data.draw(st.integers(1, 3))):
        raw = data.draw(damaged(raw)) or b"G"
    (tmp_path / "a.gguf").write_bytes(raw)
    found = only_ours(lambda: read_header(tmp_path / "a.gguf"))
    if found is not None:
        only_ours(lambda: (found.special_tokens, found.context_length, found.adds_bos, found.token("bos")))
