"""Soft prompts for every predictor of a program, trained on demonstrations, baked into the model that ships.

The base is the dequantized weights of that very GGUF and stays frozen. Each predictor gets its own soft prompt,
initialised from its instruction's text; afterwards the instruction *is* the soft prompt: words of a larger vocabulary.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...deploy.errors import BudgetExceeded
from ...deploy.files import sha256
from ...deploy.gguf.chat import soft_prompt_text
from ...programs.errors import InputError
from ..bench import MODEL
from ..candidate import Candidate, Prompt
from .adapters import ADAPTERS, token_name
from .objectives import TrainingPair
from .served_text import ServedText
from .soft_prompt import SoftPrompt, SoftPromptConfig
from .training import train_soft_prompt

if TYPE_CHECKING:
    import dspy

    from ..bench import Bench

HELD_OUT = 8
"""Demonstrations that decide when a soft prompt is best; looking at them costs as much time as learning from them."""


class SoftOptimizer:
    """Soft prompts: one for each predictor, learned by gradient descent on its demonstrations.

    settings: anything of SoftPromptConfig but name, init_text, seed and max_seconds, for all predictors alike.
    """

    name = "soft"

    def __init__(self, **settings: Any):
        self.settings: Mapping[str, Any] = settings

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer. One candidate, once all are trained as far as the budget lets them.

        What may be spent is shared among the predictors by how much text they learn to write. Each finished soft prompt
        is kept in the run, and each unfinished one's last epoch.
        """
        program = bench.task.program()
        predictors = {n: p for n, p in program.named_predictors() if bench.pools[n].demos}
        if not predictors:
            raise InputError(f"task: {bench.task.name} has no demonstrations to train soft prompts on")
        bench.ledger.check()  # before seconds go into loading weights
        prompts = self._train(bench, predictors)
        if bench.interrupted or not prompts:
            return
        from ...deploy.gguf.bake import bake

        bench.progress("bake", 0, 1, "appending soft prompts to the model")
        model = bench.folder / MODEL
        bake(bench.model, {p.name: p.vectors for p in prompts.values()}, model)
        bench.progress("bake", 1, 1, ", ".join(f"{n} {p.best_loss:.3f}" for n, p in prompts.items()))
        soft = {n: Prompt(instructions=soft_prompt_text(p.name, len(p.vectors))) for n, p in prompts.items()}
        yield Candidate(prompts={**bench.start.prompts, **soft}, weights=sha256(model))

    def _train(self, bench: Bench, predictors: Mapping[str, dspy.Predict]) -> dict[str, SoftPrompt]:
        """Soft prompts by predictor; those that the budget left without a step are not among them."""
        from ...deploy.gguf.torch_model import load_torch
        from ...deploy.torch_models import choose_device, fast_precision

        served = ServedText(bench.model)
        data = {name: _pairs(bench, served, name, predict) for name, predict in predictors.items()}
        weights = {name: sum(len(pair.completion) for pair in pairs) for name, pairs in data.items()}
        bench.progress("train", 0, 1, "loading the model's weights")
        model, tokenizer = load_torch(bench.model, fast_precision(choose_device("auto")))
        done: dict[str, SoftPrompt] = {}
        for name, pairs in data.items():
            kept = bench.folder / ADAPTERS / token_name(name)
            if (kept / "soft_prompt.json").exists():
                done[name] = SoftPrompt.load(kept, bench.model)
                if not done[name].interrupted:
                    continue
            share = weights[name] / sum(weights[each] for each in list(data)[list(data).index(name) :])
            done[name] = self._train_one(bench, name, predictors[name], pairs, share, model, tokenizer)
            if bench.interrupted:
                break
            done[name].save(kept, bench.model)
        return {name: prompt for name, prompt in done.items() if len(prompt.history) > 1}

    def _train_one(
        self,
        bench: Bench,
        name: str,
        predict: dspy.Predict,
        pairs: list[TrainingPair],
        share: float,
        model: Any,
        tokenizer: Any,
    ) -> SoftPrompt:
        """One soft prompt, for no more than its share of what is left."""
        left = bench.ledger.left
        rows, tokens, refused = left.lm_calls * share, left.prompt_tokens * share, False
        config = SoftPromptConfig(
            name=token_name(name),
            init_text=predict.signature.instructions,
            seed=bench.seed,
            max_seconds=None if left.seconds == float("inf") else max(1.0, left.seconds * share),
            **self.settings,
        )
        held_out = max(1, min(HELD_OUT, len(pairs) // 4))

        def on_step(step: int, total: int, loss: float) -> None:
            bench.progress("train", step, total, f"{name}, loss {loss:.3f}")

        def may_read(examples: int, size: int) -> bool:
            nonlocal rows, tokens, refused
            rows, tokens = rows - examples, tokens - size
            refused = min(rows, tokens) < 0
            if not refused:
                try:
                    bench.ledger.spend(examples, size)
                except BudgetExceeded:
                    refused = True
            return not refused

        trained = train_soft_prompt(
            model,
            tokenizer,
            pairs[held_out:],
            pairs[:held_out],
            config,
            on_step=on_step,
            may_read=may_read,
            checkpoint=bench.folder / f"{token_name(name)}.checkpoint",
        )
        if trained.interrupted and not refused:
            bench.interrupt()
        return trained


def _pairs(bench: Bench, served: ServedText, name: str, predict: dspy.Predict) -> list[TrainingPair]:
    """The predictor's demonstrations exactly as the baked model's template will serve them, in a seeded order."""
    pairs = [served.pair(predict.signature, demo) for demo in bench.pools[name].demos]
    if len(pairs) < 2:
        raise InputError(
            f"task: {name} has {len(pairs)} demonstration; a soft prompt needs one to learn and one to watch"
        )
    random.Random(f"soft/{name}/{bench.seed}").shuffle(pairs)
    return pairs
