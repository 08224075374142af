"""`studysmith headroom`: what a search could gain, before it is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from ..programs.progress import progress_bar
from .options import AsJson, Model, Seed, Task, noun, show

if TYPE_CHECKING:
    from ..optimizers.headroom import Forecast, Headroom

app = noun()


@app.command()
def headroom(
    optimizer: Annotated[str, typer.Option(help="Whose search it would be: text or random.")] = "text",
    task: Task = "plan",
    model: Model = DEFAULT_MODEL,
    engine: Annotated[str | None, typer.Option(help="What runs it: llamacpp, or path/to/file.py:Class.")] = None,
    lm_calls: Annotated[
        list[int] | None, typer.Option(help="A budget of `compile`, in calls; may be repeated.")
    ] = None,
    seconds: Annotated[list[float] | None, typer.Option(help="The same in seconds; 600 if there is no budget.")] = None,
    wordings: Annotated[int, typer.Option(help="How many wordings of the pools to look at.")] = 8,
    sample: Annotated[int, typer.Option(help="On how many examples, the same for all.")] = 16,
    replies: Annotated[int, typer.Option(help="How many sampled replies to each example.")] = 4,
    minutes: Annotated[float, typer.Option(help="How long to look, at most.")] = 5.0,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="Where it is kept; runs/TASK-headroom if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say, in minutes, what a search could gain, whether that could be shown, and what it takes. Interrupted, it goes
    on; asked again with other budgets, it answers at once."""
    from ..optimizers.budget import Budget
    from ..optimizers.headroom import headroom as look

    budgets = [*(Budget(lm_calls=n) for n in lm_calls or ()), *(Budget(seconds=s) for s in seconds or ())]
    with progress_bar() as progress:
        found = look(
            task,
            optimizer,
            model=model,
            budgets=budgets,
            wordings=wordings,
            sample=sample,
            replies=replies,
            minutes=minutes,
            seed=seed,
            out=out,
            engine=engine,
            progress=progress,
        )
    show(found, as_json, lambda: "\n".join([*_seen(found), *(_forecast(each) for each in found.forecasts)]))


def _seen(found: Headroom) -> list[str]:
    spent = f"{found.usage['lm_calls']:.0f} calls, {found.usage['seconds']:.0f} s"
    lines = [f"{found.task} on {found.model}: {found.wordings} wordings on {found.examples} examples ({spent})", ""]
    rows = [("unchanged program", found.unchanged, "")]
    if found.means and found.components:
        low, high = min(found.means), max(found.means)
        mean = sum(found.means) / len(found.means)
        rows.append(("wordings", mean, f"the worst {low:.3f}, the best {high:.3f}, with the luck that is in both"))
    if found.replies:
        many = found.replies
        said = (
            f"a perfect chooser among {many.count} at temperature {many.temperature:g}; one of them has {many.mean:.3f}"
        )
        rows.append(("best of replies", many.best, said))
    if found.floor.random is not None:
        rows.append(
            ("no model", found.floor.random, f"random valid replies; always the first: {found.floor.first:.3f}")
        )
    lines += [f"{name:18} {value:.3f}  {said}".rstrip() for name, value, said in rows]
    if found.floor.reason:
        lines.append(f"no model           not known: {found.floor.reason}")
    if c := found.components:
        lines += [
            "",
            f"sd of one wording's scores {c.scores:.3f}, of the difference of two on one example {c.paired:.3f}",
            f"sd between wordings {c.wordings:.3f}, between examples {c.examples:.3f}, the rest {c.rest:.3f}",
        ]
    return [*lines, *(f"note: {note}" for note in found.notes)]


def _forecast(each: Forecast) -> str:
    judged = f"raced on {each.examples} examples, judged on {each.validation} and {each.confirm}"
    said = "run it" if each.run else "do not run"
    cost = f"{each.lm_calls} calls, {each.minutes:.1f} minutes"
    return (
        f"\nbudget {each.budget}: {each.wordings:.0f} wordings, {judged}; {cost}\n"
        f"  gain {each.gain:+.3f} [{each.low:+.3f}, {each.high:+.3f}] with 90 % on the test examples\n"
        f"  {said}: {each.reason}"
    )
