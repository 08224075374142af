"""Losses of a run while it goes: a JSONL file, live progress, and a plot."""

import json
import time
from pathlib import Path
from typing import Any

from ..programs.progress import Progress, silent


class Curves:
    """Appends what the trainer logs (step, epoch, loss, eval_loss, learning_rate, seconds) to a file.

    `progress` is told at every step, with the latest losses.
    """

    def __init__(self, path: Path, progress: Progress = silent) -> None:
        self._path, self._progress = path, progress
        self._started = time.monotonic()
        self._latest: dict[str, float] = {}

    def rows(self) -> list[dict[str, float]]:
        """Everything logged so far; a last line cut off by an interruption is left out."""
        if not self._path.is_file():
            return []
        found = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                break
        return found

    def forget_after(self, step: int) -> None:
        """Drop what comes after the checkpoint that a run goes on from: those steps are taken again."""
        kept = [row for row in self.rows() if row["step"] <= step]
        self._path.write_text("".join(f"{json.dumps(row)}\n" for row in kept), encoding="utf-8")

    def log(self, step: int, values: dict[str, Any]) -> None:
        """Add one row."""
        numbers = {k: v for k, v in values.items() if k in ("loss", "eval_loss", "learning_rate", "epoch", "grad_norm")}
        if not numbers.keys() & {"loss", "eval_loss"}:
            return
        self._latest |= numbers
        row = {"step": step, **numbers, "seconds": round(time.monotonic() - self._started, 1)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(row)}\n")

    def mean_loss(self) -> float:
        """Mean of the logged training losses of the whole run, before and after any interruption."""
        losses = [row["loss"] for row in self.rows() if "loss" in row]
        return round(sum(losses) / len(losses), 4) if losses else 0.0

    def callback(self) -> Any:
        """The same as a callback of transformers' trainer."""
        from transformers import TrainerCallback

        curves = self

        class Log(TrainerCallback):
            def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
                if state.is_world_process_zero and logs:
                    curves.log(state.global_step, logs)

            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                if state.is_world_process_zero:
                    losses = (f"{name} {value:.4g}" for name, value in curves._latest.items() if name.endswith("loss"))
                    curves._progress("train", state.global_step, state.max_steps, ", ".join(losses))

        return Log()

    def plot(self, path: Path) -> None:
        """Draw training and held-out loss over steps."""
        from matplotlib.figure import Figure

        rows = self.rows()
        figure = Figure(figsize=(6, 3.5), layout="constrained")
        axes = figure.subplots()
        for key, label in (("loss", "training"), ("eval_loss", "held out")):
            points = [(row["step"], row[key]) for row in rows if key in row]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o" if key == "eval_loss" else "", label=label)
        axes.set(xlabel="step", ylabel="loss (nats per token)")
        axes.legend()
        figure.savefig(path, dpi=120)
