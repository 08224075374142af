"""Print the table of ``benchmarks/mae/README.md``.

    python -m benchmarks.mae [--source data.json|hub] [--no-encoder] [--json]

Run it in the root of the repository. Without a source the data are read from ``$STUDYSMITH_DATA/mae/data.json``.
"""

from __future__ import annotations

import argparse
import sys

from studysmith.programs.errors import InputError

from .benchmark import load_mae, mae_benchmark, packaged_encoder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mae", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", help="data.json, a folder that holds it, or hub")
    parser.add_argument("--no-encoder", action="store_true", help="no sentence embeddings: 15 s instead of two minutes")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    options = parser.parse_args()
    try:
        examples = load_mae(options.source)
    except InputError as error:
        sys.exit(f"error: {error}")
    result = mae_benchmark(examples, None if options.no_encoder else packaged_encoder())
    if options.json:
        print(result.to_json())
        return
    for name, measured in (("all 55", result.all_misconceptions), ("within topic", result.within_topic)):
        print(f"{name:13} precision {measured.precision:.3f}  recall {measured.recall:.3f}  n={result.n}")


if __name__ == "__main__":
    main()
