"""`python -m studysmith.finetune train|solve|compare|merge|plans`: the same as the command line's, for machines that
have torch but not DSPy, and for `accelerate launch -m studysmith.finetune train`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..deploy.errors import EngineError
from ..programs.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """0, or 2 for bad input, which is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m studysmith.finetune", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="run a training configuration, or go on with it")
    train.add_argument("config", type=Path)
    train.add_argument("--out", type=Path, required=True, help="the run folder")
    train.add_argument("--seed", type=int, help="instead of the configuration's")
    train.add_argument("--base", help="instead of the configuration's")
    solve = commands.add_parser("solve", help="test a model on word problems")
    solve.add_argument("model")
    solve.add_argument("--data", required=True, help="set, set:split, file, or set=file")
    solve.add_argument("--out", type=Path, default=Path("runs/solve"), help="the folder of per-problem JSONL files")
    solve.add_argument("--shots", type=int, default=0)
    solve.add_argument("--shots-from", help="where worked examples come from, as --data")
    solve.add_argument("--limit", type=int, default=0)
    solve.add_argument("--engine", default="auto")
    solve.add_argument("--device", default="auto")
    solve.add_argument("--batch", type=int, default=0)
    solve.add_argument("--precision", default="", choices=["", "float32", "bfloat16"])
    solve.add_argument("--exact", action="store_true")
    compare = commands.add_parser("compare", help="McNemar's test on two result files")
    compare.add_argument("first", type=Path)
    compare.add_argument("second", type=Path)
    merge = commands.add_parser("merge", help="a tuned model as one GGUF file or folder")
    merge.add_argument("tuned", nargs="+", help="run folders or adapters; several are averaged")
    merge.add_argument("--out", type=Path, required=True)
    merge.add_argument("--format", default="Q8_0")
    merge.add_argument("--scale", type=float, default=1.0)
    plans = commands.add_parser("plans", help="write the study-plan data sets")
    plans.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    try:
        print(json.dumps(_run(given), indent=2))
    except (InputError, EngineError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _run(given: argparse.Namespace) -> object:
    from . import commands

    options = {k: v for k, v in vars(given).items() if k != "command"}
    if given.command == "train":
        return commands.finetune_command(**options, progress=_report_steps).model_dump(mode="json")
    if given.command == "plans":
        return commands.plans_command(given.folder)
    result: dict[str, Any] = {
        "solve": commands.solve_command,
        "compare": commands.compare_command,
        "merge": commands.merge_command,
    }
    return result[given.command](**options).model_dump(mode="json", exclude_none=True)


def _report_steps(step: int, steps: int, values: dict[str, float]) -> None:
    if step % 50 == 0 or step == steps:
        shown = ", ".join(f"{k} {v:.4g}" for k, v in values.items() if k in ("loss", "eval_loss"))
        print(f"step {step} of {steps}: {shown}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
