"""A comparison as one self-contained HTML page: table, plots, and the plans themselves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..deploy.files import write_atomically
from .compare import MethodComparison, MethodRow

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>studysmith: {{ comparison.task }}</title>
<style>
 body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2530 }
 table { border-collapse: collapse; width: 100% } td, th { padding: .35rem .6rem; border-bottom: 1px solid #d5dbe3 }
 td { text-align: right } td:first-child, th:first-child { text-align: left } th { text-align: right; font-weight: 600 }
 figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto } pre { white-space: pre-wrap; background: #f4f6f8;
 padding: 1rem; border-radius: .4rem } summary { cursor: pointer; font-weight: 600 } .note { color: #52606f }
</style>
<h1>{{ comparison.task }}: {{ comparison.rows|length }} methods on {{ comparison.rows[0].n }} held-out examples</h1>
<p class="note">Scores: exact mode on the shipped model, with 95 % bootstrap intervals over examples; differences
are paired with “{{ comparison.rows[0].method }}”, p from a permutation test. Seconds are of this machine.</p>
<table><tr>{% for h in head %}<th>{{ h }}</th>{% endfor %}</tr>
{% for line in lines %}<tr>{% for cell in line %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
<figure>{{ overall|safe }}</figure>
{% if dimensions %}<figure>{{ dimensions|safe }}</figure>{% endif %}
{% if compiles %}
<h2>What each compile cost</h2>
<ul>{% for c in compiles %}<li><b>{{ c.optimizer }}</b>: {{ c.usage.lm_calls|int }} calls,
{{ c.usage.tokens|int }} tokens, {{ c.usage.seconds|int }} s{% if not c.finished %} (ended early){% endif %}.
{{ c.notes|join("; ") }}</li>{% endfor %}</ul>{% endif %}
{% if plans %}<h2>One learner, every method</h2>
{% for method, text in plans %}<details><summary>{{ method }}</summary><pre>{{ text }}</pre></details>{% endfor %}
{% endif %}
</html>
"""
HEAD = ["method", "n", "overall [95 %]", "difference [95 %]", "p", "calls", "prompt tokens", "reply tokens", "seconds"]


def cells(row: MethodRow) -> list[str]:
    """A row as the terminal and the page show it; tokens are per plan."""
    delta = "" if row.delta is None else f"{row.delta:+.3f} [{row.delta_ci[0]:+.3f}, {row.delta_ci[1]:+.3f}]"  # type: ignore[index]
    p_value = "" if row.p_value is None else f"{row.p_value:.3g}"
    overall = f"{row.overall:.3f} [{row.ci[0]:.3f}, {row.ci[1]:.3f}]"
    tokens = [f"{row.prompt_tokens_per_plan:.0f}", f"{row.reply_tokens_per_plan:.0f}"]
    return [row.method, str(row.n), overall, delta, p_value, str(row.lm_calls), *tokens, f"{row.seconds:.0f}"]


def write_report(comparison: MethodComparison, path: Path, compiles: Sequence[Any] = ()) -> None:
    """Write the page. Everything is inside the one file."""
    from jinja2 import Environment

    page = Environment(autoescape=True).from_string(_PAGE)
    text = page.render(
        comparison=comparison,
        head=HEAD,
        lines=[cells(row) for row in comparison.rows],
        overall=overall_plot(comparison.rows),
        dimensions=_dimension_plot([row for row in comparison.rows if row.dimensions]),
        compiles=compiles,
        plans=_plans(comparison),
    )
    write_atomically(path, text)


def _plans(comparison: MethodComparison) -> list[tuple[str, str]]:
    from ..programs.plan import StudyPlan
    from ..programs.render import to_markdown

    first = [(method, results[0].plan) for method, results in comparison.results.items()]
    return [(method, to_markdown(StudyPlan.model_validate(plan))) for method, plan in first if plan]


def overall_plot(rows: Sequence[MethodRow]) -> str:
    """Overall scores with their intervals, as SVG."""
    figure, axes = _figure(6.5, 0.9 + 0.5 * len(rows))
    at = range(len(rows))
    errors = [[r.overall - r.ci[0] for r in rows], [r.ci[1] - r.overall for r in rows]]
    axes.errorbar([r.overall for r in rows], at, xerr=errors, fmt="o", capsize=4, color="#1f5fa8")
    axes.set_yticks(list(at), [r.method for r in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("overall score, 95 % interval")
    return _svg(figure)


def _dimension_plot(rows: Sequence[MethodRow]) -> str:
    if not rows:
        return ""
    names = list(rows[0].dimensions)
    figure, axes = _figure(6.5, 0.8 + 0.32 * len(names) * max(1, len(rows) / 2))
    height = 0.8 / len(rows)
    for i, row in enumerate(rows):
        axes.barh([y + i * height for y in range(len(names))], list(row.dimensions.values()), height, label=row.method)
    axes.set_yticks([y + 0.4 - height / 2 for y in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("mean score by dimension")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=len(rows), frameon=False)
    return _svg(figure)


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    out = io.StringIO()
    # Without the metadata, which names web addresses and the day, the page refers to nothing outside it.
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue()
    return text[text.index("<svg") :]
