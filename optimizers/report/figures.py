"""The figures of a comparison, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ..compare import MethodComparison, Search
from ..compare_rows import MethodRow

_LEAST_WIDTH = 6.5
_INK = "#010203"
"""Stands for the colour of the text around a figure, dark or light."""


def overall_plot(rows: Sequence[MethodRow]) -> str:
    """Overall scores with their intervals. What a figure shows is also in a table, so it says its name alone."""
    figure, axes = _figure(_LEAST_WIDTH, 0.9 + 0.4 * len(rows))
    at = range(len(rows))
    errors = [[r.overall - r.ci[0] for r in rows], [r.ci[1] - r.overall for r in rows]]
    axes.errorbar([r.overall for r in rows], at, xerr=errors, fmt="o", capsize=4, color="C0")
    axes.axvline(rows[0].overall, linestyle=":", color="#8a96a3", linewidth=1)
    axes.set_yticks(list(at), [r.method for r in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("overall score on test examples, 95 % interval")
    return _svg(figure, "Overall scores with their intervals")


def dimension_plot(rows: Sequence[MethodRow]) -> str:
    """The parts of a score side by side; empty where there are none."""
    rows = [row for row in rows if row.dimensions]
    if not rows:
        return ""
    names = list(rows[0].dimensions)
    figure, axes = _figure(_LEAST_WIDTH, 0.8 + 0.32 * len(names) * max(1, len(rows) / 2))
    height = 0.8 / len(rows)
    for i, row in enumerate(rows):
        values = [row.dimensions.get(name, 0.0) for name in names]
        axes.barh([y + i * height for y in range(len(names))], values, height, label=row.method)
    axes.set_yticks([y + 0.4 - height / 2 for y in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("mean score by dimension")
    _legend(figure)
    return _svg(figure, "Mean scores by dimension")


def cost_plot(comparison: MethodComparison) -> str:
    """Score against cost, in calls and in tokens: the way of each search on training examples as a thin line, and what
    its winner scores on test examples as a dot where the search ended. Empty where nothing was searched for."""
    searched = [row for row in comparison.rows if row.ledger and row.ledger.lm_calls]
    if not searched:
        return ""
    figure, panels = _figure(_LEAST_WIDTH, 6.5, panels=2)
    for axes, what in zip(panels, ("calls", "tokens"), strict=True):
        axes.axhline(comparison.rows[0].overall, linestyle=":", color="#8a96a3", label=comparison.rows[0].method)
        for i, row in enumerate(searched):
            colour, label = f"C{i}", row.method
            for name in comparison.arms[row.method]:
                search = comparison.searches[name]
                if search.curve:
                    xs = [point.lm_calls if what == "calls" else point.tokens for point in search.curve]
                    ys = [point.score for point in search.curve]
                    axes.plot(xs, ys, color=colour, linewidth=1, alpha=0.6, drawstyle="steps-post")
                axes.plot(_spent(search, what), _mean(comparison, name), "o", color=colour, label=label)
                label = "_nolegend_"
        axes.set_ylim(-0.03, 1.03)  # so that a dot on the edge is whole
        axes.set_xlim(left=0)
        axes.set_ylabel("score")
        axes.set_xlabel(
            "calls of the model, and examples trained on"
            if what == "calls"
            else "tokens of prompts and replies, and of examples trained on"
        )
    _legend(figure, panels[0])
    return _svg(figure, "Score against cost")


def _spent(search: Search, what: str) -> int:
    return search.ledger.lm_calls if what == "calls" else search.ledger.tokens


def _mean(comparison: MethodComparison, name: str) -> float:
    scores = [result.score for result in comparison.results[name]]
    return sum(scores) / len(scores)


def _legend(figure: Any, axes: Any = None) -> None:
    handles, labels = (axes or figure.axes[0]).get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(4, len(labels)), frameon=False)


def _figure(width: float, height: float, panels: int = 1) -> Any:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"text.color": _INK, "xtick.color": _INK, "ytick.color": _INK}):
        figure = Figure(figsize=(width, height), layout="constrained", facecolor="none")
        axes = figure.subplots(panels)
    for each in [axes] if panels == 1 else axes:
        each.set_facecolor("none")
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["bottom", "left"]].set_color(_INK)
        each.xaxis.label.set_color(_INK)
        each.yaxis.label.set_color(_INK)
    return figure, axes


def _svg(figure: Any, name: str) -> str:
    from matplotlib import rc_context

    out = io.StringIO()
    # Without the metadata, which names web addresses and the day, the page refers to nothing outside it; with a salt,
    # the same comparison is the same file.
    with rc_context({"svg.hashsalt": "studysmith", "text.color": _INK}):
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue()
    named = f'<svg role="img" aria-label="{name}"'
    return text[text.index("<svg") :].replace("<svg", named, 1).replace(_INK, "currentColor")
