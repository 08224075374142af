"""The solve rate of a model: how many word problems it gets right, problem by problem, never without its base's."""

import hashlib
import json
import random
import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from ..deploy import torch_models as models
from ..deploy.engines.base import Completion, Engine, Request
from ..deploy.errors import ContextOverflow
from ..deploy.files import locked, make_folder
from ..deploy.journal import Journal
from ..metrics.statistics import PairedCounts, mcnemar, wilson
from ..programs.answers.extract import judge
from ..programs.errors import InputError
from ..programs.problems.formats import Problem
from ..programs.problems.sources import Source, load_problems
from ..programs.progress import Progress, silent
from . import prompts, sampling

READINGS = ("strict", "flexible", "equivalent")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to test. shots: worked examples in the prompt, drawn from `shots_from` with `seed` (from the generator if
    None). limit: the first so many problems, 0 for all. exact: one problem at a time and float32, so that every run
    gives the same text. context: tokens for a prompt and its reply, 0 for what the longest problem needs. engine,
    device, precision, batch, url and key: see `sampling.open_sampler`."""

    shots: int = 0
    shots_from: Source | None = None
    limit: int = 0
    max_tokens: int = 256
    context: int = 0
    engine: str = "auto"
    exact: bool = False
    device: str = "auto"
    precision: Literal["", "float32", "bfloat16"] = ""
    batch: int = 0
    url: str = ""
    key: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least, most in (
            ("shots", 0, 64),
            ("limit", 0, 10**9),
            ("max_tokens", 1, 32768),
            ("context", 0, 10**7),
        ):
            if not least <= getattr(self, name) <= most:
                raise InputError(f"{name}: must be from {least} to {most}, not {getattr(self, name)}")
        if 0 < self.context <= self.max_tokens:
            raise InputError(f"context: must be more than the {self.max_tokens} tokens of a reply, not {self.context}")


class Solved(BaseModel):
    """Shares of `n` problems solved by each reading (see `extract`), with 95 % Wilson intervals; `base` is the same of
    the model that this one was tuned from; `results` the per-problem file. `failed` problems got no reply, and count as
    not solved; `failure` is the first one's reason."""

    model: str
    data: str
    n: int
    strict: float
    flexible: float
    equivalent: float
    ci: dict[str, tuple[float, float]]
    shots: int
    engine: str
    seconds: float
    results: Path
    failed: int = 0
    failure: str | None = None
    base: "Solved | None" = None
    against_base: PairedCounts | None = None


class PairedRates(BaseModel):
    """Two result files on the same problems. `won` and `lost` are ids that only the second or only the first solved."""

    first: str
    second: str
    n: int
    strict: PairedCounts
    flexible: PairedCounts
    equivalent: PairedCounts
    won: list[str]
    lost: list[str]


def solve(model: str, data: Source, out: Path, settings: Settings, progress: Progress = silent) -> Solved:
    """Test a model on a data set, going on where an earlier call with the same arguments was cut off.

    Per-problem results go to a JSONL file of the folder `out`, named after model, data and everything else that they
    depend on. A problem that is longer than the context is failed, with the reason. A tuned model is never tested
    alone: its base is, too, once for all models tuned from it. `progress` gets (done, n, right so far by reading).
    Raises InputError for bad data, a model that is not there or does not fit, a folder that cannot be written, or
    results that another process is just making.
    """
    problems = load_problems(data, progress)[: settings.limit or None]
    shots = examples(settings, problems)
    solved = _solve_one(model, data, problems, shots, out, settings, progress)
    base = models.base_of(model)
    if not base:
        return solved
    plain = _solve_one(base, data, problems, shots, out, settings, progress)
    return solved.model_copy(update={"base": plain, "against_base": compare(plain.results, solved.results).strict})


def examples(settings: Settings, problems: Sequence[Problem]) -> list[Problem]:
    """The worked examples of a k-shot prompt; never one of the tested problems."""
    if not settings.shots:
        return []
    source = settings.shots_from or Source(set="generated", count=max(100, settings.shots), seed=settings.seed)
    tested = {p.question for p in problems}
    pool = [p for p in load_problems(source) if p.rationale and p.question not in tested]
    if len(pool) < settings.shots:
        raise InputError(f"shots: {settings.shots} are asked for and {source.name} has {len(pool)} with a rationale")
    return random.Random(settings.seed).sample(pool, settings.shots)


def _solve_one(
    model: str,
    data: Source,
    problems: Sequence[Problem],
    shots: Sequence[Problem],
    out: Path,
    settings: Settings,
    progress: Progress,
) -> Solved:
    name = data.name if data.path is None else str(data.path)
    identity = {
        "model": model,
        "weights": _weights(model, settings),
        "data": name,
        "problems": _digest([[p.question, p.answer] for p in [*shots, *problems]]),
        **{
            k: v
            for k, v in asdict(settings).items()
            if k in ("shots", "max_tokens", "engine", "device", "precision", "exact", "batch", "seed")
        },
        **({"context": settings.context} if settings.context else {}),
    }
    file = out / f"{_slug(model)}-{_slug(name)}-{_digest(identity)[:8]}.jsonl"
    make_folder(out, "out")
    with locked(out, "out", file.name), Journal(file, identity) as journal:
        engine = _run(model, problems, shots, journal, settings, progress)
        rows = [journal.rows[i] for i in range(len(problems))]
    counts = {r: sum(row[r] for row in rows) for r in READINGS}
    failures = [row["failure"] for row in rows if row.get("failure")]
    return Solved(
        model=model,
        data=name,
        n=len(rows),
        **{r: counts[r] / len(rows) for r in READINGS},
        ci={r: wilson(counts[r], len(rows)) for r in READINGS},
        shots=settings.shots,
        engine=engine,
        seconds=round(max(row["at"] for row in rows), 2),
        results=file,
        failed=len(failures),
        failure=next(iter(failures), None),
    )


def _run(
    model: str,
    problems: Sequence[Problem],
    shots: Sequence[Problem],
    journal: Journal,
    settings: Settings,
    progress: Progress,
) -> str:
    """Fill the journal; the name of the engine. `at` of a row is the time of generation so far, over all sittings; the
    loading of the model is not in it."""
    if len(journal.rows) == len(problems):
        return str(next(iter(journal.rows.values()))["engine"])
    turns = [prompts.messages(p, shots) for p in problems]
    requests = prompts.requests(turns, settings.max_tokens, temperature=0.0, seed=settings.seed)
    engine = sampling.open_sampler(
        model,
        requests,
        settings.engine,
        exact=settings.exact,
        device=settings.device,
        precision=settings.precision or None,
        batch=settings.batch,
        url=settings.url,
        key=settings.key,
        context=settings.context,
    )
    earlier = max((row["at"] for row in journal.rows.values()), default=0.0)
    right = dict.fromkeys(READINGS, 0)
    for row in journal.rows.values():
        right = {r: right[r] + row[r] for r in READINGS}
    started = time.monotonic()
    with engine:
        for index, reply in _replies(engine, requests, journal.rows.keys()):
            problem = problems[index]
            facts: dict[str, Any] = {"id": problem.id, "answer": problem.answer}
            if isinstance(reply, ContextOverflow):
                facts |= {"text": "", "tokens": 0, "failure": str(reply), **dict.fromkeys(READINGS, False)}
            else:
                facts |= {"text": reply.text, "tokens": reply.completion_tokens}
                facts |= judge(reply.text, problem)._asdict()
            if index not in journal.rows:
                right = {r: right[r] + facts[r] for r in READINGS}
            at = round(earlier + time.monotonic() - started, 3)
            journal.add(index, {**facts, "at": at, "engine": engine.id})
            progress("solve", len(journal.rows), len(problems), ", ".join(f"{k} {v}" for k, v in right.items()))
    return engine.id


def _replies(
    engine: Engine, requests: Sequence[Request], known: Collection[int]
) -> Iterator[tuple[int, Completion | ContextOverflow]]:
    """Index and reply of each request, or why it has none: one that is too long does not end the others."""
    done = set(known)
    while len(done) < len(requests):
        try:
            for index, reply in engine.complete_each(requests, skip=done):
                done.add(index)
                yield index, reply
        except ContextOverflow as error:
            if error.index is None:
                raise
            done.add(error.index)
            yield error.index, error


def compare(first: Path, second: Path) -> PairedRates:
    """McNemar's test on two result files. Raises InputError when they are not of the same problems."""
    a = {row["id"]: row for row in Journal.read(first)}
    b = {row["id"]: row for row in Journal.read(second)}
    if a.keys() != b.keys() or not a:
        raise InputError(
            f"compare: {first} has {len(a)} problems and {second} {len(b)}, {len(a.keys() & b.keys())} of them shared; "
            "test both models on the same data, to the end"
        )
    paired = {r: mcnemar([a[i][r] for i in a], [b[i][r] for i in a]) for r in READINGS}
    return PairedRates(
        first=Journal.identity(first)["model"],
        second=Journal.identity(second)["model"],
        n=len(a),
        **paired,
        won=[i for i in a if b[i]["strict"] and not a[i]["strict"]],
        lost=[i for i in a if a[i]["strict"] and not b[i]["strict"]],
    )


def _weights(model: str, settings: Settings) -> str:
    """What generates, so that results of a model that was trained again are not mixed with the old ones."""
    return settings.url or models.weights_digest(model)


def _slug(name: str) -> str:
    path = Path(name)
    stem = path.stem if path.suffix in (".gguf", ".jsonl", ".json", ".csv", ".parquet") else path.name
    return re.sub(
        r"[^\w.-]+", "-", f"{path.parent.name}-{stem}" if stem in ("test", "train", "model", "adapter") else stem
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
