"""`studysmith export` and `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, OutFolder, noun, show
from .progress import progress_bar

app = noun()
QUANTIZE = (
    "keep (the model's own tensors, byte for byte), Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, F16 or F32. A soft prompt fits "
    "the weights it was trained on: better give the format to `compile`."
)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="A run folder of `compile`.")],
    out: OutFolder = Path("bundles/planner"),
    task: Annotated[str | None, typer.Option(help="path/to/file.py:name, where the run cannot name it.")] = None,
    quantize: Annotated[str, typer.Option(help=QUANTIZE)] = "keep",
    name: Annotated[str | None, typer.Option(help="Name of the bundle; the task's if left out.")] = None,
    anyway: Annotated[bool, typer.Option(help="Ship the winner even if it was not confirmed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze a compiled program, prompt and weights, into one bundle: the winner if it was confirmed, else the
    unchanged program."""
    from ..optimizers.export import export

    with progress_bar() as progress:
        manifest = export(run, out, task=task, name=name, quantize=quantize, anyway=anyway, progress=progress)
    size = sum(entry.bytes for entry in manifest.files.values())
    lines = [f"{out}: {len(manifest.files)} files, {size / 1e6:.0f} MB, {manifest.method}"]
    if added := manifest.soft_bytes:
        parts = ", ".join(f"{part} {amount / 1e6:.1f}" for part, amount in added.items())
        lines.append(f"The soft prompts take {sum(added.values()) / 1e6:.1f} MB of it: {parts}.")
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
