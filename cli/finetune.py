"""`studysmith finetune` and `studysmith solve`: better weights, and the rate at which a model solves word problems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .progress import progress_bar

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def finetune(
    config: Annotated[Path, typer.Argument(help="A training configuration (YAML); see finetune/configs.")],
    out: Annotated[Path, typer.Option(help="The run folder; a run that was interrupted there continues.")] = Path(
        "runs/lora"
    ),
    seed: Annotated[int | None, typer.Option(help="Instead of the configuration's.")] = None,
    base: Annotated[str | None, typer.Option(help="Instead of the configuration's base model.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fine-tune a base model on word problems or plans: sft, rejection or mixed, LoRA or full."""
    from rich.console import Console

    from ..finetune.commands import finetune_command

    def show(step: int, steps: int, values: dict[str, float]) -> None:
        report("train", step, steps, ", ".join(f"{k} {v:.4g}" for k, v in values.items() if k.endswith("loss")))

    with progress_bar(Console(stderr=True)) as report:
        result = finetune_command(config, out, seed=seed, base=base, progress=show)
    typer.echo(result.model_dump_json(indent=1) if as_json else f"{result.adapter or result.model} in {out}")


def solve(
    model: Annotated[str, typer.Argument(help="A model, or two result files with --compare.")] = "smollm2-135m",
    other: Annotated[Path | None, typer.Argument(help="The second result file of --compare.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="McNemar's test on two result files.")] = False,
    data: Annotated[str, typer.Option(help="set, set:split, file, or set=file.")] = "gsm8k:test",
    out: Annotated[Path, typer.Option(help="Folder of the per-problem results; a rerun continues.")] = Path(
        "runs/solve"
    ),
    shots: Annotated[int, typer.Option(help="Worked examples in the prompt.")] = 0,
    shots_from: Annotated[str | None, typer.Option(help="Where they come from, as --data.")] = None,
    limit: Annotated[int, typer.Option(help="The first so many problems; 0 for all.")] = 0,
    engine: Annotated[str, typer.Option(help="auto, llamacpp, transformers or a server; see the docs.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    batch: Annotated[int, typer.Option(help="Problems at once; 0 for a good choice.")] = 0,
    url: Annotated[str, typer.Option(help="An OpenAI-compatible server.")] = "",
    key: Annotated[str, typer.Option(help="Its key.")] = "",
    exact: Annotated[bool, typer.Option(help="One problem at a time, the same text every run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Test how many word problems a model solves: strict, flexible and equivalent, with intervals."""
    from rich.console import Console

    from ..finetune.commands import compare_command, solve_command
    from ..programs.errors import InputError

    if compare:
        if other is None:
            raise InputError("compare: two result files (got one)")
        compared = compare_command(model, other)
        pairs = {name: getattr(compared, name) for name in ("strict", "flexible", "equivalent")}
        lines = [f"n {compared.n}", *(f"{name}: {paired}" for name, paired in pairs.items())]
        typer.echo(compared.model_dump_json(indent=1) if as_json else "\n".join(lines))
        return
    settings = {
        **{"shots": shots, "shots_from": shots_from, "limit": limit, "engine": engine, "device": device},
        **{"batch": batch, "url": url, "key": key, "exact": exact},
    }
    with progress_bar(Console(stderr=True)) as report:
        solved = solve_command(
            model, data, out, progress=lambda done, total, _: report("solve", done, total, ""), **settings
        )
    if as_json:
        typer.echo(solved.model_dump_json(indent=1, exclude_none=True))
        return
    for who in (solved, solved.base):
        if who is None:
            continue
        typer.echo(f"{who.model}  n={who.n}, {who.shots} shots")
        for name in ("strict", "flexible", "equivalent"):
            low, high = who.ci[name]
            typer.echo(f"  {name:11} {getattr(who, name):.4f} [{low:.4f}, {high:.4f}]")
    if solved.against_base is not None:
        typer.echo(f"tuned against base: {solved.against_base}")
    typer.echo(f"per-problem results: {solved.results}")


def merge(
    tuned: Annotated[list[str], typer.Argument(help="A run folder or an adapter; several are averaged.")],
    out: Annotated[Path, typer.Option(help="The GGUF file or folder to write.")] = Path("runs/merged.gguf"),
    format: Annotated[str, typer.Option(help="Q4_1, Q8_0, F16, F32 (GGUF) or hf (a folder).")] = "Q8_0",
    scale: Annotated[float, typer.Option(help="How far from base (0) to tuned (1).")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Merge a tuned model into its base, or the average of several, as one GGUF file or a Hugging Face folder."""
    from ..finetune.commands import merge_command

    merged = merge_command(tuned, out, format, scale)  # type: ignore[arg-type]
    typer.echo(merged.model_dump_json(indent=1) if as_json else str(out))
