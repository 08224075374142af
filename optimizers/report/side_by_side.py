"""What the arms wrote for the same examples, side by side."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

from ..compare import SHOWN, MethodComparison
from ..compare_rows import MethodResult
from .html import to_html

COLUMNS = 3


class Column(NamedTuple):
    """One arm's result for an example; ``body`` is HTML."""

    arm: str
    score: float
    body: str


def side_by_side(comparison: MethodComparison) -> list[tuple[str, list[Column]]]:
    """What the first few examples ask, each under three arms: the first one, and the two others that score highest.

    The first ones, because examples that somebody chose show what he wanted to show.
    """
    others = sorted(comparison.rows[1:], key=lambda row: -row.overall)[: COLUMNS - 1]
    arms = [row.method for row in [comparison.rows[0], *others]]
    shown = {arm: comparison.results[comparison.arms[arm][0]] for arm in arms}
    found = []
    for results in zip(*(each[:SHOWN] for each in shown.values()), strict=True):
        columns = [Column(arm, result.score, _body(result)) for arm, result in zip(arms, results, strict=True)]
        found.append((comparison.asked.get(results[0].id, results[0].id), columns))
    return found


def _body(result: MethodResult) -> str:
    if result.failure is not None:
        return f"<p class=note>No usable reply: {html.escape(result.failure)}</p>"
    if result.plan is not None:
        return _plan(result.plan)
    fields = (result.reply or {}).items()
    return "<dl>" + "".join(f"<dt>{html.escape(name)}<dd>{_value(value)}" for name, value in fields) + "</dl>"


def _plan(plan: dict[str, Any]) -> str:
    from ...programs.plan import StudyPlan
    from ...programs.render import to_markdown

    return to_html(to_markdown(StudyPlan.model_validate(plan)), below=3).replace("<li>[ ] ", "<li>☐ ")


def _value(value: Any) -> str:
    if isinstance(value, list | tuple) and value and all(isinstance(each, str | int | float) for each in value):
        return html.escape(", ".join(map(str, value)))
    if isinstance(value, list | tuple):
        return "<br>".join(_value(each) for each in value) or "nothing"
    return html.escape(str(value))
