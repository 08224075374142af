"""The text of a report: sections of Markdown, from which both the page and the Markdown file are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...metrics.searches import smallest_p
from ...programs.markdown import as_is
from ..compare import MethodComparison
from ..compare_rows import MethodRow
from .conclusions import QUANTITIES, SENSE, conclude

BESIDE = {SENSE: "sense", "diagnosis": "diagnosis right"}
"""Dimensions that stand beside the overall score, because a score that they do not follow is one of style."""


class Section(NamedTuple):
    """A heading and its Markdown. figure: the name of the figure that belongs to it, if any."""

    title: str
    markdown: str
    figure: str = ""


def sections(comparison: MethodComparison) -> list[Section]:
    """All that the numbers of a comparison say, the conclusion first; tables narrow enough for a phone."""
    rows, said = comparison.rows, conclude(comparison)
    first = rows[0].method
    found = [
        Section("What may be concluded", f"**{as_is(said.first)}**\n\n{_list(said.may)}".strip()),
        Section("What may not be concluded", _list(said.may_not)),
        Section(
            "Scores",
            f"{_table(rows, _scores(rows))}\n\nOverall: the mean over {rows[0].n} test examples and all searches, "
            f"with its 95 % interval. Difference: to “{as_is(first)}”, on the same examples. p is Holm's, corrected "
            "for the number of arms.",
            "overall",
        ),
        Section(
            "What a result costs at use", f"{_table(rows, _COSTS)}\n\nAll of it per learner: for one test example."
        ),
        Section(
            "How sure that is",
            f"{_table(rows, _SURE)}\n\nWith several searches an arm is judged by how much both searches and examples "
            "spread (hierarchical bootstrap, min F'); with one search, by examples alone. The exact p is the sign test "
            "over searches, with the smallest that so many can give; to an exact test of examples, "
            f"{rows[0].n} of them give no p below {smallest_p(rows[0].n):.2g}.",
        ),
        Section(
            "Score against cost",
            "Dots: test score of a search's winner, at all that was spent on it. Thin lines: the best so far on the "
            f"few training examples that a search looks at, which is not the same scale. Dotted: {as_is(first)}.",
            "cost",
        ),
    ]
    if comparison.contrasts:
        lines = [[c.name, str(c), f"{c.p_value:.2g}", c.asks] for c in comparison.contrasts]
        table = _lines(["arms", "difference [95 %]", "p", "question"], lines)
        found.append(Section("Questions", f"{table}\n\np is not corrected for the number of questions."))
    if dimensions := list(dict.fromkeys(name for row in rows for name in row.dimensions)):
        lines = [[name, *(_number(row, name) for row in rows)] for name in dimensions]
        found.append(Section("Dimensions", _lines(["dimension", *(row.method for row in rows)], lines), "dimensions"))
    if spent := _took(rows):
        machines = dict.fromkeys(row.ledger.machine for row in rows if row.ledger and row.ledger.machine)
        found.append(
            Section(
                "What each arm took",
                f"{spent}\n\nFor one search, on average. A training example that is read is a call. Training tokens: a "
                "token that gradients come from counts three times. Labels: distinct examples whose truth was looked "
                "at. Words: text written by people that the arm may use."
                + "".join(f" Seconds: {as_is(machine)}." for machine in machines),
            )
        )
    return found


Column = tuple[str, Callable[[MethodRow], str]]
_COSTS: Sequence[Column] = (
    ("calls / learner", lambda row: f"{row.lm_calls / row.results:.1f}"),
    ("prompt tokens / learner", lambda row: f"{row.prompt_tokens_per_plan:.0f}"),
    ("reply tokens / learner", lambda row: f"{row.reply_tokens_per_plan:.0f}"),
    ("seconds / learner", lambda row: f"{row.seconds / row.results:.2f}"),
)
_SURE: Sequence[Column] = (
    ("searches", lambda row: str(row.searches)),
    ("examples", lambda row: str(row.n)),
    ("confirmed", lambda row: "" if row.confirmed is None else f"{row.confirmed} of {row.searches}"),
    ("exact p (least)", lambda row: _exact(row)),
    ("failures", lambda row: str(row.failures)),
)


def _scores(rows: Sequence[MethodRow]) -> list[Column]:
    beside: list[Column] = [
        (title, lambda row, name=name: _number(row, name))  # type: ignore[misc]
        for name, title in BESIDE.items()
        if any(name in row.dimensions for row in rows)
    ]
    return [
        ("overall [95 %]", lambda row: f"{row.overall:.3f} [{row.ci[0]:.3f}, {row.ci[1]:.3f}]"),
        *beside,
        ("difference [95 %]", _difference),
        ("p (Holm)", lambda row: "" if row.p_holm is None else f"{row.p_holm:.2g}"),
    ]


def _difference(row: MethodRow) -> str:
    low, high = row.delta_ci or (0.0, 0.0)
    return "" if row.delta is None else f"{row.delta:+.3f} [{low:+.3f}, {high:+.3f}]"


def _exact(row: MethodRow) -> str:
    return "" if row.p_searches is None else f"{row.p_searches:.2g} (least {smallest_p(row.searches):.2g})"


def _number(row: MethodRow, dimension: str) -> str:
    return f"{row.dimensions[dimension]:.3f}" if dimension in row.dimensions else ""


def _took(rows: Sequence[MethodRow]) -> str:
    """What making each arm took; empty where nothing is known of any."""
    head = ["arm", "calls", "prompt tokens", "reply tokens", *list(QUANTITIES.values())[2:]]
    return _lines(head, list(_spent(rows))) if any(row.ledger for row in rows) else ""


def _spent(rows: Sequence[MethodRow]) -> Iterator[list[str]]:
    for row in rows:
        if (spent := row.ledger) is not None:
            counts = [spent.lm_calls, spent.prompt_tokens, spent.reply_tokens, spent.training_tokens]
            ends = [spent.labels, spent.words]
            yield [row.method, *(f"{c:,}" for c in counts), f"{spent.seconds:.0f}", *(f"{e:,}" for e in ends)]


def _table(rows: Sequence[MethodRow], columns: Sequence[Column]) -> str:
    return _lines(
        ["arm", *(title for title, _ in columns)], [[r.method, *(cell(r) for _, cell in columns)] for r in rows]
    )


def _lines(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    made = [[as_is(cell).replace("|", "\\|") for cell in line] for line in (head, *lines)]
    made.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in made)


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {as_is(line)}" for line in lines)
