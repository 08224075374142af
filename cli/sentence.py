"""A command that takes one sentence, and tells whoever typed several words how to quote them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand


class OneSentence(TyperCommand):
    """Raises InputError with the very command to copy where the sentence is not quoted."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        from ..programs.errors import InputError

        words, rest = self._apart(args)
        if len(words) > 1:
            command = ["studysmith", str(self.name), _quoted(" ".join(words)), *map(shlex.quote, rest)]
            [argument] = (p.name for p in self.params if p.param_type_name == "argument")
            raise InputError(f"{argument}: put the words in quotes: {' '.join(command)}")
        return super().parse_args(ctx, args)

    def _apart(self, args: Sequence[str]) -> tuple[list[str], list[str]]:
        """The words of the sentence, and the options with their values."""
        alone = {name for p in self.params if getattr(p, "is_flag", False) for name in (*p.opts, *p.secondary_opts)}
        words: list[str] = []
        rest: list[str] = []
        left = iter(args)
        for arg in left:
            if arg == "--":
                words += left
            elif not arg.startswith("--"):
                words.append(arg)
            else:
                rest.append(arg)
                if "=" not in arg and arg not in alone and arg != "--help":
                    rest += [value for value in [next(left, None)] if value is not None]
        return words, rest


def _quoted(sentence: str) -> str:
    return shlex.quote(sentence) if re.search(r'["$`\\!]', sentence) else f'"{sentence}"'
