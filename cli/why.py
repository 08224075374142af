"""`studysmith why`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..programs.progress import progress_bar
from .options import AsJson, noun, show

if TYPE_CHECKING:
    from ..optimizers.why import Part, Why

app = noun()
SHOWN = 160
"""Characters of a part; `--json` has all of it."""


@app.command()
def why(
    run: Annotated[Path, typer.Argument(help="A run folder of `compile`.")],
    task: Annotated[str | None, typer.Option(help="path/to/file.py:name, where the run cannot name it.")] = None,
    learners: Annotated[int | None, typer.Option(min=2, help="How many test examples; all if left out.")] = None,
    engine: Annotated[str | None, typer.Option(help="What runs the model, as given to `compile`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Leave out each sentence, demonstration and soft prompt of a run's winner, one at a time, and say what that costs
    on test examples, in exact mode. Interrupted, it goes on."""
    from ..optimizers.why import why

    with progress_bar() as progress:
        found = why(run, task, learners=learners, engine=engine, progress=progress)
    show(found, as_json, lambda: _table(found))


def _table(found: Why) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    state = "confirmed" if found.confirmed else "not confirmed"
    used = f"{found.usage['lm_calls']:.0f} calls, {found.usage['tokens']:.0f} tokens, {found.usage['seconds']:.0f} s"
    head = (
        f"{found.task}, winner of {found.method} ({state}): {found.score:.3f} "
        f"[{found.ci[0]:.3f}, {found.ci[1]:.3f}] on {found.n} test examples, exact mode"
    )
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_lines=True)
    table.add_column("part", min_width=24)
    table.add_column("worth [95 %]", justify="right", no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("from; who loses without it; copies", min_width=24)
    for part in found.parts:
        text = part.text if len(part.text) <= SHOWN else f"{part.text[:SHOWN]}..."
        worth = f"{part.worth:+.3f}\n[{part.ci[0]:+.3f}, {part.ci[1]:+.3f}]"
        about = Text("\n".join(_about(part)))
        table.add_row(
            Text(f"{part.step}, {part.kind} {part.number}: {text}"), Text(worth), f"{part.p_value:.2g}", about
        )
    foot = "\n".join(
        ["worth: the winner's score minus its score without the part", *found.notes, f"measuring took {used}"]
    )
    return Group(Text(head), table, Text(foot))


def _about(part: Part) -> list[str]:
    lines = [part.origin]
    if part.lost:
        lines.append("lose: " + ", ".join(f"{lost.id} {-lost.by:+.2f}" for lost in part.lost))
    if part.copied.share:
        lines.append(f"copied: {part.copied.share:.0%} of its runs of 8 words, from {', '.join(part.copied.sources)}")
    return lines
