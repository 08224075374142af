"""Tables in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from ..optimizers.compare import MethodComparison


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
