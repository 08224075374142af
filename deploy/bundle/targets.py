"""What `export --to` makes, by name: each a function of what is exported and where to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

from ...programs.errors import InputError
from ...programs.progress import Progress, silent

Export = Callable[[Path, Path, Progress], list[str]]
"""Source, target and progress; returns what was made, a line each."""
_HERE = __name__.rpartition(".")[0]
TARGETS = {
    "messages": f"{_HERE}.messages:export_messages",
    "chat": f"{_HERE}.chat:export_chat",
    "adapters": f"{_HERE}.adapters:export_adapters",
}


def export_to(name: str, source: Path, target: Path, progress: Progress = silent) -> list[str]:
    """Export a bundle (for "adapters" a tuned run, for "chat" also a model). Raises InputError for an unknown name."""
    if name not in TARGETS:
        raise InputError(f"to: bundle, {', '.join(TARGETS)} (got {name!r})")
    export: Export = resolve_name(TARGETS[name])
    return export(source, target, progress)
