"""What each format costs in quality: plans for the test learners by the rubric, and word problems, beside F16.

    python benchmarks/quality.py --out runs/quality [--formats F16 Q8_0 ...] [--workers 2]
        [--run RUN] [--task plan] [--learners 48] [--gsm8k test.jsonl] [--problems 200] [--save]

Without --run: the embedded model under the task's own program; with it: the winner of a compile, its soft prompts
appended to the model in each format. Each format is measured in a process of its own, in exact mode, --workers at a
time; what was measured is kept in --out, so that an interrupted run goes on. `mlx` is the MLX folder that keeps the
file's own 4 bits, `mlx-4` one of 4 bits made from floats; both run on mlx-lm. --save puts the table where `export`
reads it.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.quantize import QUANTIZATIONS
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.quality import TABLE, Loss, Quality

REFERENCE = "F16"
MLX = ("mlx", "mlx-4")
FORMATS = (REFERENCE, "keep", *(f for f in QUANTIZATIONS if f not in (REFERENCE, "keep")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=(*FORMATS, *MLX))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--task", default="plan")
    parser.add_argument("--learners", type=int, default=48)
    parser.add_argument("--gsm8k", type=Path)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--one", choices=(*FORMATS, *MLX), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(given)
        return
    forms = list(dict.fromkeys([REFERENCE, *given.formats]))
    again = [argument for argument in sys.argv[1:] if argument != "--save"]
    with ThreadPoolExecutor(given.workers) as pool:
        for code in pool.map(lambda f: subprocess.call([sys.executable, __file__, *again, "--one", f]), forms):
            if code:
                sys.exit(code)
    rows = table({form: json.loads((given.out / form / "measured.json").read_text("utf-8")) for form in forms})
    for line in lines(rows):
        print(line)
    if given.save:
        kept = [row.model_dump(mode="json") for row in rows if row.format not in MLX]
        TABLE.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def measure(given: argparse.Namespace) -> None:
    """Scores of one format, into its folder."""
    from studysmith.finetune.solve import Settings, solve
    from studysmith.optimizers.compare import Method, compare_methods
    from studysmith.optimizers.tasks.load import load_task
    from studysmith.programs.problems.sources import Source

    form, folder = given.one, given.out / given.one
    folder.mkdir(parents=True, exist_ok=True)
    task = load_task(given.task)
    base, program, soft = _run_of(given)
    path = _stored(base, soft, form, folder)
    method = Method(form, program or task.program, path, "mlx" if form in MLX else None)

    def said(stage: str, done: int, total: int, detail: str) -> None:
        if done % 8 == 0 or done == total:
            print(f"{form}: {stage} {done} of {total} {detail}", flush=True)

    results = compare_methods(task, [method], folder, limit=given.learners, progress=said).results[form]
    weights = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    found: dict[str, Any] = {
        "base": sha256(base),
        "format": form,
        "file": sha256(weights[0]),
        "bytes": sum(file.stat().st_size for file in weights),
        "plans": {"name": task.name, "scores": {r.id: r.score for r in results}},
        "seconds": sum(r.usage.seconds for r in results),
    }
    if given.gsm8k:
        settings = Settings(limit=given.problems, exact=form in MLX, engine="mlx" if form in MLX else "auto")
        source = Source(set="gsm8k", path=given.gsm8k, split="test")
        solved = solve(str(path), source, folder / "gsm8k", settings, said)
        right = [json.loads(line) for line in solved.results.read_text("utf-8").splitlines()[1:]]
        # Strictly read, the embedded model solves next to none, in any format.
        scores = {r["id"]: r["flexible"] for r in right}
        found["gsm8k"] = {"name": f"gsm8k, first {solved.n} of test, read flexibly", "scores": scores}
    (folder / "measured.json").write_text(json.dumps(found), "utf-8")


def _run_of(given: argparse.Namespace) -> tuple[Path, Any, dict[str, Any]]:
    """The file that was searched on, what makes the program, and its soft prompts by name."""
    if given.run is None:
        return resolve(DEFAULT_MODEL), None, {}
    from studysmith.optimizers.prompt_tuning.adapters import load_adapters
    from studysmith.optimizers.result import Result

    result = Result.open(given.run)
    given.task = result.task.name
    base = result.model(result.unchanged)
    winner = result.candidate(anyway=True)
    soft = {name: prompt.vectors for name, prompt in load_adapters(given.run, base).items()}
    return base, lambda: winner.apply(result.task.program()), soft


def _stored(base: Path, soft: dict[str, Any], form: str, folder: Path) -> Path:
    """The model in a format, made if it is not there."""
    from studysmith.deploy.bundle.mlx import export_mlx
    from studysmith.deploy.gguf.bake import bake

    if form in MLX:
        target = folder / "model"
        if not target.exists():
            source = base if not soft else _stored(base, soft, "keep", folder)
            export_mlx(source, target, bits="keep" if form == "mlx" else 4)
        return target
    target = folder / "model.gguf"
    if not target.exists():
        bake(base, soft, target, form)  # type: ignore[arg-type]
    return target


def table(measured: dict[str, dict[str, Any]]) -> list[Quality]:
    """What each format loses beside the reference."""
    there = measured[REFERENCE]
    rows = []
    for found in measured.values():
        losses = []
        for part in ("plans", "gsm8k"):
            if part in found and part in there:
                ids = [i for i in there[part]["scores"] if i in found[part]["scores"]]
                ours, theirs = ([float(each[part]["scores"][i]) for i in ids] for each in (found, there))
                slower = found["seconds"] / there["seconds"] if part == "plans" else 0.0
                losses.append(Loss.between(there[part]["name"], REFERENCE, ours, theirs, slower))
        rows.append(Quality(losses=losses, **{k: found[k] for k in ("base", "format", "file", "bytes")}))
    return rows


def lines(rows: list[Quality]) -> list[str]:
    """A Markdown table."""
    said = ["| format | MB | measure | n | score | kept | difference to F16 | p | seconds |", "|---" * 9 + "|"]
    for row in rows:
        for loss in row.losses:
            cells = [
                row.format,
                f"{row.bytes / 1e6:.0f}",
                loss.measure,
                str(loss.n),
                f"{loss.score:.3f}",
                f"{loss.kept:.1%}",
                f"{loss.score - loss.reference_score:+.3f} [{loss.ci[0]:+.3f}, {loss.ci[1]:+.3f}]",
                f"{loss.p_value:.2g}",
                f"x {loss.seconds:.2f}" if loss.seconds else "",
            ]
            said.append(f"| {' | '.join(cells)} |")
    return said


if __name__ == "__main__":
    main()
