"""`studysmith export --to`: a bundle, or what a run ships, in another runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .options import show
from .progress import progress_bar

OLLAMA, MODELFILE = "ollama://", "modelfile"


def export_to(source: Path, to: str, out: Path, as_json: bool, settings: dict[str, Any]) -> None:
    """Export to a runtime and say what was made. Raises InputError for a target that there is not."""
    from ..programs.errors import InputError

    if not to.startswith(OLLAMA) and to != MODELFILE:
        raise InputError(f"to: bundle, {OLLAMA}NAME or {MODELFILE} (got {to!r})")
    with _bundle_of(source, settings) as folder:
        (_ollama if to.startswith(OLLAMA) else _modelfile)(folder, to, out, as_json)


@contextmanager
def _bundle_of(source: Path, settings: dict[str, Any]) -> Iterator[Path]:
    """The bundle in a folder, or one made of the run that is there, for as long as it is needed."""
    from ..deploy.bundle.manifest import NAME
    from ..optimizers.export import export

    if (source / NAME).is_file():
        yield source
        return
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        export(source, Path(folder) / "bundle", **settings, progress=progress)
        yield Path(folder) / "bundle"


def _ollama(folder: Path, to: str, out: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from ..deploy.bundle.ollama import to_ollama

    with progress_bar() as progress:
        made = to_ollama(folder, to, progress)
    lines = []
    for model in made:
        prompt = (
            "the bundle's prompt" if model.prompt_shown else "a prompt of the bundle's length (it does not show it)"
        )
        text = "and the same reply" if model.same_text else "and a reply that differs, as rounding can make it"
        lines.append(f"{model.model}: {prompt}, {model.tokens} tokens, {text}")
    show([asdict(model) for model in made], as_json, lambda: "\n".join(lines))


def _modelfile(folder: Path, to: str, out: Path, as_json: bool) -> None:
    from ..deploy.bundle.ollama import to_modelfile

    made = [str(path) for path in to_modelfile(folder, out)]
    show({"files": made}, as_json, lambda: "\n".join(f"ollama create NAME -f {path}" for path in made))
