"""A model that learns from its own right answers: sample, keep what is verified and distinct, train, repeat."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy import torch_models as models
from ..deploy.journal import Journal
from ..programs.answers.extract import judge
from ..programs.problems.formats import Problem
from . import prompts, sampling

if TYPE_CHECKING:
    from ..programs.progress import Progress
    from .config import TrainConfig
    from .data.mixture import ChatExample, Mixture


def run_rounds(config: "TrainConfig", mixed: "Mixture", run: Path, device: str, progress: "Progress") -> dict[str, Any]:
    """All rounds; each trains the base anew on what was kept so far (with the gold examples for `mixed`).

    Fields of a TrainResult, of the last round. Raises InputError when no sample is right.
    """
    from ..programs.errors import InputError
    from .data import mixture
    from .fit import fit

    sampler_model = config.rejection.start or config.base
    names = config.rejection.sources
    asked = [p for p in mixed.problems if not names or p.source in names]
    own: dict[str, list[str]] = {}
    fitted: dict[str, Any] = {}
    for number in range(1, config.rejection.rounds + 1):
        folder = run / f"round-{number}"
        folder.mkdir(exist_ok=True)
        _merge(own, sample(config, sampler_model, asked, folder, device, number), config.rejection.keep)
        verified = [
            mixture.ChatExample(tuple(prompts.messages(p)), text, f"{p.source}-own")
            for p in asked
            for text in own.get(p.id, ())
        ]
        if not verified and not mixed.examples:
            raise InputError(
                f"rejection: none of {config.rejection.samples} samples a problem was right; "
                "start from an sft run (rejection.start) or take more samples"
            )
        done = folder / models.RESULT
        if done.is_file():
            fitted = json.loads(done.read_text(encoding="utf-8"))
        else:
            every = shuffled([*mixed.examples, *verified], config.seed)
            fitted = fit(config, every, mixed.watched, folder, device, progress)
            if int(os.environ.get("RANK", "0")) == 0:
                done.write_text(json.dumps({**fitted, "own_solutions": len(verified)}), encoding="utf-8")
        sampler_model = str(folder)
    return {k: v for k, v in fitted.items() if k != "own_solutions"} | {
        "model": f"round-{config.rejection.rounds}/{fitted['model']}"
    }


def sample(
    config: "TrainConfig", model: str, problems: Sequence[Problem], folder: Path, device: str, number: int
) -> dict[str, list[str]]:
    """Right, distinct solutions of each problem, by id. Every process of a launch samples its share of the problems;
    what is done is kept in `samples-RANK.jsonl`, so an interrupted round goes on."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    settings = config.rejection
    mine = list(problems)[rank::world]
    todo = [p for p in mine for _ in range(settings.samples)]
    seed = settings.seed * 1000 + number
    identity = {"model": model, "seed": seed, "count": len(todo), "temperature": settings.temperature}
    with Journal(folder / f"samples-{rank}.jsonl", identity) as journal:
        if len(journal.rows) < len(todo):
            turns = [prompts.messages(p) for p in todo]
            requests = prompts.requests(turns, settings.max_tokens, settings.temperature, seed)
            kind = "auto" if device == "cpu" else "transformers"
            with sampling.open_sampler(model, requests, kind, device=device, batch=settings.batch) as engine:
                for index, reply in engine.complete_each(requests, skip=journal.rows.keys()):
                    right = judge(reply.text, todo[index]).strict
                    journal.add(index, {"id": todo[index].id, "right": right, "text": reply.text if right else ""})
    if world > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("samples-*.jsonl")):
        for row in Journal.read(file):
            if row["right"]:
                found.setdefault(row["id"], []).append(row["text"])
    return {id_: distinct(texts) for id_, texts in found.items()}


def distinct(texts: Sequence[str]) -> list[str]:
    """One text per way to the answer: two are the same way when their equations are, whatever the words and spaces."""
    seen: dict[str, str] = {}
    for text in texts:
        steps = re.findall(r"[\d.$,()]+(?:\s*[-+*/x×÷=]\s*[\d.$,()]+)+", text)
        key = "|".join(re.sub(r"[\s$,]|\.(?!\d)", "", step) for step in steps)
        seen.setdefault(key, text.strip())
    return list(seen.values())


def _merge(own: dict[str, list[str]], new: dict[str, list[str]], keep: int) -> None:
    for id_, texts in new.items():
        own[id_] = distinct([*own.get(id_, ()), *texts])[:keep]


def shuffled(examples: "list[ChatExample]", seed: int) -> "list[ChatExample]":
    """The examples in a seeded order."""
    import random

    random.Random(seed).shuffle(examples)
    return examples
