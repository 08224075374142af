"""Prompts as plain messages, and a real server that answers them the same, or not."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dspy
import pytest
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.messages import MESSAGES, VECTORS, Messages, Vectors, export_messages, verify_messages
from studysmith.deploy.bundle.targets import export_to
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import BundleError
from studysmith.deploy.gguf.tensors import GgufFile, encode, write
from studysmith.programs.errors import InputError


@pytest.fixture(scope="module")
def exported(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("messages") / "plain"
    lines = export_messages(bundle, folder)
    assert lines[0].endswith("messages.json: 3 steps")
    return folder


@pytest.fixture(scope="module")
def server(model_path: Path) -> Iterator[LlamaCppEngine]:
    """llama-server with the model of the bundle, one request at a time."""
    with LlamaCppEngine(model_path, serves_chat=True) as engine:
        yield engine


def test_the_prompts_are_readable_and_whole(exported: Path, bundle: Path) -> None:
    messages = Messages.model_validate_json((exported / MESSAGES).read_text())
    program = json.loads((bundle / "program.json").read_text())
    assert set(messages.steps) == set(program["steps"])
    for name, step in messages.steps.items():
        there = program["steps"][name]
        assert [*step.messages] == [*there["messages"], {"role": "user", "content": there["question"]}]
        assert step.response_format is not None
        schema = step.response_format["json_schema"]["schema"]
        assert schema["properties"].keys() == there["reply_schema"]["properties"].keys()
        assert schema["additionalProperties"] is False
        assert (step.temperature, step.max_tokens) == (0, there["max_tokens"])
    assert messages.model_sha256 == json.loads((bundle / "manifest.json").read_text())["files"]["model.gguf"]["sha256"]


def test_every_vector_has_a_prompt_and_a_reply_that_follows_its_schema(exported: Path) -> None:
    golden = Vectors.model_validate_json((exported / VECTORS).read_text())
    assert golden.vectors
    for vector in golden.vectors:
        assert vector.prompt_ids
        assert vector.token_ids
        assert vector.temperature == 0
        (field,) = (vector.reply_schema or {})["properties"]
        assert json.loads(vector.text)[field] in vector.reply_schema["properties"][field].get("enum", [])
    (example,) = golden.examples
    assert example.outputs["phases"]


@pytest.fixture(scope="module")
def text(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The messages of a program whose reply is text."""
    from studysmith.programs.chat import ChatPlan

    folder = tmp_path_factory.mktemp("text")
    program = dspy.Predict(ChatPlan.with_instructions("Answer in one word."), max_tokens=200, repeat_penalty=1.15)
    golden = [{"request": "Say yes."}, {"request": "What is the capital of France?"}]
    export(program, model_path, folder / "b", name="n", method="m", golden=golden)
    export_messages(folder / "b", folder / "plain")
    return folder / "plain"


def test_a_server_of_the_same_model_says_the_same(
    text: Path, server: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", server.key)
    (row,) = verify_messages(text, server.url)
    assert (row.problems, row.step) == ([], "self")
    assert row.same_tokens == row.same_replies == row.vectors == 2
    step = Messages.model_validate_json((text / MESSAGES).read_text()).steps["self"]
    assert (step.response_format, step.messages[-1]["content"]) == (None, "{{request}}")


def test_a_server_that_spaces_json_is_told_so_and_its_prompts_are_the_same(
    exported: Path, server: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", server.key)
    for row in verify_messages(exported, server.url):
        assert row.same_tokens == row.vectors
        assert row.same_replies + len(row.problems) == row.vectors
        assert all("the server lets white space into JSON" in problem for problem in row.problems)


def test_a_server_with_another_template_is_told_apart(
    exported: Path, model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = GgufFile(model_path)
    old = file.header.chat_template or ""
    template = encode(old.replace("<|im_start|>assistant", "Well, well. <|im_start|>assistant"), 8)
    write(tmp_path / "m.gguf", {**file.metadata, "tokenizer.chat_template": template}, map(file.raw, file.names))
    with LlamaCppEngine(tmp_path / "m.gguf", serves_chat=True) as other:
        monkeypatch.setenv("OPENAI_API_KEY", other.key)
        rows = verify_messages(exported, other.url)
    assert all(row.same_tokens == 0 for row in rows)
    assert all("another chat template or tokenizer" in row.problems[0] for row in rows)


def test_a_reply_that_differs_is_shown_from_where_it_does(
    text: Path, server: LlamaCppEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(text, tmp_path / "copy"))
    golden = json.loads((folder / VECTORS).read_text())
    said = golden["vectors"][0]["text"]
    golden["vectors"][0]["text"] = said[:2] + "?"
    (folder / VECTORS).write_text(json.dumps(golden))
    monkeypatch.setenv("OPENAI_API_KEY", server.key)
    (row,) = verify_messages(folder, server.url)
    assert (row.same_tokens, row.same_replies) == (2, 1)
    assert f"vector 1: the reply differs from character 3 on: {said[2:][:60]!r} instead of '?'" in row.problems[0]


def test_what_is_no_export_is_one_line(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^messages: .* cannot be read "):
        verify_messages(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / VECTORS).write_text('{"vectors": 3}')
    with pytest.raises(InputError, match=r"^messages: .*golden\.json: "):
        verify_messages(tmp_path, "http://127.0.0.1:9/v1")
    with pytest.raises(InputError, match=r"^out: .* exists and is not empty"):
        export_messages(bundle, tmp_path)
    with pytest.raises(BundleError, match=r"is no bundle"):
        export_to("messages", tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match=r"^to: bundle, messages, chat, .*\(got 'paper'\)"):
        export_to("paper", bundle, tmp_path / "out")
