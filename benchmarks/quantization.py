"""What each format costs: a bundle of the embedded model with a soft prompt of 32 vectors, exported in a fresh process.

python benchmarks/quantization.py [FORMAT ...] [--rows 32]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram, FrozenStep
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.quantize import QUANTIZATIONS, check_quantization, quantize_file
from studysmith.deploy.gguf.tensors import GgufFile
from studysmith.deploy.models import DEFAULT_MODEL, resolve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", default=QUANTIZATIONS, metavar="FORMAT")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(measure(arguments.formats[0], arguments.rows))
        return
    print("| format | model MB | with soft prompt MB | rows | head | table | export s | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.formats:
        command = [sys.executable, __file__, check_quantization(name), "--one", "--rows", str(arguments.rows)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def measure(name: str, rows: int) -> str:
    """A line of the table."""
    form, model = check_quantization(name), resolve(DEFAULT_MODEL)
    vectors = GgufFile(model).floats("token_embd.weight")[1000 : 1000 + rows]
    step = FrozenStep(
        messages=[{"role": "system", "content": soft_prompt_text("week", rows)}],
        question="Topic: {{topic}}",
        reply_schema={"type": "object", "properties": {"sentence": {"type": "string", "maxLength": 40}}},
        max_tokens=32,
    )
    wiring, outputs = {"write": {"topic": "topic"}}, {"sentence": "write.sentence"}
    program = FrozenProgram(steps={"write": step}, inputs=["topic"], wiring=wiring, outputs=outputs)
    with tempfile.TemporaryDirectory() as folder:
        target, plain = Path(folder) / "bundle", Path(folder) / "plain.gguf"
        started = time.perf_counter()
        soft, golden = {"week": vectors}, [{"topic": "fractions"}]
        settings = {"name": "size", "method": "soft", "golden": golden, "soft_prompts": soft, "quantization": form}
        cost = export(program, model, target, **settings).soft_bytes
        seconds, peak = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        size = (target / "model.gguf").stat().st_size
        quantize_file(model, plain, form)
        parts = " | ".join(f"{cost[part] / 1e6:.2f}" for part in ("rows", "head", "table"))
        return (
            f"| {name} | {plain.stat().st_size / 1e6:.1f} | {size / 1e6:.1f} | {parts} | {seconds:.1f} | {peak:.0f} |"
        )


if __name__ == "__main__":
    main()
