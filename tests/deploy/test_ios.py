"""The Swift package, as far as it can be checked without a Mac: its structures against what bundles hold, and the
golden files of its tests against the model.

The files in ``Fixtures`` are of a bundle of ``programs.chat.ChatPlanner`` on the embedded model, exported with two
golden requests, without ``model.gguf``. Make them anew the same way where a test says that they are old.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.golden import Golden, Vector
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.gguf.header import read_header
from studysmith.programs.chat import ChatPlanner

DEPLOY = Path(__file__).parents[2] / "deploy"
SWIFT = DEPLOY / "ios" / "Sources" / "StudysmithBundle"
FIXTURES = DEPLOY / "ios" / "Tests" / "StudysmithBundleTests" / "Fixtures"
SCHEMA = json.loads((DEPLOY / "data" / "manifest.schema.json").read_text("utf-8"))
NOT_READ = {"quality", "verdict", "report"}
"""What the Swift side says that it leaves out."""
TYPES = {"Int": "integer", "String": "string", "Bool": "boolean", "Double": "number"}


def structure(file: str, name: str) -> dict[str, str]:
    """The stored fields of a Swift structure: the name in JSON, and the type."""
    body = block((SWIFT / file).read_text("utf-8"), f"public struct {name}:")
    fields = dict(re.findall(r"^    (?:    )?public let (\w+): ([\w\[\]: ]+)$", without_inner(body), re.M))
    keys = re.findall(r'case (\w+)(?: = "(\w+)")?', block(body, "enum CodingKeys:") if "CodingKeys" in body else "")
    named = {swift: written or swift for swift, written in keys} or {field: field for field in fields}
    assert set(named) == set(fields)
    return {named[field]: kind for field, kind in fields.items()}


def block(text: str, start: str) -> str:
    """What stands between the braces after ``start``."""
    rest = text[text.index("{", text.index(start)) + 1 :]
    depth = 1
    for end, sign in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return rest[:end]
    raise AssertionError(f"{start} does not end")


def without_inner(body: str) -> str:
    return body.replace(block(body, "public struct"), "") if "public struct" in body else body


def fits(kind: str, part: dict[str, Any]) -> bool:
    """Whether JSON of this schema can be read as that Swift type."""
    if kind.startswith("[String: "):
        inside = part.get("additionalProperties", {})
        return part["type"] == "object" and (kind[9:-1] not in TYPES or fits(kind[9:-1], inside))
    return part["type"] == "array" if kind.startswith("[") else part["type"] == TYPES[kind]


def test_the_schema_is_the_one_that_manifests_are_written_by() -> None:
    assert Manifest.model_json_schema() == SCHEMA, (
        "write deploy/data/manifest.schema.json anew, and look at the Swift side"
    )
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("which", ["bundle", "fixture"])
def test_real_manifests_follow_the_schema(which: str, request: pytest.FixtureRequest) -> None:
    folder = FIXTURES if which == "fixture" else request.getfixturevalue("bundle")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    jsonschema.validate(manifest, SCHEMA)
    for wrong in ({"format": "2"}, {"sha256": "short"}, {"more": 1}, {"files": {"a.json": {"bytes": 1}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**manifest, **wrong}, SCHEMA)


def test_the_swift_manifest_has_the_fields_of_the_schema() -> None:
    fields = structure("Manifest.swift", "Manifest")
    assert set(fields) == set(SCHEMA["properties"]) - NOT_READ
    assert [name for name, kind in fields.items() if not fits(kind, SCHEMA["properties"][name])] == []
    entry = structure("Manifest.swift", "FileEntry")
    assert entry == {"sha256": "String", "bytes": "Int"}
    assert set(entry) == set(SCHEMA["$defs"]["FileEntry"]["properties"])
    assert f"readable = {SCHEMA['properties']['format']['default']}" in (SWIFT / "Manifest.swift").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Program", FrozenProgram.model_json_schema()),
        ("Step", FrozenProgram.model_json_schema()["$defs"]["FrozenStep"]),
    ],
)
def test_the_swift_program_reads_what_is_frozen(name: str, part: dict[str, Any]) -> None:
    fields = structure("Program.swift", name)
    assert fields
    for field, kind in fields.items():
        assert fits(kind, {"type": "integer", **part["properties"][field]}), (
            field
        )  # format is a constant, without a type
    written = json.loads((FIXTURES / "program.json").read_text("utf-8"))
    there = written if name == "Program" else written["steps"]["plan"]
    assert set(fields) <= set(there)
    assert structure("Program.swift", "ChatMessage") == {"role": "String", "content": "String"}


def test_the_fixtures_are_as_they_were_exported() -> None:
    text = (FIXTURES / "manifest.json").read_text("utf-8")
    manifest = Manifest.model_validate_json(text)
    blank = text.replace(manifest.sha256, "0" * 64, 1)
    assert hashlib.sha256(blank.encode()).hexdigest() == manifest.sha256
    for name in ("program.json", "golden.json"):
        assert hashlib.sha256((FIXTURES / name).read_bytes()).hexdigest() == manifest.files[name].sha256
    assert FrozenProgram.load(FIXTURES / "program.json") == freeze(ChatPlanner())


def test_the_golden_prompts_and_token_ids_are_the_models_own(engine: LlamaCppEngine) -> None:
    golden = Golden.load(FIXTURES / "golden.json")
    step = FrozenProgram.load(FIXTURES / "program.json").steps["plan"]
    assert len(golden.vectors) == len(golden.examples) == 2
    for vector, example in zip(golden.vectors, golden.examples, strict=True):
        assert isinstance(vector, Vector)
        assert vector.messages == list(step.request(example.inputs).messages)
        assert engine.render(vector.messages) == vector.prompt
        assert engine.tokenize(vector.prompt) == vector.prompt_ids


OTHERS = [
    "<s>",
    "</s>",
    "<|eot_id|>",
    "<start_of_turn>",
    "[INST]",
    "[/TOOL_RESULTS]",
    "<｜end▁of▁sentence｜>",
    "<|soft:a:0|>",
]


def test_what_swift_breaks_are_all_special_tokens(model_path: Path) -> None:
    source = (SWIFT / "Neutralizer.swift").read_text("utf-8")
    [pattern] = re.findall(r'pattern = #"(.*)"#', source)
    for token in [*read_header(model_path).special_tokens, *OTHERS]:
        for text in (token, f"a{token}b", f"<{token}>", token * 2):
            assert token not in re.sub(pattern, r"\g<0> ", text)
    for harmless in ("3 < 5 and 5 > 3", "x<y", "[a, b]", "f(x) = [2x]", "a<b, c>d"):
        assert re.sub(pattern, r"\g<0> ", harmless) == harmless


def test_the_readme_names_files_that_are_there() -> None:
    readme = (DEPLOY / "ios" / "README.md").read_text("utf-8")
    for name in re.findall(r"`([\w/]+\.(?:swift|py))`", readme):
        assert (DEPLOY / "ios" / name).exists() or (DEPLOY.parent / name).exists() or list(DEPLOY.rglob(name)), name
