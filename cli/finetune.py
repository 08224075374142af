"""`studysmith finetune`, `finetune-plans`, `solve` and `merge`: better weights, and what a model solves.

These commands need torch but not DSPy, and run under `accelerate launch -m studysmith finetune`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..deploy.models import DEFAULT_MODEL
from ..programs.progress import progress_bar
from .options import AsJson, Model, OutFolder, noun, show

app = noun()


@app.command()
def finetune(
    config: Annotated[Path, typer.Argument(help="A training configuration (YAML); see finetune/configs.")],
    out: OutFolder = Path("runs/lora"),
    seed: Annotated[int | None, typer.Option(help="Instead of the configuration's.")] = None,
    base: Annotated[str | None, typer.Option(help="Instead of the configuration's base model.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fine-tune a base model on word problems or plans: sft, rejection or mixed, LoRA or full. Interrupted, it goes on.

    On several GPUs: accelerate launch -m studysmith finetune CONFIG --out FOLDER.
    """
    from ..finetune.config import read_config
    from ..finetune.train import train

    changes = {name: value for name, value in (("seed", seed), ("base", base)) if value is not None}
    with progress_bar() as progress:
        result = train(read_config(config, changes), out, progress)
    show(result, as_json, lambda: f"{result.adapter or result.model} in {out}")


@app.command("finetune-plans")
def finetune_plans(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")] = Path("runs/data"),
    model: Model = DEFAULT_MODEL,
    as_json: AsJson = False,
) -> None:
    """Write the study plans that fine-tuning rehearses, so that a model keeps planning (some minutes on a CPU).

    plans.jsonl holds what experts wrote, readings.jsonl requests with what they say, marked, replay.jsonl what
    the model itself answers for the train learners.
    """
    from ..deploy.engines.open import open_engine
    from ..finetune.data.plans import write

    with open_engine(model, "fast") as engine, progress_bar() as progress:
        counts = write(folder, engine, progress)
    show(counts, as_json, lambda: "\n".join(f"{what}: {count}" for what, count in counts.items()))


@app.command()
def solve(
    model: Annotated[str, typer.Argument(help="A model, or two result files with --compare.")] = DEFAULT_MODEL,
    other: Annotated[Path | None, typer.Argument(help="The second result file of --compare.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="McNemar's test on two result files.")] = False,
    data: Annotated[str, typer.Option(help="set, set:split, file, or set=file.")] = "gsm8k:test",
    out: Annotated[Path, typer.Option(help="Folder of the per-problem results.")] = Path("runs/solve"),
    shots: Annotated[int, typer.Option(help="Worked examples in the prompt.")] = 0,
    shots_from: Annotated[str | None, typer.Option(help="Where they come from, as --data.")] = None,
    limit: Annotated[int, typer.Option(help="The first so many problems; 0 for all.")] = 0,
    context: Annotated[int, typer.Option(help="Tokens for a prompt and its reply; 0 for what is needed.")] = 0,
    engine: Annotated[str, typer.Option(help="auto, llamacpp, transformers or a server; see the docs.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    batch: Annotated[int, typer.Option(help="Problems at once; 0 for a good choice.")] = 0,
    url: Annotated[str, typer.Option(help="An OpenAI-compatible server.")] = "",
    key: Annotated[str, typer.Option(help="Its key.")] = "",
    exact: Annotated[bool, typer.Option(help="One problem at a time, the same text every run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Test how many word problems a model solves: strict, flexible and equivalent, with intervals. A rerun goes on."""
    from ..finetune import solve as solving
    from ..programs.errors import InputError
    from ..programs.problems.sources import Source

    if compare:
        if other is None:
            raise InputError("compare: two result files (got one)")
        compared = solving.compare(Path(model), other)
        pairs = [f"{name}: {getattr(compared, name)}" for name in solving.READINGS]
        show(compared, as_json, lambda: "\n".join([f"n {compared.n}", *pairs]))
        return
    settings = solving.Settings(
        shots=shots,
        shots_from=Source.parse(shots_from) if shots_from else None,
        limit=limit,
        context=context,
        engine=engine,
        device=device,
        batch=batch,
        url=url,
        key=key,
        exact=exact,
    )
    with progress_bar() as progress:
        solved = solving.solve(model, Source.parse(data), out, settings, progress)
    show(solved.model_dump(mode="json", exclude_none=True), as_json, lambda: _solve_lines(solved))


def _solve_lines(solved: Any) -> str:
    lines = []
    for who in filter(None, (solved, solved.base)):
        lines.append(f"{who.model}  n={who.n}, {who.shots} shots")
        for name, (low, high) in who.ci.items():
            lines.append(f"  {name:11} {getattr(who, name):.4f} [{low:.4f}, {high:.4f}]")
        if who.failed:
            lines.append(f"  {who.failed} without a reply, counted as not solved; the first: {who.failure}")
    if solved.against_base is not None:
        lines.append(f"tuned against base: {solved.against_base}")
    return "\n".join([*lines, f"per-problem results: {solved.results}"])


@app.command()
def merge(
    tuned: Annotated[list[str], typer.Argument(help="A run folder or an adapter; several are averaged.")],
    out: Annotated[Path, typer.Option(help="The GGUF file or folder to write.")] = Path("runs/merged.gguf"),
    format: Annotated[str, typer.Option(help="Q4_K_M, Q5_K_M, Q6_K, Q8_0, F16, F32 (GGUF) or hf (a folder).")] = "Q8_0",
    scale: Annotated[float, typer.Option(help="How far from base (0) to tuned (1).")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Merge a tuned model into its base, or the average of several, as one GGUF file or a Hugging Face folder."""
    from ..finetune.merge import merge as run

    merged = run(tuned, out, format, scale)  # type: ignore[arg-type]
    if merged.warning:
        typer.echo(f"note: {merged.warning}", err=True)
    show(merged, as_json, lambda: str(out))
