"""`studysmith doctor`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .options import AsJson, console, noun, show
from .progress import progress_bar

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
        share = f"{sense.sound} of {sense.sentences} sentences make sense [{sense.low:.2f}, {sense.high:.2f}]"
        lines.append(f"ok    {model}: {share}; use --wording {sense.wording}")
        rows.append({"what": model, "ok": True, "said": share, "wording": sense.wording})
    show(rows, as_json, lambda: "\n".join(lines))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)
