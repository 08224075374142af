"""What `compare` fine-tunes with: the demonstrations of a task, LoRA, and the merged weights as one file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..programs.errors import InputError

if TYPE_CHECKING:
    from ..optimizers.arms import SolvedCall, Tuned
    from ..optimizers.budget import Budget
    from ..programs.progress import Progress

RANK, EPOCHS, RATE, BATCH = 64, 6, 5e-4, 8
TRAINING = ("torch", "transformers", "peft", "trl")


def tune(
    calls: Sequence[SolvedCall], model: Path, seed: int, folder: Path, budget: Budget, progress: Progress
) -> Tuned:
    """See ``optimizers.arms.Tune``. The merged file is as fine as what is learned needs: of a base in 4 bits, Q8_0.

    A budget in calls or tokens holds for the examples that are read in training; there is none in seconds.
    """
    from ..deploy.engines.open import open_engine
    from ..deploy.files import write_atomically
    from ..deploy.machine import machine
    from ..finetune.config import Adapter, TrainConfig
    from ..finetune.data.mixture import ChatExample, write_chat
    from ..finetune.merge import fine_enough, merge
    from ..finetune.train import train
    from ..optimizers.arms import Tuned
    from ..optimizers.ledger import Spent
    from ..programs.problems.sources import Source

    if missing := next((name for name in TRAINING if find_spec(name) is None), None):
        raise InputError(f"methods: lora needs {missing}; pip install 'studysmith[train]'")
    text = json.dumps(calls, ensure_ascii=False)
    data = folder / f"calls-{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    write_chat(data, [ChatExample(tuple(messages), reply, "demonstrations") for messages, reply in calls])

    @cache
    def tokens() -> float:  # of a call; thousands of calls take a minute, so they are counted where it matters
        with open_engine(model) as engine:
            return sum(len(engine.tokenize(engine.render(asked) + reply)) for asked, reply in calls) / len(calls)

    rows = len(calls) * EPOCHS
    if budget.lm_calls is not None:
        rows = min(rows, budget.lm_calls)
    if budget.tokens is not None:
        rows = min(rows, int(budget.tokens / tokens()))
    if rows < 1:
        raise InputError(f"budget: {budget} is not enough to read one example in training")
    batch = min(BATCH, rows, len(calls))
    config = TrainConfig(
        base=str(model.resolve()),
        adapter=Adapter(rank=RANK),
        data=(Source(set="chat", path=data.resolve()),),
        max_steps=rows // batch,
        learning_rate=RATE,
        batch_size=batch,
        device_batch_size=batch,
        max_length=2048,
        held_out=0,
        seed=seed,
    )
    trained = train(config, folder / "run", progress)
    tuned, kept = folder / "model.gguf", folder / "spent.json"
    if kept.is_file():  # the last thing that is written
        return Tuned(tuned, Spent.model_validate_json(kept.read_bytes()))
    progress("merge", 0, 1, "adding what was learned to the weights")
    merge(str(folder / "run"), tuned, fine_enough(str(model)))
    progress("merge", 1, 1, str(tuned))
    read = trained.steps * batch
    prompt_tokens = read * tokens()
    spent = Spent(
        lm_calls=read,
        prompt_tokens=round(prompt_tokens),
        training_tokens=round(3 * prompt_tokens),
        seconds=trained.seconds,
        machine=machine(),
    )
    write_atomically(kept, spent.model_dump_json())
    return Tuned(tuned, spent)
