"""A file for a chat box: one sentence in, and the frozen prompt is there without a system message."""

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Annotated, Any

import dspy
import numpy as np
import pytest
import studysmith
from studysmith.deploy.bundle.chat import chat_template, export_chat
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.header import Header, read_header
from studysmith.deploy.gguf.tensors import GgufFile
from studysmith.deploy.planner import PROGRAMS
from studysmith.programs.chat import ChatPlan, ChatPlanner
from studysmith.programs.errors import InputError
from studysmith.programs.text_reply import as_text

ASKED = "I need fractions by Friday; I like \"chess\".\n{{ 7 * 7 }} {% endif %} 'x'"
DEMO = {
    "request": 'decimals, "one" week',
    "plan": "# Decimals\n\n- **Session 1.** {{ Line }} them up: 0.5\\2 {% raw %}",
}


def question(text: str = ASKED) -> list[Message]:
    return [Message(role="user", content=text)]


def program(instructions: str = "", demos: bool = False) -> dspy.Module:
    planner = ChatPlanner()
    planner.plan.config["max_tokens"] = 24
    if instructions:
        planner.plan.signature = planner.plan.signature.with_instructions(instructions)
    if demos:
        planner.plan.demos = [dspy.Example(**DEMO)]
    return planner


def post(engine: LlamaCppEngine, route: str, body: dict[str, Any]) -> dict[str, Any]:
    """What llama.cpp itself makes of messages, by the template in the file."""
    url = engine.url.removeprefix("http://").removesuffix("/v1")
    connection = HTTPConnection(url)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {engine.key}"}
    connection.request("POST", route, json.dumps(body), headers)
    reply: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return reply


def test_a_program_whose_reply_is_text_is_asked_as_one_types() -> None:
    frozen = freeze(program(demos=True))
    (step,) = frozen.steps.values()
    assert step.question == "{{request}}"
    assert [m["role"] for m in step.messages] == ["system", "user", "assistant"]
    assert [m["content"] for m in step.messages[1:]] == [DEMO["request"], DEMO["plan"]]
    request = step.request({"request": ASKED})
    assert (request.messages[-1]["content"], request.schema) == (ASKED, None)
    assert step.messages[0]["content"] == ChatPlan.instructions


@pytest.mark.parametrize("soft", [False, True], ids=["text", "soft"])
def test_llama_cpp_begins_with_the_frozen_prompt_where_no_system_message_is(
    model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path: Path, soft: bool
) -> None:
    vectors = {"diagnose": soft_vectors["diagnose"]} if soft else {}
    said = soft_prompt_text("diagnose", 8) if soft else 'Say "yes".\n\nOnly {{ yes }} {%- if no %} \\n, ünd 3 < 4'
    export(
        FrozenProgram.model_validate(freeze(program(said, demos=True)).model_dump()),
        model_path, tmp_path / "b", name="n", method="m", golden=[], soft_prompts=vectors,
    )  # fmt: skip
    made = tmp_path / "new" / "planner.gguf"
    export_chat(tmp_path / "b", made)
    frozen = FrozenProgram.load(tmp_path / "b" / "program.json").steps["plan"].messages
    before, after = GgufFile(tmp_path / "b" / "model.gguf"), GgufFile(made)
    assert before.names == after.names
    assert all(before.raw(n).data.tobytes() == after.raw(n).data.tobytes() for n in before.names)
    with LlamaCppEngine(tmp_path / "b" / "model.gguf") as plain, LlamaCppEngine(made, serves_chat=True) as chat:
        prompt = chat.render(question())
        assert prompt == plain.render([*frozen, *question()])
        assert prompt != plain.render(question())
        assert post(chat, "/apply-template", {"messages": question()})["prompt"] == prompt
        own = [Message(role="system", content="Be kind."), *question()]
        assert chat.render(own) == plain.render(own) == post(chat, "/apply-template", {"messages": own})["prompt"]
        reply = post(chat, "/v1/chat/completions", {"messages": question(), "max_tokens": 8, "cache_prompt": False})
        wanted = plain.complete(Request(messages=[*frozen, *question()], max_tokens=8, repeat_penalty=1.15))
        assert reply["usage"]["prompt_tokens"] == wanted.prompt_tokens
        assert reply["choices"][0]["message"]["content"] == wanted.text  # greedy, with the penalty: the file says so


def test_a_bundle_of_it_answers_in_text_and_only_as_asked(model_path: Path, tmp_path: Path) -> None:
    short = program("Say yes.")
    short.plan.config["max_tokens"] = 200
    export(short, model_path, tmp_path / "b", name="n", method="m", golden=[{"request": "Hi"}])
    with studysmith.load(tmp_path / "b") as bundle:
        said = bundle(request="Hi").plan
    (example,) = json.loads((tmp_path / "b" / "golden.json").read_text())["examples"]
    assert example == {"inputs": {"request": "Hi"}, "outputs": {"plan": said}}
    assert said
    assert not said.startswith('{"')


def test_a_model_alone_gets_the_written_prompt(model_path: Path, tmp_path: Path) -> None:
    lines = export_chat(model_path, tmp_path / "chat.gguf")
    assert "900 tokens" in lines[1]
    assert "study plans in mathematics" in (read_header(tmp_path / "chat.gguf").chat_template or "")
    with pytest.raises(InputError, match=r"^out: a new file whose name ends with \.gguf"):
        export_chat(model_path, tmp_path / "chat.gguf")
    with pytest.raises(InputError, match=r"^out: "):
        export_chat(model_path, tmp_path / "folder")


def test_what_a_chat_cannot_be_is_refused(bundle: Path, model_path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^run: .* from a text to a text .* choose_topic, diagnose, choose_way"):
        export_chat(bundle, tmp_path / "c.gguf")
    export(freeze(dspy.Predict("request -> plan")), model_path, tmp_path / "b", name="n", method="m", golden=[])
    with pytest.raises(InputError, match=r"^run: .* has the steps self"):
        export_chat(tmp_path / "b", tmp_path / "c.gguf")
    assert FrozenProgram.load(PROGRAMS["chosen"]).steps["diagnose"].text_field is None


def header(template: str) -> Header:
    return Header(Path("m.gguf"), {"tokenizer.chat_template": template}, ())


def test_a_template_that_refuses_system_messages_is_refused_by_its_reason() -> None:
    gemma = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% endfor %}"
    )
    default = [Message(role="system", content="Plan.")]
    with pytest.raises(ModelError, match=r"m\.gguf: .*no system; put the prompt into the app"):
        chat_template(header(gemma), default)
    plain = "{% set once = messages | length %}{{ once }}{% for m in messages %}{{ m.content }}{% endfor %}"
    assert "Plan." in chat_template(header(plain), default)


def test_a_text_reply_is_the_only_output() -> None:
    class Two(dspy.Signature):
        request: str = dspy.InputField()
        plan: Annotated[str, as_text()] = dspy.OutputField()
        title: str = dspy.OutputField()

    assert freeze(dspy.Predict(Two)).steps["self"].text_field is None
