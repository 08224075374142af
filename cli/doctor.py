"""`studysmith doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..programs.progress import progress_bar
from .options import AsJson, console, noun, show

if TYPE_CHECKING:
    from ..deploy.probe import Sense

app = noun()


@app.command()
def doctor(
    model: Annotated[
        str | None, typer.Option(help="Also have this model write sentences of plans, and judge their sense.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what this machine has and whether studysmith can run on it. Exit code 1 when something needed is missing."""
    from ..deploy.doctor import examine

    findings = examine()
    lines = [f"{'ok   ' if f.ok else 'WRONG'} {f.what}: {f.said}" for f in findings]
    rows: list[dict[str, Any]] = [finding._asdict() for finding in findings]
    if model is not None:
        from ..deploy.probe import probe

        with progress_bar(console(stderr=True)) as progress:
            sense = probe(model, progress)
        line, row = _judged(model, sense)
        lines.append(line)
        rows.append(row)
    show(rows, as_json, lambda: "\n".join(lines))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def _judged(model: str, sense: Sense) -> tuple[str, dict[str, Any]]:
    """What a model's own sentences are worth. One that makes no sense is no fault: it chooses among written ones."""
    from ..deploy.probe import ENOUGH

    enough = sense.wording == "free"
    said = f"{sense.sound} of {sense.sentences} sentences make sense [{sense.low:.2f}, {sense.high:.2f}]"
    if not enough:
        said += f", fewer than {ENOUGH:.0%}"
    line = f"{'ok   ' if enough else 'WEAK '} {model}: {said}; use --wording {sense.wording}"
    return line, {"what": model, "ok": enough, "said": said, "wording": sense.wording}
