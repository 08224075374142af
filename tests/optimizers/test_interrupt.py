import signal
import threading
from collections.abc import Iterator

import pytest
from studysmith.deploy.engines.meter import Meter
from studysmith.deploy.errors import BudgetExceeded
from studysmith.optimizers.interrupt import on_interrupt


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Ctrl-C as in a terminal, whatever the tests themselves run under."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_asks_and_the_second_interrupts() -> None:
    asked: list[str] = []
    with on_interrupt(lambda: asked.append("stop")) as event:
        assert not event.is_set()
        signal.raise_signal(signal.SIGINT)
        assert event.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert asked == ["stop"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sigterm_asks_too() -> None:
    asked: list[str] = []
    with on_interrupt(lambda: asked.append("stop")) as event:
        signal.raise_signal(signal.SIGTERM)
        assert event.is_set()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL  # the second one ends the process
    assert asked == ["stop"]


def test_afterwards_it_is_as_before() -> None:
    with on_interrupt(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_meter_can_be_stopped_while_it_counts() -> None:
    meter = Meter()
    with on_interrupt(lambda: meter.stop("interrupted")), meter._lock:  # as a signal in the middle of a count finds it
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(BudgetExceeded, match="interrupted"):
        meter.begin()


def test_a_host_s_own_handler_stays() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    with on_interrupt(lambda: None) as event:
        signal.raise_signal(signal.SIGINT)
    assert seen == [signal.SIGINT]
    assert not event.is_set()


def test_other_threads_run_without_it() -> None:
    done: list[bool] = []

    def work() -> None:
        with on_interrupt(lambda: None) as event:
            done.append(event.is_set())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [False]
