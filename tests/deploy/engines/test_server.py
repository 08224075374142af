"""Servers that are not well, each said in one line."""

import signal
import time
from collections.abc import Iterator

import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.errors import ContextOverflow, EngineError, RequestError

from .unwell import Unwell, running

HELLO = Request(messages=[Message(role="user", content="Hi")], max_tokens=4)
ODD = {
    "nonsense": (200, b"<html>hello</html>"),
    "list": (200, b"[1, 2]"),
    "other": (200, b'{"answer": 42}'),
    "empty": (200, b'{"choices": []}'),
    "cutting": (
        200,
        b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}',
    ),
    "broken": (500, b'{"error":\n"out of memory"}'),
    "strict": (400, b'{"error": "top_p is not supported"}'),
}


class _Odd(Unwell):
    def get(self) -> None:
        self.say(200, b'{"data": [{"id": "a", "max_model_len": 99, "owned_by": "vllm"}, {"id": "b"}]}')

    def post(self) -> None:
        kind = self.path.split("/")[1]
        if kind == "dead":
            return
        if kind == "dying":
            self.die(b'{"choices": [{')
            return
        if kind == "slow":
            time.sleep(2)
        self.say(*ODD.get(kind, (200, b"{}")))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(_Odd) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("slow", "did not answer within 0.5 seconds"),
        ("dead", "does not answer"),
        ("dying", "does not answer as an OpenAI-compatible server: IncompleteRead"),
        ("broken", 'answered 500: {"error": "out of memory"}'),
        ("strict", "top_p is not supported"),
        *((kind, "does not answer as an OpenAI-compatible server") for kind in ("nonsense", "list", "other", "empty")),
    ],
)
def test_a_server_that_is_not_well_is_one_line(address: str, kind: str, said: str) -> None:
    engine = open_engine(f"{address}/{kind}#a", "fast", timeout=0.5)
    with pytest.raises(EngineError, match=said) as caught:
        engine.complete(HELLO)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, RequestError) == (kind == "strict")


def test_a_prompt_that_the_server_cut_is_no_prompt(address: str) -> None:
    engine = open_engine(f"{address}/cutting#a", "fast")
    long = Request(messages=[Message(role="user", content="one two three four five")], max_tokens=4)
    with pytest.raises(EngineError, match=r"cutting read 3 tokens of a prompt of 5 words: it was cut"):
        engine.complete(long)
    assert engine.complete(HELLO).text == "Hi"
    with pytest.raises(ContextOverflow, match=r"the prompt has 200 tokens .* more than the context of 99"):
        engine.complete(Request(messages=[Message(role="user", content="a " * 200)]))


def test_an_interrupted_call_ends_on_the_server_too(fast_engine: LlamaCppEngine) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def busy() -> bool:
        return any(slot["is_processing"] for slot in fast_engine._ask("GET", "/slots"))

    engine = open_engine(fast_engine.url, "fast", key=fast_engine.key)
    story = Request(messages=[Message(role="user", content="Tell a long story.")], max_tokens=3000, temperature=1.0)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.complete(story)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    end = time.monotonic() + 30  # it looks once a second whether somebody still waits
    while busy():
        assert time.monotonic() < end, "the server goes on with what nobody waits for"
        time.sleep(0.1)


def test_the_server_says_what_it_has(address: str) -> None:
    engine = open_engine(f"{address}/v1/#a", "fast")
    assert (engine.context, engine.id) == (99, f"server/{address}/v1#a-fast-ctx99")
    with pytest.raises(RequestError, match=r"write .*/v1#NAME to choose a model of the server \(a, b\)"):
        open_engine(f"{address}/v1", "fast")
    with pytest.raises(RequestError, match="repeat_penalty is not supported by the server at"):
        engine.complete(Request(messages=HELLO.messages, repeat_penalty=1.2, min_p=0.1))


def test_an_overlong_prompt_has_its_numbers_where_the_server_gives_them(fast_engine: LlamaCppEngine) -> None:
    engine = open_engine(fast_engine.url, "fast", key=fast_engine.key)
    with pytest.raises(ContextOverflow, match=f"more than the context of {fast_engine.context}"):
        engine.complete(Request(messages=[Message(role="user", content="integral " * 9000)]))
