"""Prompt tuning: n learned vectors before a frozen model's input, trained on prompts and their completions.

A loop of its own, three times as fast on a CPU as a general trainer: the base stays frozen and may be in bfloat16, the
head runs only where completions are, and padding stands behind the text, where a causal model does not see it. The
result is saved as a PEFT adapter. Needs torch, transformers and safetensors, nothing of DSPy.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...deploy.threads import fixed_threads
from ...programs.errors import InputError
from .objectives import Row, TrainingPair, encode, loss_sum, remember_teacher
from .soft_prompt import Point, SoftPrompt, SoftPromptConfig
from .vectors import trainable

if TYPE_CHECKING:
    import torch

MayRead = Callable[[int, int, int], bool]
"""``may_read(examples, tokens, passes)``: whether so much may be read. passes: LOOK to look at it, LEARN to learn from
it, as a pass backward is the work of two forward."""
LOOK, LEARN = 1, 3
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps for each parameter


def train_soft_prompt(
    model: Any,
    tokenizer: Any,
    examples: Sequence[TrainingPair],
    validation: Sequence[TrainingPair],
    config: SoftPromptConfig,
    *,
    on_step: Callable[[int, int, float], None] = lambda step, total, loss: None,
    may_read: MayRead = lambda examples, tokens, passes: True,
    checkpoint: Path | None = None,
    start: npt.NDArray[np.float32] | None = None,
) -> SoftPrompt:
    """Trains on a GPU if there is one. The vectors with the lowest loss on `validation` are returned.

    on_step: called after each step with its number, the number of steps expected, and the loss per token.
    may_read: asked before examples are read (teachers' prompts too); False ends the training, as Ctrl-C does, with the
    best vectors so far. What it permits is read.
    checkpoint: file to keep the state in, an epoch at a time; a training that finds its own state there goes on with it
    and with as many threads as it began with. Without max_seconds it then ends with the same numbers as one that was
    never stopped, on a CPU of the same kind: another rounds otherwise.
    start: vectors to start from, in place of what config says.
    Raises InputError, one line, for unusable examples or a checkpoint of another training.
    """
    import torch

    if not examples or not validation:
        raise InputError(f"{'validation' if examples else 'examples'} must hold at least one example")
    if len({example.teacher is None for example in (*examples, *validation)}) > 1:
        raise InputError("teacher must be given for all examples or for none")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device).eval().requires_grad_(False)
    rows = [encode(tokenizer, example, config.max_length) for example in examples]
    held_out = [encode(tokenizer, example, config.max_length) for example in validation]
    interrupted = False
    with fixed_threads(_threads(checkpoint)) as threads:
        run = _Training(model, config, trainable(model, tokenizer, config, start), rows, held_out, threads)
        if checkpoint is not None:
            run.resume(checkpoint, _fingerprint(config, start, examples, validation))
        try:
            interrupted = not run.go(on_step, may_read)
        except KeyboardInterrupt:
            interrupted = True
    vectors = run.best.cpu().numpy().astype(np.float32)
    return SoftPrompt(config.name, vectors, tuple(run.history), run.tokens_seen, interrupted)


@dataclass
class _Training:
    model: Any
    config: SoftPromptConfig
    source: torch.nn.Module
    rows: list[Row]
    held_out: list[Row]
    threads: int
    history: list[Point] = field(default_factory=list)
    epoch: int = 0
    step: int = 0
    tokens_seen: int = 0

    def __post_init__(self) -> None:
        import torch

        self.best = self.source().detach().clone()
        self.parameters = list(self.source.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, lr=self.config.learning_rate, weight_decay=0.0)
        self.total = self.config.epochs * math.ceil(len(self.rows) / self.config.batch_size)
        self._checkpoint: tuple[Path, str] | None = None
        self._started = time.perf_counter()

    def go(self, on_step: Callable[[int, int, float], None], may_read: MayRead) -> bool:
        """Trains to the end; False if it was stopped before."""

        def permitted(rows: list[Row], passes: int = LOOK) -> bool:
            return may_read(len(rows), self._size(rows), passes)

        taught = [row for row in (*self.rows, *self.held_out) if row.teacher_ids is not None]
        if taught and not may_read(len(taught), sum(len(row.teacher_ids or ()) for row in taught), LOOK):
            return False
        remember_teacher(self.model, taught, self.config.batch_size)
        if not self.history:
            if not permitted(self.held_out):
                return False
            self._validate(None)
        pause = time.perf_counter() - self._started  # a validation takes about as long as the first
        while self.epoch < self.config.epochs and not self._out_of_patience() and self._left(pause) > 0:
            # The look at the end of an epoch is asked for first: without it, what was learned would be lost.
            if not permitted(self.held_out):
                return False
            losses: list[float] = []
            stopped = False
            for batch in self._batches():
                stopped = not permitted(batch, LEARN)
                if stopped:
                    break
                losses.append(self._learn(batch, pause))
                expected = self.step / max(self._progress(pause), 1e-9)
                on_step(self.step, max(self.step, min(self.total, round(expected))), losses[-1])
                if self._left(pause) <= 0:
                    break
            if losses:
                self._validate(sum(losses) / len(losses))
            if stopped:
                return False
            self.epoch += 1
            self._save()
        return True

    def _learn(self, batch: list[Row], pause: float) -> float:
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * self._rate(self._progress(pause))
        total, count = loss_sum(self.model, self.source(), batch)
        loss = total / count
        if not torch.isfinite(loss):
            raise InputError("the loss is no longer a number; lower learning_rate")
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.clip)
        self.optimizer.step()
        self.step += 1
        self.tokens_seen += self._size(batch)
        return float(loss.detach())

    def _validate(self, training: float | None) -> None:
        import torch

        with torch.no_grad():
            soft = self.source().clone()
            parts = [loss_sum(self.model, soft, batch) for batch in _chunks(self.held_out, self.config.batch_size)]
        loss = float(sum(total for total, _ in parts)) / sum(count for _, count in parts)
        self.tokens_seen += self._size(self.held_out)
        if not self.history or loss < min(point.validation for point in self.history):
            self.best = soft
        self.history.append(Point(self.step, time.perf_counter() - self._started, training, loss))

    def _out_of_patience(self) -> bool:
        losses = [point.validation for point in self.history]
        since = len(losses) - 1 - losses.index(min(losses))
        return self.config.patience is not None and since >= self.config.patience

    def _left(self, pause: float) -> float:
        """Seconds for steps, when the last validation takes `pause`."""
        if self.config.max_seconds is None:
            return math.inf
        return self.config.max_seconds - pause - (time.perf_counter() - self._started)

    def _progress(self, pause: float) -> float:
        """How much of the training is done, 0 to 1, by steps or by time, whichever ends first."""
        by_time = 0.0
        if self.config.max_seconds is not None:
            by_time = min(1.0, 1 - self._left(pause) / self.config.max_seconds)
        return max(self.step / self.total, by_time)

    def _rate(self, progress: float) -> float:
        warmup = self.config.warmup
        if progress < warmup:
            return (progress + 1 / self.total) / (warmup + 1 / self.total)
        if self.config.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    def _batches(self) -> Iterator[list[Row]]:
        """Rows of like length together, in an order that depends on seed and epoch alone."""
        order = np.random.default_rng([self.config.seed, self.epoch])
        rows = sorted((self.rows[i] for i in order.permutation(len(self.rows))), key=lambda row: len(row.ids))
        batches = list(_chunks(rows, self.config.batch_size))
        return (batches[i] for i in order.permutation(len(batches)))

    def _size(self, rows: list[Row]) -> int:
        return sum(self.config.tokens + len(row.ids) for row in rows)

    def resume(self, path: Path, fingerprint: str) -> None:
        """Keeps the state in `path` from now on, and takes it from there if there is one."""
        from safetensors import safe_open

        self._checkpoint = (path, fingerprint)
        if not path.exists():
            return
        with safe_open(path, "pt", device=str(self.best.device)) as file:
            about = json.loads(file.metadata()["state"])
            if about["fingerprint"] != fingerprint:
                raise InputError(f"{path} holds the state of another training; remove it or choose another file")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        self.best = tensors.pop("best")
        moments = [{name: tensors.pop(f"{i}.{name}") for name in _MOMENTS} for i in range(len(self.parameters))]
        self.optimizer.state.update(zip(self.parameters, moments, strict=True))
        self.source.load_state_dict(tensors)
        self.history = [Point(**point) for point in about["history"]]
        self.epoch, self.step, self.tokens_seen = about["epoch"], about["step"], about["tokens_seen"]
        self._started -= self.history[-1].seconds

    def _save(self) -> None:
        if self._checkpoint is None:
            return
        from safetensors.torch import save_file

        path, fingerprint = self._checkpoint
        about = {
            "fingerprint": fingerprint,
            "history": [asdict(point) for point in self.history],
            "epoch": self.epoch,
            "step": self.step,
            "tokens_seen": self.tokens_seen,
            "threads": self.threads,
        }
        states = [self.optimizer.state[parameter] for parameter in self.parameters]
        moments = {f"{i}.{name}": state[name] for i, state in enumerate(states) for name in _MOMENTS}
        state = {**self.source.state_dict(), "best": self.best, **moments}
        temporary = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(state, temporary, metadata={"state": json.dumps(about)})
        temporary.replace(path)


def _threads(checkpoint: Path | None) -> int | None:
    """How many threads the training that is kept in this file began with."""
    from safetensors import safe_open

    if checkpoint is None or not checkpoint.exists():
        return None
    with safe_open(checkpoint, "pt") as file:
        threads = json.loads(file.metadata()["state"]).get("threads")
    return None if threads is None else int(threads)


def _chunks(rows: list[Row], size: int) -> Iterator[list[Row]]:
    return (rows[i : i + size] for i in range(0, len(rows), size))


def _fingerprint(config: SoftPromptConfig, start: npt.NDArray[np.float32] | None, *data: Sequence[TrainingPair]) -> str:
    pairs = [[asdict(example) for example in part] for part in data]
    facts = [config.model_dump(exclude={"max_seconds"}), None if start is None else start.tolist(), pairs]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
