"""Why a winner wins: each of its parts is left out in turn, and what is lost by that is measured on fresh examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, pvariance
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import norm

from ..deploy.engines.base import Engine
from ..deploy.files import write_atomically
from ..deploy.journal import Journal
from ..metrics.dimensions.text import sentences
from ..metrics.statistics import mean_interval, paired_difference
from ..programs.errors import InputError
from ..programs.progress import Progress, told
from ..programs.steps import OPTIONS, RANK, SOFT, value_text
from .candidate import Candidate, Prompt
from .compare import Method, MethodComparison, MethodResult, compare_methods
from .copied import Copied, Copies
from .result import Result
from .task import Task

FOLDER, RESULT = "why", "why.json"
WHOLE = "winner"
MOST_NAMED = 3
"""Examples that are named as those who lost most."""
FEWEST = 6
"""Pairs from which on a permutation test can reach 5 % (2 / 2**6)."""
POWER = 0.8


class Lost(BaseModel):
    """An example, and how much its score falls when the part is left out."""

    model_config = ConfigDict(extra="forbid")

    id: str
    by: float


class Part(BaseModel):
    """One part of a winner, and what it is worth: the score with it minus the score without it, on each example.

    lost: who needs it most. origin: where the search had it from. copied: what it shares with the training data.
    """

    model_config = ConfigDict(extra="forbid")

    step: str
    kind: Literal["sentence", "demonstration", "soft prompt"]
    number: int = Field(description="among its kind in this step, from 1")
    text: str
    worth: float
    ci: tuple[float, float]
    p_value: float
    lost: list[Lost]
    origin: str
    copied: Copied


class Why(BaseModel):
    """A winner, what it scores on ``n`` fresh examples, and what each part of it is worth there.

    usage: what measuring took, over all the times that it was resumed.
    """

    model_config = ConfigDict(extra="forbid")

    run: str
    task: str
    method: str
    confirmed: bool
    n: int
    score: float
    ci: tuple[float, float]
    parts: list[Part]
    usage: dict[str, float]
    notes: list[str]


class LeftOut(BaseModel):
    """A part of a prompt, and the candidate that is the winner without it."""

    step: str
    kind: Literal["sentence", "demonstration", "soft prompt"]
    number: int
    prompt: Prompt
    content: str | dict[str, Any]
    without: Candidate

    @property
    def name(self) -> str:
        return f"without-{self.step}-{self.kind.replace(' ', '-')}-{self.number}"

    def is_in(self, candidate: Candidate, weights: str | None) -> bool:
        """Whether a candidate has this part; the words of a soft prompt mean something in their own weights only."""
        prompt = candidate.prompts.get(self.step)
        if prompt is None:
            return False
        if self.kind == "demonstration":
            return self.content in prompt.demos
        if self.kind == "soft prompt":
            return prompt.instructions == self.content and candidate.weights == weights
        return self.content in sentences(prompt.instructions)


def why(
    run: Result | str | Path,
    task: str | Task | None = None,
    *,
    learners: int | None = None,
    engine: str | Callable[..., Engine] | None = None,
    progress: Progress | bool = True,
) -> Why:
    """What each sentence, demonstration and soft prompt of a run's winner is worth.

    run: a result, or the folder of a run; task: needed for the folder of a run of a Task object; engine: needed where
    it was compiled on another one than llama.cpp. learners: how many test examples, all if None. Every part is left out
    alone (a soft prompt gives way to the step's unchanged instruction), and winner and rest meet on the same examples,
    in exact mode. Scores are kept in the run's folder ``why`` as they come, so that what was interrupted goes on, and
    the result as ``why.json``. progress: as in ``compile``. Raises InputError for a run that is not finished, and as
    ``compare_methods`` does.
    """
    result = run if isinstance(run, Result) else Result.open(run, task, engine=engine)
    if not result.compiled.finished:
        raise InputError(f"run: {result.folder} was interrupted; compile again to finish it")
    winner = result.candidate(anyway=True)
    model, left_out = result.model(winner), list(parts_of(winner, result.unchanged))
    candidates = {WHOLE: winner, **{part.name: part.without for part in left_out}}
    methods = [
        Method(name, lambda c=candidate: c.apply(result.task.program()), model, result.engine)  # type: ignore[misc]
        for name, candidate in candidates.items()
    ]
    with told(progress) as report:
        compared = compare_methods(
            result.task,
            methods,
            result.folder / FOLDER,
            limit=learners,
            progress=lambda _, done, total, detail: report("why", done, total, detail),
        )
    found = _explained(result, winner, left_out, compared)
    write_atomically(result.folder / FOLDER / RESULT, found.model_dump_json(indent=1) + "\n")
    return found


def parts_of(winner: Candidate, unchanged: Candidate) -> Iterator[LeftOut]:
    """Every part of the winner, in the order in which prompts state them."""

    def left_out(kind: str, number: int, content: Any, **fields: Any) -> LeftOut:
        less = prompt.model_copy(update=fields)
        without = winner.model_copy(update={"prompts": {**winner.prompts, step: less}})
        return LeftOut(step=step, kind=kind, number=number, prompt=prompt, content=content, without=without)  # type: ignore[arg-type]

    for step, prompt in winner.prompts.items():
        text = prompt.instructions
        if text.startswith(SOFT):
            yield left_out("soft prompt", 1, text, instructions=unchanged.prompts[step].instructions)
        else:
            for number, (sentence, rest) in enumerate(_without_each(text), 1):
                yield left_out("sentence", number, sentence, instructions=rest)
        for at, demo in enumerate(prompt.demos):
            yield left_out("demonstration", at + 1, demo, demos=[*prompt.demos[:at], *prompt.demos[at + 1 :]])


def _without_each(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence, and the text without it: all else as it was written."""
    found, starts, end = sentences(text), [], 0
    for sentence in found:
        starts.append(text.index(sentence, end))
        end = starts[-1] + len(sentence)
    starts.append(len(text))
    for number, sentence in enumerate(found):
        yield sentence, (text[: starts[number]] + text[starts[number + 1] :]).strip()


def _explained(result: Result, winner: Candidate, left_out: Sequence[LeftOut], compared: MethodComparison) -> Why:
    whole = compared.results[WHOLE]
    interval = mean_interval([row.score for row in whole])
    searched = _searched(result)
    inputs = {name: list(p.signature.input_fields) for name, p in result.task.program().named_predictors()}
    copies = Copies(result.task)
    parts, differences = [], []
    for part in left_out:
        rest = compared.results[part.name]
        difference = paired_difference([row.score for row in whole], [row.score for row in rest])
        differences.append([ours.score - theirs.score for ours, theirs in zip(whole, rest, strict=True)])
        parts.append(
            Part(
                step=part.step,
                kind=part.kind,
                number=part.number,
                text=_text(part.content),
                worth=round(difference.interval.mean, 4),
                ci=(round(difference.interval.low, 4), round(difference.interval.high, 4)),
                p_value=float(f"{difference.p_value:.3g}"),
                lost=_lost(whole, differences[-1]),
                origin=_origin(part, result, winner, searched),
                copied=copies.of(part.content, inputs[part.step]),
            )
        )
    return Why(
        run=str(result.folder),
        task=result.task.name,
        method=result.method,
        confirmed=result.verdict.confirmed,
        n=len(whole),
        score=round(interval.mean, 4),
        ci=(round(interval.low, 4), round(interval.high, 4)),
        parts=parts,
        usage=_usage(compared),
        notes=_notes(result, winner, differences),
    )


def _notes(result: Result, winner: Candidate, differences: Sequence[Sequence[float]]) -> list[str]:
    notes = []
    if winner == result.unchanged:
        notes.append("the unchanged program won: these are its own instructions")
    elif not result.verdict.confirmed:
        notes.append("the winner was not confirmed: `export` ships the program as it was")
    if not differences:
        return [*notes, "its prompts are empty: there is nothing to leave out"]
    n, spread = len(differences[0]), fmean(pvariance(each) for each in differences)
    if n < FEWEST:
        notes.append(f"{n} examples can show nothing at 5 %: that takes {FEWEST} at least")
    elif spread == 0:
        notes.append(f"no score changed, whatever was left out; {n} examples show no part at work")
    else:
        least = (norm.ppf(0.975) + norm.ppf(POWER)) * math.sqrt(spread / (n - 1))
        notes.append(f"the smallest worth that {n} examples show in 4 of 5 cases: about {least:.3f}")
    if len(differences) > 1:
        notes.append(f"of {len(differences)} parts that do nothing, about 1 in 20 has an interval that leaves out 0")
    return notes


def _usage(compared: MethodComparison) -> dict[str, float]:
    """What was spent; parts that leave the same program behind were measured once."""
    rows = list({id(rows): rows for rows in compared.results.values()}.values())
    used = [row.usage for each in rows for row in each]
    return {
        "lm_calls": sum(u.lm_calls for u in used),
        "tokens": sum(u.tokens for u in used),
        "seconds": round(sum(u.seconds for u in used), 1),
    }


def _lost(whole: Sequence[MethodResult], differences: Sequence[float]) -> list[Lost]:
    losers = sorted((pair for pair in zip(differences, whole, strict=True) if pair[0] > 0), key=lambda pair: -pair[0])
    return [Lost(id=row.id, by=round(by, 4)) for by, row in losers[:MOST_NAMED]]


def _text(content: str | dict[str, Any]) -> str:
    if isinstance(content, str):
        return content
    return "; ".join(f"{k}: {value_text(v)}" for k, v in content.items() if k not in (OPTIONS, RANK))


def _searched(result: Result) -> list[Candidate]:
    """Every candidate of the search but the unchanged program, in the order in which they were first scored."""
    rows = Journal.read(result.folder / "journal.jsonl")
    found = [Candidate.model_validate(row["candidate"]) for row in rows if "candidate" in row]
    return [candidate for candidate in found if candidate != result.unchanged]


def _origin(part: LeftOut, result: Result, winner: Candidate, searched: Sequence[Candidate]) -> str:
    """Where a part came from: the program, or the first candidate that had it, and the pool's place if it has one."""
    if part.is_in(result.unchanged, None):
        return "the program's own"
    first = next((n for n, each in enumerate(searched, 1) if part.is_in(each, winner.weights)), None)
    found = f"candidate {first} of the search ({searched[first - 1].id})" if first else "no candidate in the journal"
    pool = result.task.pools.get(part.step)
    if pool is None or part.kind == "soft prompt":
        return found
    if part.kind == "sentence":
        at = next((n for n, text in enumerate(pool.instructions, 1) if part.content in sentences(text)), None)
    else:
        same = Prompt(instructions="", demos=list(pool.demos)).demos
        at = next((n for n, demo in enumerate(same, 1) if demo == part.content), None)
    return f"{found}, {'instruction' if part.kind == 'sentence' else part.kind} {at} of the pool" if at else found
