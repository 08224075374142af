"""Progress and tables in the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..optimizers.compare import MethodComparison
    from ..programs.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0


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

    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Bars(*columns, TextColumn("{task.fields[detail]}"), console=console or Console(stderr=True))
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


def comparison_table(comparison: MethodComparison) -> Table:
    """The rows of a comparison, within 80 columns; calls, tokens (prompt + reply) and seconds are per learner."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    n = comparison.rows[0].n
    several = any(row.searches > 1 for row in comparison.rows)
    table = Table(title=f"{comparison.task}, exact mode, n={n} held out, 95 % intervals", box=SIMPLE_HEAD, padding=0)
    table.caption = "calls, tokens (prompt + reply) and seconds (s) are per learner"
    for name in ("method", *["x"] * several, "overall", "difference", "p", "calls", "tokens", "s"):
        table.add_column(name, justify="left" if name == "method" else "right", no_wrap=True)
    for row in comparison.rows:
        tokens = f"{row.prompt_tokens_per_plan:.0f}+{row.reply_tokens_per_plan:.0f}"
        delta = "" if row.delta is None else _with_interval(row.delta, row.delta_ci, "+")
        p_value = "" if row.p_holm is None else f"{row.p_holm:.2g}"
        overall = _with_interval(row.overall, row.ci, "")
        calls, seconds = (f"{each / row.results:.1f}" for each in (row.lm_calls, row.seconds))
        times = [str(row.searches)] * several
        table.add_row(row.method, *times, overall, delta, p_value, calls, tokens, seconds)
    return table


def _with_interval(value: float, interval: tuple[float, float] | None, sign: str) -> str:
    low, high = interval or (value, value)
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
