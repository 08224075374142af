"""What a search will probably gain: the way of a compile, played through many times on what a small table leaves open.

Each play draws a truth that fits the table (see ``metrics.variance``), then wordings, their noisy scores in a race, the
finalists' on validation examples, and the winner's on test examples. So the prediction holds the luck of the best of
many, how far it shrinks on fresh examples, and that the unchanged program is kept when nothing beats it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..metrics.sequential import symmetric_e_process
from ..metrics.variance import Draws, plausible
from .bench import FEWEST_LEFT
from .halving import ROUND, rungs
from .verdict import ALPHA

PLAYS = 2000
POWER = 0.8
CONFIDENCE = 0.9
OWN_KIND = 0.02
"""Variance of how far the unchanged program stands apart from all wordings: it mostly shows no demonstrations, and most
of them do."""
EFFECTS, RUNS_PER_EFFECT = 21, 500
MOST_WORDINGS = 400
"""Wordings that a play goes through; the best of more of them is hardly better, and no search here has more."""


@dataclass(frozen=True)
class Table:
    """Scores on the same examples: of the unchanged program [n], and of wordings [c, n], the first ``first`` of which
    are those that the search begins with. The unchanged program counts as one of the wordings that were drawn."""

    unchanged: np.ndarray
    wordings: np.ndarray
    first: int = 0

    @property
    def scores(self) -> np.ndarray:
        """All of them, the unchanged program first."""
        return np.vstack([self.unchanged, self.wordings])

    @property
    def differences(self) -> np.ndarray:
        """Of all wordings to the unchanged program."""
        return (self.wordings - self.unchanged).ravel()

    @property
    def binary(self) -> bool:
        return bool(np.isin(self.scores, (0, 1)).all())


@dataclass(frozen=True)
class Search:
    """What a search may do. runs: of the program, in the race; race, validation, confirm, test: examples; distinct:
    wordings that there are, beside the unchanged program."""

    runs: float
    race: int
    finalists: int
    validation: int
    confirm: int
    test: int
    distinct: int | None = None


@dataclass(frozen=True)
class Outlook:
    """What the plays came to: wordings raced, runs of the program for it, the gain on test examples with its interval,
    the share in which the winner is another than the unchanged program and in which it is confirmed, and how many
    confirmation examples were seen."""

    wordings: float
    runs: float
    gain: float
    low: float
    high: float
    changed: float
    confirmed: float
    seen: float


@dataclass(frozen=True)
class Power:
    """For each of ``effects``, how often that many examples confirm it, and how many are seen on the way."""

    effects: np.ndarray
    shown: np.ndarray
    seen: np.ndarray

    @property
    def smallest(self) -> float | None:
        """The smallest effect that is confirmed ``POWER`` of the time; None where none is."""
        if self.shown[-1] < POWER:
            return None
        at = int(np.argmax(self.shown >= POWER))
        if at == 0:
            return float(self.effects[0])
        return float(np.interp(POWER, self.shown[at - 1 : at + 1], self.effects[at - 1 : at + 1]))


def power(differences: np.ndarray, examples: int, seed: int = 0) -> Power:
    """What the driver's own test shows of effects, with differences that are shaped like those that were seen.

    Differences are made symmetric and then tilted to the effect (weights that grow exponentially with the difference),
    so that wins and losses stay as large as this metric makes them.
    """
    support, counts = np.unique(np.concatenate([differences, -differences]), return_counts=True)
    largest = float(support[-1])
    effects = np.linspace(0.0, largest, EFFECTS)
    if largest == 0.0 or examples < 1:
        return Power(effects, np.zeros(EFFECTS), np.full(EFFECTS, float(examples)))
    chance = np.random.default_rng(seed).random((RUNS_PER_EFFECT, examples))
    shown, seen = [], []
    for effect in effects:
        edges = np.cumsum(tilted(support, counts / counts.sum(), effect))
        drawn = support[np.minimum(np.searchsorted(edges, chance), len(support) - 1)]
        crossed = symmetric_e_process(drawn) >= 1 / ALPHA
        ever = crossed.any(axis=1)
        shown.append(ever.mean())
        seen.append(np.where(ever, crossed.argmax(axis=1) + 1, examples).mean())
    return Power(effects, np.array(shown), np.array(seen))


def tilted(support: np.ndarray, weights: np.ndarray, mean: float) -> np.ndarray:
    """The weights, tilted until the mean is this one; support is sorted."""
    low, high = -1e3, 1e3
    for _ in range(60):
        middle = (low + high) / 2
        logs = np.log(weights) + middle * support
        made = np.exp(logs - logs.max())
        made /= made.sum()
        low, high = (middle, high) if (made * support).sum() < mean else (low, middle)
    return made


def predict(table: Table, search: Search, known: Power, seed: int = 0) -> Outlook:
    """See the module; ``known`` is the power of the confirmation."""
    rng = np.random.default_rng(seed)
    truth = plausible(table.scores, PLAYS, rng)
    unchanged = _level(truth, table.unchanged, rng, OWN_KIND)
    levels, scores, spent, raced = _race(table, search, truth, rng)
    order = np.argsort(-scores, axis=0, kind="stable")[: search.finalists]
    finalists = np.take_along_axis(levels, order, axis=0)

    def measured(level: np.ndarray, examples: int) -> np.ndarray:
        return _scored(level + rng.normal(size=level.shape) * np.sqrt(truth.rest / examples), examples, table.binary)

    seen = measured(finalists, search.validation)
    changed = seen.max(axis=0) > measured(unchanged, search.validation)
    winner = np.take_along_axis(finalists, seen.argmax(axis=0)[None], axis=0)[0]
    effect = winner - unchanged
    gain = np.where(changed, measured(winner, search.test) - measured(unchanged, search.test), 0.0)
    low, high = np.quantile(gain, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    confirmed = np.where(changed, np.interp(effect, known.effects, known.shown), 0.0)
    examples = np.where(changed, np.interp(effect, known.effects, known.seen), 0.0)
    return Outlook(
        wordings=float(raced),
        runs=float(spent),
        gain=float(gain.mean()),
        low=float(low),
        high=float(high),
        changed=float(changed.mean()),
        confirmed=float(confirmed.mean()),
        seen=float(examples.mean()),
    )


def _race(
    table: Table, search: Search, truth: Draws, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float, int]:
    """True means and scores of the wordings raced, each [wordings, plays], and how many runs and wordings it took.

    As the bench halves them, round by round: whoever met fewer examples ranks behind all that met more.
    """
    most = min(MOST_WORDINGS, search.distinct or MOST_WORDINGS)
    levels: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    spent, raced = 0.0, 0
    while len(levels) < most and (spent < search.runs or len(levels) < search.finalists):
        numbers = range(len(levels), min(most, len(levels) + ROUND))
        drawn = np.array([_level(truth, table.wordings[n] if n < table.first else None, rng) for n in numbers])
        sums, met = np.zeros_like(drawn), np.zeros_like(drawn)
        before = 0
        for size, examples in rungs(len(drawn), search.race, max(FEWEST_LEFT, search.finalists)):
            step = examples - before
            if step == 0:  # of few examples, two rungs may have as many
                continue
            best = np.argsort(-_rank(sums, met, search.race), axis=0, kind="stable")[:size]
            going = best[: max(0, min(size, int((search.runs - spent) // step)))]
            level = np.take_along_axis(drawn, going, axis=0)
            gained = step * level + rng.normal(size=level.shape) * np.sqrt(step * truth.rest)
            np.put_along_axis(sums, going, np.take_along_axis(sums, going, axis=0) + gained, axis=0)
            np.put_along_axis(met, going, float(examples), axis=0)
            raced += len(going) if before == 0 else 0
            spent, before = spent + step * len(going), examples
            if len(going) < size:
                spent = search.runs
                break
        complete = met == search.race
        shown = np.where(
            complete, _scored(sums / search.race, search.race, table.binary), _rank(sums, met, search.race)
        )
        levels += list(drawn)
        scores += list(shown)
    return np.array(levels), np.array(scores), spent, raced


def _rank(sums: np.ndarray, met: np.ndarray, race: int) -> np.ndarray:
    """Means of those that met all examples, and below them, by what they met, all others."""
    return sums / np.maximum(met, 1) - 10 * (race - met) / race


def _level(truth: Draws, scores: np.ndarray | None, rng: np.random.Generator, apart: float = 0.0) -> np.ndarray:
    """The true mean of a wording in each play: near its own scores where it was seen, and anywhere where it is new.

    apart: a variance by which it may lie further from the others than they do from each other.
    """
    centre, spread = truth.centre, truth.wordings + apart
    if scores is not None:
        noise = truth.rest / len(scores)
        trust = spread / np.maximum(spread + noise, 1e-12)
        centre, spread = centre + trust * (scores.mean() - centre), trust * noise
    return np.clip(rng.normal(centre, np.sqrt(spread)), 0.0, 1.0)


def _scored(means: np.ndarray, examples: int, binary: bool) -> np.ndarray:
    """A mean as so many examples can show it: of right and wrong, only so many different ones."""
    return np.round(means * examples) / examples if binary else means
