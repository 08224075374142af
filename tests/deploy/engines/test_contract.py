"""What every engine promises, run on each of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from studysmith.deploy.engines.base import Engine, Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.engines.testing import SUM, EngineContract
from studysmith.deploy.errors import BudgetExceeded, RequestError
from studysmith.programs.errors import StudysmithError

CHATML = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>")
ECHO = f"{Path(__file__).parent / 'echo.py'}:Echo"


@pytest.fixture(scope="module")
def tiny_engine(tiny_base: str) -> Iterator[Engine]:
    with open_engine(tiny_base, "fast", engine="transformers", device="cpu", batch=3) as engine:
        yield engine


@pytest.fixture(scope="module")
def tiny_exact(tiny_base: str) -> Iterator[Engine]:
    with open_engine(tiny_base, engine="transformers", device="cpu") as engine:
        yield engine


class TestLlamaCppExact(EngineContract):
    special = CHATML


class TestLlamaCppFast(EngineContract):
    special = CHATML

    @pytest.fixture
    def engine(self, fast_engine: LlamaCppEngine) -> Engine:
        return fast_engine


class TestMetered(EngineContract):
    special = CHATML

    @pytest.fixture
    def engine(self, tiny_engine: Engine) -> Engine:
        return MeteredEngine(tiny_engine, Meter())


class TestTransformersFast(EngineContract):
    special = CHATML

    @pytest.fixture
    def engine(self, tiny_engine: Engine) -> Engine:
        return tiny_engine


class TestTransformersExact(TestTransformersFast):
    @pytest.fixture
    def engine(self, tiny_exact: Engine) -> Engine:
        return tiny_exact


class TestServer(EngineContract):
    """Against the server that llama.cpp has."""

    refuses = frozenset({"prompt", "logprobs", "score"})

    @pytest.fixture
    def engine(self, fast_engine: LlamaCppEngine) -> Engine:
        return open_engine(fast_engine.url, "fast", key=fast_engine.key, slots=2)


class TestOnesOwn(EngineContract):
    refuses = frozenset({"schema", "top_p", "min_p", "repeat_penalty", "logprobs", "score"})

    @pytest.fixture
    def engine(self) -> Engine:
        return open_engine("x", engine=ECHO)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_tokens", 0),
        ("temperature", -0.1),
        ("top_p", 0.0),
        ("min_p", 1.0),
        ("seed", -1),
        ("seed", 2**32 - 1),
        ("logprobs", -1),
        ("stop", ("",)),
        ("messages", []),
        ("messages", [{"role": "tool", "content": "a"}]),
        ("messages", [{"role": "user", "content": None}]),
    ],
)
def test_a_bad_request_names_its_field(field: str, value: object) -> None:
    with pytest.raises(RequestError, match=field):
        replace(Request(messages=[Message(role="user", content="a")]), **{field: value})


def test_one_door_takes_names_files_and_makers(engine: LlamaCppEngine, fast_engine: LlamaCppEngine) -> None:
    made = open_engine("x", "fast", engine=lambda model, mode: engine)
    assert made is engine
    assert open_engine("x", engine=ECHO, context=99).context == 99
    for settings, said in (
        ({"engine": "magic"}, "engine: 'magic' is unknown; accepted are llamacpp, "),
        ({"engine": ECHO, "slots": 2}, "'slots'; its settings are context"),
        ({"engine": f"{Path(__file__).parent / 'none.py'}:Echo"}, "engine: no file "),
        ({"engine": ECHO + "es"}, "has no 'Echoes'"),
        ({"model": fast_engine.url, "key": fast_engine.key}, "no exact mode"),
        ({"model": fast_engine.url, "mode": "fast", "key": "wrong"}, "answered 401"),
        ({"model": "http://127.0.0.1:9/v1", "mode": "fast"}, "does not answer"),
        ({"model": "nowhere.gguf"}, "no model file"),
    ):
        with pytest.raises(StudysmithError, match=said) as caught:
            open_engine(**{"model": "x", **settings})  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


def test_batches_are_counted_whole_and_before_they_run(tiny_engine: Engine) -> None:
    metered = MeteredEngine(tiny_engine, Meter(max_calls=5))
    with pytest.raises(BudgetExceeded, match="5 calls"):
        metered.complete_many([SUM] * 6)
    assert metered.meter.usage.lm_calls == 3
    assert len(metered.complete_many([SUM] * 2)) == 2
    assert metered.meter.usage.lm_calls == 5
