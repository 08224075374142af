"""`studysmith export` and `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .options import AsJson, OutFolder, noun, show
from .progress import progress_bar
from .targets import export_to

app = noun()


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="A run folder of `compile`, or with --to a bundle.")],
    out: OutFolder = Path("bundles/planner"),
    to: Annotated[
        str, typer.Option(help="bundle, ollama://NAME (models on the server at OLLAMA_HOST), or modelfile.")
    ] = "bundle",
    task: Annotated[str | None, typer.Option(help="path/to/file.py:name, where the run cannot name it.")] = None,
    quantize: Annotated[str, typer.Option(help="keep (the model's own tensors, byte for byte) or Q8_0.")] = "keep",
    name: Annotated[str | None, typer.Option(help="Name of the bundle; the task's if left out.")] = None,
    anyway: Annotated[bool, typer.Option(help="Ship the winner even if it was not confirmed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze a compiled program, prompt and weights, into one bundle: the winner if it was confirmed, else the
    unchanged program. --to puts a bundle, or what a run ships, into another runtime."""
    from ..optimizers.export import export

    settings: dict[str, Any] = {"task": task, "name": name, "quantize": quantize, "anyway": anyway}
    if to != "bundle":
        export_to(run, to, out, as_json, settings)
        return
    with progress_bar() as progress:
        manifest = export(run, out, **settings, progress=progress)
    size = sum(entry.bytes for entry in manifest.files.values())
    lines = [f"{out}: {len(manifest.files)} files, {size / 1e6:.0f} MB, {manifest.method}"]
    if manifest.method == "unchanged":
        lines.append(f"This is the program as it was, with no prompt of the run in it: {manifest.verdict['reason']}.")
        if not anyway:
            lines.append("A larger budget may confirm a better one; --anyway ships the best that was found.")
    else:
        lines.append(manifest.verdict["reason"])
    show(manifest, as_json, lambda: "\n".join(lines))


@app.command()
def verify(bundle: Path, as_json: AsJson = False) -> None:
    """Check a bundle: file list, hashes, golden vectors. Exit code 1 when anything differs."""
    from ..deploy.bundle.verify import verify as check
    from ..deploy.errors import BundleError

    passed: list[str] = []
    try:
        problems = check(bundle, lambda stage, done, total, detail: passed.append(detail))
    except BundleError as error:
        if not bundle.is_dir():
            raise
        problems = [str(error)]
    lines = [*(f"ok    {line}" for line in passed), *(f"WRONG {line}" for line in problems)]
    show({"ok": not problems, "passed": passed, "problems": problems}, as_json, lambda: "\n".join(lines))
    raise typer.Exit(1 if problems else 0)
