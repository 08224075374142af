"""The comparison of arms on a machine with many cores: searches and scores in processes side by side, then `compare`.

    python benchmarks/ladder.py --out runs/ladder --task plan --methods base,text,knn,soft,lora,lora+soft,shuffled-soft
        --seeds 5 --seconds 600 --cores 16 --threads 2 [--score-threads 1] [--parts 4] [--learners 48]
        [--validation 128]

Each search is made by a process of its own, on --threads of the --cores (and, while it trains, on one of the GPUs that
CUDA_VISIBLE_DEVICES names), and scored by --parts processes of --score-threads, each on its share of the examples. An
arm that stands on another one waits for it; searches go before scores, which nothing waits for. Everything is kept in
--out as `studysmith compare` keeps it, which is what reads it in the end: so an interrupted ladder goes on, and one arm
is repeated by `compare` alone.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from studysmith.cli.tuning import tune
from studysmith.deploy.files import write_atomically
from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.optimizers.api import model_file
from studysmith.optimizers.arms import BASE, LORA, Arm, Workshop, arms_of
from studysmith.optimizers.budget import budget_of
from studysmith.optimizers.compare import compare_methods
from studysmith.optimizers.compare_runs import compare
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

SETTINGS = ("examples", "finalists", "validation", "confirm")


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--task", default="plan")
    parser.add_argument("--methods", default="base,text,soft,lora,lora+soft")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--lm-calls", type=int)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--engine")
    parser.add_argument("--learners", type=int)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--score-threads", type=int)
    parser.add_argument("--parts", type=int, default=1)
    for setting in SETTINGS:
        parser.add_argument(f"--{setting}", type=int, help="As in `compile`.")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    arms = arms_of(given.methods.split(","), load_task(given.task), tune=True)
    if given.one:
        try:
            _one(given, _with_sources(arms)[given.one])
        except InputError as error:
            print(f"error: {given.one}-{given.seed}: {error}", file=sys.stderr)
            return 2
        return 0
    again = sys.argv[1:] if words is None else list(words)
    if failed := _side_by_side(arms, again, given):
        print(f"failed: {', '.join(failed)}; the same command goes on", file=sys.stderr)
        return 1
    budget = budget_of(seconds=given.seconds, lm_calls=given.lm_calls)
    found = compare(
        task=given.task,
        methods=given.methods,
        seeds=given.seeds,
        budget=budget,
        learners=given.learners,
        model=given.model,
        engine=given.engine,
        out=given.out,
        tune=tune,
        **_settings(given),
    )
    for row in found.rows:
        delta = "" if row.delta is None else f"{row.delta:+.3f} {row.delta_ci}"
        print(f"{row.method:20} n={row.n} {row.overall:.3f} {row.ci} {delta}")
    return 0


def _side_by_side(arms: Sequence[Arm], words: Sequence[str], given: argparse.Namespace) -> list[str]:
    """Make and score every search, each process on cores of its own; the names of the searches that failed."""
    cores = _Cores(given.cores)
    gpus = itertools.cycle(os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(","))
    made: dict[str, Future[bool]] = {}

    def process(arm: Arm, seed: int, threads: int, gpu: str, *more: str) -> bool:
        command = [sys.executable, __file__, *words, "--one", arm.name, "--seed", str(seed), *more]
        with cores.some(threads, first=not more) as mine:
            return not subprocess.run(
                command,
                env=os.environ | {"OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": gpu},
                preexec_fn=lambda: os.sched_setaffinity(0, mine),  # before any library counts cores
                check=False,
            ).returncode

    def make(arm: Arm, seed: int) -> bool:
        source = made.get(arm.source.search(seed)) if arm.source else None
        return (source is None or source.result()) and process(arm, seed, given.threads, next(gpus))

    def score(arm: Arm, seed: int, part: int) -> bool:
        threads = given.score_threads or given.threads
        return made[arm.search(seed)].result() and process(arm, seed, threads, "", "--part", str(part))

    sources = {arm.source.name: arm.source for arm in arms if arm.source}
    named = {arm.name: arm for arm in arms}
    # Jobs wait without a core, so as many may wait as there are.
    searches = [
        (arm, seed) for arm in (sources | named).values() for seed in range(given.seeds) if arm.seeded or seed == 0
    ]
    searches.sort(key=lambda search: (search[0].source is not None, search[1]))
    with ThreadPoolExecutor(len(searches) * (1 + given.parts)) as pool:
        for arm, seed in searches:
            made[arm.search(seed)] = pool.submit(make, arm, seed)
        scored = {
            (arm, seed): [pool.submit(score, arm, seed, part) for part in range(given.parts)]
            for arm, seed in searches
            if arm.name in named
        }
    failed = []
    for (arm, seed), parts in scored.items():
        if all(part.result() for part in parts):
            _together(given.out, arm.search(seed))
        else:
            failed.append(arm.search(seed))
    return failed


class _Cores:
    """The cores of this machine, lent to one process at a time."""

    def __init__(self, count: int) -> None:
        mine = sorted(os.sched_getaffinity(0))
        self._count, self._free = count, [mine[i % len(mine)] for i in range(count)]
        self._changed = threading.Condition()
        self._first = 0

    @contextmanager
    def some(self, count: int, *, first: bool) -> Iterator[list[int]]:
        """As many cores as asked for. While a process that goes first waits for its cores, the others get none."""
        count = min(count, self._count)
        with self._changed:
            self._first += first
            self._changed.wait_for(lambda: len(self._free) >= count and (first or not self._first))
            self._first -= first
            mine = [self._free.pop() for _ in range(count)]
            self._changed.notify_all()
        try:
            yield mine
        finally:
            with self._changed:
                self._free += mine
                self._changed.notify_all()


def _with_sources(arms: Sequence[Arm]) -> dict[str, Arm]:
    """Arms by their names, and before them those that they stand on."""
    sources = {arm.source.name: arm.source for arm in arms if arm.source}
    return sources | {arm.name: arm for arm in arms}


def _one(given: argparse.Namespace, arm: Arm) -> None:
    """Make one search, or score a part of what was made, in a folder of its own."""
    shop = Workshop(
        given.task,
        model_file(given.model),
        given.out,
        settings=_settings(given),
        engine=given.engine,
        tune=tune,
        progress=_said,
    )
    if budget := budget_of(seconds=given.seconds, lm_calls=given.lm_calls):
        shop.budget = budget
    made = shop.make(arm, given.seed)
    unchanged = made.result is not None and made.result.compiled.candidate == made.result.unchanged
    below = LORA if arm.source and arm.source.name == LORA else BASE
    if unchanged and below in given.methods.split(","):
        return  # `compare` takes the scores of the program and weights that it stands on
    if given.part is not None:
        own, part = _own(given.out, arm.search(given.seed), given.part), slice(given.part, None, given.parts)
        compare_methods(shop.loaded, [made.method], own, limit=given.learners, part=part, progress=_said)


def _settings(given: argparse.Namespace) -> dict[str, int]:
    return {name: value for name in SETTINGS if (value := getattr(given, name)) is not None}


def _own(out: Path, search: str, part: int | str) -> Path:
    return out / "scores" / f"{search}-part{part}"


def _together(out: Path, search: str) -> None:
    """The lines of all parts, in one file where `compare` looks for them; the first line is the same in each."""
    lines: dict[str, dict[str, None]] = {}
    for path in sorted(_own(out, search, 0).parent.glob(f"{search}-part*/*.jsonl")):
        lines.setdefault(path.name, {}).update(dict.fromkeys(path.read_text("utf-8").splitlines(keepends=True)))
    for name, kept in lines.items():
        write_atomically(out / name, "".join(kept))


def _said(stage: str, done: int, total: int, detail: str) -> None:
    """Where a log is read, a line at the end of each stage is enough."""
    if done == total and stage != "search":
        print(f"{stage}: {done} of {total}, {detail}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
