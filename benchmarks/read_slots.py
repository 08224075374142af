"""How well requests are read: F1 of slots and words, by rules and by a model.

    python benchmarks/read_slots.py [--model MODEL.gguf | --no-model] [--run RUN ...] [--split test] [--limit N]

Read are the requests of the synthetic learners, whose spans are known because the text was made from them. A span is
found where its slot and its words are the same but for case, white space and punctuation at the ends; words that
overlap and differ are two errors. F1 is pooled over all requests, by slot and overall, with the 95 % bootstrap interval
over the n requests that have a span or a mark there. Rules read without a model; the unchanged program and the winner
of each ``--run`` (a compile of the task ``read``, by text or soft) run in exact mode. A reply that cannot be used has
no spans, and is counted among those without a mark.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from studysmith.metrics.statistics import f1_interval
from studysmith.programs.reader import counts, rules_pairs

Marks = list[Sequence[str]]
Reader = Callable[[str], Marks]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=None, help="the embedded one if left out")
    parser.add_argument("--no-model", action="store_true", help="rules only")
    parser.add_argument("--run", type=Path, action="append", default=[], help="a compiled run of the task read")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument("--limit", type=int, help="requests that are read; all if left out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    from studysmith.optimizers.tasks.read import read_task

    examples = getattr(read_task(), options.split)[: options.limit]
    rules_pairs(examples[0].request)  # so that no time is counted in which data are loaded
    table = {"rules": score(lambda text: list(rules_pairs(text)), examples)}
    with ExitStack() as stack:
        if not options.no_model:
            table["base"] = score(unchanged(stack, options.model), examples)
        for run in options.run:
            name, read = compiled(run)
            table[name if name not in table else run.name] = score(read, examples)
    show(table, options.json)


def unchanged(stack: ExitStack, model: str | None) -> Reader:
    """The program as it is, frozen."""
    from studysmith.deploy.bundle.frozen import FrozenProgram
    from studysmith.deploy.engines.open import open_engine
    from studysmith.deploy.errors import OutputError
    from studysmith.deploy.models import DEFAULT_MODEL
    from studysmith.deploy.planner import READER

    engine, program = stack.enter_context(open_engine(model or DEFAULT_MODEL)), FrozenProgram.load(READER)

    def read(text: str) -> Marks:
        try:
            return list(program.run(engine, {"request": text})["spans"])
        except OutputError:
            return []

    return read


def compiled(folder: Path) -> tuple[str, Reader]:
    """The name of the optimizer of a run, and its winner, confirmed or not."""
    from dspy.utils.exceptions import AdapterParseError
    from studysmith.deploy.errors import OutputError
    from studysmith.optimizers.result import Result

    result = Result.open(folder, "read")
    program = result.winner

    def read(text: str) -> Marks:
        try:
            return list(program(request=text).spans)
        except (OutputError, AdapterParseError):
            return []

    return result.method, read


def score(read: Reader, examples: Sequence[Any]) -> dict[str, Any]:
    start = time.perf_counter()
    found = [read(example.request) for example in examples]
    seconds = (time.perf_counter() - start) / len(examples)
    slots = sorted({slot for example in examples for slot, _ in example.spans})
    rows: dict[str, Any] = {}
    for slot in (None, *slots):
        each = [counts(e.spans, marks, slot) for e, marks in zip(examples, found, strict=True)]
        value: dict[str, Any] = {"spans": sum(row[1] for row in each), "marked": sum(row[2] for row in each)}
        with suppress(ValueError):  # a slot of a single request has no interval
            interval = f1_interval(each)
            value |= {"f1": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n}
        rows[slot or "all"] = value
    empty = sum(not marks for marks in found)
    return {"requests": len(examples), "without a mark": empty, "seconds": seconds, "slots": rows}


def show(table: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(table, indent=1))
        return
    for name, row in table.items():
        print(
            f"{name}: {row['requests']} requests, {row['without a mark']} without a mark, "
            f"{row['seconds']:.2f} s a request"
        )
        for slot, value in row["slots"].items():
            shown = (
                f"F1 {value['f1']:.3f} [{value['low']:.3f}, {value['high']:.3f}] n={value['n']}"
                if "f1" in value
                else ""
            )
            print(f"  {slot:12} {shown:34} spans {value['spans']:4}  marked {value['marked']:4}")


if __name__ == "__main__":
    main()
