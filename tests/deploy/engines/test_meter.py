"""Counting, and stopping before the call that would go over."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.errors import BudgetExceeded

ONE_WORD = Request(messages=[Message(role="user", content="Hi")], schema={"enum": ["hi"]}, max_tokens=4)


def test_a_meter_adds_up_what_the_engine_reports(engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(engine, Meter())
    before = metered.meter.usage
    started = time.perf_counter()
    replies = metered.complete_many([ONE_WORD] * 3)
    elapsed = time.perf_counter() - started
    spent = metered.meter.usage - before
    assert spent.lm_calls == 3
    assert spent.prompt_tokens == sum(reply.prompt_tokens for reply in replies)
    assert spent.completion_tokens == sum(reply.completion_tokens for reply in replies)
    assert 0 < spent.seconds <= elapsed
    assert metered.id == engine.id


def test_calls_never_exceed_their_limit_whatever_the_threads(fast_engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(fast_engine, Meter(max_calls=5))

    def attempt(_: int) -> bool:
        try:
            metered.complete(ONE_WORD)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(attempt, range(12))) == 5
    assert metered.meter.usage.lm_calls == 5


def test_many_requests_stop_at_the_limit(engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(engine, Meter(max_calls=2))
    with pytest.raises(BudgetExceeded, match="2 calls"):
        metered.complete_many([ONE_WORD] * 4)
    assert metered.meter.usage.lm_calls == 2


@pytest.mark.parametrize("limit", [{"max_tokens": 10}, {"max_seconds": 1e-6}])
def test_tokens_and_seconds_stop_the_next_call(engine: LlamaCppEngine, limit: dict[str, float]) -> None:
    metered = MeteredEngine(engine, Meter(**limit))  # type: ignore[arg-type]
    metered.complete(ONE_WORD)
    with pytest.raises(BudgetExceeded, match=next(iter(limit)).removeprefix("max_")):
        metered.complete(ONE_WORD)
    assert metered.meter.usage.lm_calls == 1


def test_a_stopped_meter_says_why() -> None:
    meter = Meter()
    meter.check()
    meter.stop("interrupted")
    with pytest.raises(BudgetExceeded, match="interrupted"):
        meter.check()


def test_a_failed_call_counts_as_a_call_and_uses_no_tokens(engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(engine, Meter())
    with pytest.raises(ValueError, match="context"):
        metered.complete(Request(messages=[Message(role="user", content="a " * 9000)]))
    usage = metered.meter.usage
    assert (usage.lm_calls, usage.prompt_tokens, usage.completion_tokens) == (1, 0, 0)


def test_seconds_count_overlapping_calls_once() -> None:
    meter = Meter()
    started = time.perf_counter()
    meter.begin()
    meter.begin()
    time.sleep(0.05)
    meter.end()
    time.sleep(0.05)
    running = meter.usage.seconds
    meter.end()
    elapsed = time.perf_counter() - started
    assert 0.1 <= running <= meter.usage.seconds <= elapsed
