"""What the command line calls, one function per command; each returns a pydantic result whose JSON is what `--json`
prints, and raises InputError (one line) for bad input."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..programs.problems.sources import Source
from .config import read_config
from .merge import Format, Merged, merge
from .result import TrainResult
from .solve import Comparison, Progress, Settings, Solved, compare, solve
from .train import train

__all__ = ["compare_command", "finetune_command", "merge_command", "plans_command", "solve_command"]


def finetune_command(
    config: str | Path,
    out: str | Path,
    *,
    seed: int | None = None,
    base: str | None = None,
    progress: Callable[[int, int, dict[str, float]], None] | None = None,
) -> TrainResult:
    """Run a training configuration in the folder `out`, or go on with it; `seed` and `base` replace the file's."""
    changes: dict[str, Any] = {k: v for k, v in (("seed", seed), ("base", base)) if v is not None}
    return train(read_config(config, changes), out, progress)


def solve_command(
    model: str, data: str, out: str | Path = "runs/solve", *, progress: Progress | None = None, **settings: Any
) -> Solved:
    """Test a model on `data` (`gsm8k`, `gsm8k:test`, a file, or `set=file`); `settings` are those of `solve.Settings`,
    with `shots_from` written like `data`."""
    if isinstance(settings.get("shots_from"), str):
        settings["shots_from"] = Source.parse(settings["shots_from"])
    return solve(model, Source.parse(data), Path(out), Settings(**settings), progress)


def compare_command(first: str | Path, second: str | Path) -> Comparison:
    """McNemar's test on two per-problem files."""
    return compare(Path(first), Path(second))


def merge_command(tuned: str | Sequence[str], out: str | Path, format: Format = "Q8_0", scale: float = 1.0) -> Merged:
    """A tuned model, or the average of several, as one GGUF file or Hugging Face folder."""
    return merge(tuned, out, format, scale)


def plans_command(folder: str | Path = "runs/data", model: str = "smollm2-135m") -> dict[str, int]:
    """Write the study-plan data sets: `plans.jsonl` (expert demonstrations) and `replay.jsonl` (what `model` itself
    answers for the train learners, some minutes on a CPU). Counts by file."""
    from ..deploy.engines.open import open_engine
    from .data import plans
    from .data.mixture import write_chat

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = plans.demonstrations()
    write_chat(folder / "plans.jsonl", written)
    with open_engine(model, "fast") as engine:
        own = plans.replay(engine)
    write_chat(folder / "replay.jsonl", own)
    return {"plans.jsonl": len(written), "replay.jsonl": len(own)}
