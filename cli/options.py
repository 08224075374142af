"""What several commands take and how they answer, so that each says only what is its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Model = Annotated[str, typer.Option(help="smollm2-135m, a GGUF file, a Hugging Face folder, or a hub id.")]
AskedModel = Annotated[
    str, typer.Option(help="smollm2-135m, a GGUF file, a folder, a hub id, ollama://NAME, or http://host/v1#NAME.")
]
OutFolder = Annotated[Path, typer.Option(help="Folder to write to.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
Task = Annotated[str, typer.Option(help="plan, plan-free, read, solve, or path/to/file.py:name.")]


class Group(TyperGroup):
    """Commands under one name; the name alone shows what there is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


def noun(**settings: Any) -> typer.Typer:
    """An empty noun. Help is plain text: drawing it with rich takes longer than all else that `--help` does."""
    return typer.Typer(cls=Group, rich_markup_mode=None, add_completion=False, **settings)


def console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def show(result: Any, as_json: bool, plain: Callable[[], Any]) -> None:
    """Print a result: all of it as JSON, or what `plain` makes of it, a text or a table of rich's."""
    if as_json:
        value = result.model_dump(mode="json") if hasattr(result, "model_dump") else result
        typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
    elif isinstance(text := plain(), str):
        typer.echo(text)
    else:
        console().print(text)
