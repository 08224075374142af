"""The way of a compile: propose and score, meet in exact mode, confirm; within one budget."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..deploy.engines.meter import Usage
from ..deploy.errors import BudgetExceeded
from ..deploy.machine import machine
from ..programs.errors import InputError, StudysmithError
from .base import Optimizer
from .bench import Bench, spread
from .budget import Budget
from .candidate import Candidate
from .confirm import confirm
from .halving import ROUND
from .rows import AT_ONCE
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
CANDIDATES, FEWEST_EXAMPLES = 5, 2
"""What a round of halving costs, in candidates on all examples; a search that cannot pay it scores on fewer examples,
down to so many."""
FEWEST_TO_CONFIRM = 5
"""Wins that it takes at least, each as large as a difference can be, until the evidence reaches 1 / ALPHA."""
SPARE_SHARE = 0.1
"""Of a budget in calls, that is spared for what kills lose, at most: one batch is lost at a time."""
MARGIN = 1.25
"""One example tells what the others will cost only about."""


class Judging(NamedTuple):
    """Who will be judged on what, and what is kept back for it."""

    validation: Sequence[dspy.Example]
    confirm: Sequence[dspy.Example]
    reserve: Usage
    examples: int
    spare: int = 0
    """Calls that are kept back for what a kill loses, so that it does not shorten the search."""

    def for_confirmation(self, left: Usage, finalists: int) -> Usage:
        """Its part of what is left: finalists that cost more than the unchanged program, by which all was planned, as
        those with demonstrations do, would leave nothing of it."""
        runs = 2 * len(self.confirm)
        part = runs / ((1 + finalists) * len(self.validation) + runs)
        return Usage(**{name: value * part for name, value in vars(left).items()})


def drive(bench: Bench, optimizer: Optimizer) -> Compiled:
    """Compile. Ended by Ctrl-C or SIGTERM it returns the best it has, not finished; begun again, it goes on."""
    notes = list(bench.task.notes)
    with bench:
        judging = _plan_judging(bench)
        counts = f"{len(judging.validation)} validation and up to {len(judging.confirm)} confirmation examples"
        kept = _of_budget(bench.ledger.budget, judging.reserve)
        notes.append(f"kept back for judging {bench.config.finalists} finalists on {counts}: about {kept}")
        if len(judging.confirm) < FEWEST_TO_CONFIRM:
            notes.append(f"fewer than {FEWEST_TO_CONFIRM} confirmation examples can confirm nothing: raise the budget")
        bench.progress("judging", 0, 1, notes[-1])
        if judging.examples < len(bench.examples):
            notes.append(f"candidates are scored on {judging.examples} examples, so that the budget is enough for some")
            bench.examples = bench.examples[: judging.examples]
        bench.ledger.keep_back(judging.reserve, judging.spare)
        finalists, seen = _search(bench, optimizer)
        notes += seen
        winner, verdict = bench.start, Verdict(confirmed=False, reason="interrupted before anything was judged")
        if bench.interrupted:
            winner = finalists[0] if finalists else winner
        else:
            bench.ledger.keep_back(Usage(), judging.spare)  # what is left is all that the search left
            kept_back = judging.for_confirmation(bench.ledger.left, bench.config.finalists)
            bench.ledger.keep_back(kept_back, judging.spare)
            winner, seen = select(bench, finalists, judging.validation)
            _check_replies(bench)  # now that the finalists have been asked too
            bench.ledger.keep_back(Usage(), judging.spare)
            verdict = confirm(bench, winner, judging.confirm)
            if bench.interrupted and not verdict.confirmed:
                verdict = Verdict(confirmed=False, reason="interrupted before all was judged")
            notes += [*seen, verdict.reason]
        if bench.shared:
            notes.append(f"{bench.shared.workers} workers shared the study")
        if lost := bench.all_rows.lost:
            notes.append(f"{lost} calls were lost: they were running at a kill, or when something ended")
        if (stopped := bench.ledger.spent_out) and stopped.startswith("cannot write"):
            raise InputError(f"run: {stopped}")
        return bench.finish(
            Compiled(
                task=bench.config.task,
                optimizer=optimizer.name,
                candidate=winner,
                verdict=verdict,
                base=str(bench.model),
                budget=bench.ledger.budget,
                usage=bench.usage,
                machine=machine(),
                read_pools=bench.read_pools,
                finished=not bench.interrupted,
                notes=notes,
            )
        )


def _of_budget(budget: Budget, usage: Usage) -> str:
    """A usage in what the budget limits: else the clock would write into notes that follow from the seed."""
    said = {
        "lm_calls": f"{usage.lm_calls} calls",
        "tokens": f"{usage.tokens} tokens",
        "seconds": f"{usage.seconds:.0f} s",
    }
    return ", ".join(said[name] for name in budget.model_dump(exclude_none=True))


def _check_replies(bench: Bench) -> None:
    """Raises InputError when no run of the program, under whatever prompt, gave a reply that could be used."""
    failures = [row["failure"] for row in bench.journal.rows.values() if "failure" in row]
    if failures and all(failures):
        raise InputError(
            f"task: none of {len(failures)} runs of the program gave a usable reply; the first: {failures[0]}"
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
    try:
        cost = Usage(**bench.exact(bench.start, validation[0])["cost"])
        if bench.ledger.budget.seconds is not None:
            again = [Usage(**bench.exact(bench.start, example)["cost"]) for example in validation[1:2]]
            cost = replace(cost, seconds=min(each.seconds for each in (cost, *again)))
    except BudgetExceeded as error:
        if bench.interrupted or bench.shared or any("score" in row for row in bench.journal.rows.values()):
            return Judging(validation, confirming, Usage(), len(bench.examples))  # the search ends as soon as it begins
        raise InputError(f"budget: {error} before one run of the program had ended; give more") from None
    if cost.lm_calls == 0:
        raise InputError("task: the program made no call of the model, so there is nothing to compile")
    if key not in bench.journal.rows and (
        reason := too_small(bench.ledger.budget, cost, config.finalists, len(validation), len(confirming))
    ):
        raise InputError(reason)
    have = (config.finalists, len(bench.examples), len(validation), len(confirming))
    bench.all_rows.keep(key, share(bench.ledger.budget, cost, *have))
    planned = bench.journal.rows[key]
    bench.all_rows.calls_each = planned.get("calls_each", 1)
    reserve = Usage(**planned["reserve"])
    counts = (planned["validation"], planned["confirm"])
    kept = validation[: counts[0]], confirming[: counts[1]]
    return Judging(*kept, reserve, planned["examples"], planned.get("spare", 0))


def too_small(budget: Budget, cost: Usage, finalists: int, validation: int, confirming: int) -> str | None:
    """What to say of a budget that is not enough to score one candidate and judge it on one example; None if it is.

    cost: of one run of the program. Seconds end a compile when they are over, whatever it has come to by then.
    """
    contenders = 1 + finalists
    least = MARGIN * (contenders + 2) + FEWEST_EXAMPLES
    confirms = MARGIN * (contenders * validation + 2 * confirming) / confirming * FEWEST_TO_CONFIRM / LARGEST_SHARE
    for name, cap, each, spare in (
        ("lm_calls", budget.lm_calls, cost.lm_calls, SPARE_SHARE),
        ("tokens", budget.tokens, cost.tokens, 0.0),
    ):
        needed, to_confirm = (math.ceil(runs * each / (1 - spare)) for runs in (least, confirms))
        if cap is not None and cap < needed:
            more = f"; from {to_confirm:,} on a winner can be confirmed" if confirming >= FEWEST_TO_CONFIRM else ""
            return (
                f"{name}: {cap:,} is too small a budget: one run of the program takes {each:,.0f}, and a search with "
                f"its judging {least:.0f} runs, so give {needed:,} or more{more}"
            )
    return None


def share(
    budget: Budget, cost: Usage, finalists: int, examples: int, validation: int, confirming: int
) -> dict[str, Any]:
    """As many examples as fit into the share of the budget that judging may take; cost: of one run of the program."""
    contenders = 1 + finalists
    whole = MARGIN * (contenders * validation + 2 * confirming)
    caps = (
        (budget.lm_calls, cost.lm_calls),
        (budget.tokens, cost.tokens),
        (budget.seconds, cost.seconds),
    )
    # How many runs of the program each limit allows.
    allowed = min((cap / each for cap, each in caps if cap is not None and each > 0), default=float("inf"))
    part = min(1.0, allowed * LARGEST_SHARE / whole)
    fewer = {"validation": max(1, int(validation * part)), "confirm": max(1, int(confirming * part))}
    runs = MARGIN * (contenders * fewer["validation"] + 2 * fewer["confirm"])
    reserve = {name: value * runs for name, value in vars(cost).items()}
    reserve |= {name: int(reserve[name]) for name in ("lm_calls", "prompt_tokens", "completion_tokens")}
    per_candidate = (allowed - runs) / CANDIDATES
    fewer["examples"] = int(min(examples, max(FEWEST_EXAMPLES, per_candidate)))
    spare = min(AT_ONCE * cost.lm_calls, int((budget.lm_calls or 0) * SPARE_SHARE))
    return {**fewer, "reserve": reserve, "spare": spare, "calls_each": cost.lm_calls}


def _search(bench: Bench, optimizer: Optimizer) -> tuple[list[Candidate], list[str]]:
    """The finalists, and what was seen. They are written down: a run that is killed later goes on from there.

    That holds for every kind of budget, and needs no search again that would find its budget spent.
    """
    key = f"finalists {bench.ledger.budget}"
    if key not in bench.journal.rows:
        nominees, ended = _nominate(bench, optimizer)
        finalists, notes = _finalists(bench, nominees), [*bench.notes, *_counts(bench), ended]
        if bench.ledger.stopped:
            return finalists, notes
        found = {"finalists": [candidate.model_dump() for candidate in finalists], "notes": notes}
        bench.all_rows.keep(key, {**found, "charged": bench.ledger.charged})
    row = bench.journal.rows[key]
    bench.ledger.charged = row["charged"]
    return [Candidate.model_validate(each) for each in row["finalists"]], row["notes"]


def _nominate(bench: Bench, optimizer: Optimizer) -> tuple[dict[str, Candidate], str]:
    """What the optimizer proposed, and why it ended."""
    nominees: dict[str, Candidate] = {}
    repeats, ended = 0, "all was proposed"
    try:
        for candidate in optimizer.search(bench):
            repeats = repeats + 1 if candidate.id in nominees else 0
            if repeats == REPEATS:
                ended = "nothing new was proposed any more"
                break
            nominees[candidate.id] = candidate
            if len(waiting := _unjudged(bench, nominees)) == ROUND:
                bench.halve(waiting)
            if bench.ledger.stopped:
                break
        if len(nominees) > bench.config.finalists and not bench.ledger.stopped:
            # As many as there are places need no race.
            bench.halve(_unjudged(bench, nominees))
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
    return nominees, f"the search ended: {'interrupted' if bench.interrupted else ended}"


def _unjudged(bench: Bench, nominees: dict[str, Candidate]) -> list[Candidate]:
    """Nominees that may meet further examples: what the optimizer scored itself is not scored again."""
    scored = bench.scored
    return [candidate for key, candidate in nominees.items() if key not in scored or not scored[key].judged]


def _finalists(bench: Bench, nominees: dict[str, Candidate]) -> list[Candidate]:
    """The best nominees, those that the budget cut or that were never raced last; never the program as it is."""

    def rank(candidate: Candidate) -> tuple[int, float]:
        scored = bench.scored.get(candidate.id)
        return (-len(scored.scores), -scored.mean) if scored else (0, 0.0)

    others = [candidate for candidate in nominees.values() if candidate.id != bench.start.id]
    return sorted(others, key=rank)[: bench.config.finalists]


def _counts(bench: Bench) -> list[str]:
    """What the bench scored; nothing where the optimizer asked for no score."""
    scored = list(bench.scored.values())
    judged = sum(s.judged for s in scored)
    return [f"{judged} candidates scored, {sum(s.dropped for s in scored)} dropped early"] if scored else []
