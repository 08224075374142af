"""Scores for people: a scorecard as a table, and two plans side by side with what differs and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .rubric import Rubric, Score, Scorecard

if TYPE_CHECKING:
    from rich.table import Table

    from ..programs.curriculum import Curriculum
    from ..programs.learner import LearnerProfile
    from ..programs.plan import StudyPlan

LEVELS = {-1: "weak", 0: "fair", 1: "strong"}
COLOURS = {-1: "red", 0: "yellow", 1: "green"}
MOST_REASONS = 3
MEND = {
    "detailed": "the sessions leave open what to do; say how much time you have (“twice a week for 40 minutes”)",
    "hierarchical": "the plan is too short to be built up step by step; give it more sessions or weeks",
    "adaptable": "the plan says little for the case that you fall behind; give it two weeks or more",
    "feasible": "the plan may not fit into your time; say how many minutes you have, and on which days",
    "grounded": "some of the plan could not be checked; name the topic as `studysmith concepts` does",
    "fluent": "some sentences read badly; leave out `--wording free`, or use a larger model",
    "sound": "some sentences may make no sense; leave out `--wording free`, or use a larger model",
}
"""What a learner is told where a dimension of the built-in rubric is weak, and what to do about it."""


def reasons(score: Score, limit: int = MOST_REASONS) -> list[str]:
    """The costliest findings of a dimension, one line each: what is missing, where, and how many points it costs.

    Findings of one rule are joined, so that a fault in every session is one line.
    """
    cost: dict[str, float] = defaultdict(float)
    places: dict[str, list[str]] = defaultdict(list)
    for finding in score.evidence:
        if finding.effect < 0:
            cost[finding.rule] += finding.effect
            if finding.where not in places[finding.rule]:
                places[finding.rule].append(finding.where)
    worst = sorted(cost, key=lambda rule: cost[rule])[:limit]
    return [f"{100 * cost[rule]:+.0f}  not enough: {rule} ({_where(places[rule])})" for rule in worst]


def notes(score: Score) -> list[str]:
    """Findings that explain without costing anything, such as the share of answers that could be checked."""
    return [finding.rule for finding in score.evidence if finding.effect == 0]


def _where(places: list[str]) -> str:
    shown = "; ".join(places[:3])
    return shown if len(places) <= 3 else f"{shown} and {len(places) - 3} more"


def score_table(card: Scorecard, rubric: Rubric) -> Table:
    """The scorecard for a teacher: one row a dimension, on a scale of 100, with the reasons for what is lost."""
    from rich.table import Table

    table = Table(title=f"Overall {100 * card.overall:.0f} of 100", title_justify="left", show_lines=True)
    table.add_column("What counts")
    table.add_column("Score", justify="right")
    table.add_column("Level")
    table.add_column("Why")
    for name, score in card.dimensions.items():
        why = reasons(score) + notes(score)
        table.add_row(
            _title(name, rubric),
            f"{100 * score.score:.0f}",
            f"[{COLOURS[score.level]}]{LEVELS[score.level]}[/]",
            "\n".join(_plain(line) for line in why) or "nothing to object to",
        )
    return table


def compare_table(first: Scorecard, second: Scorecard, rubric: Rubric, names: tuple[str, str] = ("A", "B")) -> Table:
    """Two plans for one learner: where they differ, by how much, and which rules make the difference."""
    from rich.table import Table

    a, b = names
    difference = 100 * (second.overall - first.overall)
    table = Table(
        title=f"{_plain(a)} {100 * first.overall:.0f}, {_plain(b)} {100 * second.overall:.0f} ({difference:+.0f})",
        title_justify="left",
        show_lines=True,
    )
    table.add_column("What counts")
    table.add_column(_plain(a), justify="right")
    table.add_column(_plain(b), justify="right")
    table.add_column("Change", justify="right")
    table.add_column("Why")
    order = sorted(first.dimensions, key=lambda n: -abs(second.dimensions[n].score - first.dimensions[n].score))
    for name in order:
        one, other = first.dimensions[name], second.dimensions[name]
        why = "\n".join(_plain(line) for line in differences(one, other, names))
        change = 100 * (other.score - one.score)
        colour = "green" if change > 0.5 else "red" if change < -0.5 else "dim"
        table.add_row(
            _title(name, rubric),
            f"{100 * one.score:.0f}",
            f"{100 * other.score:.0f}",
            f"[{colour}]{change:+.0f}[/]",
            why,
        )
    return table


def differences(
    first: Score, second: Score, names: tuple[str, str] = ("A", "B"), limit: int = MOST_REASONS
) -> list[str]:
    """The rules whose cost differs most between two scores of one dimension, one line each."""
    cost: dict[str, float] = defaultdict(float)
    for sign, score in ((-1, first), (1, second)):
        for finding in score.evidence:
            cost[finding.rule] += sign * finding.effect
    worst = sorted((rule for rule in cost if abs(cost[rule]) >= 0.01), key=lambda rule: -abs(cost[rule]))[:limit]
    return [f"{names[cost[rule] > 0]} is better by {100 * abs(cost[rule]):.0f}: {rule}" for rule in worst]


def _title(name: str, rubric: Rubric) -> str:
    return _plain(rubric.spec.dimensions[name].description or name)


def _plain(text: str) -> str:
    """Square brackets of a plan or a file name are text, not markup."""
    from rich.markup import escape

    return escape(text)


def weaknesses(plan: StudyPlan, source: Curriculum | None = None) -> str:
    """What is weak in a plan that the built-in rubric would not accept, and what to add to the request: words for a
    learner. Empty for a plan that it would accept.

    The plan is judged for the learner as it understands them.
    """
    if plan.profile is None or not plan.sessions:
        return ""
    judge = Rubric.load(source=source)
    card = judge.score(plan, plan.profile)
    if judge.accepts(card):
        return ""
    weak = [name for name, score in card.dimensions.items() if score.level == -1] or [
        min(card.dimensions, key=lambda name: card.dimensions[name].score)
    ]
    return "; ".join(_to_mend(plan.profile) if name == "personalized" else MEND[name] for name in weak)


def _to_mend(profile: LearnerProfile) -> str:
    """What a request could say besides, so that a plan is more about this learner."""
    said = (
        (profile.interests, "what you like (“I love chess”)"),
        (profile.preferences, "how you like to work (“I learn best by drawing”)"),
        (profile.errors, "a task that you got wrong, with your answer (“1/2 + 1/3 = 2/5”)"),
    )
    missing = [what for given, what in said if not given]
    if not missing:
        return "little in this plan is about you in particular; more or longer sessions leave more room for that"
    return f"little in this plan is about you in particular; add to the request {' or '.join(missing)}"
