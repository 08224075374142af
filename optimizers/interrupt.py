"""Ctrl-C and SIGTERM as a request to stop, so that no write is cut in the middle."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDING: list[Any] = [signal.default_int_handler, signal.SIG_DFL]
"""Handlers that end the process; a host adds its own, if it only does that too."""


@contextmanager
def on_interrupt(stop: Callable[[], None]) -> Iterator[threading.Event]:
    """The first Ctrl-C or SIGTERM calls `stop` and sets the event; a second one ends the process as usual.

    A KeyboardInterrupt can come at any instruction, inside another library's lock or half-way through a file; a search
    that runs until its next call is refused can not be hurt. `stop` must take no lock. Signals that a host program
    handles itself, and threads that are not the main one, are left alone.
    """
    asked = threading.Event()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) in ENDING}

    def stop_once(number: int, frame: FrameType | None) -> None:
        for each, usual in before.items():
            signal.signal(each, usual)
        asked.set()
        stop()

    for number in before:
        signal.signal(number, stop_once)
    try:
        yield asked
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)
