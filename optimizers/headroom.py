"""Before a search: how much there is to gain, whether it could be shown, and what looking for it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..deploy.engines.base import Engine
from ..deploy.engines.meter import Usage
from ..deploy.engines.open import engine_name
from ..deploy.files import sha256
from ..deploy.models import DEFAULT_MODEL
from ..metrics.variance import Components, components
from ..programs.errors import InputError
from ..programs.progress import Progress, told
from .api import DEFAULT_SECONDS, check_program, model_file
from .bench import Bench, spread
from .budget import Budget
from .drive import FEWEST_TO_CONFIRM, share, too_small
from .forecast import Outlook, Search, Table, power, predict
from .pilot import Floor, Probed, Replies, probe
from .registry import find
from .run import Run, RunConfig
from .task import Task
from .tasks.load import load_task

JUDGED = ("validation", "confirm")
POOLED = ("text", "random")
"""Optimizers whose wordings are of the pools, which is what is looked at here."""
NO_CHOICE = "there is nothing to search: the pools hold no other wording"
LEAST_CHANCE = 0.2
"""Of ending confirmed: below it, a search is not worth its calls."""


class Forecast(BaseModel):
    """One budget: what a search within it will probably gain on the test examples, what confirmation can show, and what
    it takes.

    wordings: how many are raced. ``low`` and ``high`` hold 90 % of the gains. smallest: the effect that is confirmed 80
    times in 100; None where none can be. chance: of ending confirmed.
    """

    model_config = ConfigDict(extra="forbid")

    budget: Budget
    examples: int
    validation: int
    confirm: int
    run: bool
    reason: str
    wordings: float = 0.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0
    smallest: float | None = None
    chance: float = 0.0
    lm_calls: int = 0
    minutes: float = 0.0


class Headroom(BaseModel):
    """What was seen, and what follows from it for each budget."""

    model_config = ConfigDict(extra="forbid")

    task: str
    model: str
    optimizer: str
    examples: int
    wordings: int
    unchanged: float
    means: list[float] = Field(description="of each wording")
    components: Components | None = Field(description="None where there is no wording beside the unchanged program")
    replies: Replies | None
    floor: Floor
    forecasts: list[Forecast]
    usage: dict[str, float]
    notes: list[str]


def headroom(
    task: str | Task,
    optimizer: str = "text",
    *,
    model: str | Path = DEFAULT_MODEL,
    budgets: Sequence[Budget] = (),
    wordings: int = 8,
    sample: int = 16,
    replies: int = 4,
    minutes: float = 5.0,
    seed: int = 0,
    out: str | Path | None = None,
    engine: str | Callable[..., Engine] | None = None,
    progress: Progress | bool = True,
    **settings: int,
) -> Headroom:
    """Look, in minutes, at what ``compile`` with these arguments could gain, before any search.

    optimizer: "text" or "random". budgets: for each a forecast; that of ``compile`` itself if there are none.
    wordings, sample, replies: so many wordings of the pools, all on the same ``sample`` examples, and so many sampled
    replies to each; fewer where they would take more than ``minutes``. out: where what was seen is kept,
    ``runs/TASK-headroom`` if None; begun again there, it goes on, and other budgets cost nothing more. progress:
    as in ``compile``. settings: those that it would get.
    Raises InputError with one line that names what cannot be used, KeyboardInterrupt when it was stopped.
    """
    for name, value, least in (("wordings", wordings, 3), ("sample", sample, 4), ("replies", replies, 0)):
        if value < least:
            raise InputError(f"{name}: at least {least} (got {value})")
    if not minutes > 0:
        raise InputError(f"minutes: a number above 0 (got {minutes:g})")
    loaded, path = load_task(task), model_file(model).resolve()
    if (name := find(optimizer).name) not in POOLED:
        raise InputError(f"optimizer: {' or '.join(POOLED)}, whose wordings are of the pools (got {optimizer!r})")
    check_program(loaded)
    config = RunConfig(
        task=loaded.name,
        parts=loaded.identity(),
        optimizer="headroom",
        settings={"wordings": wordings, "sample": sample, "replies": replies},
        model=sha256(path),
        engine=engine_name(engine),
        seed=seed,
        **settings,
    )
    run = Run(Path(out) if out else Path("runs") / f"{loaded.name}-headroom", config, Budget(seconds=60 * minutes))
    with told(progress) as report, run.open(), Bench(loaded, path, run, progress=report, engine=engine) as bench:
        asked = budgets or [Budget(seconds=DEFAULT_SECONDS)]
        probed = probe(bench, wordings, sample, replies, partial(_check_budgets, bench, asked))
        return _report(bench, probed, name, asked, str(model))


def _check_budgets(bench: Bench, budgets: Sequence[Budget]) -> None:
    """Raises InputError where `compile` would refuse each of the budgets; asked as it asks, on its first example."""
    if any(budget.lm_calls is None and budget.tokens is None for budget in budgets):
        return
    example = spread(bench.task.validation or (), bench.config.validation, bench.config.seed)[0]
    cost = Usage(**bench.exact(bench.start, example)["cost"])
    reasons = [too_small(each, cost, bench.config.finalists, *_judged_on(bench).values()) for each in budgets]
    if all(reasons):
        raise InputError(str(reasons[-1]))


def _judged_on(bench: Bench) -> dict[str, int]:
    """How many examples a search is judged on, at most."""
    return {name: min(getattr(bench.config, name), len(getattr(bench.task, name) or ())) for name in JUDGED}


def _report(bench: Bench, seen: Probed, optimizer: str, budgets: Sequence[Budget], model: str) -> Headroom:
    table = _table(seen, optimizer)
    return Headroom(
        task=bench.task.name,
        model=model,
        optimizer=optimizer,
        examples=len(seen.unchanged),
        wordings=len(seen.wordings),
        unchanged=_round(np.mean(seen.unchanged)),
        means=[_round(np.mean(row)) for row in seen.wordings],
        components=components(table.scores) if seen.wordings else None,
        replies=seen.replies,
        floor=seen.floor,
        forecasts=[forecast(bench, seen, optimizer, budget) for budget in budgets],
        usage=bench.usage,
        notes=[*bench.task.notes, *seen.notes],
    )


def forecast(bench: Bench, seen: Probed, optimizer: str, budget: Budget) -> Forecast:
    """What a search within the budget will come to. Where there is nothing to search, it takes nothing."""
    config, task = bench.config, bench.task
    have = _judged_on(bench)
    plan = share(budget, seen.exact, config.finalists, len(bench.examples), have["validation"], have["confirm"])
    race, validation, confirm = plan["examples"], plan["validation"], plan["confirm"]
    if not seen.wordings:
        counts = {"examples": race, "validation": validation, "confirm": confirm}
        return Forecast(budget=budget, run=False, reason=NO_CHOICE, **counts)
    table = _table(seen, optimizer)
    search = Search(
        runs=max(0.0, _affordable(budget, Usage(**plan["reserve"]), seen) - race * (optimizer == "text")),
        race=race,
        finalists=config.finalists,
        validation=validation,
        confirm=confirm,
        test=len(task.test or ()),
        distinct=seen.distinct,
    )
    known = power(table.differences, confirm, config.seed)
    outlook = predict(table, search, known, config.seed)
    raced = outlook.runs + race * (optimizer == "text")
    # The unchanged program and each finalist on validation examples, then the winner and the unchanged program.
    runs = validation * (1 + config.finalists) + 2 * outlook.seen
    finalists = (validation * config.finalists + outlook.seen) * seen.exact_wording.seconds
    judged = finalists + (validation + outlook.seen) * seen.exact.seconds
    room = 1.0 - float(np.mean(seen.unchanged))
    smallest = known.smallest if known.smallest is not None and known.smallest <= room else None
    run, reason = _advice(outlook, smallest, room, search)
    return Forecast(
        budget=budget,
        wordings=round(outlook.wordings, 1),
        examples=race,
        validation=validation,
        confirm=confirm,
        gain=_round(outlook.gain),
        low=_round(outlook.low),
        high=_round(outlook.high),
        smallest=None if smallest is None else _round(smallest),
        chance=round(outlook.confirmed, 2),
        lm_calls=round(raced * seen.fast.lm_calls + runs * seen.exact.lm_calls),
        minutes=round((seen.opening + raced * seen.fast.seconds + judged) / 60, 2),
        run=run,
        reason=reason,
    )


def _table(seen: Probed, optimizer: str) -> Table:
    return Table(np.array(seen.unchanged), np.array(seen.wordings), seen.first * (optimizer == "text"))


def _affordable(budget: Budget, reserve: Usage, seen: Probed) -> float:
    """Runs of the program that a search may make of what is not kept back for judging."""
    kept, each = ({"tokens": u.tokens, **vars(u)} for u in (reserve, seen.fast))
    kept["seconds"] += seen.opening
    limits = budget.model_dump(exclude_none=True).items()
    return min((limit - kept[name]) / each[name] for name, limit in limits if each[name] > 0)


def _advice(outlook: Outlook, smallest: float | None, room: float, search: Search) -> tuple[bool, str]:
    """Whether to run, and why."""
    if search.runs < search.race:
        return False, f"the budget is not enough for one wording on {search.race} examples beside the judging"
    if search.confirm < FEWEST_TO_CONFIRM:
        return False, f"{search.confirm} confirmation examples can confirm nothing, at least {FEWEST_TO_CONFIRM} can"
    if room == 0.0:
        return False, "the unchanged program was right everywhere: there is nothing to gain"
    if smallest is None:
        return False, f"no gain that there is room for is confirmed by {search.confirm} examples"
    chance = f"confirmed in {100 * outlook.confirmed:.0f} of 100"
    effect = f"{search.confirm} examples show {smallest:+.2f} or more"
    if outlook.confirmed < LEAST_CHANCE:
        return False, f"the predicted gain is {outlook.gain:+.2f} and {effect}: {chance}"
    return True, f"{effect}: {chance}"


def _round(value: Any) -> float:
    return round(float(value), 4)
