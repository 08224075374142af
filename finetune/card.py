"""The README of a run folder: a model card that says what was trained on what, and what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import TrainConfig
    from .result import TrainResult


def write(run: Path, config: "TrainConfig", result: "TrainResult", data: dict[str, Any]) -> None:
    """Write `README.md` into the run folder."""
    sources = "\n".join(f"| {name} | {count} |" for name, count in data["sources"].items())
    dropped = "".join(f"\n- {count} of {what}" for what, count in data["dropped"].items()) or " none"
    picture = "curves.png" if (run / "curves.png").is_file() else f"{Path(result.model).parent}/curves.png"
    what = {"full": "all weights"}.get(config.adapter.type, f"{config.adapter.type}, rank {config.adapter.rank}")
    held_out = "" if result.held_out_loss is None else f", held-out loss {result.held_out_loss}"
    (run / "README.md").write_text(
        f"""---
base_model: {config.base}
library_name: {"transformers" if config.adapter.type == "full" else "peft"}
tags: [math-word-problems, {config.method}]
---

# {run.name}

`{config.base}` tuned with method `{config.method}` ({what}) on word problems with solutions.

## Use

Ask `Question: ...` / `Answer:` in the model's chat template, with no system message of your own; the reply gives its
steps and then `#### ` and the answer. `studysmith solve {run}` measures it, `studysmith merge {run}` packs it.

## Data

{result.examples} examples (sha256 of tokens and labels `{result.data_sha256[:16]}`).

| source | examples before the length limit |
|---|---|
{sources}

Left out as overlapping:{dropped}

## Training

{result.steps} steps of {config.batch_size}, learning rate {config.rate:g} (cosine), seed {config.seed};
loss {result.loss}{held_out}; {result.seconds:.0f} seconds. The whole configuration is in `config.yaml`.

![training and held-out loss]({picture})

## Limits

A small model: most of its answers to hard problems are wrong, and it states wrong answers with the same calm as right
ones. Its solve rate, beside that of its base, is what `studysmith solve` prints.
""",
        encoding="utf-8",
    )
