"""Questions that take more than one arm and the first one: controls, rivals, and weights against prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from .compare_rows import Results, contrast

RIVALS = (
    ("text", "random", "does the search beat as many draws at random?"),
    ("soft", "text", "do learned vectors beat written text?"),
)
CONTROLLED = {
    "shuffled-soft": "does it matter in which order the vectors stand?",
    "random-demos": "does it matter which demonstrations were chosen?",
    "same-length": "does it matter what the prompt says?",
}
BASE, LORA = "base", "lora"
Term = tuple[float, str]


class Contrast(BaseModel):
    """The difference that answers a question; intervals and p-values are not corrected for their number."""

    model_config = ConfigDict(extra="forbid")

    name: str
    asks: str
    delta: float
    ci: tuple[float, float]
    p_value: float

    @property
    def shown(self) -> bool:
        """Whether it is there, by its p-value and by its interval."""
        return self.p_value < 0.05 and not self.ci[0] <= 0 <= self.ci[1]

    def __str__(self) -> str:
        return f"{self.delta:+.3f} [{self.ci[0]:+.3f}, {self.ci[1]:+.3f}]"


def contrasts_of(results: Results, arms: Mapping[str, Sequence[str]]) -> list[Contrast]:
    """Every question for which the arms are there."""
    found = []
    for name, asks, terms in _questions(list(arms)):
        effect = contrast(results, [(weight, arms[arm]) for weight, arm in terms])
        if effect is None:
            continue
        low, high = round(effect.interval.low, 4), round(effect.interval.high, 4)
        delta, p_value = round(effect.interval.mean, 4), float(f"{effect.p_value:.3g}")
        found.append(Contrast(name=name, asks=asks, delta=delta, ci=(low, high), p_value=p_value))
    return found


def _questions(arms: Sequence[str]) -> Iterator[tuple[str, str, list[Term]]]:
    for ours, theirs, asks in RIVALS:
        if ours in arms and theirs in arms:
            yield f"{ours} - {theirs}", asks, [(1, ours), (-1, theirs)]
    for arm in arms:
        control, _, source = arm.partition(":")
        if control in CONTROLLED:
            of = source or ("soft" if control == "shuffled-soft" else "text")
            if of in arms:
                yield f"{of} - {arm}", CONTROLLED[control], [(1, of), (-1, arm)]
    for arm in arms:
        both = f"{LORA}+{arm}"
        if {BASE, LORA, both} <= set(arms):
            yield from _two_by_two(arm, both)


def _two_by_two(prompt: str, both: str) -> Iterator[tuple[str, str, list[Term]]]:
    """Weights (base or fine-tuned) by prompt (unchanged or compiled): two main effects and what they do together."""
    yield (
        f"weights, beside {prompt}",
        "what does fine-tuning add, on average over both prompts?",
        [(0.5, LORA), (0.5, both), (-0.5, BASE), (-0.5, prompt)],
    )
    yield (
        f"prompt ({prompt})",
        "what does the compiled prompt add, on average over both weights?",
        [(0.5, prompt), (0.5, both), (-0.5, BASE), (-0.5, LORA)],
    )
    yield (
        f"weights x {prompt}",
        "do they add up (0), replace each other (below), or help each other (above)?",
        [(1, both), (-1, LORA), (-1, prompt), (1, BASE)],
    )
