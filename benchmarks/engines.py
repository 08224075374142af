"""One soft prompt on many engines: token ids, agreement with PEFT in float32, speed and memory, one row an engine.

python benchmarks/engines.py --out engines.jsonl [--run RUN] [--engines peft llamacpp-own ollama ...]

Without --run a soft prompt of 32 vectors is trained first on the embedded model, one pass over some concepts. Rows that
--out has are not measured again, so a run that was cut off goes on; files lie beside it in `engines.files`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# A script's own folder is on the path, and what holds it is not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.programs.errors import InputError, StudysmithError

from benchmarks.engine_bundle import CASES, prepare
from benchmarks.engine_openers import REFERENCE, ROWS
from benchmarks.engine_rows import make, row

BASELINE = "llamacpp-own"
LABELS = {
    "peft": "PEFT float32 (the reference)",
    "transformers": "transformers, baked, float32",
    "llamacpp-f32": "llama.cpp F32",
    "llamacpp-own": "llama.cpp, the base's own codes",
    "llamacpp-q8_0": "llama.cpp Q8_0",
    "llamacpp-q4_k_m": "llama.cpp Q4_K_M",
    "ollama": "Ollama, the base's own codes",
    "mlx-32": "MLX float32",
    "mlx-8": "MLX 8 bits",
    "mlx-4": "MLX 4 bits, the base's own codes where it has 4",
}
_HEAD = (
    "| engine | prompt ids as golden | reply as golden | reply as PEFT | places | top-1 | KL mean | prompt tokens/s | "
    "reply tokens/s | times | CPU ms/token | peak MB | file MB |"
)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="a file of JSON lines, one a row")
    parser.add_argument("--run", type=Path, help="a run of compile with soft prompts, instead of training one")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="without --run: the GGUF model to train one for")
    parser.add_argument("--engines", nargs="+", choices=ROWS, default=ROWS, metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--tokens", type=int, default=32, help="vectors of the soft prompt that is trained")
    parser.add_argument("--examples", type=int, default=40, help="concepts that it is trained on")
    parser.add_argument("--reply", type=int, default=128, help="tokens of a reply at most")
    parser.add_argument("--step", choices=("prepare", "make", "row"), help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.step:
        return _child(given)
    try:
        print(table(measure(given)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def measure(given: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows of --out, after those that it lacks were measured, each in processes of its own."""
    files = _files(given.out)
    files.mkdir(parents=True, exist_ok=True)
    _same_settings(given, files / "settings.json")
    if not (files / CASES).is_file():
        made = _run(given, "prepare", "")
        if "missing" in made:
            raise InputError(made["missing"])
    rows = {found["row"]: found for found in _read(given.out) if "missing" not in found}
    wanted = [name for name in ROWS if name in given.engines]
    if REFERENCE not in rows and set(wanted) - {REFERENCE, "verify"}:
        wanted = [REFERENCE, *(name for name in wanted if name != REFERENCE)]
    for number, name in enumerate(wanted, 1):
        if name in rows:
            continue
        _say(f"[{number} of {len(wanted)}] {name}")
        made = _run(given, "make", name)
        rows[name] = made if "missing" in made else _run(given, "row", name)
        if "missing" not in rows[name]:
            rows[name]["notes"] = [*made["notes"], *rows[name].get("notes", [])]
        if name == REFERENCE and "missing" in rows[name]:
            raise InputError(f"{REFERENCE}: all else is compared with it, and it cannot run: {rows[name]['missing']}")
        _append(given.out, rows[name])
    return [rows[name] for name in ROWS if name in rows]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown, and below them what is to say of each."""
    speed = next((row["reply_per_second"] for row in rows if row["row"] == BASELINE and "missing" not in row), None)
    lines, notes = [_HEAD, "|" + "---|" * (_HEAD.count("|") - 1)], []
    for found in rows:
        label = LABELS.get(found["row"], found["row"])
        if "missing" in found:
            lines.append(f"| {label} | not run: {found['missing']} |" + " |" * (_HEAD.count("|") - 3))
        elif found["row"] == "verify":
            clean = "passes" if not found["clean"] else f"fails: {'; '.join(found['clean'])}"
            first, *more = found["zeroed"] or ["passes, and should not"]
            zeroed = first + (f", and {len(more)} differences more" if more else "")
            notes.append(f"verify: the bundle {clean}; with its last soft vector zeroed and hashed anew: {zeroed}")
        else:
            n, own = found["prompts"], found["reply_per_second"]
            ratio = "" if speed is None or own is None else f"{own / speed:.2f}"
            cells = [
                label,
                *(f"{found[key]} of {n}" for key in ("prompt_ids_golden", "reply_golden", "reply_peft")),
                *(str(found["places"]), f"{found['top1']:.3f}", f"{found['kl_mean']:.5f}"),
                *(_cell(found[key], 1) for key in ("prompt_per_second", "reply_per_second")),
                *(ratio, *(_cell(found[key], 0) for key in ("cpu_ms", "peak_mb", "file_mb"))),
            ]
            lines.append(f"| {' | '.join(cells)} |")
            notes += [f"{label}: {note}" for note in [*found["notes"], *found["parted"]]]
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)])


def _cell(value: float | None, digits: int) -> str:
    return "?" if value is None else f"{value:.{digits}f}"


def _child(given: argparse.Namespace) -> int:
    files = _files(given.out)
    try:
        if given.step == "prepare":
            settings = {"tokens": given.tokens, "examples": given.examples, "reply": given.reply}
            prepare(files, given.run, given.model, **settings, say=_say)
            found: dict[str, Any] = {}
        elif given.step == "make":
            found = {"notes": make(given.engines[0], files)}
        else:
            found = row(given.engines[0], files, given.reply, _say)
    except (StudysmithError, ImportError) as error:
        found = {"missing": " ".join(str(error).split())}
    print("\n" + json.dumps(found, ensure_ascii=False))
    return 0


def _run(given: argparse.Namespace, step: str, name: str) -> dict[str, Any]:
    """What a process of its own finds out, so that its peak of memory is its own."""
    words = [sys.executable, __file__, "--out", given.out, "--step", step, "--model", given.model]
    words += ["--tokens", given.tokens, "--examples", given.examples, "--reply", given.reply]
    words += (["--run", given.run] if given.run else []) + (["--engines", name] if name else [])
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"row": name, "missing": f"its process ended with {done.returncode}"}
    return {"row": name, **json.loads(done.stdout.strip().splitlines()[-1])}


def _same_settings(given: argparse.Namespace, path: Path) -> None:
    """Rows of one table are of one soft prompt. Raises InputError where --out has those of another."""
    run = str(given.run.resolve()) if given.run else None
    now = {"run": run, **{name: vars(given)[name] for name in ("model", "tokens", "examples", "reply")}}
    if path.is_file() and json.loads(path.read_text("utf-8")) != now:
        raise InputError(f"out: {given.out} has rows of other settings ({path}); name another file")
    path.write_text(json.dumps(now) + "\n", "utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    """Whole lines; one that was cut off is measured again."""
    found = []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _append(path: Path, found: dict[str, Any]) -> None:
    """Add a row, on a line of its own also where the last one was cut off."""
    before = path.read_text("utf-8") if path.is_file() else ""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * bool(before and not before.endswith("\n")) + json.dumps(found, ensure_ascii=False) + "\n")


def _files(out: Path) -> Path:
    return out.with_suffix(".files")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
