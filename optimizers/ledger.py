"""What an arm of a comparison took: to be found, to be trained, to be written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from ..deploy.journal import Journal
from .candidate import Candidate, Prompt
from .space import labelled_examples

if TYPE_CHECKING:
    from .run import Compiled
    from .task import Task

JOURNAL, SPENT = "journal.jsonl", "spent.jsonl"
LABELS = "labels "
"""What the rows begin with by which an optimizer says whose truth it looked at beside what is scored for it."""


class Spent(BaseModel):
    """Everything that an arm took, in all the currencies in which two arms may be called equal.

    lm_calls: calls of the model; a training example that is read is one. prompt_tokens and reply_tokens are of these.
    training_tokens: a token that gradients come from counts three times (forward once, backward twice), one that is
    only read once. seconds: on ``machine``. labels: distinct examples whose truth was looked at, to score, to
    demonstrate or to train. words: text written by people that it may use, instructions and demonstrations.
    """

    model_config = ConfigDict(extra="forbid")

    lm_calls: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    training_tokens: int = 0
    seconds: float = 0.0
    machine: str = ""
    labels: int = 0
    words: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.reply_tokens

    def __add__(self, other: Spent) -> Spent:
        """Two things that were done one after the other, with the same examples and texts at hand."""
        added = ("lm_calls", "prompt_tokens", "reply_tokens", "training_tokens", "seconds")
        parts = [part for machine in (self.machine, other.machine) for part in machine.split("; ")]
        machines = dict.fromkeys(filter(None, parts))  # of a machine's own description, its GPUs stand behind "; "
        return Spent(
            **{name: getattr(self, name) + getattr(other, name) for name in added},
            machine="; ".join(machines),
            labels=max(self.labels, other.labels),
            words=max(self.words, other.words),
        )

    @classmethod
    def mean(cls, spent: Sequence[Spent]) -> Spent:
        """What one of several searches took, on average; the machines of all."""
        total = spent[0]
        for each in spent[1:]:
            total += each
        counts = {
            name: round(sum(getattr(each, name) for each in spent) / len(spent), 1 if name == "seconds" else None)
            for name in cls.model_fields
            if name != "machine"
        }
        return cls(machine=total.machine, **counts)


class Point(BaseModel):
    """How good the best candidate was on the training examples when so much had been spent."""

    model_config = ConfigDict(extra="forbid")

    lm_calls: int
    tokens: int
    score: float = Field(description="mean of the best among the candidates that met all examples")


def spent_by(folder: Path, compiled: Compiled, task: Task, trained: Collection[str] = ()) -> Spent:
    """What a compile took, from its folder. trained: labels that its model was trained on before it."""
    total: dict[str, float] = {}
    for entry in _lines(folder / SPENT):
        for name, value in entry.items():
            total[name] = value if name == "seconds" else total.get(name, 0) + value
    return Spent(
        lm_calls=int(total.get("lm_calls", 0)),
        prompt_tokens=int(total.get("prompt_tokens", 0)),
        reply_tokens=int(total.get("completion_tokens", 0)),
        training_tokens=int(total.get("training_tokens", 0)),
        seconds=round(total.get("seconds", 0.0), 1),
        machine=compiled.machine,
        labels=len(_labels(folder, task).union(trained)),
        words=words_of(task, pools=compiled.read_pools),
    )


def curve_of(folder: Path) -> list[Point]:
    """The way of a search: a point for each candidate that met all examples and was the best then, and one at the end.

    What a candidate does on the few examples of a lower rung is no score yet.
    """
    scored = [row for row in _rows(folder) if row["key"].startswith("fast ") and "spent" in row]
    counts = Counter(row["key"].split(" ")[1] for row in scored)
    scores: dict[str, list[float]] = {}
    points: list[Point] = []
    for row in scored:
        candidate = row["key"].split(" ")[1]
        met = scores.setdefault(candidate, [])
        met.append(row["score"])
        mean = round(sum(met) / len(met), 4)
        if len(met) == max(counts.values()) and (not points or mean > points[-1].score):
            points.append(Point(**row["spent"], score=mean))
    if points:
        points.append(Point(**scored[-1]["spent"], score=points[-1].score))
    return points


def words_of(task: Task, pools: bool = True) -> int:
    """Words that people wrote for a task: the instructions of its program and, if they may be used, its pools."""
    texts: list[Any] = []
    for step, predict in task.program().named_predictors():
        texts.append(predict.signature.instructions)
        if pools and (pool := task.pools.get(step)):
            texts += [text for text in pool.instructions if text not in texts]
            # What a call is narrowed to and ranked by stands beside the fields, and nobody wrote it.
            texts += [[demo[name] for name in predict.signature.fields if name in demo] for demo in pool.demos]
    return sum(len(text.split()) for each in texts for text in _texts(each))


def trained_on(task: Task, steps: Iterable[str]) -> set[str]:
    """Names of the demonstrations of some steps: the ids of labelled training examples, or places in a written pool."""
    fields = {name: list(predict.signature.fields) for name, predict in task.program().named_predictors()}
    found: set[str] = set()
    for step in steps:
        if step in task.pools:
            found |= {f"demonstration {step} {i}" for i in range(len(task.pools[step].demos))}
        else:
            found |= {str(example.id) for example in labelled_examples(task, fields[step])}
    return found


def _labels(folder: Path, task: Task) -> set[str]:
    """Distinct examples that were scored, that prompts show as demonstrations, or that an optimizer says it read."""
    found: set[str] = set()
    candidates = []
    for row in _rows(folder):
        key = str(row["key"])
        if key.startswith(("fast ", "exact ")):
            found.add(key.split(" ", 2)[2])
        elif key.startswith(LABELS):
            found.update(row["labels"])
        elif "candidate" in row:
            candidates.append(Candidate.model_validate(row["candidate"]))
    return found | labels_shown(task, candidates)


def labels_shown(task: Task, candidates: Iterable[Candidate]) -> set[str]:
    """Ids of the labelled training examples that stand in prompts as demonstrations."""
    shown = _shown_as(task)
    prompts = (pair for each in candidates for pair in each.prompts.items() if pair[0] in shown)
    demos = ((step, _said(demo)) for step, prompt in prompts for demo in prompt.demos)
    return {shown[step][said] for step, said in demos if said in shown[step]}


def _shown_as(task: Task) -> dict[str, dict[str, str]]:
    """For each step without a written pool, ids of training examples by what they are as demonstrations."""
    found: dict[str, dict[str, str]] = {}
    for step, predict in task.program().named_predictors():
        if step not in task.pools:
            fields = list(predict.signature.fields)
            examples = labelled_examples(task, fields)
            shown = Prompt(instructions="", demos=[{name: each[name] for name in fields} for each in examples])
            pairs = zip(shown.demos, examples, strict=True)
            found[step] = {_said(demo): str(example.id) for demo, example in pairs}
    return found


def _said(demo: Mapping[str, Any]) -> str:
    return json.dumps(demo, sort_keys=True)


def _rows(folder: Path) -> Iterator[Mapping[str, Any]]:
    if (folder / JOURNAL).is_file():
        yield from Journal.read(folder / JOURNAL)


def _lines(path: Path) -> Iterator[dict[str, float]]:
    """The whole lines of a ledger's file; a line that a kill cut off counts for nothing."""
    for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else ():
        if line.endswith(b"\n"):
            yield json.loads(line)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
