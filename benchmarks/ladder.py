"""The comparison of arms on a machine with many cores: searches and scores in processes side by side, then `compare`.

    python benchmarks/ladder.py --out runs/ladder --task plan --methods base,text,knn,soft,lora,lora+soft,shuffled-soft
        --seeds 5 --seconds 600 --workers 7 --threads 2 [--learners 48]

Each search is made and scored by a process of its own, on --threads cores of its own (and on the GPU, if there is one,
while it trains); arms that stand on others come after them. Everything is kept in --out as `studysmith compare` keeps
it, which is what reads it in the end: so an interrupted ladder goes on, and one arm is repeated by `compare` alone.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studysmith.cli.tuning import tune
from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.optimizers.api import model_file
from studysmith.optimizers.arms import Arm, Workshop, arms_of
from studysmith.optimizers.budget import budget_of
from studysmith.optimizers.compare import compare_methods
from studysmith.optimizers.compare_runs import compare
from studysmith.optimizers.tasks.load import load_task


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
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    arms = arms_of(given.methods.split(","), load_task(given.task), tune=True)
    if given.one:
        _one(given, next(arm for arm in arms if arm.name == given.one))
        return 0
    again = sys.argv[1:] if words is None else list(words)
    for stage in ([arm for arm in arms if not arm.source], [arm for arm in arms if arm.source]):
        jobs = [(arm.name, seed) for seed in range(given.seeds) for arm in stage if arm.seeded or seed == 0]
        if failed := _side_by_side(jobs, again, given.workers, given.threads):
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
    )
    for row in found.rows:
        delta = "" if row.delta is None else f"{row.delta:+.3f} {row.delta_ci}"
        print(f"{row.method:20} n={row.n} {row.overall:.3f} {row.ci} {delta}")
    return 0


def _side_by_side(jobs: Sequence[tuple[str, int]], words: Sequence[str], workers: int, threads: int) -> list[str]:
    """Run jobs, each on cores of its own; the names of those that failed."""
    cores = sorted(os.sched_getaffinity(0))
    sets: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    for worker in range(workers):
        sets.put([cores[(worker * threads + i) % len(cores)] for i in range(threads)])

    def run(job: tuple[str, int]) -> str | None:
        name, seed = job
        mine = sets.get()
        command = [sys.executable, __file__, *words, "--one", name, "--seed", str(seed)]
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        try:
            done = subprocess.run(
                command,
                env=environment,
                preexec_fn=lambda: os.sched_setaffinity(0, mine),  # before any library counts cores
                check=False,
            )
        finally:
            sets.put(mine)
        return f"{name}-{seed}" if done.returncode else None

    with ThreadPoolExecutor(workers) as pool:
        return [name for name in pool.map(run, jobs) if name]


def _one(given: argparse.Namespace, arm: Arm) -> None:
    """Make one search and score it, in a folder of its own; its rows then go to where `compare` looks for them."""
    shop = Workshop(given.task, model_file(given.model), given.out, engine=given.engine, tune=tune, progress=_said)
    if budget := budget_of(seconds=given.seconds, lm_calls=given.lm_calls):
        shop.budget = budget
    made = shop.make(arm, given.seed)
    own = given.out / "scores" / arm.search(given.seed)
    compare_methods(shop.loaded, [made.method], own, limit=given.learners, progress=_said)
    for rows in own.glob("*.jsonl"):
        shutil.copy(rows, given.out)


def _said(stage: str, done: int, total: int, detail: str) -> None:
    """Where a log is read, a line at the end of each stage is enough."""
    if done == total and stage != "search":
        print(f"{stage}: {done} of {total}, {detail}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
