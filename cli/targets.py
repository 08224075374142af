"""`studysmith export --to`: a bundle, or what a run ships, in another runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .options import show
from .progress import progress_bar

MLX = "mlx"


def export_to(source: Path, to: str, out: Path, as_json: bool, settings: dict[str, Any], bits: str, group: int) -> None:
    """Export to a runtime and say what was made. Raises InputError for a target that there is not."""
    from ..programs.errors import InputError

    if to != MLX:
        raise InputError(f"to: bundle or {MLX} (got {to!r})")
    with _bundle_of(source, settings) as found:
        _mlx(found, out, as_json, bits, group)


@contextmanager
def _bundle_of(source: Path, settings: dict[str, Any]) -> Iterator[Path]:
    """The bundle in a folder or a GGUF file, or a bundle made of the run that is there, for as long as it is needed."""
    from ..deploy.bundle.manifest import NAME
    from ..optimizers.export import export

    if source.suffix == ".gguf" or (source / NAME).is_file():
        yield source
        return
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        export(source, Path(folder) / "bundle", **settings, progress=progress)
        yield Path(folder) / "bundle"


def _mlx(source: Path, out: Path, as_json: bool, bits: str, group: int) -> None:
    from ..deploy.bundle.mlx import export_mlx

    with progress_bar() as progress:
        made = export_mlx(source, out, bits=int(bits) if bits.isdigit() else bits, group_size=group, progress=progress)
    lines = [
        f"{out}: {made.bytes / 1e6:.0f} MB, {made.bits_per_weight:.2f} bits per weight",
        f"{made.same_layers} layers as they are in the model file, {made.requantized_layers} quantized again",
    ]
    if made.soft_tokens:
        more = f"{made.exempt_cost / 1e6:.1f} MB more than in {bits} bits"
        cost = more if made.exempt_cost else "as precise as in the model file"
        lines.append(
            f"{made.soft_tokens} soft tokens, in a table and a head of {made.exempt_bytes / 1e6:.1f} MB, {cost}"
        )
    show(made, as_json, lambda: "\n".join([*lines, *(f"note: {note}" for note in made.notes)]))
