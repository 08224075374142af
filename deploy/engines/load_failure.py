"""Why llama.cpp did not load a model, in its own words.

It only writes them to its log, which is silent here. So a model that did not load is loaded once more, in a process of
its own, whose log can be read.
"""

import re
import subprocess
import sys
from pathlib import Path

_LOAD = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.fit_params, params.warmup, params.ui = sys.argv[1], 64, False, False, False
params.verbosity = 1
xllamacpp.Server(params)
"""
_TEMPLATE = re.compile(r"chat template parsing error: .*?(?:^Error: ([^\n]+)|\Z)", re.DOTALL | re.MULTILINE)
_MODEL = re.compile(r"error loading model: ([^\n]+)")
_SECONDS = 120


def load_failure(path: Path) -> str:
    """One line: what of the model at `path` llama.cpp refuses and why, or where its whole log is to be had."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOAD, str(path)], capture_output=True, text=True, errors="replace", timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return "STUDYSMITH_LOG=debug shows why"
    if found := _TEMPLATE.search(done.stderr):
        return f"it refuses the chat template ({found[1] or 'without a reason'})"
    found = _MODEL.search(done.stderr)
    return found[1].strip() if found else "STUDYSMITH_LOG=debug shows why"
