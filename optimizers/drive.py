"""The way of a compile: propose and score, meet in exact mode, confirm; within one budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..deploy.engines.meter import Usage
from ..deploy.errors import BudgetExceeded
from ..deploy.machine import machine
from ..programs.errors import InputError, StudysmithError
from .base import Optimizer
from .bench import Bench, spread
from .candidate import Candidate
from .confirm import confirm
from .run import Compiled
from .select import select
from .verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dspy

REPEATS = 100
"""Proposals in a row that were all made before: then there is nothing left to propose."""
LARGEST_SHARE = 0.5
"""Of the budget, that judging may take; it judges on fewer examples rather than take more."""
CANDIDATES, FEWEST_EXAMPLES = 4, 2
"""A search that can score fewer candidates than this scores them on fewer examples, down to so many."""
FEWEST_TO_CONFIRM = 5
"""Wins that it takes at least, each as large as a difference can be, until the evidence reaches 1 / ALPHA."""
MARGIN = 1.25
"""One example tells what the others will cost only about."""


class Judging(NamedTuple):
    """Who will be judged on what, and what is kept back for it."""

    validation: Sequence[dspy.Example]
    confirm: Sequence[dspy.Example]
    reserve: Usage
    examples: int


def drive(bench: Bench, optimizer: Optimizer) -> Compiled:
    """Compile. Ended by Ctrl-C or SIGTERM it returns the best it has, not finished; begun again, it goes on."""
    notes = list(bench.task.notes)
    with bench:
        judging = _plan_judging(bench)
        counts = f"{len(judging.validation)} validation and up to {len(judging.confirm)} confirmation examples"
        kept = f"{judging.reserve.lm_calls} calls, {judging.reserve.seconds:.0f} s"
        notes.append(f"kept back for judging {bench.config.finalists} finalists on {counts}: about {kept}")
        if len(judging.confirm) < FEWEST_TO_CONFIRM:
            notes.append(f"fewer than {FEWEST_TO_CONFIRM} confirmation examples can confirm nothing: raise the budget")
        bench.progress("judging", 0, 1, notes[-1])
        if judging.examples < len(bench.examples):
            notes.append(f"candidates are scored on {judging.examples} examples, so that the budget is enough for some")
            bench.examples = bench.examples[: judging.examples]
        bench.ledger.keep_back(judging.reserve)
        nominees, ended = _nominate(bench, optimizer)
        notes += [_counts(bench), ended]
        finalists = _finalists(bench, nominees)
        winner, verdict = bench.start, Verdict(confirmed=False, reason="interrupted before anything was judged")
        if bench.interrupted:
            winner = finalists[0] if finalists else winner
        else:
            bench.ledger.keep_back(Usage())
            winner, seen = select(bench, finalists, judging.validation)
            verdict = confirm(bench, winner, judging.confirm)
            if bench.interrupted and not verdict.confirmed:
                verdict = Verdict(confirmed=False, reason="interrupted before all was judged")
            notes += [*seen, verdict.reason]
        if (stopped := bench.ledger.spent_out) and stopped.startswith("cannot write"):
            raise InputError(f"run: {stopped}")
        usage = bench.ledger.usage
        return bench.finish(
            Compiled(
                task=bench.config.task,
                optimizer=optimizer.name,
                candidate=winner,
                verdict=verdict,
                base=str(bench.model),
                budget=bench.ledger.budget,
                usage={
                    "lm_calls": usage.lm_calls,
                    "tokens": usage.prompt_tokens + usage.completion_tokens,
                    "seconds": round(usage.seconds, 1),
                },
                machine=machine(),
                read_pools=bench.read_pools,
                finished=not bench.interrupted,
                notes=notes,
            )
        )


def _plan_judging(bench: Bench) -> Judging:
    """One example in exact mode shows what judging costs; it is not lost, for the finalists will meet on it.

    Where seconds count, a second one does: the first takes the time of loading what is loaded once, and a short budget
    that is planned by it is kept back for nothing.
    """
    config = bench.config
    validation = spread(bench.task.validation or (), config.validation, config.seed)
    confirming = spread(bench.task.confirm or (), config.confirm, config.seed)
    key = f"judging {bench.ledger.budget}"
    if key not in bench.journal.rows:
        try:
            cost = Usage(**bench.exact(bench.start, validation[0])["cost"])
            if bench.ledger.budget.seconds is not None:
                again = [Usage(**bench.exact(bench.start, example)["cost"]) for example in validation[1:2]]
                cost = replace(cost, seconds=min(each.seconds for each in (cost, *again)))
        except BudgetExceeded:
            return Judging(validation, confirming, Usage(), len(bench.examples))  # the search ends as soon as it begins
        if cost.lm_calls == 0:
            raise InputError("task: the program made no call of the model, so there is nothing to compile")
        bench.journal.add(key, _fit(bench, cost, len(validation), len(confirming)))
    planned = bench.journal.rows[key]
    reserve = Usage(**planned["reserve"])
    counts = (planned["validation"], planned["confirm"])
    return Judging(validation[: counts[0]], confirming[: counts[1]], reserve, planned["examples"])


def _fit(bench: Bench, cost: Usage, validation: int, confirming: int) -> dict[str, object]:
    """As many examples as fit into the share of the budget that judging may take."""
    budget, contenders = bench.ledger.budget, 1 + bench.config.finalists
    whole = MARGIN * (contenders * validation + 2 * confirming)
    caps = (
        (budget.lm_calls, cost.lm_calls),
        (budget.tokens, cost.prompt_tokens + cost.completion_tokens),
        (budget.seconds, cost.seconds),
    )
    # How many runs of the program each limit allows.
    allowed = min((cap / each for cap, each in caps if cap is not None and each > 0), default=float("inf"))
    share = min(1.0, allowed * LARGEST_SHARE / whole)
    fewer = {"validation": max(1, int(validation * share)), "confirm": max(1, int(confirming * share))}
    runs = MARGIN * (contenders * fewer["validation"] + 2 * fewer["confirm"])
    reserve = {name: value * runs for name, value in vars(cost).items()}
    reserve |= {name: int(reserve[name]) for name in ("lm_calls", "prompt_tokens", "completion_tokens")}
    per_candidate = (allowed - runs) / CANDIDATES
    examples = int(min(len(bench.examples), max(FEWEST_EXAMPLES, per_candidate)))
    return {**fewer, "examples": examples, "reserve": reserve}


def _nominate(bench: Bench, optimizer: Optimizer) -> tuple[dict[str, Candidate], str]:
    """What the optimizer proposed, and why it ended."""
    nominees: dict[str, Candidate] = {}
    repeats = 0
    try:
        for candidate in optimizer.search(bench):
            repeats = repeats + 1 if candidate.id in nominees else 0
            if repeats == REPEATS:
                return nominees, "the search ended: nothing new was proposed any more"
            nominees[candidate.id] = candidate
            if len(nominees) > bench.config.finalists:  # as many as there are places need no race
                for each in nominees.values():
                    bench.score(each)
            bench.ledger.check()
    except BudgetExceeded as error:
        return nominees, f"the search ended: {error}"
    except KeyboardInterrupt:
        bench.interrupt()
        return nominees, "the search ended: interrupted"
    except StudysmithError:
        raise
    except Exception as error:
        # A library between us and the engine may have wrapped the refusal, or given up over it.
        if (reason := bench.ledger.spent_out) is None:
            raise InputError(f"optimizer: {optimizer.name} raised {type(error).__name__}: {error}") from error
        return nominees, f"the search ended: {reason}"
    return nominees, f"the search ended: {'interrupted' if bench.interrupted else 'all was proposed'}"


def _finalists(bench: Bench, nominees: dict[str, Candidate]) -> list[Candidate]:
    """The best nominees, those that the budget cut or that were never raced last; never the program as it is."""

    def rank(candidate: Candidate) -> tuple[bool, float]:
        scored = bench.scored.get(candidate.id)
        if scored is None:
            return True, 0.0
        return not scored.complete, -(scored.mean if scored.complete else len(scored.scores))

    others = [candidate for candidate in nominees.values() if candidate.id != bench.start.id]
    return sorted(others, key=rank)[: bench.config.finalists]


def _counts(bench: Bench) -> str:
    scored = list(bench.scored.values())
    judged = sum(s.complete or s.dropped for s in scored)
    return f"{judged} candidates scored, {sum(s.dropped for s in scored)} dropped early"
