"""Soft prompts for every predictor of a program, trained on the demonstrations, baked into the model that ships.

The base is the dequantized weights of that very GGUF and stays frozen. Each predictor gets its own soft prompt,
initialised from its instruction's text; afterwards the instruction *is* the soft prompt: words of a larger vocabulary.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...deploy.engines.meter import Usage
from ...deploy.gguf.chat import soft_prompt_text
from ...programs.errors import InputError
from ..base import Job
from ..candidate import Candidate, Prompt
from ..run import Compiled
from ..text import choose
from .training import Example, SoftPrompt, SoftPromptConfig, train_soft_prompt

if TYPE_CHECKING:
    import dspy

HELD_OUT = 8
"""Demonstrations that decide when a soft prompt is best; looking at them costs as much time as learning from them."""


class SoftOptimizer:
    """One soft prompt per predictor, by gradient descent.

    settings: anything of SoftPromptConfig but name, init_text, seed and max_seconds, for all predictors alike.
    """

    name = "soft"

    def __init__(self, **settings: Any):
        self.settings = settings

    def compile(self, job: Job) -> Compiled:
        """See Optimizer. Each finished soft prompt is kept in the run, so an interrupted compile continues.

        The budget's seconds are shared among the predictors by how much text they learn to write; its calls and tokens
        are not spent by training. The result is compared with the unchanged program on validation examples.
        """
        started = time.perf_counter()
        program = job.task.program()
        predictors = {n: p for n, p in program.named_predictors() if n in job.task.pools and job.task.pools[n].demos}
        if not predictors:
            raise InputError(f"task: {job.task.name} has no demonstrations to train soft prompts on")
        prompts, tokens, finished = self._train(job, predictors)
        model = job.run.folder / "model.gguf"
        if prompts:
            from ...deploy.gguf.bake import bake

            job.report("bake", 0, 1, "appending soft prompts to the model")
            bake(job.model, {n: p.vectors for n, p in prompts.items()}, model)
            job.report("bake", 1, 1, "done")
        start = Candidate.of(program)
        soft = {n: Prompt(instructions=soft_prompt_text(n, len(p.vectors))) for n, p in prompts.items()}
        tuned = Candidate(prompts={**start.prompts, **soft})
        notes = [f"{n}: held-out loss {p.history[0].validation:.3f} -> {p.best_loss:.3f}" for n, p in prompts.items()]
        usage = Usage()
        if prompts:
            _, seen, usage = choose(job, [start, tuned], model)
            notes += seen
        spent = Compiled.spent(usage, time.perf_counter() - started)
        spent["tokens"] += tokens
        return job.run.finish(
            Compiled(
                optimizer=self.name,
                candidate=tuned,
                model=str(model if prompts else job.model),
                usage=spent,
                base=str(job.model),
                finished=finished,
                notes=notes,
            )
        )

    def _train(self, job: Job, predictors: Mapping[str, dspy.Predict]) -> tuple[dict[str, SoftPrompt], int, bool]:
        """Soft prompts by predictor, tokens that went through the model, and whether all were trained to the end."""
        from ...deploy.gguf.torch_model import load_torch

        adapters = job.run.folder / "adapters"
        served = ServedText(job.model)
        data = {name: self._examples(job, served, name, predict) for name, predict in predictors.items()}
        weights = {name: sum(len(e.completion) for e in examples) for name, examples in data.items()}
        job.report("train", 0, 1, "loading the model's weights")
        model, tokenizer = load_torch(job.model)
        seconds = job.run.config.budget.seconds
        done: dict[str, SoftPrompt] = {}
        tokens = 0
        for name, examples in data.items():
            if (adapters / name / "soft_prompt.json").exists():
                done[name] = SoftPrompt.load(adapters / name, job.model)
                if not done[name].interrupted:
                    continue
            share = None if seconds is None else max(5.0, seconds * weights[name] / sum(weights.values()))
            config = SoftPromptConfig(
                name=name,
                init_text=predictors[name].signature.instructions,
                seed=job.run.config.seed,
                max_seconds=share,
                **self.settings,
            )
            held_out = min(HELD_OUT, len(examples) // 4)

            def on_step(step: int, total: int, loss: float, name: str = name) -> None:
                job.report("train", step, total, f"{name}, loss {loss:.3f}")

            done[name] = train_soft_prompt(
                model,
                tokenizer,
                examples[held_out:],
                examples[:held_out],
                config,
                on_step=on_step,
                checkpoint=job.run.folder / f"{name}.checkpoint",
            )
            tokens += done[name].tokens_seen
            done[name].save(adapters / name, job.model)  # interrupted ones too: they are baked in, and so exported
            if done[name].interrupted:
                return done, tokens, False
        return done, tokens, True

    @staticmethod
    def _examples(job: Job, served: ServedText, name: str, predict: dspy.Predict) -> list[Example]:
        """The predictor's demonstrations exactly as the baked model's template will serve them, in a seeded order."""
        examples = [served.example(predict.signature, demo) for demo in job.task.pools[name].demos]
        random.Random(f"soft/{name}/{job.run.config.seed}").shuffle(examples)
        return examples


class ServedText:
    """Renders demonstrations with the chat template that a baked copy of a model has."""

    def __init__(self, model: Path):
        from ...deploy.gguf.chat import ChatTemplate
        from ...deploy.gguf.header import read_header
        from ...deploy.gguf.templates import soft_template
        from ...programs.adapter import LeanAdapter

        header = read_header(model)
        self._marker = soft_prompt_text("x", 1)
        self._end = header.token("eos")
        self._adapter = LeanAdapter()
        self._template = ChatTemplate(
            soft_template(header),
            [*header.special_tokens, self._marker],
            bos=header.token("bos"),
            eos=self._end,
        )

    def example(self, signature: type[dspy.Signature], demo: Mapping[str, Any]) -> Example:
        """Prompt (all after the soft prompt) and completion (with the token that ends a turn)."""
        system = signature.with_instructions(self._marker)
        *question, answer = self._adapter.format(system, [dict(demo)], dict(demo))[:3]
        text = self._template.render(question)  # type: ignore[arg-type]
        return Example(prompt=text.removeprefix(self._marker), completion=answer["content"] + self._end)
