"""What the judge of sense says of sessions that two readers marked blind, and that it did not learn from.

    python -m benchmarks.sound.marked

``marked.jsonl``: 60 sessions of the embedded model with free wording, 60 of three LoRA on it, 30 of the experts
(``benchmarks/reading.py draw``), with the marks of both readers: 2 makes sense, 1 partly, 0 nonsense; fit: it is about
its concept. Of the experts' sentences the judge has read most, so what it says of those flatters it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from studysmith.metrics.sessions import read_sessions, soundness

from .__main__ import auc

MARKED = Path(__file__).with_name("marked.jsonl")
PARTS = ("activity", "why")
DRAWS = 2_000


def main() -> None:
    rows = [json.loads(line) for line in MARKED.read_text("utf-8").splitlines()]
    judged = [soundness(session) for session in read_sessions(MARKED)]
    values = {part: np.array([each[part] for each in judged]) for part in PARTS}
    writers = np.array([row["writer"] for row in rows])
    for part in PARTS:
        marks = np.array([[reader[part] for reader in row["marks"]] for row in rows])
        for writer in sorted(set(writers)):
            own = writers == writer
            sense = ", ".join(f"{share:.2f}" for share in (marks[own] == 2).mean(axis=0))
            print(f"{part} of {writer}, n = {own.sum()}: sound {values[part][own].mean():.2f}, readers {sense}")
        for reader, mark in enumerate(marks.T, 1):
            high, low = values[part][mark == 2], values[part][mark == 0]
            print(f"{part}, reader {reader}, sense against nonsense: {auc(high, low):.3f} {_interval(high, low)}")


def _interval(high: np.ndarray, low: np.ndarray) -> list[float]:
    """95 %, by bootstrap."""
    rng = np.random.default_rng(0)
    drawn = [auc(rng.choice(high, len(high)), rng.choice(low, len(low))) for _ in range(DRAWS)]
    return [round(float(edge), 3) for edge in np.percentile(drawn, [2.5, 97.5])]


if __name__ == "__main__":
    main()
