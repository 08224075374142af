"""A training run: a folder that holds everything about it and can be continued after any interruption."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ..deploy import torch_models as models
from ..deploy.files import write_atomically
from ..deploy.threads import fixed_threads
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from . import card, rejection
from .config import TrainConfig
from .data import mixture
from .fit import fit, is_main
from .result import TrainResult

if TYPE_CHECKING:
    from .data.mixture import Mixture

_THREADS = "threads"


def train(config: TrainConfig, run: str | Path, progress: Progress = silent) -> TrainResult:
    """Run a configuration in the folder `run`, or go on where it was interrupted; a finished run is returned as it is.

    A run computes with as many threads as it began with, whatever the process that goes on with it would take.
    With `accelerate launch`, call this in every process. Raises InputError
    for bad data, a base that does not fit in memory, CUDA where there is none, or a folder of another configuration.
    """
    run = Path(run)
    done = _earlier(run, config)
    if done is not None:
        return done
    with fixed_threads(_threads(run)) as threads:
        return _run(config, run, threads, progress)


def _run(config: TrainConfig, run: Path, threads: int, progress: Progress) -> TrainResult:
    models.quiet_libraries()
    device = models.choose_device("cuda" if config.adapter.type == "qlora" else config.device)
    started = time.monotonic()
    gold = config.method != "rejection"
    mixed = mixture.build(
        config.data, config.tests, seed=config.seed, gold=gold, watch=config.held_out, progress=progress
    )
    _claim(run, config, threads)
    if config.method == "sft":
        fitted = fit(config, mixed.examples, mixed.watched, run, device, progress)
    else:
        fitted = rejection.run_rounds(config, mixed, run, device, progress)
    result = TrainResult(
        run=run,
        base=config.base,
        method=config.method,
        adapter=config.adapter.type,
        dropped=len(mixed.dropped),
        seconds=round(time.monotonic() - started, 1),
        **fitted,
    )
    if is_main():
        _write_data(run, mixed)
        write_atomically(run / models.RESULT, result.model_dump_json(indent=2))
        card.write(run, config, result, mixed.summary())
    return result


def _earlier(run: Path, config: TrainConfig) -> TrainResult | None:
    """The result that the folder holds already. Raises InputError when it is another configuration's."""
    file, result = run / "config.yaml", run / models.RESULT
    if not file.is_file():
        return None
    there = TrainConfig.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    if there.sha256 != config.sha256:
        raise InputError(f"run: {run} holds a run of another configuration; choose another folder")
    return TrainResult.model_validate_json(result.read_text(encoding="utf-8")) if result.is_file() else None


def _threads(run: Path) -> int | None:
    """How many threads the run in this folder began with."""
    file = run / _THREADS
    return int(file.read_text(encoding="utf-8")) if file.is_file() else None


def _claim(run: Path, config: TrainConfig, threads: int) -> None:
    """Make the folder this configuration's, once nothing in the configuration has been refused."""
    try:
        run.mkdir(parents=True, exist_ok=True)
        if is_main():
            write_atomically(run / _THREADS, f"{threads}\n")
            write_atomically(run / "config.yaml", yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
    except OSError as error:
        raise InputError(f"run: cannot write to {run}: {error.strerror}") from error


def _write_data(run: Path, mixed: "Mixture") -> None:
    write_atomically(run / "data.json", json.dumps(mixed.summary(), indent=2))
    lines = (json.dumps(d._asdict(), ensure_ascii=False) for d in mixed.dropped)
    write_atomically(run / "dropped.jsonl", "".join(f"{line}\n" for line in lines))
