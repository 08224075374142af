"""The report as files: a page in which everything is inside, and its text as Markdown."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from ...deploy.files import write_atomically
from ...programs.markdown import as_is
from ..compare import MethodComparison
from .figures import cost_plot, dimension_plot, overall_plot
from .html import to_html
from .sections import sections
from .side_by_side import side_by_side

PAGE = Path(__file__).with_name("page.html")
OVERALL = "overall.svg"
"""The figure that stands beside the Markdown."""


def write_report(comparison: MethodComparison, folder: Path) -> None:
    """Write ``report.html``, ``report.md`` and its figure into a folder."""
    write_atomically(folder / "report.html", report_html(comparison))
    write_atomically(folder / "report.md", report_markdown(comparison))
    write_atomically(folder / OVERALL, overall_plot(comparison.rows))


def report_markdown(comparison: MethodComparison) -> str:
    """The text of the report, with a link to the figure of the overall scores."""
    parts = [f"# {as_is(_title(comparison))}", as_is(_made(comparison))]
    for section in sections(comparison):
        if section.figure not in ("", "overall", "dimensions"):
            continue  # a text about a figure that only the page has
        parts += [f"## {section.title}", section.markdown]
        if section.figure == "overall":
            parts.append(f"![Overall scores with their intervals]({OVERALL})")
    return "\n\n".join(parts) + "\n"


def report_html(comparison: MethodComparison) -> str:
    """The page: the same text, with figures, what the arms wrote, their prompts, and data to take along."""
    from jinja2 import Environment

    rows = comparison.rows
    figures = {"overall": overall_plot(rows), "cost": cost_plot(comparison), "dimensions": dimension_plot(rows)}
    page = Environment(autoescape=True).from_string(PAGE.read_text("utf-8"))
    return page.render(
        comparison=comparison,
        title=_title(comparison),
        made=_made(comparison),
        sections=[
            (each.title, to_html(each.markdown), figures.get(each.figure, ""))
            for each in sections(comparison)
            if figures.get(each.figure, "no figure")
        ],
        beside=side_by_side(comparison),
        downloads=[(name, _data(comparison, name)) for name in comparison.results],
    )


def _title(comparison: MethodComparison) -> str:
    return f"{comparison.task}: {len(comparison.rows)} arms on {comparison.rows[0].n} held-out examples"


def _made(comparison: MethodComparison) -> str:
    model = f"Model: {comparison.model}. " if comparison.model else ""
    machine = f" on {comparison.machine}" if comparison.machine else ""
    return f"{model}Scored in exact mode{machine}."


def _data(comparison: MethodComparison, name: str) -> str:
    """The results of a search as JSON lines in an address; without what was written, which would double the page."""
    lines: list[dict[str, Any]] = [
        result.model_dump(mode="json", exclude={"plan", "reply"}) for result in comparison.results[name]
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return f"data:application/jsonl;base64,{base64.b64encode(text.encode()).decode()}"
