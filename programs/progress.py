"""How long work says how far it is: one signature, everywhere, and the bars that a terminal shows of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[str, int, int, str], None]
"""``progress(stage, done, total, detail)``: how far a stage is."""
_SECONDS_BETWEEN_LINES = 10.0


def silent(stage: str, done: int, total: int, detail: str) -> None:
    """Tell nobody."""


@contextmanager
def told(progress: Progress | bool) -> Iterator[Progress]:
    """Who hears of the work of a Python call: ``progress`` itself; for True bars on standard error if that is a
    terminal, and nobody elsewhere; for False nobody."""
    if callable(progress):
        yield progress
    elif progress and sys.stderr.isatty():
        with progress_bar() as bars:
            yield bars
    else:
        yield silent


@contextmanager
def progress_bar(console: Console | None = None) -> Iterator[Progress]:
    """A report function that draws a bar for each stage, on standard error unless a console is given.

    Where nobody watches (a log file, a batch job) it writes a line now and then instead, and needs no rich.
    """
    if not (console.is_terminal if console else sys.stderr.isatty()):
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars
    from rich.table import Column

    stage = TextColumn("{task.description}", table_column=Column(no_wrap=True, min_width=9))
    count = MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=5))
    clock = TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7))
    detail = TextColumn(
        "{task.fields[detail]}", table_column=Column(no_wrap=True, ratio=1)
    )  # what is cut where it is narrow
    progress = Bars(stage, BarColumn(16), count, clock, detail, console=console or Console(stderr=True), expand=True)
    stages: dict[str, TaskID] = {}

    def report(stage: str, done: int, total: int, detail: str) -> None:
        progress.start()  # at the first stage: until then there is nothing to draw, not even an empty line
        if stage not in stages:
            stages[stage] = progress.add_task(stage, detail=detail)
        progress.update(stages[stage], completed=done, total=total, detail=detail)

    try:
        yield report
    finally:
        if stages:
            progress.stop()


class _Lines:
    """A line when a stage begins, when it is done, and every ten seconds between."""

    def __init__(self) -> None:
        self.stage, self.written = "", 0.0

    def __call__(self, stage: str, done: int, total: int, detail: str) -> None:
        now = time.monotonic()
        if stage == self.stage and done != total and now - self.written < _SECONDS_BETWEEN_LINES:
            return
        self.stage, self.written = stage, now
        print(f"{stage}: {done} of {total}" + f", {detail}" * bool(detail), file=sys.stderr, flush=True)
