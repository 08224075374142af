"""The page: what may be concluded, tables, figures, results side by side, prompts, and data to take along."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...deploy.files import write_atomically
from ...metrics.searches import smallest_p
from ..compare import MethodComparison
from ..compare_rows import MethodRow
from .conclusions import QUANTITIES, SENSE, conclude
from .figures import cost_plot, dimension_plot, overall_plot
from .side_by_side import side_by_side

PAGE = Path(__file__).with_name("page.html")
_TABLE = """{% macro table(head, lines, text=False) %}<div class="scroll"><table>
<tr>{% for h in head %}<th>{{ h }}</th>{% endfor %}</tr>
{% for line in lines %}<tr>{% for cell in line %}<td{% if text and loop.last %} class="text"{% endif %}>{{ cell }}</td>
{%- endfor %}</tr>{% endfor %}</table></div>{% endmacro %}"""
HEAD = [
    "arm", "searches", "n", "overall [95 %]", "difference [95 %]", "p (Holm)", "exact", "confirmed", "failures",
    "calls / learner", "prompt tokens / learner", "reply tokens / learner", "seconds / learner",
]  # fmt: skip
BESIDE = {SENSE: "sense", "diagnosis": "diagnosis right"}
"""Dimensions that stand beside the overall score, because a score that they do not follow is one of style."""


def cells(row: MethodRow) -> list[str]:
    """A row as the page shows it."""
    delta = "" if row.delta is None else f"{row.delta:+.3f} [{row.delta_ci[0]:+.3f}, {row.delta_ci[1]:+.3f}]"  # type: ignore[index]
    exact = "" if row.p_searches is None else f"{row.p_searches:.2g} (least {smallest_p(row.searches):.2g})"
    return [
        row.method,
        str(row.searches),
        str(row.n),
        f"{row.overall:.3f} [{row.ci[0]:.3f}, {row.ci[1]:.3f}]",
        delta,
        "" if row.p_holm is None else f"{row.p_holm:.2g}",
        exact,
        "" if row.confirmed is None else f"{row.confirmed} of {row.searches}",
        str(row.failures),
        f"{row.lm_calls / row.results:.1f}",
        f"{row.prompt_tokens_per_plan:.0f}",
        f"{row.reply_tokens_per_plan:.0f}",
        f"{row.seconds / row.results:.2f}",
    ]


def write_report(comparison: MethodComparison, path: Path) -> None:
    """Write the page. Everything is inside the one file."""
    from jinja2 import Environment

    rows = comparison.rows
    beside = [name for name in BESIDE if any(name in row.dimensions for row in rows)]
    dimensions = list(dict.fromkeys(name for row in rows for name in row.dimensions))
    page = Environment(autoescape=True).from_string(_TABLE + PAGE.read_text("utf-8"))
    text = page.render(
        comparison=comparison,
        said=conclude(comparison),
        head=[*HEAD[:4], *(BESIDE[name] for name in beside), *HEAD[4:]],
        lines=[[*cells(row)[:4], *(_number(row, name) for name in beside), *cells(row)[4:]] for row in rows],
        overall=overall_plot(rows),
        cost=cost_plot(comparison),
        contrasts=[[each.name, str(each), f"{each.p_value:.2g}", each.asks] for each in comparison.contrasts],
        dimensions=dimension_plot(rows),
        dimension_head=["arm", *dimensions],
        dimension_lines=[[row.method, *(_number(row, name) for name in dimensions)] for row in rows],
        ledger_head=["arm", "calls", "prompt tokens", "reply tokens", *list(QUANTITIES.values())[2:]],
        ledger=_ledger(rows),
        machines=list(dict.fromkeys(row.ledger.machine for row in rows if row.ledger and row.ledger.machine)),
        beside=side_by_side(comparison),
        downloads=[(name, _data(comparison, name)) for name in comparison.results],
    )
    write_atomically(path, text)


def _number(row: MethodRow, dimension: str) -> str:
    return f"{row.dimensions[dimension]:.3f}" if dimension in row.dimensions else ""


def _ledger(rows: Sequence[MethodRow]) -> list[list[str]]:
    lines = []
    for row in rows:
        if (spent := row.ledger) is not None:
            counts = [spent.lm_calls, spent.prompt_tokens, spent.reply_tokens, spent.training_tokens]
            ends = [spent.labels, spent.words]
            lines.append([row.method, *(f"{c:,}" for c in counts), f"{spent.seconds:.0f}", *(f"{e:,}" for e in ends)])
    return lines


def _data(comparison: MethodComparison, name: str) -> str:
    """The results of a search as JSON lines in an address; without what was written, which would double the page."""
    lines: list[dict[str, Any]] = [
        result.model_dump(mode="json", exclude={"plan", "reply"}) for result in comparison.results[name]
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return f"data:application/jsonl;base64,{base64.b64encode(text.encode()).decode()}"
