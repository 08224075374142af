"""A benchmark run as a file has its folder first on the path: what it is called by must be nobody else's name."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_no_benchmark_hides_a_library() -> None:
    libraries = set(sys.stdlib_module_names) | set(packages_distributions())
    assert not libraries & {path.stem for path in BENCHMARKS.glob("*.py")}
