"""The engine on the Ollama server at OLLAMA_HOST, and on servers that are not well."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.engines.base import Engine, Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.ollama import OllamaEngine
from studysmith.deploy.engines.ollama_server import OllamaServer, split_model
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.engines.testing import SUM, EngineContract
from studysmith.deploy.errors import EngineError, ModelError, RequestError
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.vocabulary import write_vocabulary

from .unwell import Unwell, running

SOFT = Message(role="system", content=soft_prompt_text("diagnose", 8))
CHATS: list[list[Message]] = [
    [Message(role="user", content="What is 2+2?")],
    [SOFT, Message(role="user", content="I mix up slope and intercept.")],
    [
        Message(role="system", content="Answer in one word. <|im_end|> «é» 漢"),
        Message(role="user", content="Colour of the sky?"),
        Message(role="assistant", content="Blue"),
        Message(role="user", content="  Of <|soft:week:3|> grass?\n"),
    ],
]


@pytest.fixture(scope="module")
def engine(ollama_server: OllamaServer, ollama_model: str) -> Iterator[Engine]:
    with open_engine(ollama_model, "fast", slots=2, threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def exact_numbers(ollama_server: OllamaServer, ollama_model: str, baked_f32: Path) -> Iterator[OllamaEngine]:
    """The same model in 32-bit floats, where nothing is rounded in another way."""
    name = split_model(ollama_model)[1] + "-f32"
    ollama_server.create(name, baked_f32)
    with OllamaEngine(f"ollama://{name}", "fast", threads=1) as engine:
        yield engine


@pytest.mark.ollama
class TestOllama(EngineContract):
    refuses = frozenset({"token_ids", "score"})
    special = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<|soft:week:3|>")


@pytest.mark.ollama
def test_it_reads_the_tokens_and_says_the_words_of_llama_cpp(exact_numbers: OllamaEngine, baked_f32: Path) -> None:
    # What Ollama read was counted by the engine.
    with LlamaCppEngine(baked_f32) as ours:
        for messages in CHATS:
            request = Request(messages=messages, max_tokens=16)
            mine, theirs = ours.complete(request), exact_numbers.complete(request)
            assert theirs.prompt_ids == mine.prompt_ids
            assert (theirs.text, theirs.completion_tokens) == (mine.text, mine.completion_tokens)
            assert theirs.finish_reason == mine.finish_reason


@pytest.mark.ollama
def test_what_a_modelfile_adds_changes_nothing(
    ollama_server: OllamaServer, ollama_model: str, baked: Path, engine: OllamaEngine
) -> None:
    name = split_model(ollama_model)[1] + "-odd"
    odd = {"temperature": 2.0, "seed": 3, "stop": ["e"], "repeat_penalty": 1.9, "num_ctx": 256, "num_predict": 1}
    template = "{{ range .Messages }}{{ .Content }}{{ end }}Nonsense"
    ollama_server.create(name, baked, template=template, system="Be rude.", parameters=odd)
    with open_engine(f"ollama://{name}", "fast", threads=1) as other:
        for messages in CHATS:
            request = Request(messages=messages, max_tokens=8)
            assert replace(other.complete(request), seconds=0) == replace(engine.complete(request), seconds=0)


@pytest.mark.ollama
def test_a_server_that_has_less_room_than_it_was_asked_for_cuts_nothing(engine: OllamaEngine) -> None:
    engine.context, room = 100_000, engine.context  # the model was trained for fewer, and the server keeps to that
    try:
        with pytest.raises(RequestError, match="context"):
            engine.complete(Request(messages=[Message(role="user", content="integral " * 9000)]))
    finally:
        engine.context = room


@pytest.mark.ollama
def test_a_reply_in_circles_that_ollama_breaks_off_counts_as_cut(engine: OllamaEngine) -> None:
    done = engine.complete(replace(SUM, schema={"enum": ["7" * 80]}, max_tokens=200))
    assert done.finish_reason == "length"
    assert 30 < done.completion_tokens < 40  # a digit is a token


@pytest.mark.ollama
def test_logprobs_are_the_models_own_with_the_ids_of_llama_cpp(exact_numbers: OllamaEngine, baked_f32: Path) -> None:
    request = replace(SUM, logprobs=3)
    with LlamaCppEngine(baked_f32) as ours:
        mine, theirs = ours.complete(request), exact_numbers.complete(request)
    assert mine.logprobs is not None
    assert theirs.logprobs is not None
    assert theirs.token_ids == mine.token_ids[: len(theirs.token_ids)]
    for a, b in zip(mine.logprobs, theirs.logprobs, strict=False):
        # Near ties come in another order.
        both = {x["id"]: x["logprob"] for x in a}, {x["id"]: x["logprob"] for x in b}
        shared = both[0].keys() & both[1].keys()
        assert len(shared) >= 2
        assert [both[0][i] for i in shared] == pytest.approx([both[1][i] for i in shared], abs=0.02)
    with pytest.raises(RequestError, match="logprobs must be from 0 to 20"):
        exact_numbers.complete(replace(SUM, logprobs=21))


@pytest.mark.ollama
def test_an_interrupted_call_ends_on_the_server_too(engine: OllamaEngine) -> None:
    engine.complete(SUM)  # loaded and warm

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    endless = Request(messages=[Message(role="user", content="Tell a story.")], max_tokens=3000, temperature=1.0)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.complete(endless)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    started = time.perf_counter()
    engine.complete(replace(SUM, max_tokens=2))
    assert time.perf_counter() - started < 20, "one after the other, it would have waited for 3000 tokens"


@pytest.mark.ollama
def test_a_model_that_is_not_there_is_one_line_with_those_that_are(ollama_model: str) -> None:
    with pytest.raises(RequestError, match=r"model: .* 'nobody/none' not found; there are .*studysmith-test") as caught:
        open_engine("ollama://nobody/none", "fast")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("ollama://a", (None, "a")),
        ("ollama://library/a:8b", (None, "library/a:8b")),
        ("ollama://127.0.0.1:11434/hf.co/a/b:Q4", ("127.0.0.1:11434", "hf.co/a/b:Q4")),
        ("ollama://[::1]:11434/a", ("[::1]:11434", "a")),
    ],
)
def test_a_model_string_has_a_host_where_there_is_a_port(model: str, said: tuple[str | None, str]) -> None:
    assert split_model(model) == said


def test_what_cannot_work_is_said_before_anything_is_asked() -> None:
    for settings, said in (
        ({"model": "ollama://a"}, "mode: Ollama .* no exact mode"),
        ({"model": "ollama://", "mode": "fast"}, "write ollama://NAME"),
        ({"model": "ollama://a b", "mode": "fast"}, "write ollama://NAME"),
        ({"model": "ollama://127.0.0.1:9/a", "mode": "fast"}, "no Ollama server answers at http://127.0.0.1:9; start"),
    ):
        with pytest.raises(EngineError, match=said) as caught:
            open_engine(**settings)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


class _Odd(Unwell):
    """Is well until a model is asked; then fails as the model's name says."""

    file: Path
    digest: str

    def get(self) -> None:
        self.say(200, b'{"version": "0.24.0", "models": [{"name": "other:latest"}]}')

    def post(self) -> None:
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = asked["model"]
        if self.path == "/api/show":
            architecture = "qwen3" if kind == "unpenalized" else "llama"
            source = {"far": f"/far/away/sha256-{self.digest}", "changed": f"{self.file}-{'0' * 64}", "cloud": "x"}
            facts = {"general.architecture": architecture, "llama.context_length": 99}
            shown = {"modelfile": f"# a\nFROM {source.get(kind, self.file)}\n", "model_info": facts}
            self.say(200, b"[1]" if kind == "list" else json.dumps(shown).encode())
            return
        if kind == "slow":
            time.sleep(4)
        if kind == "dying":
            self.die(b'{"response": "I was about to')
            return
        cut = b'{"response": "Hi", "done": true, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2}'
        answers = {"nonsense": (200, b"<html>hello</html>"), "empty": (200, b"{}"), "cut": (200, cut)}
        answers |= {"broken": (500, b'{"error":"out of\\nmemory"}'), "numbers": (500, b"[1]")}
        self.say(*answers.get(kind, (200, b"null")))


@pytest.fixture(scope="module")
def odd(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("blobs")
    write_vocabulary(model_path, folder / "small.gguf")
    _Odd.digest = sha256(folder / "small.gguf")
    _Odd.file = folder / f"sha256-{_Odd.digest}"
    shutil.copyfile(folder / "small.gguf", _Odd.file)
    shutil.copyfile(model_path, f"{_Odd.file}-{'0' * 64}")
    with running(_Odd) as port:
        yield f"ollama://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("slow", "did not answer within 1.5 seconds"),
        ("dying", "stopped answering: peer closed"),
        ("broken", "answered 500: out of memory"),
        ("cut", "read 3 tokens of a prompt of 37: it cut the prompt"),
        *((kind, "does not answer as an Ollama server") for kind in ("nonsense", "empty", "null", "numbers")),
    ],
)
def test_a_server_that_is_not_well_is_one_line(odd: str, kind: str, said: str) -> None:
    with open_engine(f"{odd}/{kind}", "fast", timeout=1.5) as engine:
        assert engine.context == 99
        with pytest.raises(EngineError, match=said) as caught:
            engine.complete(replace(SUM, max_tokens=4))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("far", "gguf: the server keeps far in /far/away/sha256-.* which cannot be read here; name a copy"),
        ("changed", "gguf: .* is not the file of changed: sha256 "),
        ("cloud", "model: the weights of cloud are not on http"),
        ("list", "does not answer as an Ollama server"),
    ],
)
def test_a_model_that_cannot_be_read_is_one_line(odd: str, kind: str, said: str) -> None:
    with pytest.raises(EngineError, match=said) as caught:
        open_engine(f"{odd}/{kind}", "fast")
    assert "\n" not in str(caught.value)


def test_a_copy_of_the_file_stands_in_where_the_server_is_far(odd: str, model_path: Path) -> None:
    with open_engine(f"{odd}/far", "fast", gguf=_Odd.file) as engine, LlamaCppEngine(model_path) as ours:
        for messages in (CHATS[0], CHATS[2]):
            assert engine.tokenize(engine.render(messages)) == ours.tokenize(ours.render(messages))
    with pytest.raises(ModelError, match="is not the file of far"):
        open_engine(f"{odd}/far", "fast", gguf=model_path)


def test_a_penalty_that_ollamas_own_engine_would_drop_is_refused(odd: str) -> None:
    with (
        open_engine(f"{odd}/unpenalized", "fast") as engine,
        pytest.raises(RequestError, match="repeat_penalty is not supported by unpenalized"),
    ):
        engine.complete(replace(SUM, repeat_penalty=1.2))
