"""Trains the soft prompts of a program on what its steps have to learn, within a part of the budget, and bakes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...deploy.files import sha256
from ...deploy.gguf.chat import soft_prompt_text
from ..candidate import Candidate, Prompt
from ..weights import ADAPTERS, MODEL
from .adapters import token_name
from .allowance import Allowance
from .objectives import TrainingPair
from .race import SHARE, race, trials
from .soft_prompt import SoftPrompt, SoftPromptConfig
from .training import train_soft_prompt

if TYPE_CHECKING:
    from ..bench import Bench

HELD_OUT = 8
"""Examples that decide when a soft prompt is best; looking at them costs as much time as learning from them."""
BATCH = {"cpu": 1, "cuda": 8}
"""Examples a step: on a CPU a larger batch is no faster, on a GPU it costs little."""
CHARACTERS = 3
"""Of a token, about: enough to see how many examples a budget of tokens is good for."""
Pairs = dict[str, list[TrainingPair]]
"""What to learn from, by predictor."""


class Weights:
    """A model's weights in torch and its tokenizer, loaded when they are first asked for."""

    def __init__(self, bench: Bench):
        self._bench = bench
        self._loaded: tuple[Any, Any] | None = None

    def __call__(self) -> tuple[Any, Any]:
        from ...deploy.gguf.torch_model import load_torch
        from ...deploy.torch_models import choose_device, fast_precision

        if self._loaded is None:
            self._bench.progress("train", 0, 1, "loading the model's weights")
            self._loaded = load_torch(self._bench.model, fast_precision(choose_device("auto")))
        return self._loaded


class Trainer:
    """Trains in a folder of the run's, where finished soft prompts are kept.

    settings: of SoftPromptConfig; where there are several, a race decides. texts: what the vectors start as, by
    predictor.
    """

    def __init__(self, bench: Bench, settings: Sequence[Mapping[str, Any]], texts: Candidate, weights: Weights):
        self.bench, self._settings, self._texts, self._weights = bench, settings, texts, weights

    def train(self, data: Pairs, folder: Path, part: float) -> dict[str, SoftPrompt]:
        """Soft prompts by predictor, for no more than a part of what is left; those that the budget left without a step
        are not among them. The part is shared by how much text the predictors learn to write."""
        lengths = {name: sum(len(pair.completion) for pair in pairs) for name, pairs in data.items()}
        done: dict[str, SoftPrompt] = {}
        for name, pairs in data.items():
            share = part * lengths[name] / sum(lengths[each] for each in list(data)[list(data).index(name) :])
            path = folder / token_name(name)
            known = SoftPrompt.load(path, self.bench.model) if is_kept(path) else None
            if known is None or known.interrupted:
                known = self._one(name, pairs, share, folder)
                if known is None or self.bench.interrupted:
                    break
                known.save(path, self.bench.model)
            done[name] = known
        return {name: prompt for name, prompt in done.items() if len(prompt.history) > 1}

    def _one(self, name: str, pairs: Sequence[TrainingPair], share: float, folder: Path) -> SoftPrompt | None:
        """One soft prompt; None if it was interrupted before its own training began."""
        held_out = max(1, min(HELD_OUT, len(pairs) // 4))
        examples, watched = pairs[held_out:], pairs[:held_out]
        text = self._texts.prompts[name].instructions
        own = {"name": token_name(name), "init_text": text, "seed": self.bench.seed, "batch_size": _batch_size()}
        configs = [SoftPromptConfig(**{**own, **each}) for each in self._settings]
        fit = partial(self._fit, name, folder, watched, share)
        if len(configs) == 1:
            return fit(configs[0], examples)
        key = f"race {folder.name} {name}"
        if key not in self.bench.journal.rows:  # begun again, it has less left and must be the same race
            self.bench.journal.add(key, self._plan(configs, examples, 2 * held_out, share))
        planned = self.bench.journal.rows[key]

        def trial(number: int, count: int, start: Any, place: int) -> SoftPrompt | None:
            kept = self.bench.folder / "race" / folder.name / f"{own['name']}-{place}-{number}"
            if is_kept(kept):
                return SoftPrompt.load(kept, self.bench.model)
            epochs = max(1, count // len(examples))
            short = configs[number].model_copy(update={"epochs": epochs, "max_seconds": planned["seconds"][place]})
            learned = fit(short, examples[:count], start, f"-{place}-{number}")
            if self.bench.interrupted:
                return None
            learned.save(kept, self.bench.model)
            self.bench.progress("race", 1, 1, f"{name}, {_short(short)}: {learned.best_loss:.3f}")
            return learned

        won = race(len(configs), planned["trials"], trial)
        if won is None:
            return None
        number, best = won
        return fit(configs[number], examples, None if best is None else best.vectors)

    def _fit(
        self,
        name: str,
        folder: Path,
        watched: Sequence[TrainingPair],
        share: float,
        config: SoftPromptConfig,
        examples: Sequence[TrainingPair],
        start: Any = None,
        mark: str = "",
    ) -> SoftPrompt:
        allowance = Allowance(self.bench.ledger, share)
        seconds = config.max_seconds or allowance.seconds
        prefix = "" if folder.name == ADAPTERS else f"{folder.name}-"

        def on_step(step: int, total: int, loss: float) -> None:
            self.bench.progress("train", step, total, f"{name}, {f'{_short(config)}, ' if mark else ''}loss {loss:.3f}")

        trained = train_soft_prompt(
            *self._weights(),
            examples,
            watched,
            config.model_copy(update={"max_seconds": seconds}),
            on_step=on_step,
            may_read=allowance.may_read,
            checkpoint=self.bench.folder / f"{prefix}{config.name}{mark}.checkpoint",
            start=start,
        )
        if trained.interrupted and not allowance.refused:
            self.bench.interrupt()
        return trained

    def _plan(
        self, configs: Sequence[SoftPromptConfig], examples: Sequence[TrainingPair], looks: int, share: float
    ) -> dict[str, Any]:
        """How many settings train on how many examples in each round of a race, and for how long."""
        left = Allowance(self.bench.ledger, share)
        whole = configs[0].epochs * (len(examples) + looks // 2)
        length = sum(len(pair.prompt) + len(pair.completion) for pair in examples) / len(examples)
        plan = trials(
            len(configs), looks, min(whole, left.reads, left.tokens / (configs[0].tokens + length / CHARACTERS))
        )
        if not plan:
            self.bench.progress("race", 1, 1, f"the budget is too small to race settings; taken: {_short(configs[0])}")
        reads = sum(count * (many + looks) for count, many in plan)
        seconds = [left.seconds and left.seconds * SHARE * (many + looks) / reads for _, many in plan]
        return {"trials": plan, "seconds": seconds}


def _batch_size() -> int:
    import torch

    return BATCH["cuda" if torch.cuda.is_available() else "cpu"]


def _short(config: SoftPromptConfig) -> str:
    return f"lr {config.learning_rate:g} from {config.init}"


def is_kept(folder: Path) -> bool:
    """Whether a folder holds a whole soft prompt."""
    return (folder / "soft_prompt.json").exists()


def baked(bench: Bench, prompts: Mapping[str, SoftPrompt]) -> Candidate:
    """The candidate that these soft prompts make of the program; the run's model then knows their words, and its
    adapters are these."""
    from ...deploy.gguf.bake import bake

    bench.progress("bake", 0, 1, "appending soft prompts to the model")
    model = bench.folder / MODEL
    bake(bench.model, {p.name: p.vectors for p in prompts.values()}, model)
    for prompt in prompts.values():
        prompt.save(bench.folder / ADAPTERS / prompt.name, bench.model)
    bench.progress("bake", 1, 1, ", ".join(f"{n} {p.best_loss:.3f}" for n, p in prompts.items()))
    soft = {n: Prompt(instructions=soft_prompt_text(p.name, len(p.vectors))) for n, p in prompts.items()}
    return Candidate(prompts={**bench.start.prompts, **soft}, weights=sha256(model))
