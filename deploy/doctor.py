"""What this machine has, and what is missing, said so that a user can act on it."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from .errors import EngineError


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str


def examine() -> list[Finding]:
    """Look at everything that studysmith needs; runs the embedded model for one word."""
    return [
        Finding("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Finding("cores", True, str(os.cpu_count())),
        _disk(),
        _package("xllamacpp", "the engine", needed=True),
        _package("dspy", "programs and optimizers", needed=True),
        _package("torch", "soft prompts and fine-tuning; install studysmith[train]", needed=False),
        _package("uvicorn", "the page of `studysmith serve`; install studysmith[serve]", needed=False),
        _embedded(),
    ]


def _disk() -> Finding:
    from ..programs.cache import cache_dir

    folder = cache_dir()
    place = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    return Finding("disk", free > 2 and os.access(place, os.W_OK), f"{free:.0f} GB free for the cache in {folder}")


def _package(name: str, purpose: str, *, needed: bool) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, not needed, f"not installed ({purpose})")


def _embedded() -> Finding:
    from .engines.base import Message, Request
    from .engines.open import open_engine
    from .models import DEFAULT_MODEL

    try:
        with open_engine(DEFAULT_MODEL, context=256) as engine:
            said = engine.complete(Request(messages=[Message(role="user", content="Say hello.")], max_tokens=8))
    except EngineError as error:
        return Finding("embedded model", False, str(error))
    rate = said.completion_tokens / max(said.seconds, 1e-9)
    return Finding("embedded model", True, f"{DEFAULT_MODEL} answers, about {rate:.0f} tokens a second with start-up")
