"""The first load of a model file, in a process of its own: what would end ours, or fill its memory, is one line here.

llama.cpp aborts on some files that `header` lets pass, and which tokens it takes out of text is its own affair: a token
that looks like a control token is one to it, whatever the file says. Both are found out once, and kept in the cache by
the file's content and llama.cpp's version.
"""

import json
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from ...programs.cache import cache_dir
from ..errors import ModelError
from ..files import sha256, write_atomically
from .header import Header

_MEBI = 2**20
_MEMORY, _MEMORY_SHARE = 2048 * _MEBI, 2
"""Bytes that a trial may write to: so many, and so many times the file's size (tensors may be repacked)."""
_CPU_SECONDS, _SECONDS, _BYTES_PER_SECOND = 60, 300, 20 * _MEBI
"""Of computing and by the clock, and for how many bytes a second more of both is given."""
_NO_MEMORY = re.compile(
    "insufficient memory|bad_alloc|MemoryError|Resource temporarily unavailable|to allocate|failed to map|mem_buffer"
)
_REASONS = (
    re.compile(r"error loading model: ([^\n]+)"),
    re.compile(r"(GGML_ASSERT\([^\n]+ failed)"),
    re.compile(r"(?:terminate called after throwing an instance of|what\(\):) +([^\n]+)\s*\Z"),
)


def special_tokens(header: Header, name: str = "", lora: Path | None = None) -> dict[str, int]:
    """Text to id of every token that no text of a user may become, as llama.cpp has it.

    Those are the ones that the file calls special, those that end or begin a text, and all others that llama.cpp takes
    out of text. lora: an adapter that is loaded with the model. name: what errors call the model. Raises ModelError
    when llama.cpp does not load the file and compute with it within limits of memory and time.
    """
    tokens = header.metadata.get("tokenizer.ggml.tokens", [])
    record = _record(header.path, lora)
    try:
        kept = json.loads(record.read_bytes())["special"]
        found = {tokens[index]: index for index in kept}
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        kept = _try(header, name or str(header.path), lora)
        found = {tokens[index]: index for index in kept}
        _keep(record, kept)
    return header.special_tokens | header.role_tokens | found


def _record(path: Path, lora: Path | None) -> Path:
    adapter = f"-{sha256(lora)[:16]}" if lora else ""
    return cache_dir() / "trials" / f"{sha256(path)}{adapter}-{version('xllamacpp')}.json"


def _keep(record: Path, special: list[int]) -> None:
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(record, json.dumps({"special": special}))
    except OSError:
        pass  # tried anew next time


def _try(header: Header, name: str, lora: Path | None) -> list[int]:
    size = header.path.stat().st_size + (lora.stat().st_size if lora else 0)
    more = size // _BYTES_PER_SECOND
    memory, seconds = _MEMORY + _MEMORY_SHARE * size, _CPU_SECONDS + more
    task = {
        "path": str(header.path),
        "lora": str(lora) if lora else None,
        "candidates": _candidates(header),
        "memory": memory,
        "seconds": seconds,
    }
    # -P: the script's own folder, which is part of a package, must not become a place to import from.
    command = [sys.executable, "-P", str(Path(__file__).with_name("run_trial.py"))]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(task),
            env={**os.environ, "OMP_WAIT_POLICY": "passive", "GGML_NO_BACKTRACE": "1"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS + more,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"llama.cpp cannot load {name}: it takes more than {_SECONDS + more} seconds") from None
    except OSError as error:
        raise ModelError(f"cannot start a process to try {name} in: {error.strerror}") from error
    if os.environ.get("STUDYSMITH_LOG") == "debug":
        sys.stderr.write(done.stderr)
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        told = {"failed": _reason(done, memory, seconds)}
    if "failed" in told:
        raise ModelError(f"llama.cpp cannot load {name}: {told['failed']}")
    return list(told["special"])


def _reason(done: subprocess.CompletedProcess[str], memory: int, seconds: int) -> str:
    if _NO_MEMORY.search(done.stderr):
        return f"it takes more than {memory / 1e6:.0f} MB of memory"
    if hasattr(signal, "SIGXCPU") and done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"it computes for more than {seconds} seconds"
    for pattern in _REASONS:
        if found := pattern.findall(done.stderr):
            return str(found[-1]).strip()
    if done.returncode < 0:
        return f"it ends the process ({signal.Signals(-done.returncode).name})"
    return "STUDYSMITH_LOG=debug shows why"


def _candidates(header: Header) -> list[tuple[int, str]]:
    """Tokens that may be special though the file does not say so: all but words, which no model has as such."""
    known = {*header.special_tokens.values(), *header.role_tokens.values()}
    tokens = header.metadata.get("tokenizer.ggml.tokens", [])
    return [
        (index, text)
        for index, text in enumerate(tokens)
        if len(text) > 1 and index not in known and not text.replace("\u2581", "").isalnum()
    ]
