"""A bundle as models of Ollama: on the server at OLLAMA_HOST, and as Modelfiles."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.bundle import ollama as target
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram, FrozenStep
from studysmith.deploy.bundle.ollama import Prompt, modelfile, names_of, to_modelfile, to_ollama
from studysmith.deploy.engines.base import Message
from studysmith.deploy.engines.ollama_server import OllamaServer
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.errors import BundleError, ModelError
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.go_template import go_template
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.planner import load_planner
from studysmith.programs.errors import InputError

ANSWER = {"type": "object", "properties": {"topic": {"enum": ["slope", "area"]}}, "required": ["topic"]}
NAME = f"studysmith-test{os.getpid()}b"


@pytest.fixture(scope="session")
def soft_bundle(
    model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """One step: a soft prompt, one demonstration with a text that spells a special token, a question."""
    messages: list[Message] = [
        {"role": "system", "content": soft_prompt_text("diagnose", 8)},
        {"role": "user", "content": 'text: "I like <|im_end|> circles"\t«é»'},
        {"role": "assistant", "content": '{"topic":"area"}'},
    ]
    step = FrozenStep(messages=messages, question="text: {{text}}", reply_schema=ANSWER, max_tokens=24)
    program = FrozenProgram(
        steps={"ask": step}, inputs=["text"], wiring={"ask": {"text": "text"}}, outputs={"topic": "ask.topic"}
    )
    folder = tmp_path_factory.mktemp("bundles") / "soft"
    golden = [{"text": "How steep is the hill?"}]
    export(
        program,
        model_path,
        folder,
        name="s",
        method="m",
        golden=golden,
        soft_prompts={"diagnose": soft_vectors["diagnose"]},
    )
    return folder


@pytest.mark.ollama
def test_a_soft_prompt_reaches_ollama_token_for_token(ollama_server: OllamaServer, soft_bundle: Path) -> None:
    [made] = to_ollama(soft_bundle, f"ollama://{NAME}")
    assert (made.model, made.step, made.prompt_shown) == (NAME, "ask", True)
    body = {"model": NAME, "messages": [{"role": "user", "content": "x"}], "stream": False}
    reply = ollama_server.ask("POST", "/api/chat", body, expect={"message": dict})
    assert reply["done_reason"] in ("stop", "length")
    assert reply["eval_count"] <= 24, "the step's limit is pinned"
    with pytest.raises(BundleError, match=f"has a model {NAME}; remove it first: ollama rm {NAME}"):
        to_ollama(soft_bundle, f"ollama://{NAME}")


@pytest.mark.ollama
def test_a_prompt_that_ollama_renders_in_another_way_is_no_export(
    ollama_server: OllamaServer, soft_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = go_template(read_header(soft_bundle / "model.gguf"))
    monkeypatch.setattr(target, "go_template", lambda header: right.replace("{{ .System }}", ""))
    with pytest.raises(BundleError, match="Ollama sends another prompt than the bundle's: from character 2 on"):
        to_ollama(soft_bundle, f"ollama://{NAME}-wrong")
    monkeypatch.setattr(target, "_rendered", lambda reply: None)  # as a server that does not show its prompts
    with pytest.raises(BundleError, match=r"Ollama reads \d+ tokens where the bundle's prompt has \d+"):
        to_ollama(soft_bundle, f"ollama://{NAME}-counted")
    assert not {f"{NAME}-wrong", f"{NAME}-counted"} & ollama_server.names(), "nothing wrong stays there"


@pytest.mark.ollama
def test_a_program_of_many_steps_is_a_tag_for_each(ollama_server: OllamaServer, bundle: Path) -> None:
    made = to_ollama(bundle, f"ollama://{NAME}-planner")
    steps = FrozenProgram.load(bundle / "program.json").steps
    assert [one.step for one in made] == list(steps)
    assert {one.model for one in made} == {f"{NAME}-planner:{step}" for step in steps}
    assert all(one.prompt_shown for one in made)


@pytest.mark.ollama
def test_a_bundle_plans_on_ollama(ollama_server: OllamaServer, bundle: Path) -> None:
    name = f"{NAME}-plans"
    ollama_server.create(name, bundle / "model.gguf", parameters={"num_thread": 1})
    with load_planner(bundle, f"ollama://{name}") as planner:
        assert planner.engine.id.startswith(f"ollama/{name}-")
        plan = planner.plan("I am stuck on adding fractions, 1 week, 20 minutes.")
    assert plan.phases[0].weeks


@pytest.mark.ollama
def test_ollama_reads_the_modelfile_as_it_was_meant(ollama_server: OllamaServer, bundle: Path, tmp_path: Path) -> None:
    program = shutil.which("ollama")
    if program is None:
        pytest.skip("the command ollama is not on the PATH")
    path = to_modelfile(bundle, tmp_path / "out")[0]
    name = f"{NAME}-file"
    subprocess.run([program, "create", name, "-f", str(path)], check=True, capture_output=True, timeout=120)
    step = path.name.removeprefix("Modelfile.")
    frozen = FrozenProgram.load(bundle / "program.json").steps[step]
    question = frozen.request(dict.fromkeys(frozen.slots, "x")).messages[-1]
    body = {"model": name, "messages": [question], "_debug_render_only": True}
    shown = ollama_server.ask("POST", "/api/chat", body, expect={"_debug_info": dict})["_debug_info"]
    with open_engine(bundle / "model.gguf") as engine:
        assert shown["rendered_template"] == engine.render([*frozen.messages, question])


def test_a_modelfile_pins_what_changes_a_reply(bundle: Path, tmp_path: Path) -> None:
    paths = to_modelfile(bundle, tmp_path / "out")
    steps = FrozenProgram.load(bundle / "program.json").steps
    assert [path.name for path in paths] == [f"Modelfile.{step}" for step in steps]
    text = paths[0].read_text("utf-8")
    for line in ("FROM ./model.gguf", "PARAMETER seed 0", "PARAMETER temperature 0.0", "PARAMETER repeat_last_n 64"):
        assert line in text.splitlines()
    assert (tmp_path / "out" / "model.gguf").stat().st_size == (bundle / "model.gguf").stat().st_size
    with pytest.raises(BundleError, match=r"out: .* exists and is not empty"):
        to_modelfile(bundle, tmp_path / "out")


@pytest.mark.parametrize("text", ["a\tb", 'say """x"""', "a\u00a0b"])
def test_what_a_modelfile_would_drop_is_refused(text: str) -> None:
    prompt = Prompt("ask", [Message(role="system", content=text)], {})
    with pytest.raises(BundleError, match=r"ask: a Modelfile cannot hold .* in its prompt; use --to ollama://NAME"):
        modelfile(prompt, "{{ .System }}")
    assert "SYSTEM" in modelfile(replace(prompt, messages=[Message(role="system", content="a\n'b' \"c\"")]), "x")


def test_steps_become_tags() -> None:
    assert names_of("planner", ["ask"]) == {"ask": "planner"}
    assert names_of("me/planner", ["ask", "b.c"]) == {"ask": "me/planner:ask", "b.c": "me/planner:b.c"}
    assert names_of("planner:v1", ["a", "b"]) == {"a": "planner:v1-a", "b": "planner:v1-b"}
    with pytest.raises(InputError, match=r"a\[0\]: Ollama takes no such tag"):
        names_of("planner", ["a[0]", "b"])


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for m in messages %}{{ loop.index }}{{ m['content'] }}{% endfor %}", "change with position"),
        ("{% for m in messages %}{{ m['content'] | upper }}{% endfor %}", "changes what the messages say"),
        (
            "{% for m in messages %}{{ m['content'] }}"
            "{% if m['role'] == 'user' and messages[0]['role'] == 'system' %}!{% endif %}{% endfor %}",
            "change with a system message",
        ),
        (None, "has no chat template"),
    ],
)
def test_a_template_without_a_counterpart_is_refused(model_path: Path, template: str | None, said: str) -> None:
    header = read_header(model_path)
    facts = {**header.metadata, "tokenizer.chat_template": template}
    with pytest.raises(ModelError, match=said):
        go_template(replace(header, metadata=facts))


def test_a_bos_token_is_written_by_one_side_only(model_path: Path) -> None:
    header = read_header(model_path)
    template = "{{ bos_token }}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}<assistant>"
    facts = {**header.metadata, "tokenizer.chat_template": template}
    for adds in (True, False):
        made = go_template(replace(header, metadata={**facts, "tokenizer.ggml.add_bos_token": adds}))
        written = json.dumps(("" if adds else header.token("bos")) + "<user>")
        assert f"{{{{- else }}}}{{{{ {written} }}}}" in made
