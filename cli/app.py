"""The command line: every command by name, and how each of them ends.

Exit codes: 0 done, 1 a check failed, 2 bad input, 70 a fault of ours, 130 Ctrl-C, 143 SIGTERM.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from errno import EDQUOT, ENOSPC
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import typer
from typer.main import get_group

from ..optimizers.interrupt import ENDING
from ..programs.errors import Terminated
from .options import Group

COMMANDS = {
    "plan": ("plan", "Write a study plan for a request in plain words."),
    "replan": ("replan", "Plan the rest of a plan anew, from what was done, missed and hard."),
    "score": ("score", "Score a plan by the rubric, with the evidence."),
    "concepts": ("concepts", "List the concepts of the curriculum, or those with some words."),
    "practice": ("practice", "Print a sheet of fresh, checked tasks on a concept."),
    "compile": ("optimize", "Search the best prompts, text or soft, within a budget."),
    "headroom": ("headroom", "Say, before a search, what it could gain and what it takes."),
    "compare": ("optimize", "Compare compiled programs on held-out learners, in exact mode."),
    "why": ("why", "Say what each part of a compiled prompt is worth, on fresh examples."),
    "optimizers": ("optimize", "List the optimizers."),
    "export": ("bundle", "Freeze a compiled program, or the planner with a model, into one bundle."),
    "verify": ("bundle", "Check a bundle: files, hashes, golden vectors."),
    "rubric": ("rubric", "Test the rubric, or make one for a task of your own."),
    "finetune": ("finetune", "Fine-tune a base model on word problems or plans."),
    "finetune-plans": ("finetune", "Write the study plans that fine-tuning rehearses, so that a model keeps planning."),
    "solve": ("finetune", "Test how many word problems a model solves."),
    "merge": ("finetune", "Merge tuned models into their base, as one file or folder."),
    "serve": ("serve", "Serve the planner as a page on this machine, and the report of a comparison."),
    "phone": ("phone", "Say on which iPhones a bundle fits, and how fast it can be there."),
    "doctor": ("doctor", "Say what this machine has and whether studysmith can run on it."),
    "demo": ("demo", "The whole way on the embedded model, from plan to bundle."),
}
"""The file of each command, and its line in the help: known beforehand, so that help imports none of them."""

RESUMED = ("compile", "headroom", "compare", "why", "finetune", "solve", "demo")
"""Commands that go on where they were interrupted."""

BAD_INPUT, FAULT, INTERRUPTED, TERMINATED = 2, 70, 130, 143


class _Commands(Group):
    """Imports a command's file when the command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and self.commands[cmd_name] is None:
            file, _ = COMMANDS[cmd_name]
            self.commands.update(get_group(import_module(f"..{file}", __name__).app).commands)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


app = _Commands(
    name="studysmith",
    commands=dict.fromkeys(COMMANDS),  # type: ignore[arg-type]
    rich_markup_mode=None,
    help="Compile a small language model into a study planner: write, score, optimize, freeze and ship plans.",
)


def main() -> None:
    """Run the command line. What a user can mend is one line, and so is what only we can."""
    signal.signal(signal.SIGTERM, _terminate)
    ENDING.append(_terminate)
    try:
        code = app(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as end:
        code = end.code
    except Exception as error:
        code = _explain(error)
    if code in (INTERRUPTED, TERMINATED):
        command = shlex.join(["studysmith", *sys.argv[1:]])
        again = f"; run the same command again to continue: {command}" if sys.argv[1] in RESUMED else ""
        _say(f"error: {'interrupted' if code == INTERRUPTED else 'terminated'}{again}")
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated(TERMINATED)  # goes through every `finally`, as Ctrl-C does


def _explain(error: Exception) -> int:
    """Say what went wrong in one line; the exit code."""
    if os.environ.get("STUDYSMITH_LOG") == "debug":
        import traceback

        traceback.print_exception(error)
    if hasattr(error, "format_message"):  # a usage error of Typer's
        return _say(f"error: {error.format_message()}")
    from ..programs.errors import StudysmithError

    machine = isinstance(error, OSError) and (error.filename is not None or error.errno in (ENOSPC, EDQUOT))
    if machine or isinstance(error, StudysmithError):
        return _say(f"error: {error}")
    fault = f"{type(error).__name__}: {error}"
    _say(f"studysmith failed: {fault}; this is a fault in studysmith; STUDYSMITH_LOG=debug shows where")
    return FAULT


def _say(line: str) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return BAD_INPUT
