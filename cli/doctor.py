"""`studysmith doctor`."""

from __future__ import annotations

import typer

from .options import AsJson, noun, show

app = noun()


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine has and whether studysmith can run on it. Exit code 1 when something needed is missing."""
    from ..deploy.doctor import examine

    findings = examine()
    lines = [f"{'ok   ' if f.ok else 'WRONG'} {f.what}: {f.said}" for f in findings]
    show([finding._asdict() for finding in findings], as_json, lambda: "\n".join(lines))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)
