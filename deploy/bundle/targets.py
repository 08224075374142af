"""What `export --to` makes: each a function of what is exported, where to, and its own options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from ...programs.errors import InputError
from ...programs.progress import Progress, silent


def _mlx(source: Path, target: Path, progress: Progress, bits: str = "keep", group_size: int = 32) -> list[str]:
    from .mlx import export_mlx

    chosen = int(bits) if bits.isdigit() else bits
    made = export_mlx(source, target, bits=chosen, group_size=group_size, progress=progress)
    lines = [
        f"{target}: {made.bytes / 1e6:.0f} MB, {made.bits_per_weight:.2f} bits per weight",
        f"{made.same_layers} layers as they are in the model file, {made.requantized_layers} quantized again",
    ]
    if made.soft_tokens:
        more = f"{made.exempt_cost / 1e6:.1f} MB more than in {bits} bits"
        cost = more if made.exempt_cost else "as precise as in the model file"
        table = f"a table and a head of {made.exempt_bytes / 1e6:.1f} MB"
        lines.append(f"{made.soft_tokens} soft tokens, in {table}, {cost}")
    return [*lines, *(f"note: {note}" for note in made.notes)]


def _modelfile(source: Path, target: Path, progress: Progress) -> list[str]:
    from .ollama import to_modelfile

    return [f"ollama create NAME -f {path}" for path in to_modelfile(source, target)]


def to_server(source: Path, url: str, progress: Progress = silent) -> list[str]:
    """Make models of an Ollama server, one a step, of a bundle; what was made and checked, a line each."""
    from .ollama import to_ollama

    lines = []
    for model in to_ollama(source, url, progress):
        prompt = (
            "the bundle's prompt" if model.prompt_shown else "a prompt of the bundle's length (it does not show it)"
        )
        text = "and the same reply" if model.same_text else "and a reply that differs, as rounding can make it"
        lines.append(f"{model.model}: {prompt}, {model.tokens} tokens, {text}")
    return lines


_HERE = __name__.rpartition(".")[0]
TARGETS = {
    "messages": f"{_HERE}.messages:export_messages",
    "chat": f"{_HERE}.chat:export_chat",
    "adapters": f"{_HERE}.adapters:export_adapters",
    "mlx": f"{__name__}:_mlx",
    "modelfile": f"{__name__}:_modelfile",
    "web": f"{_HERE.removesuffix('bundle')}web.export:export_web",
}
"""The function of each target, by its place: what it needs is imported when it is called for."""
NEEDED = {"web": f"{_HERE.removesuffix('bundle')}web.vendor:vendored"}
"""What looks for the things that a target is made with; it raises InputError where they are not there."""
SERVER = "ollama://"
OF_MODELS = ("chat", "adapters", "mlx")
"""Targets that take a model as it is; all others are made of a bundle."""


def check_target(name: str) -> None:
    """Raises InputError for a target that there is not, or that lacks what it is made with, before any work."""
    if name not in TARGETS:
        raise InputError(f"to: bundle, {', '.join(TARGETS)}, {SERVER}NAME (got {name!r})")
    if name in NEEDED:
        resolve_name(NEEDED[name])()


def export_to(name: str, source: Path, target: Path, progress: Progress = silent, **options: Any) -> list[str]:
    """Export a bundle (for "adapters" a tuned run, for "chat" and "mlx" also a model); what was made, a line each.

    options: the target's own (``bits`` and ``group_size`` of mlx).
    Raises InputError for a target that there is not and for an option that it does not have.
    """
    check_target(name)
    export: Callable[..., list[str]] = resolve_name(TARGETS[name])
    known = inspect.signature(export).parameters
    for option in options:
        if option not in known:
            raise InputError(f"{option}: is no option of --to {name}; leave it out")
    return export(source, target, progress, **options)
