"""Asking back on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..programs.curriculum import Curriculum
    from ..programs.plan import Question


def ask(needs: Question | None, source: Curriculum) -> str | None:
    """The topic that is meant, asked of whoever sits at the terminal; None where nobody does, or nothing is chosen."""
    if not (needs and needs.options and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    options = needs.options

    def read(typed: str) -> str | None:
        if not typed:
            return None
        if typed.isdecimal() and 1 <= int(typed) <= len(options):
            return options[int(typed) - 1]
        raise typer.BadParameter(f"a number from 1 to {len(options)}")

    lines = [f"  {number}. {source[concept].name}" for number, concept in enumerate(options, 1)]
    typer.echo("\n".join([needs.question, *lines]), err=True)
    meant: str | None = typer.prompt(
        "Its number, or Enter to cancel", default="", show_default=False, value_proc=read, err=True
    )
    return meant
